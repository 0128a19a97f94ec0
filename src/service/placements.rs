//! Recording where a person lives, and how freely (R9).

use chrono::NaiveDate;
use refero_domain::{
    best_interests::InterestsPurpose,
    dates,
    event::{Event, Operation},
    id::{CaseId, OrganisationId, PlacementId},
    instant::Instant,
    placement::{
        self, FacilityRegime, FreedomOfMovement, Location, PlacementAct, PlacementEndReason,
        PlacementKind, PlacementWords,
    },
    policy::{self, CreatePlacement, EndPlacement, Permit, ReadCase, ReadPlacement},
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result, best_interests,
    cases::{self, CaseRow},
    placements::{self, NewPlacement, Placement, PlacementRow},
    recipients,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::already_known;

/// A place where somebody begins to live, as it is recorded.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The identifier that the client chose.
    pub id: Option<PlacementId>,
    /// What kind of place it is.
    pub kind: PlacementKind,
    /// Who runs it.
    pub organisation_id: Option<OrganisationId>,
    /// Whether people may leave it when they like.
    pub regime: FacilityRegime,
    /// How freely this person moves.
    pub freedom: FreedomOfMovement,
    /// Since when.
    pub started_on: NaiveDate,
    /// Until when it is meant.
    pub planned_until: Option<NaiveDate>,
    /// Whether it separates a child from a parent or carer.
    pub separates: bool,
    /// Where it is (R9).
    pub location: Sensitive<Location>,
    /// Why there.
    pub words: Sensitive<PlacementWords>,
}

impl Arrival {
    fn is_that_of(&self, known: &Placement) -> bool {
        known.kind == self.kind
            && known.organisation_id == self.organisation_id
            && known.regime == self.regime
            && known.freedom == self.freedom
            && known.started_on == self.started_on
            && known.planned_until == self.planned_until
            && known.separates == self.separates
            && known.location == self.location
            && known.words == self.words
    }
}

/// Fetches a placement to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such placement, or it may not be known.
///
/// # Audit
/// `placement.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &PlacementId,
) -> Result<(Event, Permit<ReadPlacement, PlacementRow>)> {
    let permit = placements::fetch::<ReadPlacement>(reading, case, id)?;
    let version = permit.row().placement.version;
    let event = Event::under(Operation::Read, &permit).on(id, version).in_case(case);
    Ok((event, permit))
}

/// Lists the placements of a case, the newest first: those alone that the caller may know.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `placement.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, PlacementId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadPlacement, PlacementRow>>)> {
    let known = cases::fetch::<ReadCase>(reading, case)?;
    let scope = policy::scope::<ReadPlacement>(reading.actor()?).map_err(Error::from)?;
    let found = placements::page(reading, &scope, case, after, limit)?;
    let event = Event {
        permitted_by: Some(known.permitted_by().name()),
        ..Event::of::<ReadPlacement>(Operation::Read)
    };
    let event = event.in_case(case).showing(found.iter().map(|one| &one.row().placement.id));
    Ok((event, found))
}

/// Finds what was recorded under the client's own identifier before, if it is the same.
fn recorded_before(
    tx: &mut Tx<'_>,
    case: &CaseId,
    arrival: &Arrival,
) -> Result<Option<Audited<PlacementId>>> {
    let Some(id) = &arrival.id else { return Ok(None) };
    let by = tx.actor()?.user_id.clone();
    let known = already_known(placements::fetch::<ReadPlacement>(tx, case, id), |known| {
        let known = &known.row().placement;
        Ok(known.created_by == by && arrival.is_that_of(known))
    })?;
    let Some(known) = known else { return Ok(None) };
    let version = known.row().placement.version;
    let event = Event::under(Operation::Read, &known).on(id, version).in_case(case);
    tx.record(&event, id.clone()).map(Some)
}

/// Records that a person begins to live somewhere. The same under the client's own identifier is the same.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended, [`Refusal::IllegalTransition`] while the person
/// lives elsewhere, [`Refusal::AdulthoodNotEstablished`] for a child where adults live alone,
/// [`Refusal::BestInterestsRequired`] for one whose interests were not looked at (R6),
/// [`Refusal::ReferenceUnknown`] without such an organisation, [`Refusal::ImpossibleDate`],
/// [`Refusal::IdTaken`].
///
/// # Audit
/// `placement.create`
pub fn begin(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    case: &CaseId,
    arrival: &Arrival,
) -> Result<Audited<PlacementId>> {
    let permit = placements::case_for(tx, case, arrival.organisation_id.as_ref())?;
    if let Some(known) = recorded_before(tx, case, arrival)? {
        return Ok(known);
    }
    let row = permit.row();
    if row.case.state.get().is_ended() {
        return Err(row.refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    if placements::is_placed(tx, &permit)? {
        return Err(row.refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let day = arrival.started_on;
    dates::check_past(day, tx.now()).map_err(|fault| fault.at("/started_on"))?;
    if let Some(organisation) = &arrival.organisation_id {
        if !recipients::exists(tx, organisation)? {
            return Err(Refusal::ReferenceUnknown { pointer: "/organisation_id" }.into());
        }
        let (offered, actor) = (recipients::offered(tx, organisation)?, tx.actor()?.clone());
        placement::check_facility(&offered, row.person.protected_as_child())
            .map_err(|refusal| row.refused(refusal, &actor))?;
    }
    if let Some(until) = arrival.planned_until {
        dates::check_planned(until, tx.now()).map_err(|fault| fault.at("/planned_until"))?;
        if until < day {
            return Err(Refusal::Inconsistent { pointer: "/planned_until" }.into());
        }
    }
    if row.person.protected_as_child() && !is_best(tx, profile, &permit, arrival)? {
        return Err(row.refused(Refusal::BestInterestsRequired, tx.actor()?));
    }
    let new = NewPlacement {
        id: arrival.id.clone().unwrap_or_else(|| tx.new_id()),
        kind: arrival.kind,
        organisation_id: arrival.organisation_id.clone(),
        regime: arrival.regime,
        freedom: arrival.freedom,
        started_on: day,
        planned_until: arrival.planned_until,
        separates: arrival.separates,
        location: arrival.location.clone(),
        words: arrival.words.clone(),
    };
    placements::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(case);
    tx.record(
        &event.fields([
            "kind",
            "organisation_id",
            "regime",
            "freedom",
            "started_on",
            "planned_until",
            "separates",
        ]),
        new.id,
    )
}

/// Says whether a child can be placed so (R6): its interests were assessed before it lives somewhere for long or
/// in a closed place, and determined before it is separated from a parent or carer.
fn is_best(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<CreatePlacement, CaseRow>,
    arrival: &Arrival,
) -> Result<bool> {
    let case = &permit.row().case.id;
    let days = arrival
        .planned_until
        .map(|until| until.signed_duration_since(arrival.started_on).num_days());
    let longest = profile.best_interests.long_placement_days.map(i64::from);
    let is_long = days.zip(longest).is_some_and(|(days, longest)| days > longest);
    let is_closed = arrival.regime == FacilityRegime::Closed;
    let purposes = [InterestsPurpose::LongPlacement, InterestsPurpose::Solution];
    let assessed = !(is_long || is_closed)
        || best_interests::is_assessed(tx, permit, case, &purposes)?
        || arrival.separates;
    let founded = !arrival.separates || best_interests::separation_is_founded(tx, permit, case)?;
    Ok(assessed && founded)
}

/// Records that the person does not live there any more.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such placement, [`Refusal::IllegalTransition`],
/// [`Refusal::Stale`], [`Refusal::ImpossibleDate`], [`Refusal::Inconsistent`] for a day before the first.
///
/// # Audit
/// `placement.end`
pub fn end(
    tx: &mut Tx<'_>,
    (case, id, expected): (&CaseId, &PlacementId, Option<i64>),
    (reason, on): (PlacementEndReason, NaiveDate),
) -> Result<Audited<PlacementId>> {
    let permit = placements::fetch::<EndPlacement>(tx, case, id)?;
    permit.row().expect_version(expected)?;
    dates::check_past(on, tx.now()).map_err(|fault| fault.at("/ended_on"))?;
    if on < permit.row().placement.started_on {
        return Err(Refusal::Inconsistent { pointer: "/ended_on" }.into());
    }
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    let (PlacementRow { placement, .. }, permit) = permit.into_parts();
    let moved = placement.state.step(PlacementAct::End).map_err(|_| illegal)?;
    let target = (case, id, placement.version);
    let version = placements::end(tx, &permit, target, &moved, (reason, on))?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.record(&event.fields(["state", "end_reason", "ended_on"]), id.clone())
}
