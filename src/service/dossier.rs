//! The parts of a dossier: identity, screenings, notes, and what happened.

use std::collections::BTreeMap;

use refero_domain::{
    actor::Actor,
    age::AgeRule,
    case::IdentificationStage,
    event::{Event, Operation},
    id::{CaseId, ScreeningId},
    identification::StageAct,
    instant::Instant,
    machine::Machine as _,
    person::Identity,
    policy::{
        self, Action, Class, ConcludeScreening, CreateScreening, EditIdentity, Permit,
        ReadIdentity, ReadScreening, Relation,
    },
    profile::CountryProfile,
    refusal::Refusal,
    screening::{Answer, Purpose, ScreeningProfile, evaluate},
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    clocks,
    people::{self, IdentityRow},
    rows::{RowLimit, Rows},
    screenings,
    screenings::Screening,
    unit::{Audited, Reading, Tx},
};

use crate::service::{already_known, identification::move_stage, indicator_sets};

/// The identity of the person of a case, under its permit.
pub struct OpenedIdentity {
    /// The case, under the permit that opened the identity.
    pub permit: Permit<ReadIdentity, CaseRow>,
    /// The sealed part.
    pub row: IdentityRow,
}

impl OpenedIdentity {
    /// Says whether it is shown how and where the person is found: not to whoever investigates, who reaches
    /// them through those who coordinate the case (R8, R9).
    #[must_use]
    pub fn tells_whereabouts(&self) -> bool {
        self.permit.permitted_by() != Relation::InvestigatingWithIdentity
    }
}

/// Opens the identity of a person, for a stated purpose, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::PurposeRequired`]; [`Refusal::NotPermitted`] for who may see the case, not the person.
///
/// # Audit
/// `identity.read` with the purpose and the names of the fields.
pub fn open_identity(reading: &mut Reading<'_>, id: &CaseId) -> Result<(Event, OpenedIdentity)> {
    let permit = cases::fetch::<ReadIdentity>(reading, id)?;
    reading.expect_stated_purpose()?;
    let person = permit.row().person.id.clone();
    let row = people::identity(reading, &permit, &person)?;
    let opened = OpenedIdentity { permit, row };
    let whereabouts: &[&str] =
        if opened.tells_whereabouts() { &["phones", "addresses"] } else { &[] };
    let fields = ["names", "birth_date", "documents", "photo_reference"];
    let event = Event::under(Operation::Read, &opened.permit)
        .on(&opened.row.person_id, opened.row.version)
        .in_case(id)
        .fields(fields.into_iter().chain(whereabouts.iter().copied()));
    Ok((event, opened))
}

/// Corrects the identity; the earlier one stays in the history (R13).
///
/// # Errors
/// [`Refusal::Stale`], [`Refusal::PurposeRequired`]; [`Refusal::ImpossibleDate`] and
/// [`Refusal::Inconsistent`] for a date of birth that cannot be, or not of somebody of that age.
///
/// # Audit
/// `identity.edit` with the names of the fields.
pub fn edit_identity(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    (id, expected): (&CaseId, Option<i64>),
    fields: &[&'static str],
    change: impl Fn(Sensitive<Identity>) -> Sensitive<Identity>,
) -> Result<Audited<CaseId>> {
    let permit = cases::fetch::<EditIdentity>(tx, id)?;
    tx.expect_stated_purpose()?;
    let person = permit.row().person.id.clone();
    let before = people::identity(tx, &permit, &person)?;
    if expected != Some(before.version) {
        return Err(Refusal::Stale { current: before.version }.into());
    }
    let identity = change(before.identity.clone());
    let age = AgeRule {
        status: permit.row().person.age_status,
        majority: profile.age_of_majority,
        now: tx.now(),
    };
    age.check_sealed(&identity, |identity| identity.birth_date, "/birth_date")?;
    let version = people::save_identity(tx, &permit, &before, &identity)?;
    let event = Event::under(Operation::Update, &permit)
        .on(&person, version)
        .in_case(id)
        .fields(fields.iter().copied());
    tx.record(&event, id.clone())
}

/// A screening as somebody carried it out.
#[derive(Debug, Clone)]
pub struct NewScreening {
    /// The client's own identifier, if it made one.
    pub id: Option<ScreeningId>,
    /// Which list of strengths applies; the child's whenever the person is protected as a child.
    pub profile: ScreeningProfile,
    /// The answers by indicator.
    pub answers: BTreeMap<String, Answer>,
    /// Exploitation as it happened, or as it was intended for somebody intercepted before it.
    pub purpose: Purpose,
}

/// Screens: keeps answers, versions and advice. The stage does not move (R11).
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] for an indicator that the set does not have, [`Refusal::IdTaken`] for
/// another content under a used identifier.
///
/// # Audit
/// `screening.create`
pub fn create_screening(
    tx: &mut Tx<'_>,
    case: &CaseId,
    new: &NewScreening,
) -> Result<Audited<ScreeningId>> {
    let permit = cases::fetch::<CreateScreening>(tx, case)?;
    if let Some(id) = &new.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(screenings::find(tx, &permit, id), |screening| {
            let profile = screening.result()?.profile;
            Ok(screening.created_by == by
                && screening.answers()? == new.answers
                && screening.purpose()? == new.purpose
                && new.profile.for_age(profile.is_child()) == profile)
        })?;
        if let Some(known) = known {
            let event = Event::of::<ReadScreening>(Operation::Read);
            return tx.record(&event.on(id, known.version).in_case(case), id.clone());
        }
    }
    expect_open(tx, &permit)?;
    let profile = new.profile.for_age(permit.row().person.protected_as_child());
    let set = indicator_sets::by_which_people_are_screened(tx)?;
    let result =
        evaluate(&set, profile, &new.answers, new.purpose.clone()).map_err(
            |refusal| match refusal {
                refero_domain::screening::ScreeningRefusal::UnknownIndicator { .. } => {
                    Refusal::ReferenceUnknown { pointer: "/answers" }
                }
                refero_domain::screening::ScreeningRefusal::NoIntendedPurpose => {
                    Refusal::Incomplete { pointer: "/purpose/purposes" }
                }
            },
        )?;
    let id = new.id.clone().unwrap_or_else(|| tx.new_id());
    screenings::insert(tx, &permit, &id, (&new.answers, &new.purpose), &result)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event, id)
}

fn expect_open<A: Action>(tx: &mut Tx<'_>, permit: &Permit<A, CaseRow>) -> Result<()> {
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    Ok(())
}

/// Concludes on a screening: a named person, with reasons, moves the stage (R11).
///
/// # Errors
/// [`Refusal::IllegalTransition`] if somebody concluded already; [`Refusal::Stale`];
/// [`Refusal::CaseStateDoesNotAllow`] if the stage has no such move: the person is presumed a victim, or
/// was decided about.
///
/// # Audit
/// `screening.conclude`, for the screening and, if the stage moves, for the case.
pub fn conclude_screening(
    tx: &mut Tx<'_>,
    (case, id, expected): (&CaseId, &ScreeningId, Option<i64>),
    conclusion: IdentificationStage,
    reasons: &Sensitive<String>,
) -> Result<Audited<ScreeningId>> {
    let permit = cases::fetch::<ConcludeScreening>(tx, case)?;
    expect_open(tx, &permit)?;
    let screening = screenings::find(tx, &permit, id)?;
    if expected != Some(screening.version) {
        return Err(Refusal::Stale { current: screening.version }.into());
    }
    if screening.conclusion.is_some() {
        return Err(permit.row().refused(Refusal::IllegalTransition, tx.actor()?));
    }
    if !conclusion.is_screening_conclusion() {
        return Err(Refusal::Inconsistent { pointer: "/conclusion" }.into());
    }
    screenings::conclude(tx, &permit, &screening, conclusion, reasons)?;
    clocks::meet(tx, case, &["presumption_decision"])?;
    let actor = tx.actor()?.clone();
    let decided = permit.row().refused_at_stage(Refusal::CaseStateDoesNotAllow, &actor);
    let (row, permit) = permit.into_parts();
    let before = row.case.before();
    let stage = row.case.identification_stage;
    let moved = stage.step_to(StageAct::Conclude, conclusion).map_err(|_| decided)?;
    move_stage(tx, &permit, (case, &before), &moved)?;
    let event = Event::under(Operation::Execute, &permit)
        .on(id, screening.version.saturating_add(1))
        .in_case(case);
    tx.record(&event, id.clone())
}

/// Says whether a person could conclude on a screening now, for `allowed_actions`.
#[must_use]
pub fn may_conclude(row: &CaseRow, screening: &Screening, actor: &Actor) -> bool {
    screening.conclusion.is_none()
        && !row.case.state.get().is_ended()
        && row.case.identification_stage.get().acts_include(StageAct::Conclude)
        && policy::may(ConcludeScreening::NAME, actor, &row.facts)
}

/// A screening with the reasons of its conclusion, as far as the caller may see them.
pub type WithReasons = (Screening, Option<String>);

/// Fetches a screening to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such screening.
///
/// # Audit
/// `screening.read`
pub fn open_screening(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ScreeningId,
) -> Result<(Event, Permit<ReadScreening, CaseRow>, WithReasons)> {
    let permit = cases::fetch::<ReadScreening>(reading, case)?;
    let screening = screenings::find(reading, &permit, id)?;
    let reasons = screening_reasons(reading, &permit, &screening)?;
    let event = Event::under(Operation::Read, &permit).on(id, screening.version).in_case(case);
    Ok((event, permit, (screening, reasons)))
}

fn screening_reasons(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadScreening, CaseRow>,
    screening: &Screening,
) -> Result<Option<String>> {
    let sealed = screenings::reasons(reading, permit, screening)?;
    // Who may not see the class simply does not get it.
    Ok(sealed.and_then(|text| text.reveal(permit, Class::CaseRestricted).ok().cloned()))
}

/// Lists the screenings of a case.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `screening.read` with the ids shown.
pub fn list_screenings(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, ScreeningId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadScreening, CaseRow>, Rows<WithReasons>)> {
    let permit = cases::fetch::<ReadScreening>(reading, case)?;
    let shown =
        screenings::page(reading, &permit, after, limit)?.try_map(|screening| -> Result<_> {
            let reasons = screening_reasons(reading, &permit, &screening)?;
            Ok((screening, reasons))
        })?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(shown.iter().map(|(screening, _)| &screening.id));
    Ok((event, permit, shown))
}
