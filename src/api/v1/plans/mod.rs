//! The support plan of a case: started, agreed with the person, reviewed, changed.

mod bodies;
mod items;
mod view;

use actix_web::http::Method;
use refero_domain::{
    event::Event,
    id::CaseId,
    policy::{AgreePlan, EditPlan, ReadPlan, ReviewPlan, StartPlan},
    profile::CountryProfile,
};
use refero_store::{
    Result as Stored,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{PlanAgreementBody, PlanReviewBody, SupportPlanBody, SupportPlanPatch},
    items::{
        PlanItemBody, PlanItemEndBody, PlanItemOutcomeBody, PlanItemPatch, PlanItemReasonBody,
    },
    view::{PlanAgreementView, PlanItemCareView, PlanItemView, PlanReviewView, SupportPlanView},
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, PathId},
        operation::Table,
        problem::Problem,
        reply::Reply,
        v1::{once, parts::shown},
    },
    service::plans as service,
};

const TAG: &str = "plans";
const PATH: &str = "/v1/cases/{id}/plan";

/// The operations on support plans.
#[must_use]
pub fn table(table: Table) -> Table {
    items::table(agreeing(keeping(table)))
}

fn keeping(table: Table) -> Table {
    table
        .op((Method::POST, PATH, "startSupportPlan"), start, |o| {
            o.says(
                TAG,
                "Start the support plan",
                "For those who coordinate. A case has one plan: 409 `illegal-transition` if it has it \
                 already, or has ended. It is a draft until the person agrees to it, step by step.",
            )
            .takes::<SupportPlanBody>(json!({
                "aims": "A room of her own, and to work as a tailor again.",
                "planned_end_on": "2027-11-30"
            }))
            .creates::<SupportPlanView>()
        })
        .op((Method::GET, PATH, "readSupportPlan"), read, |o| {
            let why = "Shows the plan with its steps; for each step that a referral carries out, how the \
                       service stands at the provider by the last report; what the person agreed to; \
                       and the reviews. Providers do not see it: what a referral discloses is in its \
                       package.";
            o.says(TAG, "Read the support plan", why).shows::<SupportPlanView>()
        })
        .op((Method::PATCH, PATH, "editSupportPlan"), edit, |o| {
            let why = "A merge patch (RFC 7396). The earlier words stay in the history (R13). A plan that \
                       was agreed becomes `changed`: the person is asked again.";
            o.says(TAG, "Correct the support plan", why)
                .takes::<SupportPlanPatch>(json!({"planned_end_on": "2027-12-31"}))
                .if_match()
                .shows::<SupportPlanView>()
        })
}

fn agreeing(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/cases/{id}/plan/agree", "agreeSupportPlan"), agree, |o| {
            o.says(
                TAG,
                "Record that the person agrees",
                "Records who agreed to the plan as it stands, how, in which language, and what was offered \
                 and declined: no service depends on another one. For a child (R6) whoever the country \
                 profile lets consent for a child; a guardian must be appointed in the case (422 at \
                 `/giver`). The clock `needs_assessment_and_plan` stops, and `plan_review` runs.",
            )
            .takes::<PlanAgreementBody>(json!({
                "giver": "individual",
                "mode": "verbal_witnessed",
                "language": "fr",
                "interpreter": true,
                "own_words": "I want to begin with the course.",
                "offered_and_declined": ["psychosocial_support"]
            }))
            .if_match()
            .shows::<SupportPlanView>()
        })
        .op((Method::POST, "/v1/cases/{id}/plan/review", "reviewSupportPlan"), review, |o| {
            let why = "Records what goes well, what has to change and what the person says to it, and \
                       starts the clock `plan_review` anew. What is to be changed is changed in the plan, \
                       and agreed anew. 409 `illegal-transition` before the first agreement.";
            o.says(TAG, "Review the support plan", why)
                .takes::<PlanReviewBody>(json!({
                    "outcome": "to_be_changed",
                    "goes_well": "She goes to the course every day.",
                    "to_change": "The way there is too long."
                }))
                .if_match()
                .shows::<SupportPlanView>()
        })
}

fn open(
    reading: &mut Reading<'_>,
    profile: &CountryProfile,
    case: &CaseId,
) -> Stored<(Event, SupportPlanView)> {
    let (event, shown) = service::open(reading, case)?;
    let view = SupportPlanView::of(&shown, profile, (reading.actor()?, reading.now()));
    Ok((event, view))
}

/// Starts a plan.
async fn start(
    caller: Caller<StartPlan>,
    case: PathId<CaseId>,
    body: Body<SupportPlanBody>,
) -> Result<Reply<SupportPlanView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let (app, new) = (caller.app(), body.into_new());
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| service::start(tx, &case.0, &new);
            once(tx, key.as_ref(), act, |reading, _| open(reading, app.profile(), &case.0))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a plan.
async fn read(
    caller: Caller<ReadPlan>,
    case: PathId<CaseId>,
) -> Result<Reply<SupportPlanView>, Problem> {
    let app = caller.app();
    shown(caller, move |reading| open(reading, app.profile(), &case.0)).await
}

/// Corrects a plan.
async fn edit(
    caller: Caller<EditPlan>,
    case: PathId<CaseId>,
    version: IfMatch,
    body: Body<SupportPlanPatch>,
) -> Result<Reply<SupportPlanView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let (app, edit) = (caller.app(), body.into_edit());
    let view = caller
        .write(move |tx| {
            let target = (&case.0, version.expected());
            let act = |tx: &mut Tx<'_>| service::edit(tx, target, &edit);
            once(tx, key.as_ref(), act, |reading, _| open(reading, app.profile(), &case.0))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Records an agreement.
async fn agree(
    caller: Caller<AgreePlan>,
    case: PathId<CaseId>,
    version: IfMatch,
    body: Body<PlanAgreementBody>,
) -> Result<Reply<SupportPlanView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let (app, new) = (caller.app(), body.into_new());
    let view = caller
        .write(move |tx| {
            let target = (&case.0, version.expected());
            let act = |tx: &mut Tx<'_>| service::agree(tx, app.profile(), target, &new);
            once(tx, key.as_ref(), act, |reading, _| open(reading, app.profile(), &case.0))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Records a review.
async fn review(
    caller: Caller<ReviewPlan>,
    case: PathId<CaseId>,
    version: IfMatch,
    body: Body<PlanReviewBody>,
) -> Result<Reply<SupportPlanView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let (app, outcome, words) = (caller.app(), body.outcome, body.words());
    let view = caller
        .write(move |tx| {
            let target = (&case.0, version.expected());
            let act =
                |tx: &mut Tx<'_>| service::review(tx, app.profile(), target, (outcome, &words));
            once(tx, key.as_ref(), act, |reading, _| open(reading, app.profile(), &case.0))
        })
        .await?;
    Ok(Reply::shown(view))
}
