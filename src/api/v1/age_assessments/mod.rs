//! Age assessments: parts of a case's dossier, and the only way from a doubt to a decision (R6, R10).

mod acts;
mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{AgeAssessmentId, CaseId},
    instant::Instant,
    policy::{CreateAgeAssessment, ReadAgeAssessment},
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub(in crate::api) use self::bodies::{check_panel, panel_of};
pub use self::{
    bodies::{
        AgeAssessmentBody, AgeContestBody, AgeDecisionBody, AgeDoubtWithdrawalBody, AgePanelBody,
        PanelMemberBody,
    },
    view::AgeAssessmentView,
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
    service::age_assessments,
};

const TAG: &str = "age-assessments";

/// The operations on age assessments.
#[must_use]
pub fn table(table: Table) -> Table {
    afterwards(second_person(panel(dossier(table))))
}

fn dossier(table: Table) -> Table {
    let path = "/v1/cases/{id}/age-assessments";
    table
        .op((Method::POST, path, "createAgeAssessment"), create, |o| {
            o.says(
                TAG,
                "Record a doubt about the age",
                "Anyone who works on the case may doubt the age of its person, with a reason (R6): the \
                 organisation that registered it, who coordinates it, the supervisor, a provider that \
                 accepted a referral. From that moment the person is protected as a child; an earlier \
                 status that protects already stays. 409 `illegal-transition` while another doubt stands.",
            )
            .takes::<AgeAssessmentBody>(json!({
                "reason": "conflicting_information",
                "words": "Says twenty; the school says sixteen."
            }))
            .creates::<AgeAssessmentView>()
        })
        .op((Method::GET, path, "listAgeAssessments"), list, |o| {
            o.says(
                TAG,
                "List the age assessments of a case",
                "Shows every assessment of the case, newest first, those among them whose doubt was \
                 withdrawn.",
            )
            .lists::<AgeAssessmentView>(&[])
        })
        .op(
            (
                Method::GET,
                "/v1/cases/{id}/age-assessments/{assessment_id}",
                "readAgeAssessment",
            ),
            read,
            |o| {
                o.says(
                    TAG,
                    "Read an age assessment",
                    "Shows one assessment of the case. What it says is for the bureau and the \
                     identifying body; what examinations of the body found is for the bureau alone. \
                     Others see where it stands.",
                )
                .shows::<AgeAssessmentView>()
            },
        )
}

fn panel(table: Table) -> Table {
    table
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/age-assessments/{assessment_id}/name-panel",
                "nameAgePanel",
            ),
            acts::name_panel,
            |o| {
                o.says(
                    TAG,
                    "Name the panel",
                    "Names who assesses, at least two people of different professions, and records what \
                     the person said to it. A refusal says nothing about the age. Another panel may be \
                     named until a decision is proposed.",
                )
                .takes::<AgePanelBody>(json!({
                    "members": [
                        {"profession": "social_work", "name": "Kofi B."},
                        {"profession": "psychology", "name": "Awa D."}
                    ],
                    "consent": "given"
                }))
                .if_match()
                .shows::<AgeAssessmentView>()
            },
        )
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/age-assessments/{assessment_id}/propose-decision",
                "proposeAgeDecision",
            ),
            acts::propose,
            |o| {
                o.says(
                    TAG,
                    "Propose a decision",
                    "Records by what means the panel looked, the ages that it holds possible and the \
                     margin of error, with reasons. The outcome follows: a range that, with its margin, \
                     includes any age below majority is that of a child. Another `outcome` is 422 at \
                     `/outcome` (R6). Examinations of the body are never the only method; methods that \
                     the person takes part in need the person's consent: 422 at `/methods`.",
                )
                .takes::<AgeDecisionBody>(json!({
                    "methods": ["documents_and_records", "psychosocial_interview"],
                    "age_from": 16,
                    "age_to": 19,
                    "margin_of_error": 1,
                    "reasons": "The school register and the interview agree."
                }))
                .if_match()
                .shows::<AgeAssessmentView>()
            },
        )
}

fn second_person(table: Table) -> Table {
    table
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/age-assessments/{assessment_id}/approve",
                "approveAgeDecision",
            ),
            acts::approve,
            |o| {
                o.says(
                    TAG,
                    "Approve a decision",
                    "A supervisor approves what somebody else proposed: the decision says from then on \
                     what is known about the age. 403 `self-approval` to who proposed, doubted, \
                     contested or sits on the panel (R10).",
                )
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<AgeAssessmentView>()
            },
        )
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/age-assessments/{assessment_id}/decline",
                "declineAgeDecision",
            ),
            acts::decline,
            |o| {
                o.says(
                    TAG,
                    "Decline a decision",
                    "A supervisor declines what was proposed: the panel looks again, or another one does.",
                )
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<AgeAssessmentView>()
            },
        )
}

fn afterwards(table: Table) -> Table {
    table
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/age-assessments/{assessment_id}/contest",
                "contestAgeDecision",
            ),
            acts::contest,
            |o| {
                o.says(
                    TAG,
                    "Contest a decision",
                    "Whoever may doubt the age may contest the decision, also on behalf of the person. \
                     Until there is a new one the person is protected as a child (R6).",
                )
                .takes::<AgeContestBody>(json!({
                    "reason": "A birth certificate was found.",
                    "on_behalf_of_person": true
                }))
                .if_match()
                .shows::<AgeAssessmentView>()
            },
        )
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/age-assessments/{assessment_id}/withdraw",
                "withdrawAgeDoubt",
            ),
            acts::withdraw,
            |o| {
                o.says(
                    TAG,
                    "Withdraw a doubt that was recorded in error",
                    "The first call asks, the second, by somebody else, withdraws (R10); one of the two \
                     is a supervisor. What was known about the age before is known again. Once a panel \
                     is named, only its decision ends the doubt: 409 `illegal-transition`.",
                )
                .may_take::<AgeDoubtWithdrawalBody>(json!({}))
                .if_match()
                .shows::<AgeAssessmentView>()
            },
        )
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &AgeAssessmentId,
) -> Stored<(Event, AgeAssessmentView)> {
    let (event, permit) = age_assessments::open(reading, case, id)?;
    let row = permit.row();
    let actor = reading.actor()?;
    Ok((event, AgeAssessmentView::of(&permit, &row.assessment, &row.facts, actor)))
}

/// Records a doubt.
async fn create(
    caller: Caller<CreateAgeAssessment>,
    case: PathId<CaseId>,
    body: Body<AgeAssessmentBody>,
) -> Result<Reply<AgeAssessmentView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let doubt = body.doubt();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| age_assessments::create(tx, &profile, &case.0, &doubt);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows an assessment.
async fn read(
    caller: Caller<ReadAgeAssessment>,
    ids: PathIds<CaseId, AgeAssessmentId>,
) -> Result<Reply<AgeAssessmentView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the assessments of a case.
async fn list(
    caller: Caller<ReadAgeAssessment>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, AgeAssessmentId)>,
                     limit: RowLimit| {
        let (event, permit, found) = age_assessments::list(reading, &case.0, after, limit)?;
        let (actor, facts) = (reading.actor()?, &permit.row().facts);
        let views = found.map(|one| AgeAssessmentView::of(&permit, &one, facts, actor));
        Ok((event, views))
    };
    listed(
        caller,
        ("age-assessment.list", &belongs_to),
        query.0,
        look,
        |view: &AgeAssessmentView| (view.created_at, view.id.clone()),
    )
    .await
}
