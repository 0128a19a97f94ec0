//! The best interests of a child: parts of a case's dossier (R6, R10).

mod acts;
mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{BestInterestsId, CaseId},
    instant::Instant,
    policy::{AssessInterests, ReadInterests},
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{
        BestInterestsBody, BestInterestsDeterminationBody, BestInterestsPanelBody,
        BestInterestsReviewBody,
    },
    view::BestInterestsView,
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
    service::best_interests,
};

const TAG: &str = "best-interests";

/// The operations on best-interests procedures.
#[must_use]
pub fn table(table: Table) -> Table {
    second_person(panel(dossier(table)))
}

fn dossier(table: Table) -> Table {
    let path = "/v1/cases/{id}/best-interests";
    let one = "/v1/cases/{id}/best-interests/{best_interests_id}";
    table
        .op((Method::POST, path, "assessBestInterests"), create, |o| {
            o.says(
                TAG,
                "Assess the best interests of a child",
                "Records what was considered, what the child said, what was weighed and what is recommended, \
                 for whoever is protected as a child (R6). A return and a separation, and whatever the \
                 assessment says, wait for a panel from then on. An assessment comes before a long or closed \
                 placement, an approved determination before a return or a separation: without one these \
                 are 409 `best-interests-required`.",
            )
            .takes::<BestInterestsBody>(json!({
                "purpose": "long_placement",
                "assessed_on": "2026-11-02",
                "views_heard": "heard",
                "child_views": "Wants to stay near the school.",
                "options": ["local_inclusion", "family_reunification"],
                "factors": "No parent was found; a teacher is close to the child.",
                "recommendation": "local_inclusion",
                "recommendation_reasons": "School and language are here."
            }))
            .creates::<BestInterestsView>()
        })
        .op((Method::GET, path, "listBestInterests"), list, |o| {
            let why = "Shows every procedure of the case, newest first.";
            o.says(TAG, "List the best-interests procedures of a case", why)
                .lists::<BestInterestsView>(&[])
        })
        .op((Method::GET, one, "readBestInterests"), read, |o| {
            let why = "Shows one procedure: the assessment, the panel and what it determined.";
            o.says(TAG, "Read a best-interests procedure", why).shows::<BestInterestsView>()
        })
}

fn panel(table: Table) -> Table {
    let name = "/v1/cases/{id}/best-interests/{best_interests_id}/name-panel";
    let propose = "/v1/cases/{id}/best-interests/{best_interests_id}/propose-determination";
    table
        .op((Method::POST, name, "nameBestInterestsPanel"), acts::name_panel, |o| {
            let why = "Names who determines: at least two people of different professions. Another panel may \
                       be named until a determination is proposed, and after a review.";
            o.says(TAG, "Name the panel", why)
                .takes::<BestInterestsPanelBody>(json!({"members": [
                    {"profession": "child_protection", "name": "Kofi B."},
                    {"profession": "psychology", "name": "Awa D."}
                ]}))
                .if_match()
                .shows::<BestInterestsView>()
        })
        .op((Method::POST, propose, "proposeBestInterestsDetermination"), acts::propose, |o| {
            let why = "Records what the panel determines, with reasons: one of the options that were \
                       considered. It holds once a second person approves.";
            o.says(TAG, "Propose a determination", why)
                .takes::<BestInterestsDeterminationBody>(json!({
                    "durable_solution": "local_inclusion", "review_on": "2027-05-03",
                    "reasons": "The panel follows the assessment."
                }))
                .if_match()
                .shows::<BestInterestsView>()
        })
}

fn second_person(table: Table) -> Table {
    let approve = "/v1/cases/{id}/best-interests/{best_interests_id}/approve";
    let decline = "/v1/cases/{id}/best-interests/{best_interests_id}/decline";
    let review = "/v1/cases/{id}/best-interests/{best_interests_id}/review";
    table
        .op((Method::POST, approve, "approveBestInterestsDetermination"), acts::approve, |o| {
            let why = "A supervisor approves what the panel proposed. 403 `self-approval` to who assessed, \
                       proposed or sits on the panel (R10). The day of the review becomes a deadline of the \
                       case.";
            o.says(TAG, "Approve a determination", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<BestInterestsView>()
        })
        .op((Method::POST, decline, "declineBestInterestsDetermination"), acts::decline, |o| {
            let why = "A supervisor declines what was proposed: the panel looks again, or another one does.";
            o.says(TAG, "Decline a determination", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<BestInterestsView>()
        })
        .op((Method::POST, review, "reviewBestInterests"), acts::review, |o| {
            let why = "Asks to look at a determination again. Until a panel has determined anew, nothing \
                       rests on it.";
            o.says(TAG, "Look at a determination again", why)
                .takes::<BestInterestsReviewBody>(json!({"reason": "An aunt was found."}))
                .if_match()
                .shows::<BestInterestsView>()
        })
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &BestInterestsId,
) -> Stored<(Event, BestInterestsView)> {
    let (event, permit, found) = best_interests::open(reading, case, id)?;
    Ok((event, BestInterestsView::of(&permit, &found, reading.actor()?)))
}

/// Records an assessment.
async fn create(
    caller: Caller<AssessInterests>,
    case: PathId<CaseId>,
    body: Body<BestInterestsBody>,
) -> Result<Reply<BestInterestsView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let assessment = body.assessment();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| best_interests::assess(tx, &case.0, &assessment);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a procedure.
async fn read(
    caller: Caller<ReadInterests>,
    ids: PathIds<CaseId, BestInterestsId>,
) -> Result<Reply<BestInterestsView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the procedures of a case.
async fn list(
    caller: Caller<ReadInterests>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, BestInterestsId)>,
                     limit: RowLimit| {
        let (event, permit, found) = best_interests::list(reading, &case.0, after, limit)?;
        let actor = reading.actor()?;
        Ok((event, found.map(|one| BestInterestsView::of(&permit, &one, actor))))
    };
    listed(
        caller,
        ("best-interests.list", &belongs_to),
        query.0,
        look,
        |view: &BestInterestsView| (view.created_at, view.id.clone()),
    )
    .await
}
