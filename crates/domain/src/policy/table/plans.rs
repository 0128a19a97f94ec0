//! The rows of the support plan, of what is decided together about it, and of what comes after.

use super::{
    CASE_KEEPERS, CASE_SUPERVISORS, Coordinating, Coordinator, DOSSIER_READERS, InArea, Manager,
    OPERATIONAL, RegisteredHere, Responder, Rule, ServingAssigned, ServingOrganisation, Supervisor,
    Worker, row,
};

// A survivor may complain to anybody who works with them. Whoever hears it writes it down, and sees it no
// more: it may be about their own organisation.
const HEARERS: &[Rule] = &[
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, Coordinating, OPERATIONAL),
    row(Coordinator, InArea, OPERATIONAL),
    row(Supervisor, InArea, OPERATIONAL),
    row(Worker, ServingAssigned, OPERATIONAL),
    row(Manager, ServingOrganisation, OPERATIONAL),
];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        // Providers do not see the plan: what a referral discloses is in its package.
        "support-plan.read"
        | "case-conference.read"
        | "follow-up.read"
        | "closure-checklist.read" => DOSSIER_READERS,
        "support-plan.create"
        | "support-plan.edit"
        | "support-plan.agree"
        | "support-plan.review"
        | "plan-item.create"
        | "plan-item.edit"
        | "plan-item.start"
        | "plan-item.complete"
        | "plan-item.decline"
        | "plan-item.drop"
        | "case-conference.create"
        | "follow-up.create" => CASE_KEEPERS,
        "complaint.create" => HEARERS,
        // That they are independent is a rule about each complaint.
        "complaint.read" | "complaint.examine" | "complaint.conclude" => CASE_SUPERVISORS,
        _ => &[],
    }
}
