//! The operations on proceedings, in reading order.

use actix_web::http::Method;
use serde_json::json;

use super::{
    AdvanceBody, IdentitySharingBody, ProceedingBody, ProceedingPatch, ProceedingView, TAG,
    advance, create, edit, end_sharing, hearings, list, perpetrators, read, share_identity,
};
use crate::api::{operation::Table, v1::Nothing};

const PATH: &str = "/v1/cases/{id}/proceedings";
const ONE: &str = "/v1/cases/{id}/proceedings/{proceeding_id}";

/// The operations on proceedings, hearings and alleged perpetrators.
#[must_use]
pub fn table(table: Table) -> Table {
    perpetrators::table(hearings::table(moves(records(table))))
}

fn records(table: Table) -> Table {
    table
        .op((Method::POST, PATH, "openProceeding"), create, |o| {
            o.says(
                TAG,
                "Open a proceeding",
                "The bureau opens it and thereby names the authority that conducts it. Where that is an \
                 investigation (`criminal_trafficking`, `criminal_related`), those who investigate or \
                 prosecute there see from then on that there is a case, and not whose (R8). In any other \
                 kind, a prosecution of the person among them, the authority sees nothing. A person may \
                 be in several: none closes another. What the bureau writes into an investigation here it \
                 does not read again.",
            )
            .takes::<ProceedingBody>(json!({
                "kind": "criminal_trafficking",
                "organisation_id": "5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c11",
                "person_role": "complainant",
                "protective_measures": ["video_testimony", "accompaniment_to_court"],
                "reference_number": "CRB 118/2026"
            }))
            .creates::<ProceedingView>()
        })
        .op((Method::GET, PATH, "listProceedings"), list, |o| {
            o.says(
                TAG,
                "List the proceedings of a case",
                "Shows them with the newest first: to whoever investigates, those of their own authority \
                 alone; to those who coordinate the case, all of them, and of an investigation its stage \
                 without what is written in it.",
            )
            .lists::<ProceedingView>(&[])
        })
        .op((Method::GET, ONE, "readProceeding"), read, |o| {
            o.says(
                TAG,
                "Read a proceeding",
                "Shows one proceeding; to whoever investigates, with what was registered of the offence, in \
                 codes. `withheld` names what is written in it and not shown.",
            )
            .shows::<ProceedingView>()
        })
        .op((Method::PATCH, ONE, "editProceeding"), edit, |o| {
            o.says(
                TAG,
                "Correct a proceeding",
                "A merge patch (RFC 7396). What stood there stays in the history (R13). Words are written by \
                 whoever sees them: into an investigation by those who conduct it, else 403.",
            )
            .takes::<ProceedingPatch>(json!({"protective_measures": ["in_camera_hearing"]}))
            .if_match()
            .shows::<ProceedingView>()
        })
}

#[expect(clippy::too_many_lines, reason = "a table reads as one: a row for each operation")]
fn moves(table: Table) -> Table {
    table
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/proceedings/{proceeding_id}/advance",
                "advanceProceeding",
            ),
            advance,
            |o| {
                o.says(
                    TAG,
                    "Move a proceeding on",
                    "Moves it to one of its `next_stages`, as the authority decided; anything else is 409 \
                     `illegal-transition`. Who conducts an investigation moves it themselves; the bureau may, \
                     for an authority that works elsewhere. One that is dismissed ends what its authority \
                     was told of who the person is.",
                )
                .takes::<AdvanceBody>(json!({"to": "investigating"}))
                .if_match()
                .shows::<ProceedingView>()
            },
        )
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/proceedings/{proceeding_id}/share-identity",
                "shareIdentity",
            ),
            share_identity,
            |o| {
                o.says(
                    TAG,
                    "Tell the authority who the person is",
                    "Opens the identity to those who investigate or prosecute at the authority: on a consent \
                     to `share_with_law_enforcement` that names it, or on another legal basis with a reason \
                     (R4, R8). 409 `consent-required` or `legal-basis-not-allowed` otherwise. Telephone numbers \
                     and addresses are not told. When the consent is withdrawn or expires, so does this, and \
                     the proceeding goes on (R5).",
                )
                .takes::<IdentitySharingBody>(json!({
                    "legal_basis": "criminal_investigation",
                    "reason": "The court has ordered it: order 12 of 2 November."
                }))
                .if_match()
                .shows::<ProceedingView>()
            },
        )
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/proceedings/{proceeding_id}/end-identity-sharing",
                "endIdentitySharing",
            ),
            end_sharing,
            |o| {
                o.says(
                    TAG,
                    "Stop telling the authority who the person is",
                    "Ends it at once, whatever it rests on; the proceeding goes on. 409 `illegal-transition` \
                     if the authority is not told.",
                )
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<ProceedingView>()
            },
        )
}
