//! The operations on referrals.

use actix_web::http::Method;
use refero_domain::referral::{ReferralState, Urgency};
use serde_json::json;

use super::{
    AcceptBody, CancelBody, CompleteBody, DeclineBody, PackageView, ReferralBody, ReferralPatch,
    ReferralView, WithdrawBody, WorkerBody, create, edit, list, moves as m, package, read,
};
use crate::api::{
    operation::{Operation, StatedPurpose, Table, Takes},
    v1::Nothing,
};

const TAG: &str = "referrals";

/// The operations on referrals.
#[must_use]
pub fn table(table: Table) -> Table {
    ends(work(answers(drafts(reads(table)))))
}

fn reads(table: Table) -> Table {
    table
        .op((Method::GET, "/v1/referrals", "listReferrals"), list, |o| {
            o.says(
                TAG,
                "List referrals",
                "Shows the referrals that the caller may see, newest first, each as far as the \
                 caller may see it: a provider sees blind offers, its own work, and what it wrote \
                 itself (R1, R2, R3). Words are not in lists. `overdue=true` finds those whose \
                 answer is late.",
            )
            .lists::<ReferralView>(&[
                ("state", Takes::Codes(ReferralState::CODES), "One or several `referral_status` codes, separated by commas."),
                ("case_id", Takes::Id, "The case; a blind offer is not found by it."),
                ("organisation_id", Takes::Id, "The organisation to which it is offered."),
                ("urgency", Takes::Codes(Urgency::CODES), "One or several `response_timeframe` codes, separated by commas."),
                ("overdue", Takes::Flag, "`true`: the answer is late; `false`: it is not."),
                ("service_type", Takes::Word, "Only those that ask for this service."),
                ("due_before", Takes::Moment, "Only offers whose answer is due before this moment."),
                (
                    "updated_since",
                    Takes::Moment,
                    "Only what changed at or after this moment; a blind offer and what is left of an \
                     ended referral do not tell when, and are not found by it.",
                ),
            ])
        })
        .op((Method::GET, "/v1/referrals/{id}", "readReferral"), read, |o| {
            let why = "Shows the referral from the caller's side. Until it accepts, a provider sees \
                       what it needs to say yes or no and nothing that names anybody (R1); \
                       afterwards the case's number, and the rest in the package (R2); after the \
                       end, what it wrote itself (R3). Looking does not change the state.";
            o.says(TAG, "Read a referral", why).shows::<ReferralView>()
        })
        .op(
            (Method::GET, "/v1/referrals/{id}/package", "readPackage"),
            package::read,
            |o| {
                let why = "Shows the data that acceptance discloses, exactly as far as the categories \
                           of the referral and its consent reach (R2), to the worker it is assigned \
                           to and the provider's manager. 404 before acceptance and after the end \
                           (R3). The trail names the fields that were shown and the consent.";
                o.says(TAG, "Read what acceptance discloses", why)
                    .for_a_purpose(StatedPurpose::Optional)
                    .shows::<PackageView>()
            },
        )
}

fn drafts(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/referrals", "createReferral"), create, |o| {
            o.says(
                TAG,
                "Begin a referral",
                "Asks one provider for one or more services for the person of a case, as a draft or \
                 (`send`) at once. It rests on a consent in force that names the provider, or on \
                 another legal basis with a reason (R4): 409 `consent-required`, \
                 `consent-withdrawn`, `legal-basis-not-allowed`. 409 `recipient-not-eligible` if \
                 the organisation is not active or does not offer the services, \
                 `adulthood-not-established` if it takes adults only and the person is protected as \
                 a child (R6). A first responder refers emergencies until triage.",
            )
            .takes::<ReferralBody>(json!({
                "case_id": "5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c11",
                "organisation_id": "5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c12",
                "services": ["safe_shelter"],
                "urgency": "3_hours",
                "reason": "additional_services_required",
                "legal_basis": "vital_interests",
                "basis_reason": "Nowhere safe to sleep tonight.",
                "placement_needs": ["women_only"],
                "send": true
            }))
            .creates::<ReferralView>()
        })
        .op((Method::PATCH, "/v1/referrals/{id}", "editReferral"), edit, |o| {
            o.says(
                TAG,
                "Change a draft",
                "A merge patch (RFC 7396) of a draft; the earlier words stay in the history (R13). \
                 409 `not-draft` once it is sent. Otherwise refused as beginning one is.",
            )
            .takes::<ReferralPatch>(json!({"urgency": "1_day", "placement_needs": ["night_staff"]}))
            .if_match()
            .shows::<ReferralView>()
        })
        .op((Method::POST, "/v1/referrals/{id}/send", "sendReferral"), m::send, |o| {
            let why = "Sends a draft; the time to answer begins. If its consent has been asked for \
                       and not given, it waits as `consent_pending` and is sent again later. \
                       Consent, recipient and age are checked once more (R4, R6). 403 if a first \
                       responder sends what is no emergency.";
            plain(o, "Send a referral", why)
        })
}

/// A move that takes no more than a version.
fn plain(o: Operation, summary: &'static str, why: &'static str) -> Operation {
    o.says(TAG, summary, why).may_take::<Nothing>(json!({})).if_match().shows::<ReferralView>()
}

fn answers(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/referrals/{id}/receive", "receiveReferral"), m::receive, |o| {
            let why = "Says that the provider has opened the offer. Nothing more is shown (R1).";
            plain(o, "Say that an offer was opened", why)
        })
        .op((Method::POST, "/v1/referrals/{id}/accept", "acceptReferral"), m::accept, |o| {
            let why = "Accepts the offer: from here on the package is open to the worker and to the \
                       manager (R2). Of two who accept at once, one wins. 409 `consent-withdrawn` \
                       if the consent is not in force any more (R5), `worker-not-in-organisation` \
                       if the worker has no provider's role there now. Only a manager names \
                       somebody else.";
            o.says(TAG, "Accept a referral", why)
                .may_take::<AcceptBody>(json!({"expected_intake_at": "2026-11-02T18:00:00Z"}))
                .if_match()
                .shows::<ReferralView>()
        })
        .op((Method::POST, "/v1/referrals/{id}/decline", "declineReferral"), m::decline, |o| {
            let why = "Declines the offer, with a reason that is counted, so that gaps in services \
                       show. It is back in the sender's queue at once.";
            o.says(TAG, "Decline a referral", why)
                .takes::<DeclineBody>(json!({"reason": "no_capacity"}))
                .if_match()
                .shows::<ReferralView>()
        })
        .op((Method::POST, "/v1/referrals/{id}/assign", "assignReferral"), m::assign, |o| {
            let why = "Gives an accepted referral to another worker of the provider, as its \
                       manager. The earlier worker's access ends with it (R2).";
            o.says(TAG, "Give a referral to another worker", why)
                .takes::<WorkerBody>(json!({"worker_id": "5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c11"}))
                .if_match()
                .shows::<ReferralView>()
        })
}

fn work(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/referrals/{id}/start", "startReferral"), m::start, |o| {
            plain(o, "Begin the work", "Says that the service has begun.")
        })
        .op((Method::POST, "/v1/referrals/{id}/complete", "completeReferral"), m::complete, |o| {
            let why = "Ends the work and says how it came out for the person; 409 \
                       `outcome-required` without. The provider's access ends with it (R3).";
            o.says(TAG, "Complete a referral", why)
                .may_take::<CompleteBody>(json!({"outcome": "goal_met"}))
                .if_match()
                .shows::<ReferralView>()
        })
        .op(
            (Method::POST, "/v1/referrals/{id}/return", "returnReferral"),
            m::return_to_sender,
            |o| {
                let why = "Gives an accepted referral back, with a reason that is counted. The \
                           provider's access ends with it (R3); it is back in the sender's queue.";
                o.says(TAG, "Return a referral to its sender", why)
                    .takes::<DeclineBody>(json!({"reason": "not_accessible"}))
                    .if_match()
                    .shows::<ReferralView>()
            },
        )
}

fn ends(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/referrals/{id}/cancel", "cancelReferral"), m::cancel, |o| {
            let why = "Takes the referral back, as the sender. The provider's access ends with it; \
                       the reason is not shown to the provider.";
            o.says(TAG, "Cancel a referral", why)
                .takes::<CancelBody>(json!({"reason": "Another place was found."}))
                .if_match()
                .shows::<ReferralView>()
        })
        .op((Method::POST, "/v1/referrals/{id}/withdraw", "withdrawReferral"), m::withdraw, |o| {
            let why = "Ends the referral because the survivor wants it so; whoever is there may \
                       record it, and nobody has to give a reason. To end everything that rests on \
                       a consent, withdraw the consent (R5).";
            o.says(TAG, "Withdraw a referral for the survivor", why)
                .may_take::<WithdrawBody>(json!({}))
                .if_match()
                .shows::<ReferralView>()
        })
}
