//! The need-to-know table: role, relation, and the classes of data that go with them.
//!
//! Read a row as: "somebody with this role, standing in this relation to the record, may do this
//! and sees these classes". Several rows that hold add up. No row, no access.

mod access;
mod ages;
mod directory;
mod documents;
mod erasure;
mod identification;
mod incidents;
mod letters;
mod plans;
mod reflection;
mod safety;
#[cfg(test)]
mod tests;
mod wall;

use super::{Class, Classes, Relation};
use crate::actor::ActorRole;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The role that a grant must give.
    pub role: ActorRole,
    /// The relation that must hold.
    pub relation: Relation,
    /// The classes of data that the caller then sees.
    pub classes: Classes,
    /// Whether these are cut down to what the record discloses to the caller (R2).
    pub cut: bool,
}

impl Rule {
    const fn cut(self) -> Self {
        Self { cut: true, ..self }
    }
}

const OPERATIONAL: Classes = Classes::NONE.with(Class::Operational);
const RESTRICTED: Classes = OPERATIONAL.with(Class::CaseRestricted);
const IDENTITY: Classes = RESTRICTED.with(Class::IdentitySealed);
const TREATING: Classes = RESTRICTED.with(Class::Medical);
const PACKAGE: Classes = TREATING.with(Class::IdentitySealed);
const INVESTIGATION: Classes = OPERATIONAL.with(Class::Investigation);
const NAMED: Classes = OPERATIONAL.with(Class::IdentitySealed);

const fn row(role: ActorRole, relation: Relation, classes: Classes) -> Rule {
    Rule { role, relation, classes, cut: false }
}

use ActorRole::{
    Analyst, Auditor, CaseCoordinator as Coordinator, CoordinationSupervisor as Supervisor,
    DataProtectionOfficer as Dpo, FirstResponder as Responder, Guardian,
    IdentificationOfficer as Identifier, Investigator, ProsecutorLiaison as Prosecutor,
    ServiceProviderManager as Manager, ServiceProviderWorker as Worker,
    SystemAdministrator as Administrator, TransnationalFocalPoint as FocalPoint,
};
use Relation::{
    Addressed, AnsweredByActor, AnsweredHere, Anyone, AssignedHere, AuthoredDraft, AwaitingTriage,
    BeforeTheBody, BothInArea, Coordinating, EmergencyAccess, HoldsPart, HousingAssigned,
    HousingOrganisation, InArea, Investigating, InvestigatingWithIdentity, ManagedHere,
    OfferedHere, OpenedByActor, OwnOrganisation, RegisteredHere, RegisteredHereBeforeTriage,
    SentHere, SentHereBeforeTriage, ServingAssigned, ServingAssignedWithIdentity,
    ServingOrganisation, ServingOrganisationWithIdentity,
};

const EVERYBODY: &[Rule] = &[
    row(Responder, Anyone, Classes::NONE),
    row(Coordinator, Anyone, Classes::NONE),
    row(Supervisor, Anyone, Classes::NONE),
    row(Worker, Anyone, Classes::NONE),
    row(Manager, Anyone, Classes::NONE),
    row(Identifier, Anyone, Classes::NONE),
    row(Investigator, Anyone, Classes::NONE),
    row(Prosecutor, Anyone, Classes::NONE),
    row(FocalPoint, Anyone, Classes::NONE),
    row(Guardian, Anyone, Classes::NONE),
    row(Dpo, Anyone, Classes::NONE),
    row(Auditor, Anyone, Classes::NONE),
    row(Analyst, Anyone, Classes::NONE),
    row(Administrator, Anyone, Classes::NONE),
];
const ADMINISTRATION: &[Rule] = &[row(Administrator, Anyone, Classes::NONE)];
const ACCOUNT_READERS: &[Rule] = &[
    row(Administrator, Anyone, Classes::NONE),
    row(Supervisor, Anyone, Classes::NONE),
    row(Manager, OwnOrganisation, Classes::NONE),
];
const AUDIT_READERS: &[Rule] =
    &[row(Auditor, Anyone, Classes::NONE), row(Dpo, Anyone, Classes::NONE)];
// An alert tells kinds and ids, no class of data.
const ALERTED: &[Rule] = &[
    row(Supervisor, Addressed, Classes::NONE),
    row(Dpo, Addressed, Classes::NONE),
    row(Administrator, Addressed, Classes::NONE),
];
const BAITS: &[Rule] = &[row(Dpo, Anyone, Classes::NONE)];
const REGISTRATION: &[Rule] = &[row(Responder, Anyone, Classes::NONE)];

const REPORT_READERS: &[Rule] = &[
    row(Responder, AuthoredDraft, IDENTITY),
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, RESTRICTED),
];
const REPORT_AUTHOR: &[Rule] = &[row(Responder, AuthoredDraft, IDENTITY)];

const CASE_READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, RESTRICTED),
    row(Worker, ServingAssigned, OPERATIONAL),
    row(Manager, ServingOrganisation, OPERATIONAL),
    row(Investigator, Investigating, OPERATIONAL),
    row(Prosecutor, Investigating, OPERATIONAL),
];
// By its code everybody finds a case who may read it; by what its person is called those alone who
// may open the identity. Not the providers, to whom a name is disclosed with a referral, nor whoever
// investigates; and a first responder knows a name while registering, not afterwards.
const CASE_SEARCHERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, InArea, IDENTITY),
    row(Supervisor, InArea, IDENTITY),
    row(Identifier, BeforeTheBody, IDENTITY),
    row(Worker, ServingAssigned, OPERATIONAL),
    row(Manager, ServingOrganisation, OPERATIONAL),
    row(Investigator, Investigating, OPERATIONAL),
    row(Prosecutor, Investigating, OPERATIONAL),
];
// A pair tells of two cases: only those learn of it who may see both.
const PAIR_JUDGES: &[Rule] =
    &[row(Coordinator, BothInArea, RESTRICTED), row(Supervisor, BothInArea, RESTRICTED)];
// Not the providers: who found the person, and who acted when, is not theirs to know.
const TIMELINE_READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, RESTRICTED),
];
const CASE_KEEPERS: &[Rule] =
    &[row(Coordinator, Coordinating, RESTRICTED), row(Supervisor, InArea, RESTRICTED)];
const CASE_CLAIMERS: &[Rule] = &[row(Coordinator, InArea, RESTRICTED)];
const CASE_SUPERVISORS: &[Rule] = &[row(Supervisor, InArea, RESTRICTED)];
const CASE_OWNERS: &[Rule] = &[row(Coordinator, Coordinating, RESTRICTED)];
const BUREAU: &[Rule] =
    &[row(Coordinator, InArea, RESTRICTED), row(Supervisor, InArea, RESTRICTED)];
// The notes, and the care that providers gave.
const DOSSIER_READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
];
const IDENTITY_READERS: &[Rule] = &[
    row(Coordinator, InArea, IDENTITY),
    row(Coordinator, EmergencyAccess, IDENTITY),
    row(Supervisor, InArea, IDENTITY),
    row(Identifier, BeforeTheBody, IDENTITY),
    row(Worker, ServingAssignedWithIdentity, IDENTITY),
    row(Manager, ServingOrganisationWithIdentity, IDENTITY),
    row(Investigator, InvestigatingWithIdentity, NAMED),
    row(Prosecutor, InvestigatingWithIdentity, NAMED),
];
const IDENTITY_KEEPERS: &[Rule] =
    &[row(Coordinator, Coordinating, IDENTITY), row(Supervisor, InArea, IDENTITY)];
// What the first responder's organisation may add until the bureau takes over; and a survivor may
// say yes or no to the person who is there.
const INTAKE: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
];
// Counts, and no record: who supervises counts what they see, who counts alone sees of no few people (R18).
const STATISTICS: &[Rule] =
    &[row(Supervisor, InArea, Classes::NONE), row(Analyst, Anyone, Classes::NONE)];
// Who refers looks for whom to ask, and whoever could claim the case.
const MATCHERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, Coordinating, RESTRICTED),
    row(Coordinator, AwaitingTriage, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
];
const SCREENING_READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, RESTRICTED),
];
const CONSENT_READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
];

const REFERRAL_READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Responder, SentHereBeforeTriage, RESTRICTED),
    row(Responder, SentHere, OPERATIONAL),
    row(Worker, OfferedHere, OPERATIONAL),
    row(Manager, OfferedHere, OPERATIONAL),
    row(Worker, AssignedHere, RESTRICTED).cut(),
    row(Manager, ManagedHere, RESTRICTED).cut(),
    row(Worker, AnsweredByActor, OPERATIONAL),
    row(Manager, AnsweredHere, OPERATIONAL),
];
const REFERRAL_SENDERS: &[Rule] = &[
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Responder, SentHereBeforeTriage, RESTRICTED),
];
const REFERRAL_CANCELLERS: &[Rule] = &[
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Responder, SentHere, OPERATIONAL),
];
const REFERRAL_RECIPIENTS: &[Rule] =
    &[row(Worker, OfferedHere, OPERATIONAL), row(Manager, OfferedHere, OPERATIONAL)];
const REFERRAL_WORKERS: &[Rule] =
    &[row(Worker, AssignedHere, RESTRICTED), row(Manager, ManagedHere, RESTRICTED)];
const REFERRAL_MANAGERS: &[Rule] = &[row(Manager, ManagedHere, RESTRICTED)];
const REFERRAL_WITHDRAWERS: &[Rule] = &[
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    // A survivor may say it to the person who is there.
    row(Responder, SentHere, OPERATIONAL),
    row(Worker, AssignedHere, RESTRICTED),
    row(Manager, ManagedHere, RESTRICTED),
];
const PACKAGE_READERS: &[Rule] =
    &[row(Worker, AssignedHere, PACKAGE).cut(), row(Manager, ManagedHere, PACKAGE).cut()];
const CARE_READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, AssignedHere, TREATING),
    row(Manager, ManagedHere, TREATING),
    row(Worker, AnsweredByActor, TREATING),
    row(Manager, AnsweredHere, TREATING),
];
const INBOX: &[Rule] = &[
    row(Worker, OfferedHere, OPERATIONAL),
    row(Manager, OfferedHere, OPERATIONAL),
    row(Worker, AssignedHere, RESTRICTED),
    row(Manager, ManagedHere, RESTRICTED),
];
// Before triage nobody coordinates: whoever sent it, and whoever could claim the case.
const RETURNED: &[Rule] = &[
    row(Coordinator, Coordinating, RESTRICTED),
    row(Coordinator, AwaitingTriage, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Responder, SentHereBeforeTriage, RESTRICTED),
];

/// What everybody may who is signed in, whatever roles hold at the moment: see who they are, and
/// sign out. Whose last role ended yesterday must be able to find that out.
const SIGNED_IN: [&str; 2] = ["me.read", "session.end"];

/// What everybody may who holds any role now.
const ANY_ROLE: [&str; 16] = [
    "me.read",
    "me.edit",
    "me.change-password",
    "second-factor.read",
    "second-factor.enrol",
    "second-factor.confirm",
    "second-factor.renew-codes",
    "second-factor.remove",
    "session.step-up",
    "session.end",
    "session.read",
    "session.revoke",
    "reference.read",
    "organisation.read",
    "audit.read-own",
    "audit.read-log",
];

/// Says whether an action asks for no role at all.
#[must_use]
pub fn needs_no_role(action: &str) -> bool {
    SIGNED_IN.contains(&action)
}

/// Returns the rows of one action; an unknown action has none.
#[must_use]
pub fn rules(action: &str) -> &'static [Rule] {
    match action {
        action if ANY_ROLE.contains(&action) => EVERYBODY,
        "organisation.create" | "organisation.edit" => ADMINISTRATION,
        "user.read" => ACCOUNT_READERS,
        "user.create"
        | "user.edit"
        | "user.disable"
        | "user.enable"
        | "user.grant-role"
        | "user.end-role"
        | "user.reset"
        | "user.reset-second-factor" => ADMINISTRATION,
        "audit.read" | "audit.export" | "audit.verify" => AUDIT_READERS,
        "alert.read" | "alert.acknowledge" => ALERTED,
        "bait.mark" | "bait.read" | "bait.remove" => BAITS,
        "report.create" => REGISTRATION,
        "report.read" => REPORT_READERS,
        "report.edit" | "report.submit" => REPORT_AUTHOR,
        "case.read" => CASE_READERS,
        "case.search" => CASE_SEARCHERS,
        "duplicate.read"
        | "duplicate.dismiss"
        | "duplicate.request-merge"
        | "duplicate.approve-merge"
        | "duplicate.decline-merge"
        | "duplicate.undo-merge"
        | "queue.duplicates" => PAIR_JUDGES,
        "timeline.read" => TIMELINE_READERS,
        "case.claim" => CASE_CLAIMERS,
        "case.edit"
        | "case.activate"
        | "case.start-reflection"
        | "case.suspend"
        | "case.resume"
        | "case.start-follow-up"
        | "case.close"
        | "case.meet-deadline"
        | "screening.conclude"
        | "needs-assessment.create"
        | "note.create" => CASE_KEEPERS,
        "case.assign" | "case.decline-closure" | "case.reopen" => CASE_SUPERVISORS,
        "identity.read" => IDENTITY_READERS,
        "identity.edit" => IDENTITY_KEEPERS,
        "screening.create" | "consent.create" | "consent.answer" | "consent.withdraw"
        | "referral.create" => INTAKE,
        "screening.read" => SCREENING_READERS,
        "consent.read" => CONSENT_READERS,
        "needs-assessment.read" | "note.read" | "care.read" => DOSSIER_READERS,
        "queue.triage" | "queue.overdue" => BUREAU,
        "queue.my-cases" => CASE_OWNERS,
        _ => rules_of_referrals(action),
    }
}

/// Where the rows of the other actions are.
const ELSEWHERE: [fn(&str) -> &'static [Rule]; 12] = [
    access::rules,
    directory::rules,
    identification::rules,
    incidents::rules,
    letters::rules,
    ages::rules,
    documents::rules,
    plans::rules,
    reflection::rules,
    safety::rules,
    wall::rules,
    erasure::rules,
];

fn rules_of_referrals(action: &str) -> &'static [Rule] {
    match action {
        "service.match" => MATCHERS,
        "statistics.read" => STATISTICS,
        "referral.read" => REFERRAL_READERS,
        "referral.edit" | "referral.send" => REFERRAL_SENDERS,
        "referral.cancel" => REFERRAL_CANCELLERS,
        "referral.receive" | "referral.accept" | "referral.decline" => REFERRAL_RECIPIENTS,
        "referral.start" | "referral.complete" | "referral.return" | "service-update.create" => {
            REFERRAL_WORKERS
        }
        "referral.assign" => REFERRAL_MANAGERS,
        "referral.withdraw" => REFERRAL_WITHDRAWERS,
        "package.read" => PACKAGE_READERS,
        "service-update.read" => CARE_READERS,
        "queue.inbox" => INBOX,
        "queue.returned" => RETURNED,
        _ => ELSEWHERE
            .iter()
            .map(|rules_of| rules_of(action))
            .find(|found| !found.is_empty())
            .unwrap_or_default(),
    }
}
