//! The steps of a support plan: who does what until when, and what became of it.

use chrono::NaiveDate;
use refero_domain::{
    dates,
    event::{Event, Operation},
    id::{CaseId, OrganisationId, PlanItemId, ReferralId},
    machine::Machine as _,
    plan::{ItemAct, ItemOwner, ItemWords},
    policy::{
        Action, Changes, CompletePlanItem, CreatePlanItem, DeclinePlanItem, DropPlanItem,
        EditPlanItem, Permit, ReadPlan, ReadReferral, StartPlanItem,
    },
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    plans::{self, ItemChange, ItemTerms, PlanItem},
    recipients, referrals,
    unit::{Audited, Reading, Tx},
};

use super::{ItemCare, care_of, change};
use crate::service::already_known;

/// Which step of which case is meant, at which version.
pub type Target<'t> = (&'t CaseId, &'t PlanItemId, Option<i64>);

/// A step as somebody writes it down.
#[derive(Debug)]
pub struct NewItem {
    /// The client's own identifier.
    pub id: Option<PlanItemId>,
    /// What is agreed about it.
    pub terms: ItemTerms,
    /// Objective and action.
    pub words: Sensitive<ItemWords>,
}

/// What changes in a step. Absent members stay.
#[derive(Debug, Clone, Default)]
pub struct ItemEdit {
    /// A code of `support_plan_type`.
    pub plan_type: Option<String>,
    /// A code of `service_type`.
    pub service_type: Option<Option<String>>,
    /// Who does it, and which organisation if one does.
    pub owner: Option<(ItemOwner, Option<OrganisationId>)>,
    /// Until when.
    pub due_on: Option<Option<NaiveDate>>,
    /// The referral that carries it out.
    pub referral_id: Option<Option<ReferralId>>,
    /// Whether it prepares for the time after the age of majority.
    pub for_transition: Option<bool>,
    /// What is to be reached.
    pub objective: Option<Sensitive<String>>,
    /// What is done for it.
    pub action: Option<Option<Sensitive<String>>>,
}

/// How a step ended.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// A code of `service_outcome`.
    pub outcome: Option<String>,
    /// In words.
    pub words: Option<Sensitive<String>>,
}

/// A step under the permit that opened the case, and how its service stands at the provider.
pub type OpenedItem = (Permit<ReadPlan, CaseRow>, PlanItem, Option<ItemCare>);

/// Fetches a step to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the plan of the case has no such step.
///
/// # Audit
/// `support-plan.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &PlanItemId,
) -> Result<(Event, OpenedItem)> {
    let permit = cases::fetch::<ReadPlan>(reading, case)?;
    let item = plans::find_item(reading, &permit, id)?;
    let care = care_of(reading, case, std::slice::from_ref(&item))?.remove(id);
    let event = Event::under(Operation::Read, &permit).on(id, item.version).in_case(case);
    Ok((event, (permit, item, care)))
}

/// Adds a step to the plan of a case. A plan that was agreed needs to be agreed anew. The same step again
/// under the client's own identifier is the same step.
///
/// # Errors
/// [`Refusal::NotFound`] without a plan, [`Refusal::IllegalTransition`] if it has ended, has as many steps
/// as it can have, or the case has ended; [`Refusal::ReferenceUnknown`], [`Refusal::ImpossibleDate`],
/// [`Refusal::IdTaken`].
///
/// # Audit
/// `plan-item.create`, and once more for the plan.
pub fn create(tx: &mut Tx<'_>, case: &CaseId, new: &NewItem) -> Result<Audited<PlanItemId>> {
    let permit = cases::fetch::<CreatePlanItem>(tx, case)?;
    let plan = plans::find(tx, &permit)?;
    if let Some(id) = &new.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(plans::find_item(tx, &permit, id), |known| {
            Ok(known.created_by == by && known.terms == new.terms && known.words == new.words)
        })?;
        if let Some(known) = known {
            let event = Event::of::<ReadPlan>(Operation::Read).on(id, known.version);
            return tx.record(&event.in_case(case), id.clone());
        }
    }
    plans::expect_open(&plan, permit.row(), tx.actor()?)?;
    if plans::all_items(tx, &permit)?.len() >= plans::MOST_ITEMS {
        return Err(plan.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?));
    }
    check(tx, case, &new.terms)?;
    let id = new.id.clone().unwrap_or_else(|| tx.new_id());
    plans::insert_item(tx, &permit, (&id, &plan.id), &new.terms, &new.words)?;
    ask_anew(tx, &permit)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event.fields(["plan_type", "service_type", "owner", "due_on", "referral_id"]), id)
}

/// Says whether what is agreed refers to what is there.
fn check(tx: &mut Tx<'_>, case: &CaseId, terms: &ItemTerms) -> Result<()> {
    if let Some(day) = terms.due_on {
        dates::check_planned(day, tx.now()).map_err(|fault| fault.at("/due_on"))?;
    }
    if let Some(organisation) = &terms.owner_organisation_id
        && !recipients::exists(tx, organisation)?
    {
        return Err(Refusal::ReferenceUnknown { pointer: "/owner_organisation_id" }.into());
    }
    let Some(referral) = &terms.referral_id else { return Ok(()) };
    // A referral of another case, or one that may not be seen, is one that is not there.
    let found = referrals::fetch::<ReadReferral>(tx, referral);
    let unknown = Refusal::ReferenceUnknown { pointer: "/referral_id" };
    match found {
        Ok(permit) if permit.row().referral.case_id == *case => Ok(()),
        Ok(_) => Err(unknown.into()),
        Err(error) if error.refusal() == Some(Refusal::NotFound) => Err(unknown.into()),
        Err(error) => Err(error),
    }
}

/// Moves the plan because what was agreed is changed, with an event of its own.
fn ask_anew<A: Action + Changes>(tx: &mut Tx<'_>, permit: &Permit<A, CaseRow>) -> Result<()> {
    let plan = plans::find(tx, permit)?;
    let id = plan.id.clone();
    let version = change(tx, permit, plan)?;
    let event = Event::under(Operation::Update, permit).on(&id, version);
    tx.note(&event.in_case(&permit.row().case.id).fields(["state"]))
}

/// Corrects a step that is not over; the earlier words stay in the history (R13). When it is due and
/// which referral carries it out may change without asking the person again.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is over or the case has ended, [`Refusal::Inconsistent`],
/// [`Refusal::ReferenceUnknown`], [`Refusal::ImpossibleDate`], [`Refusal::Stale`].
///
/// # Audit
/// `plan-item.edit`, and once more for the plan if it needs to be agreed anew.
pub fn edit(tx: &mut Tx<'_>, target: Target<'_>, edit: &ItemEdit) -> Result<Audited<PlanItemId>> {
    let (case, id, _) = target;
    let (permit, item) = to_move::<EditPlanItem>(tx, target)?;
    if !item.state.get().is_open() {
        return Err(item.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?));
    }
    let before = &item.terms;
    let (owner, owner_organisation_id) =
        edit.owner.clone().unwrap_or_else(|| (before.owner, before.owner_organisation_id.clone()));
    let terms = ItemTerms {
        plan_type: edit.plan_type.clone().unwrap_or_else(|| before.plan_type.clone()),
        service_type: edit.service_type.clone().unwrap_or_else(|| before.service_type.clone()),
        owner,
        owner_organisation_id,
        due_on: edit.due_on.unwrap_or(before.due_on),
        referral_id: edit.referral_id.clone().unwrap_or_else(|| before.referral_id.clone()),
        for_transition: edit.for_transition.unwrap_or(before.for_transition),
    };
    check(tx, case, &terms)?;
    let words = words_after(&item, edit);
    let only_when_and_by_whom = ItemTerms {
        due_on: terms.due_on,
        referral_id: terms.referral_id.clone(),
        ..before.clone()
    } == terms;
    let asks_anew = words.is_some() || !only_when_and_by_whom;
    let change = ItemChange { terms: Some(terms), words, ..ItemChange::default() };
    let version = plans::save_item(tx, &permit, (id, item.version, &item.words), change)?;
    if asks_anew {
        ask_anew(tx, &permit)?;
    }
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.record(&event, id.clone())
}

fn words_after(item: &PlanItem, edit: &ItemEdit) -> Option<Sensitive<ItemWords>> {
    if edit.objective.is_none() && edit.action.is_none() {
        return None;
    }
    let objective = edit.objective.clone();
    let words = item.words.clone().with(objective, |words, text| words.objective = text);
    Some(match edit.action.clone() {
        None => words,
        Some(None) => words.map(|words| ItemWords { action: None, ..words }),
        Some(action) => words.with(action, |words, text| words.action = Some(text)),
    })
}

fn to_move<A: Action>(
    tx: &mut Tx<'_>,
    (case, id, expected): Target<'_>,
) -> Result<(Permit<A, CaseRow>, PlanItem)> {
    let permit = cases::fetch::<A>(tx, case)?;
    let item = plans::find_item(tx, &permit, id)?;
    item.expect_version(expected)?;
    if permit.row().case.state.get().is_ended() {
        return Err(item.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?));
    }
    Ok((permit, item))
}

/// Moves a step: fetch with permit, step, save, record.
fn moved<A: Action + Changes>(
    tx: &mut Tx<'_>,
    target: Target<'_>,
    act: ItemAct,
    ending: Ending,
) -> Result<(Permit<A, CaseRow>, Event)> {
    let (case, id, _) = target;
    let (permit, item) = to_move::<A>(tx, target)?;
    if !item.state.get().acts_include(act) {
        return Err(item.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?));
    }
    let PlanItem { state, version, words: earlier, .. } = item;
    let words = ending
        .words
        .map(|text| earlier.clone().with(Some(text), |words, text| words.ending = Some(text)));
    let moved = Some(state.step(act)?);
    let change = ItemChange { moved, words, outcome: ending.outcome, terms: None };
    let version = plans::save_item(tx, &permit, (id, version, &earlier), change)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    Ok((permit, event.fields(["state"])))
}

/// Says that work on a step has begun.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `plan-item.start`
pub fn start(tx: &mut Tx<'_>, target: Target<'_>) -> Result<Audited<PlanItemId>> {
    let (_, event) = moved::<StartPlanItem>(tx, target, ItemAct::Start, Ending::default())?;
    tx.record(&event, target.1.clone())
}

/// Says that a step is done, and how it came out.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `plan-item.complete`
pub fn complete(
    tx: &mut Tx<'_>,
    target: Target<'_>,
    ending: Ending,
) -> Result<Audited<PlanItemId>> {
    let (_, event) = moved::<CompletePlanItem>(tx, target, ItemAct::Complete, ending)?;
    tx.record(&event, target.1.clone())
}

/// Records that the person declines a step: their right, which changes nothing else.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `plan-item.decline`
pub fn decline(tx: &mut Tx<'_>, target: Target<'_>, ending: Ending) -> Result<Audited<PlanItemId>> {
    let (_, event) = moved::<DeclinePlanItem>(tx, target, ItemAct::Decline, ending)?;
    tx.record(&event, target.1.clone())
}

/// Takes a step out of the plan, with the reason. A plan that was agreed needs to be agreed anew.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `plan-item.drop`, and once more for the plan.
pub fn drop(tx: &mut Tx<'_>, target: Target<'_>, ending: Ending) -> Result<Audited<PlanItemId>> {
    let (permit, event) = moved::<DropPlanItem>(tx, target, ItemAct::Drop, ending)?;
    ask_anew(tx, &permit)?;
    tx.record(&event, target.1.clone())
}
