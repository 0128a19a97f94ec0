//! The steps of a support plan.

use actix_web::http::Method;
use chrono::NaiveDate;
use refero_domain::{
    event::Event,
    id::{CaseId, OrganisationId, PlanItemId, ReferralId},
    plan::{ItemOwner, ItemWords},
    policy::{
        CompletePlanItem, CreatePlanItem, DeclinePlanItem, DropPlanItem, EditPlanItem, ReadPlan,
        StartPlanItem,
    },
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    plans::ItemTerms,
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{TAG, bodies::LONGEST, view::PlanItemView};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PatchField, PathId, PathIds},
        operation::Table,
        problem::{FieldCode, FieldErrors, Problem},
        reply::Reply,
        v1::{Nothing, once, parts::shown, rules},
    },
    service::plans::{self as service, Ending, ItemEdit, NewItem},
};

/// A step of the plan.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanItemBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<PlanItemId>,
    /// `support_plan_type`.
    pub support_plan_type: String,
    /// `service_type`, if a service is asked for.
    #[serde(default)]
    pub service_type: Option<String>,
    /// What is to be reached, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub objective: Sensitive<String>,
    /// What is done for it, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub action: Option<Sensitive<String>>,
    /// Who does it.
    pub owner: ItemOwner,
    /// Which organisation of the directory: needed for the owner `organisation`, and only then.
    #[serde(default)]
    pub owner_organisation_id: Option<OrganisationId>,
    /// Until when.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// A referral of the same case that carries it out.
    #[serde(default)]
    pub referral_id: Option<ReferralId>,
    /// Whether it prepares the person for the time after the age of majority.
    #[serde(default)]
    pub for_transition: bool,
}

fn check_owner(owner: ItemOwner, organisation: bool, errors: &mut FieldErrors) {
    if (owner == ItemOwner::Organisation) != organisation {
        let code = if organisation { FieldCode::Inconsistent } else { FieldCode::Required };
        errors.add("/owner_organisation_id", code);
    }
}

impl Checked for PlanItemBody {
    fn check(&self, errors: &mut FieldErrors) {
        let plan_type = Some(self.support_plan_type.as_str());
        rules::code("/support_plan_type", "support_plan_type", plan_type, errors);
        rules::code("/service_type", "service_type", self.service_type.as_deref(), errors);
        rules::sealed_text("/objective", Some(&self.objective), LONGEST, errors);
        rules::sealed_text("/action", self.action.as_ref(), LONGEST, errors);
        check_owner(self.owner, self.owner_organisation_id.is_some(), errors);
    }
}

impl PlanItemBody {
    fn into_new(self) -> NewItem {
        let words = Sensitive::new(ItemWords::default())
            .with(Some(self.objective), |words, text| words.objective = text)
            .with(self.action, |words, text| words.action = Some(text));
        NewItem {
            id: self.id,
            terms: ItemTerms {
                plan_type: self.support_plan_type,
                service_type: self.service_type,
                owner: self.owner,
                owner_organisation_id: self.owner_organisation_id,
                due_on: self.due_on,
                referral_id: self.referral_id,
                for_transition: self.for_transition,
            },
            words,
        }
    }
}

/// A merge patch of a step (RFC 7396): absent members stay, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanItemPatch {
    /// `support_plan_type`.
    #[serde(default)]
    pub support_plan_type: Option<String>,
    /// `service_type`, if a service is asked for.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub service_type: PatchField<String>,
    /// What is to be reached, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub objective: Option<Sensitive<String>>,
    /// What is done for it, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub action: PatchField<Sensitive<String>>,
    /// Who does it; `owner_organisation_id` stands or falls with it.
    #[serde(default)]
    pub owner: Option<ItemOwner>,
    /// Which organisation of the directory: together with the owner `organisation`.
    #[serde(default)]
    pub owner_organisation_id: Option<OrganisationId>,
    /// Until when.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub due_on: PatchField<NaiveDate>,
    /// A referral of the same case that carries it out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub referral_id: PatchField<ReferralId>,
    /// Whether it prepares the person for the time after the age of majority.
    #[serde(default)]
    pub for_transition: Option<bool>,
}

impl Checked for PlanItemPatch {
    fn check(&self, errors: &mut FieldErrors) {
        let plan_type = self.support_plan_type.as_deref();
        rules::code("/support_plan_type", "support_plan_type", plan_type, errors);
        let service = self.service_type.value().map(String::as_str);
        rules::code("/service_type", "service_type", service, errors);
        rules::sealed_text("/objective", self.objective.as_ref(), LONGEST, errors);
        rules::sealed_text("/action", self.action.value(), LONGEST, errors);
        match self.owner {
            Some(owner) => check_owner(owner, self.owner_organisation_id.is_some(), errors),
            None if self.owner_organisation_id.is_some() => {
                errors.add("/owner", FieldCode::Required)
            }
            None => {}
        }
    }
}

impl PlanItemPatch {
    fn into_edit(self) -> ItemEdit {
        let organisation = self.owner_organisation_id;
        ItemEdit {
            plan_type: self.support_plan_type,
            service_type: self.service_type.into_change(),
            owner: self.owner.map(|owner| (owner, organisation)),
            due_on: self.due_on.into_change(),
            referral_id: self.referral_id.into_change(),
            for_transition: self.for_transition,
            objective: self.objective,
            action: self.action.into_change(),
        }
    }
}

/// How a step came out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanItemOutcomeBody {
    /// `service_outcome`.
    pub outcome: String,
    /// In words, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Option<Sensitive<String>>,
}

impl Checked for PlanItemOutcomeBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/outcome", "service_outcome", Some(&self.outcome), errors);
        rules::sealed_text("/note", self.note.as_ref(), LONGEST, errors);
    }
}

/// What the person said when declining a step, if they said anything. Nobody has to give a reason.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanItemEndBody {
    /// In words, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Option<Sensitive<String>>,
}

impl Checked for PlanItemEndBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/note", self.note.as_ref(), LONGEST, errors);
    }
}

/// Why a step is taken out of the plan.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanItemReasonBody {
    /// The reason, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reason: Sensitive<String>,
}

impl Checked for PlanItemReasonBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", Some(&self.reason), LONGEST, errors);
    }
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &PlanItemId,
) -> Stored<(Event, PlanItemView)> {
    let (event, (permit, item, care)) = service::open_item(reading, case, id)?;
    let seen_by = (reading.actor()?, reading.now());
    Ok((event, PlanItemView::of(&permit, (&item, care.as_ref()), seen_by)))
}

/// Adds a step.
async fn create(
    caller: Caller<CreatePlanItem>,
    case: PathId<CaseId>,
    body: Body<PlanItemBody>,
) -> Result<Reply<PlanItemView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let new = body.into_new();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| service::create_item(tx, &case.0, &new);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a step.
async fn read(
    caller: Caller<ReadPlan>,
    ids: PathIds<CaseId, PlanItemId>,
) -> Result<Reply<PlanItemView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Declares what is done to a step: one handler each, all of the same shape.
macro_rules! moves {
    ($($(#[$doc:meta])* $name:ident: $action:ty, $body:ident<$what:ty> => |$tx:ident, $target:ident, $sent:ident| $act:expr;)+) => {
        $(
            $(#[$doc])*
            async fn $name(
                caller: Caller<$action>,
                ids: PathIds<CaseId, PlanItemId>,
                version: IfMatch,
                body: $body<$what>,
            ) -> Result<Reply<PlanItemView>, Problem> {
                let ($sent, digest) = body.into_parts();
                let key = caller.once(&digest);
                let view = caller
                    .write(move |tx| {
                        let act = |$tx: &mut Tx<'_>| {
                            let $target = (&ids.0, &ids.1, version.expected());
                            $act
                        };
                        once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
                    })
                    .await?;
                Ok(Reply::shown(view))
            }
        )+
    };
}

moves! {
    /// Corrects a step.
    edit: EditPlanItem, Body<PlanItemPatch> => |tx, target, sent| {
        service::edit_item(tx, target, &sent.clone().into_edit())
    };
    /// Says that work on a step has begun.
    start: StartPlanItem, OptionalBody<Nothing> => |tx, target, _sent| service::start_item(tx, target);
    /// Says that a step is done.
    complete: CompletePlanItem, Body<PlanItemOutcomeBody> => |tx, target, sent| {
        let ending = Ending { outcome: Some(sent.outcome.clone()), words: sent.note.clone() };
        service::complete(tx, target, ending)
    };
    /// Records that the person declines a step.
    decline: DeclinePlanItem, OptionalBody<PlanItemEndBody> => |tx, target, sent| {
        service::decline(tx, target, Ending { outcome: None, words: sent.note.clone() })
    };
    /// Takes a step out of the plan.
    drop: DropPlanItem, Body<PlanItemReasonBody> => |tx, target, sent| {
        let words = Some(sent.reason.clone());
        service::drop_item(tx, target, Ending { outcome: None, words })
    };
}

const PATH: &str = "/v1/cases/{id}/plan/items";
const ONE: &str = "/v1/cases/{id}/plan/items/{item_id}";

/// The operations on the steps of a plan.
pub(super) fn table(table: Table) -> Table {
    let table = table
        .op((Method::POST, PATH, "createPlanItem"), create, |o| {
            o.says(
                TAG,
                "Add a step to the support plan",
                "Adds who does what until when: the person, the bureau or an organisation. A plan that was \
                 agreed becomes `changed`, and its version grows: who agrees has read every step. At most \
                 200 steps (409 `illegal-transition`). 404 while the case has no plan.",
            )
            .takes::<PlanItemBody>(json!({
                "support_plan_type": "livelihood",
                "service_type": "vocational_training",
                "objective": "To earn her own living as a tailor.",
                "action": "A course of six months, then a loan for a machine.",
                "owner": "survivor",
                "due_on": "2027-05-31"
            }))
            .creates::<PlanItemView>()
        })
        .op((Method::GET, ONE, "readPlanItem"), read, |o| {
            let why = "Shows one step of the plan, with how the service stands at the provider.";
            o.says(TAG, "Read a step of the support plan", why).shows::<PlanItemView>()
        })
        .op((Method::PATCH, ONE, "editPlanItem"), edit, |o| {
            let why = "A merge patch (RFC 7396) of a step that is not over. The earlier words stay in the \
                       history (R13). A new day or a referral that carries it out needs no new agreement; \
                       anything else does.";
            o.says(TAG, "Correct a step of the support plan", why)
                .takes::<PlanItemPatch>(json!({"due_on": "2027-06-30"}))
                .if_match()
                .shows::<PlanItemView>()
        });
    moving(table)
}

fn moving(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/cases/{id}/plan/items/{item_id}/start", "startPlanItem"), start, |o| {
            let why = "Says that whoever does it has begun. The plan itself stays as it was agreed.";
            o.says(TAG, "Start a step of the support plan", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<PlanItemView>()
        })
        .op(
            (Method::POST, "/v1/cases/{id}/plan/items/{item_id}/complete", "completePlanItem"),
            complete,
            |o| {
                let why = "Says that a step is done, and how it came out for the person.";
                o.says(TAG, "Complete a step of the support plan", why)
                    .takes::<PlanItemOutcomeBody>(json!({"outcome": "goal_met"}))
                    .if_match()
                    .shows::<PlanItemView>()
            },
        )
        .op(
            (Method::POST, "/v1/cases/{id}/plan/items/{item_id}/decline", "declinePlanItem"),
            decline,
            |o| {
                let why = "Records that the person does not want it, or not any more. That is their right, \
                           needs no reason, and changes nothing else of the plan.";
                o.says(TAG, "Record that the person declines a step", why)
                    .may_take::<PlanItemEndBody>(json!({"note": "Perhaps later."}))
                    .if_match()
                    .shows::<PlanItemView>()
            },
        )
        .op((Method::POST, "/v1/cases/{id}/plan/items/{item_id}/drop", "dropPlanItem"), drop, |o| {
            let why = "Takes a step out of the plan, with the reason; it stays in view (R13). A plan that \
                       was agreed becomes `changed`: the person is asked again.";
            o.says(TAG, "Take a step out of the support plan", why)
                .takes::<PlanItemReasonBody>(json!({"reason": "The course is not given this year."}))
                .if_match()
                .shows::<PlanItemView>()
        })
}
