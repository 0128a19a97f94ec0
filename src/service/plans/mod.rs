//! The support plan of a case: started, agreed with the person, reviewed, changed.

mod items;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use refero_domain::{
    care::CareState,
    consent::ConsentGiver,
    dates,
    event::{Event, Operation},
    id::{CaseId, OrganisationId, PlanItemId, ReferralId, SupportPlanId},
    instant::Instant,
    machine::{Machine as _, State},
    plan::{PlanAct, PlanState, PlanWords, ReviewOutcome, ReviewWords},
    policy::{
        Action, AgreePlan, Changes, EditPlan, Permit, ReadCare, ReadPlan, ReadReferral, ReviewPlan,
        StartPlan,
    },
    profile::{ClockKind, CountryProfile},
    referral::ReferralState,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    clocks, guardians,
    plans::{self, Agreement, NewAgreement, PlanItem, Review, SupportPlan},
    referrals,
    service_updates::{self, ServiceUpdate},
    unit::{Audited, Reading, Tx},
};

pub use self::items::{
    Ending, ItemEdit, NewItem, OpenedItem, Target as ItemTarget, complete, create as create_item,
    decline, drop as drop_item, edit as edit_item, open as open_item, start as start_item,
};
use super::cases::{Target, start_clock};

/// How many service updates are looked through for what the providers reported last.
const MOST_UPDATES: i64 = 1_000;

/// The clock of the next review.
pub(crate) const REVIEW_CLOCK: &str = "plan_review";

/// A plan as somebody starts it.
#[derive(Debug)]
pub struct NewPlan {
    /// The client's own identifier.
    pub id: Option<SupportPlanId>,
    /// What the person wants to reach.
    pub words: Sensitive<PlanWords>,
    /// Until when it is meant to be carried out.
    pub planned_end_on: Option<NaiveDate>,
}

/// What changes in a plan. Absent members stay.
#[derive(Debug)]
pub struct PlanEdit {
    /// What the person wants to reach.
    pub aims: Option<Option<Sensitive<String>>>,
    /// Until when it is meant to be carried out.
    pub planned_end_on: Option<Option<NaiveDate>>,
}

/// How the service stands at the provider, for a step that a referral carries out.
#[derive(Debug)]
pub struct ItemCare {
    /// The provider.
    pub organisation_id: OrganisationId,
    /// Where the referral stands.
    pub referral_state: ReferralState,
    /// The last report, about the service of the step if it names one.
    pub last: Option<LastReport>,
}

/// What a provider reported last.
#[derive(Debug)]
pub struct LastReport {
    /// About which service.
    pub service_type: String,
    /// How it stands.
    pub state: CareState,
    /// On which day.
    pub occurred_on: NaiveDate,
    /// When it goes on.
    pub next_due_on: Option<NaiveDate>,
    /// A code of `service_outcome`.
    pub outcome: Option<String>,
}

impl LastReport {
    fn of(update: &ServiceUpdate) -> Self {
        Self {
            service_type: update.service_type.clone(),
            state: update.state,
            occurred_on: update.occurred_on,
            next_due_on: update.next_due_on,
            outcome: update.outcome.clone(),
        }
    }
}

/// A plan with all that is shown of it.
#[derive(Debug)]
pub struct Shown {
    /// The permit, with the case.
    pub permit: Permit<ReadPlan, CaseRow>,
    /// The plan.
    pub plan: SupportPlan,
    /// What the person agreed to, the newest first.
    pub agreements: Vec<Agreement>,
    /// The reviews, the newest first.
    pub reviews: Vec<Review>,
    /// The steps, in the order in which they were written down.
    pub items: Vec<PlanItem>,
    /// What the providers reported, by step.
    pub care: BTreeMap<PlanItemId, ItemCare>,
}

/// Fetches the plan of a case to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has none, or may not be known.
///
/// # Audit
/// `support-plan.read`, with the ids of the steps shown.
pub fn open(reading: &mut Reading<'_>, case: &CaseId) -> Result<(Event, Shown)> {
    let permit = cases::fetch::<ReadPlan>(reading, case)?;
    let plan = plans::find(reading, &permit)?;
    let items = plans::all_items(reading, &permit)?;
    let care = care_of(reading, case, &items)?;
    let shown = Shown {
        agreements: plans::agreements(reading, &permit)?,
        reviews: plans::reviews(reading, &permit)?,
        permit,
        plan,
        items,
        care,
    };
    let event = Event::under(Operation::Read, &shown.permit)
        .on(&shown.plan.id, shown.plan.version)
        .in_case(case)
        .showing(shown.items.iter().map(|item| &item.id));
    Ok((event, shown))
}

/// Finds what providers reported last, for the steps that a referral carries out.
fn care_of(
    reading: &mut Reading<'_>,
    case: &CaseId,
    items: &[PlanItem],
) -> Result<BTreeMap<PlanItemId, ItemCare>> {
    let linked: Vec<ReferralId> =
        items.iter().filter_map(|item| item.terms.referral_id.clone()).collect();
    if linked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let permit = cases::fetch::<ReadCare>(reading, case)?;
    let updates = service_updates::of_case(reading, &permit, linked, MOST_UPDATES)?;
    let mut care = BTreeMap::new();
    for item in items {
        let Some(id) = &item.terms.referral_id else { continue };
        let referral = referrals::fetch::<ReadReferral>(reading, id)?;
        let service = item.terms.service_type.as_ref();
        let is_about = |update: &&ServiceUpdate| {
            update.referral_id == *id
                && service.is_none_or(|service| *service == update.service_type)
        };
        let last = updates.iter().rev().find(is_about).map(LastReport::of);
        let referral = &referral.row().referral;
        let organisation_id = referral.organisation_id.clone();
        let referral_state = referral.state.get();
        care.insert(item.id.clone(), ItemCare { organisation_id, referral_state, last });
    }
    Ok(care)
}

/// Starts the plan of a case. The same plan again under the client's own identifier is the same plan.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended, [`Refusal::IllegalTransition`] if it has a
/// plan, [`Refusal::ImpossibleDate`], [`Refusal::IdTaken`].
///
/// # Audit
/// `support-plan.create`
pub fn start(tx: &mut Tx<'_>, case: &CaseId, new: &NewPlan) -> Result<Audited<SupportPlanId>> {
    let permit = cases::fetch::<StartPlan>(tx, case)?;
    if let Some(plan) = plans::of_case(tx, &permit)? {
        if new.id.as_ref() != Some(&plan.id) {
            return Err(plan.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?));
        }
        let is_same = plan.created_by == tx.actor()?.user_id
            && plan.words == new.words
            && plan.planned_end_on == new.planned_end_on;
        if !is_same {
            return Err(Refusal::IdTaken.into());
        }
        let event = Event::of::<ReadPlan>(Operation::Read).on(&plan.id, plan.version);
        return tx.record(&event.in_case(case), plan.id);
    }
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    check_end(tx, new.planned_end_on)?;
    let id = new.id.clone().unwrap_or_else(|| tx.new_id());
    plans::insert(tx, &permit, &id, &new.words, new.planned_end_on)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event, id)
}

fn check_end(tx: &Tx<'_>, day: Option<NaiveDate>) -> std::result::Result<(), Refusal> {
    let Some(day) = day else { return Ok(()) };
    dates::check_planned(day, tx.now()).map_err(|fault| fault.at("/planned_end_on"))
}

/// Fetches the plan of a case in order to change it.
fn to_change<A: Action>(
    tx: &mut Tx<'_>,
    (case, expected): Target<'_>,
) -> Result<(Permit<A, CaseRow>, SupportPlan)> {
    let permit = cases::fetch::<A>(tx, case)?;
    let plan = plans::find(tx, &permit)?;
    plan.expect_version(expected)?;
    plans::expect_open(&plan, permit.row(), tx.actor()?)?;
    Ok((permit, plan))
}

/// Corrects a plan; the earlier words stay in the history (R13). A plan that was agreed needs to be
/// agreed anew.
///
/// # Errors
/// [`Refusal::NotFound`] without a plan, [`Refusal::IllegalTransition`] if it has ended or the case has,
/// [`Refusal::ImpossibleDate`], [`Refusal::Stale`].
///
/// # Audit
/// `support-plan.edit`
pub fn edit(
    tx: &mut Tx<'_>,
    target: Target<'_>,
    edit: &PlanEdit,
) -> Result<Audited<SupportPlanId>> {
    let (permit, plan) = to_change::<EditPlan>(tx, target)?;
    // Who changes nothing asks nobody anew.
    if edit.aims.is_none() && edit.planned_end_on.is_none() {
        let event = Event::of::<ReadPlan>(Operation::Read).on(&plan.id, plan.version);
        return tx.record(&event.in_case(target.0), plan.id);
    }
    let planned_end_on = edit.planned_end_on.unwrap_or(plan.planned_end_on);
    check_end(tx, planned_end_on)?;
    let words = edit.aims.as_ref().map(|aims| match aims {
        None => Sensitive::new(PlanWords::default()),
        Some(aims) => {
            plan.words.clone().with(Some(aims.clone()), |words, aims| words.aims = Some(aims))
        }
    });
    plans::save(tx, &permit, &plan, words.as_ref(), planned_end_on)?;
    let fields = [
        words.is_some().then_some("aims"),
        edit.planned_end_on.is_some().then_some("planned_end_on"),
    ];
    let id = plan.id.clone();
    let version = change(tx, &permit, plan)?;
    let event = Event::under(Operation::Update, &permit).on(&id, version).in_case(target.0);
    tx.record(&event.fields(fields.into_iter().flatten()), id)
}

/// Moves a plan because what was agreed is changed. Whoever agrees at the same moment has read another
/// version and is told so. Returns the new version.
fn change<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, CaseRow>,
    plan: SupportPlan,
) -> Result<i64> {
    let moved = plan.state.step(PlanAct::Change)?;
    plans::step(tx, permit, (&plan.id, &plan.case_id, plan.version), &moved, None)
}

/// Records that the person agreed to the plan as it stands. The clock of needs assessment and plan stops,
/// and the one of the next review runs if it does not.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is agreed already or has ended, [`Refusal::Inconsistent`] if that
/// giver cannot agree for the person (R6) or there is no such guardian, [`Refusal::Incomplete`] if nothing
/// is in the plan and nothing was declined, [`Refusal::Stale`] if it was changed meanwhile.
///
/// # Audit
/// `support-plan.agree`
pub fn agree(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
    new: &NewAgreement,
) -> Result<Audited<SupportPlanId>> {
    let (permit, plan) = to_change::<AgreePlan>(tx, target)?;
    if !plan.state.get().acts_include(PlanAct::Agree) {
        return Err(plan.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?));
    }
    check_giver(tx, profile, &permit, new.giver)?;
    let items = plans::all_items(tx, &permit)?;
    if items.is_empty() && new.declined_services.is_empty() {
        return Err(Refusal::Incomplete { pointer: "/offered_and_declined" }.into());
    }
    plans::agree(tx, &permit, (&plan.id, plan.version), new)?;
    let SupportPlan { id, state, version, .. } = plan;
    let now = tx.now();
    let version = step(tx, &permit, (&id, version), state, PlanAct::Agree, Some(now))?;
    clocks::meet(tx, target.0, &["needs_assessment_and_plan"])?;
    if !clocks::is_open(tx, target.0, REVIEW_CLOCK)? {
        start_clock(tx, profile, target.0, REVIEW_CLOCK, ClockKind::PlanReviewFirst)?;
    }
    let event = Event::under(Operation::Update, &permit).on(&id, version).in_case(target.0);
    tx.record(&event.fields(["state", "giver", "mode", "declined_services"]), id)
}

fn step<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, CaseRow>,
    (id, version): (&SupportPlanId, i64),
    state: State<PlanState>,
    act: PlanAct,
    agreed_at: Option<Instant>,
) -> Result<i64> {
    let moved = state.step(act)?;
    plans::step(tx, permit, (id, &permit.row().case.id, version), &moved, agreed_at)
}

/// Says whether a giver can agree for the person (R6): a child with its guardian, whom the case names; or
/// whom the country profile lets consent for a child.
fn check_giver(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<AgreePlan, CaseRow>,
    giver: ConsentGiver,
) -> Result<()> {
    let child = permit.row().person.protected_as_child();
    let suffices =
        giver.suffices(child) && (!child || profile.child_consent.allows_giver(giver.code()));
    let needs_guardian =
        matches!(giver, ConsentGiver::Guardian | ConsentGiver::ChildAssentPlusGuardian);
    if !suffices || needs_guardian && !guardians::is_in_office(tx, permit)? {
        return Err(Refusal::Inconsistent { pointer: "/giver" }.into());
    }
    Ok(())
}

/// Records a review of the plan, and starts the clock of the next one.
///
/// # Errors
/// [`Refusal::IllegalTransition`] before the person has agreed for the first time or after the end,
/// [`Refusal::Stale`].
///
/// # Audit
/// `support-plan.review`
pub fn review(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
    (outcome, words): (ReviewOutcome, &Sensitive<ReviewWords>),
) -> Result<Audited<SupportPlanId>> {
    let (permit, plan) = to_change::<ReviewPlan>(tx, target)?;
    if !plan.state.get().acts_include(PlanAct::Review) {
        return Err(plan.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?));
    }
    plans::review(tx, &permit, &plan.id, outcome, words)?;
    let SupportPlan { id, state, version, .. } = plan;
    let version = step(tx, &permit, (&id, version), state, PlanAct::Review, None)?;
    start_clock(tx, profile, target.0, REVIEW_CLOCK, ClockKind::PlanReviewNext)?;
    let event = Event::under(Operation::Update, &permit).on(&id, version).in_case(target.0);
    tx.record(&event.fields(["outcome"]), id)
}

/// Ends the plan of a case that is closed, or takes it up again with a case that is opened again: then it
/// is looked at anew, and agreed anew.
pub(crate) fn move_with_case<A: Action + Changes>(
    tx: &mut Tx<'_>,
    case: &CaseId,
    act: PlanAct,
) -> Result<()> {
    let permit = cases::fetch::<A>(tx, case)?;
    let Some(plan) = plans::of_case(tx, &permit)? else { return Ok(()) };
    if !plan.state.get().acts_include(act) {
        return Ok(());
    }
    let SupportPlan { id, state, version, .. } = plan;
    let version = step(tx, &permit, (&id, version), state, act, None)?;
    let event = Event::under(Operation::Update, &permit).on(&id, version);
    tx.note(&event.in_case(case).fields(["state"]))
}
