//! Cases and the parts of a dossier.

mod closure;
mod disclosures;
mod edit;
mod identity;
mod needs;
mod notes;
mod screenings;
mod search;
mod transitions;
mod view;

use actix_web::http::Method;
use refero_domain::{
    case::{CaseStatus, IdentificationStage, RiskLevel},
    event::Event,
    id::CaseId,
};
use refero_store::unit::Reading;
use serde_json::json;

pub use self::{
    closure::ClosureChecklistView,
    disclosures::DisclosureView,
    edit::CasePatch,
    identity::{IdentityPatch, IdentityView},
    needs::{NeedsAssessmentBody, NeedsAssessmentView},
    notes::{NoteBody, NoteState, NoteView, TimelineEntry},
    screenings::{ConclusionBody, ScreeningBody, ScreeningView},
    search::{SearchBody, SearchResult},
    transitions::{
        AssignBody, CloseBody, ClosureExceptionBody, DeadlineBody, ReopenBody, SuspendBody,
    },
    view::CaseView,
};
use crate::{
    api::{
        operation::{StatedPurpose, Table, Takes},
        v1::Nothing,
    },
    service::cases,
};

pub(super) fn open(
    reading: &mut Reading<'_>,
    id: &CaseId,
) -> refero_store::Result<(Event, CaseView)> {
    let (event, dossier) = cases::open(reading, id)?;
    let view = CaseView::with_clocks(reading.actor()?, reading.now(), &dossier)?;
    Ok((event, view))
}

/// The operations on cases.
#[must_use]
pub fn table(table: Table) -> Table {
    disclosures::table(closure::table(needs::table(dossier(moves(reads(table))))))
}

const TAG: &str = "cases";
const SCREENINGS: &str = "screenings";

fn reads(table: Table) -> Table {
    table
        .op((Method::GET, "/v1/cases", "listCases"), edit::list, |o| {
            o.says(
                TAG,
                "List cases",
                "Shows the cases that the caller may see, newest first. The same policy decides \
                 here, in queues and on a case's own page.",
            )
            .lists::<CaseView>(&[
                ("state", Takes::Codes(CaseStatus::CODES), "One or several `case_status` codes, separated by commas."),
                ("area", Takes::Word, "An ISO 3166-2 area."),
                ("coordinator_id", Takes::Id, "The coordinator."),
                ("identification_stage", Takes::Code(IdentificationStage::CODES), "An `identification_stage` code."),
                ("updated_since", Takes::Moment, "Only what changed at or after this moment."),
                (
                    "risk_level",
                    Takes::Codes(RiskLevel::CODES),
                    "One or several `risk_level` codes; only of cases whose danger the caller sees.",
                ),
                ("overdue", Takes::Flag, "`true`: a deadline has passed; `false`: none has."),
            ])
        })
        .op((Method::POST, "/v1/cases/search", "searchCases"), search::search, |o| {
            o.says(
                TAG,
                "Find a case",
                "Finds a case by its code, if the caller may see it; or, for those who may open \
                 identities, the 20 cases whose people look most like what is known of somebody. That \
                 needs `Access-Purpose` (403 `purpose-required`), and a name of two letters, a \
                 telephone number or a document (422). Nothing is found whose own page the caller could \
                 not open, and no name is shown. A search is a POST because nothing about a person \
                 belongs into an address; the trail has what every search showed, not what it asked.",
            )
            .takes::<SearchBody>(json!({"case_code": "UG-2026-7K3M-D"}))
            .for_a_purpose(StatedPurpose::Optional)
            .reads()
            .shows::<SearchResult>()
        })
        .op((Method::GET, "/v1/cases/{id}", "readCase"), edit::read, |o| {
            o.says(
                TAG,
                "Read a case",
                "Shows the case as far as the caller may see it; `withheld` names what exists and is \
                 not shown. A case that may not be seen answers like one that does not exist.",
            )
            .shows::<CaseView>()
        })
        .op((Method::PATCH, "/v1/cases/{id}", "editCase"), edit::edit, |o| {
            o.says(
                TAG,
                "Correct a case",
                "A merge patch (RFC 7396). The earlier values stay in the history (R13). A doubt \
                 about age can be recorded here; only an age assessment ends it (R6, 409 \
                 `adulthood-not-established`).",
            )
            .takes::<CasePatch>(json!({"risk_level": "high", "primary_language": "sw"}))
            .if_match()
            .shows::<CaseView>()
        })
}

fn moves(table: Table) -> Table {
    use transitions as t;
    let table = table
        .op((Method::POST, "/v1/cases/{id}/claim", "claimCase"), t::claim, |o| {
            let why = "Takes a submitted case from the triage queue. Of two who claim at once, one \
                       wins; the other gets 412 or 409.";
            o.says(TAG, "Claim a case from triage", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<CaseView>()
        })
        .op((Method::POST, "/v1/cases/{id}/activate", "activateCase"), t::activate, |o| {
            let why = "Opens the case for help and starts the clock of needs assessment and plan. \
                       Assistance never waits for a decision about the person.";
            o.says(TAG, "Open a case", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<CaseView>()
        })
        .op(
            (Method::POST, "/v1/cases/{id}/start-reflection", "startReflection"),
            t::start_reflection,
            |o| {
                let why = "Pauses the case for the recovery and reflection period. The period that was \
                           offered begins, or one without an offer on record, for as many days as the \
                           country profile gives; where it gives none, the case pauses and the days are \
                           granted at `/v1/cases/{id}/reflection-periods`. `resume` goes on with the \
                           case, and leaves the person the days that were granted.";
                o.says(TAG, "Start the reflection period", why)
                    .may_take::<Nothing>(json!({}))
                    .if_match()
                    .shows::<CaseView>()
            },
        )
        .op(
            (Method::POST, "/v1/cases/{id}/meet-deadline", "meetDeadline"),
            t::meet_deadline,
            |o| {
                let why = "Says that what a deadline asks for is done, where no act here told: \
                       urgent needs cared for on the spot, a guardian appointed, a follow-up made. \
                       422 `reference-unknown` if it does not run on this case.";
                o.says(TAG, "Say that a deadline is met", why)
                    .takes::<DeadlineBody>(json!({"kind": "urgent_needs"}))
                    .if_match()
                    .shows::<CaseView>()
            },
        );
    endings(pauses(table))
}

fn pauses(table: Table) -> Table {
    use transitions as t;
    table
        .op((Method::POST, "/v1/cases/{id}/suspend", "suspendCase"), t::suspend, |o| {
            let why = "Suspends the case because contact with the person is lost. A `reason`, in words, \
                       is kept as a note on the case.";
            o.says(TAG, "Suspend a case", why)
                .may_take::<SuspendBody>(json!({"reason": "Does not answer since Monday."}))
                .if_match()
                .shows::<CaseView>()
        })
        .op((Method::POST, "/v1/cases/{id}/resume", "resumeCase"), t::resume, |o| {
            let why = "Goes on after lost contact, after the reflection period, or from follow-up.";
            o.says(TAG, "Resume a case", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<CaseView>()
        })
        .op(
            (Method::POST, "/v1/cases/{id}/start-follow-up", "startFollowUp"),
            t::start_follow_up,
            |o| {
                let why = "Begins the follow-up and starts its clocks.";
                o.says(TAG, "Start the follow-up", why)
                    .may_take::<Nothing>(json!({}))
                    .if_match()
                    .shows::<CaseView>()
            },
        )
}

fn endings(table: Table) -> Table {
    use transitions as t;
    table
        .op((Method::POST, "/v1/cases/{id}/assign", "assignCase"), t::assign, |o| {
            let why = "A supervisor gives the case to a coordinator of its area, or to another one.";
            o.says(TAG, "Assign a case", why)
                .takes::<AssignBody>(
                    json!({"coordinator_id": "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c"}),
                )
                .if_match()
                .shows::<CaseView>()
        })
        .op((Method::POST, "/v1/cases/{id}/close", "closeCase"), t::close, |o| {
            let why = "Asks to close the case, with a reason; called by a second person, it approves \
                       (R10). One of the two is a supervisor; nobody approves their own request (403 \
                       `self-approval`). Open referrals stand in the way (409 `open-referrals`); whatever else \
                       is open by the closure checklist is kept with the request. Somebody who comes of \
                       age (`aged_out_transition`) is not let go unprepared without a word: 422 at \
                       `/checklist_exceptions`. The support plan ends with the case.";
            o.says(TAG, "Close a case, with four eyes", why)
                .may_take::<CloseBody>(json!({"reason": "goals_met"}))
                .if_match()
                .shows::<CaseView>()
        })
        .op(
            (Method::POST, "/v1/cases/{id}/decline-closure", "declineClosure"),
            t::decline_closure,
            |o| {
                let why = "A supervisor declines a request to close: the case goes on.";
                o.says(TAG, "Decline a closure", why)
                    .may_take::<Nothing>(json!({}))
                    .if_match()
                    .shows::<CaseView>()
            },
        )
        .op((Method::POST, "/v1/cases/{id}/reopen", "reopenCase"), t::reopen, |o| {
            let why = "A supervisor reopens a closed case, and says why: the `reason`, in words, is \
                       kept as a note on the case.";
            o.says(TAG, "Reopen a case", why)
                .takes::<ReopenBody>(json!({"reason": "She asked for help again."}))
                .if_match()
                .shows::<CaseView>()
        })
}

fn dossier(table: Table) -> Table {
    screening_and_notes(
        table
            .op((Method::GET, "/v1/cases/{id}/identity", "readIdentity"), identity::read, |o| {
                let why = "Opens the sealed part for a purpose that must be stated in \
                           `Access-Purpose` (403 `purpose-required`). The trail has the reading \
                           before the caller has the names (R14).";
                o.says(TAG, "Open the identity", why).for_a_purpose(StatedPurpose::Required).shows::<IdentityView>()
            })
            .op((Method::PATCH, "/v1/cases/{id}/identity", "editIdentity"), identity::edit, |o| {
                let why = "A merge patch (RFC 7396); lists are replaced as a whole. The earlier \
                           identity stays in the history (R13). The version is that of the identity, \
                           not of the case.";
                o.says(TAG, "Correct the identity", why)
                    .takes::<IdentityPatch>(json!({
                        "names": [{"text": "Ama K.", "kind": "official"}],
                        "birth_date": "2009-05"
                    }))
                    .for_a_purpose(StatedPurpose::Required)
                    .if_match()
                    .shows::<IdentityView>()
            }),
    )
}

#[expect(clippy::too_many_lines, reason = "a table reads as one: a row for each operation")]
fn screening_and_notes(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/cases/{id}/screenings", "createScreening"), screenings::create, |o| {
            let why = "Keeps the answers with the versions of indicator set and ruleset, and what \
                       the rules advise. The advice moves nothing: a named person concludes (R11).";
            o.says(SCREENINGS, "Screen", why)
                .takes::<ScreeningBody>(json!({
                    "profile": "adult_labour",
                    "answers": {"ACT1": "yes", "DR01": "yes", "DR02": "yes", "EX01": "unknown"},
                    "purpose": {"kind": "observed"}
                }))
                .creates::<ScreeningView>()
        })
        .op((Method::GET, "/v1/cases/{id}/screenings", "listScreenings"), screenings::list, |o| {
            o.says(SCREENINGS, "List screenings", "Shows the screenings of a case, newest first.")
                .lists::<ScreeningView>(&[])
        })
        .op(
            (Method::GET, "/v1/cases/{id}/screenings/{screening_id}", "readScreening"),
            screenings::read,
            |o| {
                o.says(SCREENINGS, "Read a screening", "Shows answers, advice and conclusion.")
                    .shows::<ScreeningView>()
            },
        )
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/screenings/{screening_id}/conclude",
                "concludeScreening",
            ),
            screenings::conclude,
            |o| {
                let why = "A named person concludes, with reasons, and moves the stage of \
                           identification (R11). Formal identification is another body's decision.";
                o.says(SCREENINGS, "Conclude on a screening", why)
                    .takes::<ConclusionBody>(json!({
                        "conclusion": "presumed_victim",
                        "reasons": "Deceived about the work; documents withheld."
                    }))
                    .if_match()
                    .shows::<ScreeningView>()
            },
        )
        .op((Method::POST, "/v1/cases/{id}/notes", "createNote"), notes::create, |o| {
            o.says(
                TAG,
                "Write a note",
                "Notes are never changed; a correction is a note of its own (R13).",
            )
            .takes::<NoteBody>(json!({"text": "Called; the person feels safe."}))
            .creates::<NoteView>()
        })
        .op((Method::GET, "/v1/cases/{id}/notes", "listNotes"), notes::list, |o| {
            o.says(TAG, "List notes", "Shows the notes of a case, newest first.")
                .lists::<NoteView>(&[])
        })
        .op((Method::GET, "/v1/cases/{id}/notes/{note_id}", "readNote"), notes::read, |o| {
            o.says(TAG, "Read a note", "Shows one note of a case.").shows::<NoteView>()
        })
        .op((Method::GET, "/v1/cases/{id}/timeline", "readTimeline"), notes::timeline, |o| {
            o.says(
                TAG,
                "What happened",
                "Tells what was done to the case, newest first, as far as the caller may know. \
                 Looking is not told here; the trail has it.",
            )
            .lists::<TimelineEntry>(&[])
        })
}
