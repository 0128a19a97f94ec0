//! Recovery and reflection periods: parts of a case's dossier.

mod acts;
mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{CaseId, ReflectionPeriodId},
    instant::Instant,
    policy::{OfferReflection, ReadReflection},
    profile::CountryProfile,
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{
        ReflectionDeclineBody, ReflectionExtensionBody, ReflectionGrantBody, ReflectionNoticeBody,
        ReflectionOfferBody, ReflectionRefusalBody, ReflectionTerminationBody,
    },
    view::ReflectionPeriodView,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, PathId, PathIds, Query},
        operation::Table,
        problem::Problem,
        reply::Reply,
        v1::{
            Nothing, PageQuery, once,
            parts::{listed, shown},
        },
    },
    service::reflections,
};

const TAG: &str = "reflection";

/// The operations on recovery and reflection periods.
#[must_use]
pub fn table(table: Table) -> Table {
    ends(answers(offers(table)))
}

fn offers(table: Table) -> Table {
    let path = "/v1/cases/{id}/reflection-periods";
    let one = "/v1/cases/{id}/reflection-periods/{reflection_period_id}";
    let notice = "/v1/cases/{id}/reflection-periods/{reflection_period_id}/record-notice";
    table
        .op((Method::POST, path, "offerReflectionPeriod"), create, |o| {
            o.says(
                TAG,
                "Offer a recovery and reflection period",
                "Records that the person was offered time to recover and to decide freely, in a language \
                 that they understand. It never depends on whether somebody works with an authority. 409 \
                 `illegal-transition` while another one is offered or runs.",
            )
            .takes::<ReflectionOfferBody>(json!({
                "offered_on": "2026-11-02",
                "language": "fr",
                "interpreter": true,
                "words": "She asked what happens afterwards."
            }))
            .creates::<ReflectionPeriodView>()
        })
        .op((Method::GET, path, "listReflectionPeriods"), list, |o| {
            let why = "Shows the periods of the case, newest first. Whoever investigates or identifies sees \
                       those that were granted, with their dates and no more.";
            o.says(TAG, "List the reflection periods of a case", why)
                .lists::<ReflectionPeriodView>(&[])
        })
        .op((Method::GET, one, "readReflectionPeriod"), read, |o| {
            let why = "Shows one period: its dates, on what its days rest, what the person was told.";
            o.says(TAG, "Read a reflection period", why).shows::<ReflectionPeriodView>()
        })
        .op((Method::POST, notice, "recordReflectionNotice"), acts::record_notice, |o| {
            let why = "Records that the person was told where the period stands, in a language that they \
                       understand: that it was granted, refused, extended or ended.";
            o.says(TAG, "Record that the person was told", why)
                .takes::<ReflectionNoticeBody>(
                    json!({"told_on": "2026-11-02", "language": "fr", "interpreter": true}),
                )
                .if_match()
                .shows::<ReflectionPeriodView>()
        })
}

fn answers(table: Table) -> Table {
    let grant = "/v1/cases/{id}/reflection-periods/{reflection_period_id}/grant";
    let decline = "/v1/cases/{id}/reflection-periods/{reflection_period_id}/decline";
    let refuse = "/v1/cases/{id}/reflection-periods/{reflection_period_id}/refuse";
    table
        .op((Method::POST, grant, "grantReflectionPeriod"), acts::grant, |o| {
            o.says(
                TAG,
                "Grant a reflection period",
                "Grants as many days as the country profile gives (R19), or other days with what they rest \
                 on: 422 at `/days` where neither says how many, or for more than the profile allows or \
                 fewer than it gives; 422 at `/basis` where nobody says on what they rest. The end and a \
                 warning before it become a deadline of the case, which pauses in the same act; it must be \
                 `active`, or paused already.",
            )
            .may_take::<ReflectionGrantBody>(json!({
                "days": 45, "basis": "decision", "citation": "Decision of the bureau, 2 November 2026"
            }))
            .if_match()
            .shows::<ReflectionPeriodView>()
        })
        .op((Method::POST, decline, "declineReflectionPeriod"), acts::decline, |o| {
            let why = "Records that the person declined. Nobody has to say why; another one can be offered.";
            o.says(TAG, "Record that the person declined", why)
                .may_take::<ReflectionDeclineBody>(json!({"reason": "She wants to go home now."}))
                .if_match()
                .shows::<ReflectionPeriodView>()
        })
        .op((Method::POST, refuse, "refuseReflectionPeriod"), acts::refuse, |o| {
            let why = "A supervisor refuses the period, with reasons. Another one can be offered.";
            o.says(TAG, "Refuse a reflection period", why)
                .takes::<ReflectionRefusalBody>(
                    json!({"reasons": "She has permanent residence, and had a period in May."}),
                )
                .if_match()
                .shows::<ReflectionPeriodView>()
        })
}

fn ends(table: Table) -> Table {
    let extend = "/v1/cases/{id}/reflection-periods/{reflection_period_id}/extend";
    let end = "/v1/cases/{id}/reflection-periods/{reflection_period_id}/end";
    let terminate = "/v1/cases/{id}/reflection-periods/{reflection_period_id}/terminate";
    table
        .op((Method::POST, extend, "extendReflectionPeriod"), acts::extend, |o| {
            let why = "Extends a period that runs, by the days of the country profile or by others with what \
                       they rest on. 409 `not-renewable` where the country allows no extension; 422 at \
                       `/days` if all days together are more than it allows.";
            o.says(TAG, "Extend a reflection period", why)
                .takes::<ReflectionExtensionBody>(json!({"days": 30, "reasons": "Still in hospital."}))
                .if_match()
                .shows::<ReflectionPeriodView>()
        })
        .op((Method::POST, end, "endReflectionPeriod"), acts::end, |o| {
            let why = "Records that the period is over, after its last day: before it is 409 \
                       `illegal-transition`. The case goes on in the same act.";
            o.says(TAG, "Record that a reflection period is over", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<ReflectionPeriodView>()
        })
        .op((Method::POST, terminate, "terminateReflectionPeriod"), acts::terminate, |o| {
            let why = "A supervisor ends a period before its last day, with a reason and reasons in words. \
                       That somebody does not work with an authority is none. The case goes on in the same \
                       act.";
            o.says(TAG, "End a reflection period early", why)
                .takes::<ReflectionTerminationBody>(json!({
                    "reason": "survivor_request", "reasons": "She has decided, and wants to travel."
                }))
                .if_match()
                .shows::<ReflectionPeriodView>()
        })
}

fn open(
    reading: &mut Reading<'_>,
    profile: &CountryProfile,
    (case, id): (&CaseId, &ReflectionPeriodId),
) -> Stored<(Event, ReflectionPeriodView)> {
    let (event, permit, period) = reflections::open(reading, case, id)?;
    let today = reflections::today(profile, reading.now());
    Ok((event, ReflectionPeriodView::of(&permit, &period, (reading.actor()?, today))))
}

/// Records an offer.
async fn create(
    caller: Caller<OfferReflection>,
    case: PathId<CaseId>,
    body: Body<ReflectionOfferBody>,
) -> Result<Reply<ReflectionPeriodView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let offer = body.offer();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| reflections::offer(tx, &case.0, &offer);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &profile, (&case.0, id)))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a period.
async fn read(
    caller: Caller<ReadReflection>,
    ids: PathIds<CaseId, ReflectionPeriodId>,
) -> Result<Reply<ReflectionPeriodView>, Problem> {
    let profile = caller.app().profile().clone();
    shown(caller, move |reading| open(reading, &profile, (&ids.0, &ids.1))).await
}

/// Lists the periods of a case.
async fn list(
    caller: Caller<ReadReflection>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let profile = caller.app().profile().clone();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, ReflectionPeriodId)>,
                     limit: RowLimit| {
        let (event, permit, found) = reflections::list(reading, &case.0, after, limit)?;
        let (actor, today) = (reading.actor()?, reflections::today(&profile, reading.now()));
        let views = found.map(|one| ReflectionPeriodView::of(&permit, &one, (actor, today)));
        Ok((event, views))
    };
    listed(
        caller,
        ("reflection-period.list", &belongs_to),
        query.0,
        look,
        |view: &ReflectionPeriodView| (view.created_at, view.id.clone()),
    )
    .await
}
