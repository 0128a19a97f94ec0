//! Consents: parts of a case's dossier, and what referrals rest on (R4, R5, R6).

mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{CaseId, ConsentId},
    instant::Instant,
    policy::{AnswerConsent, CreateConsent, ReadConsent, WithdrawConsent},
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{ConsentAnswerBody, ConsentBody, ConsentWithdrawalBody},
    view::ConsentView,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OptionalBody, PathId, PathIds, Query},
        operation::Table,
        problem::Problem,
        reply::Reply,
        v1::{
            PageQuery, once,
            parts::{listed, shown},
        },
    },
    service::consents::{self, Target},
};

const TAG: &str = "consents";

/// The operations on consents.
#[must_use]
pub fn table(table: Table) -> Table {
    moves(dossier(table))
}

fn dossier(table: Table) -> Table {
    let path = "/v1/cases/{id}/consents";
    table
        .op((Method::POST, path, "createConsent"), create, |o| {
            o.says(
                TAG,
                "Record a consent",
                "Records what the person agreed to, refused, or is asked: for what, with which \
                 organisation, which data, given by whom, in which language (R4). For a person \
                 protected as a child the giver is a guardian or a recorded best-interests basis; a \
                 child's own word alone is 422 at `/giver` (R6). A child consents with its assent and the \
                 guardian who is in office (`child_assent_plus_guardian`), or with a `child_ground` and its \
                 reasons: 409 `guardian-required` if that guardian is passed over without one. While nobody is \
                 in office, that is the ground, and is recorded by itself. A refusal to share never blocks \
                 urgent help: a referral can rest on another legal basis.",
            )
            .takes::<ConsentBody>(json!({
                "purpose": "share_with_service_provider",
                "recipient_organisation_id": "5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c11",
                "categories": ["operational", "case_restricted", "identity_sealed"],
                "giver": "individual",
                "mode": "verbal_witnessed",
                "language": "fr",
                "interpreter": true
            }))
            .creates::<ConsentView>()
        })
        .op((Method::GET, path, "listConsents"), list, |o| {
            o.says(
                TAG,
                "List the consents of a case",
                "Shows every consent of the case, refused and withdrawn ones among them, in the \
                 order in which they were recorded.",
            )
            .lists::<ConsentView>(&[])
        })
        .op(
            (
                Method::GET,
                "/v1/cases/{id}/consents/{consent_id}",
                "readConsent",
            ),
            read,
            |o| {
                let why = "Shows one consent of the case, with the limits in the person's words. A \
                           consent of another case does not exist here.";
                o.says(TAG, "Read a consent", why).shows::<ConsentView>()
            },
        )
}

fn moves(table: Table) -> Table {
    table
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/consents/{consent_id}/answer",
                "answerConsent",
            ),
            answer,
            |o| {
                o.says(
                    TAG,
                    "Record the answer to a consent that was asked for",
                    "Gives, gives within limits, or refuses a pending consent. A refusal ends every \
                     referral that waited for it. 409 `illegal-transition` if it was answered \
                     before; 422 if that giver cannot consent for the person (R6).",
                )
                .takes::<ConsentAnswerBody>(json!({"answer": "give"}))
                .if_match()
                .shows::<ConsentView>()
            },
        )
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/consents/{consent_id}/withdraw",
                "withdrawConsent",
            ),
            withdraw,
            |o| {
                o.says(
                    TAG,
                    "Withdraw a consent",
                    "Withdraws a consent and ends, in the same transaction, every referral that \
                     rests on it: the providers lose access at once (R5). Each referral has its own \
                     event in the trail. Nobody has to give a reason.",
                )
                .may_take::<ConsentWithdrawalBody>(json!({}))
                .if_match()
                .shows::<ConsentView>()
            },
        )
}

fn open(reading: &mut Reading<'_>, case: &CaseId, id: &ConsentId) -> Stored<(Event, ConsentView)> {
    let (event, permit) = consents::open(reading, case, id)?;
    let row = permit.row();
    let seen_by = (reading.actor()?, reading.now());
    Ok((event, ConsentView::of(&permit, &row.consent, &row.facts, seen_by)))
}

/// Records a consent.
async fn create(
    caller: Caller<CreateConsent>,
    case: PathId<CaseId>,
    body: Body<ConsentBody>,
) -> Result<Reply<ConsentView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let recording = body.recording();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| consents::create(tx, &case.0, &recording, &profile);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a consent.
async fn read(
    caller: Caller<ReadConsent>,
    ids: PathIds<CaseId, ConsentId>,
) -> Result<Reply<ConsentView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the consents of a case.
async fn list(
    caller: Caller<ReadConsent>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, ConsentId)>, limit: RowLimit| {
            let (event, permit, found) = consents::list(reading, &case.0, after, limit)?;
            let seen_by = (reading.actor()?, reading.now());
            let facts = &permit.row().facts;
            let views = found.map(|consent| ConsentView::of(&permit, &consent, facts, seen_by));
            Ok((event, views))
        };
    listed(caller, ("consent.list", &belongs_to), query.0, look, |view: &ConsentView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Records the answer to a consent that was asked for.
async fn answer(
    caller: Caller<AnswerConsent>,
    ids: PathIds<CaseId, ConsentId>,
    version: IfMatch,
    body: Body<ConsentAnswerBody>,
) -> Result<Reply<ConsentView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let profile = caller.app().profile().clone();
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let answer = (body.answer.act(), body.limits.as_ref(), &body.child());
                consents::answer(tx, &to, answer, &profile)
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Withdraws a consent.
async fn withdraw(
    caller: Caller<WithdrawConsent>,
    ids: PathIds<CaseId, ConsentId>,
    version: IfMatch,
    body: OptionalBody<ConsentWithdrawalBody>,
) -> Result<Reply<ConsentView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| consents::withdraw(tx, &to, body.reason.as_ref());
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

fn target(ids: PathIds<CaseId, ConsentId>, version: IfMatch) -> Target {
    Target { case_id: ids.0, id: ids.1, expected: version.expected() }
}
