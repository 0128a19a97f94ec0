//! What forgetting a person does.

use std::collections::BTreeSet;

use diesel::prelude::*;
use refero_domain::{
    erasure::coarse_birth_year,
    event::{Event, Operation},
    id::{CaseId, DetectionReportId, IncidentId, PersonId},
    instant::Instant,
    report::ReportDetails,
};

use crate::{
    clocks,
    columns::{Codes, Json},
    error::Result,
    incidents, keys, people_index,
    schema::{
        access_parts as parts, access_requests as requests, age_assessments as assessments,
        alleged_perpetrators, best_interests, case_conferences, cases, complaints, consents,
        detection_reports as reports, document_contents as contents, documents,
        duplicate_candidates as pairs, emergency_accesses as accesses, erasures, follow_ups,
        guardians, hearings, idempotency_keys, identification_decisions,
        identity_disclosures as disclosures, incident_links, letters, needs_assessments,
        non_punishment_issues as issues, notes, people, person_identities, placements, plan_items,
        proceedings, referrals, reflection_periods, safe_contacts, screenings, service_updates,
        support_plans,
    },
    unit::{Reading, Tx},
};

/// Finds everybody whom a case is about: one person may have been registered more than once, and their
/// cases merged (R12).
pub(super) fn registered_as(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<PersonId>> {
    let mut joined: BTreeSet<CaseId> = BTreeSet::new();
    let mut persons: BTreeSet<PersonId> = BTreeSet::new();
    let mut to_look_at = vec![case.clone()];
    while let Some(case) = to_look_at.pop() {
        let found: Vec<(CaseId, PersonId, Option<CaseId>)> = cases::table
            .filter(cases::id.eq(&case).or(cases::merged_into.eq(&case)))
            .select((cases::id, cases::person_id, cases::merged_into))
            .load(reading.conn)?;
        joined.insert(case);
        for (id, person, into) in found {
            persons.insert(person);
            to_look_at.extend(into.into_iter().chain([id]).filter(|next| !joined.contains(next)));
        }
    }
    Ok(persons.into_iter().collect())
}

/// What was about the person and stands without them now.
#[derive(Debug, Clone)]
pub struct Erased {
    /// The person.
    pub person_id: PersonId,
    /// Their cases, each with its version.
    pub cases: Vec<(CaseId, i64)>,
    /// What was reported of them, each with its case, if it became one, and its version.
    pub reports: Vec<(DetectionReportId, Option<CaseId>, i64)>,
    /// The incidents in which they were the last of those who were found, each with its version.
    pub incidents: Vec<(IncidentId, i64)>,
}

impl Erased {
    /// Returns the events that tell of it: one for each record that was emptied, or one about somebody of
    /// whom there is none.
    #[must_use]
    pub fn events(&self, permitted_by: &'static str) -> Vec<Event> {
        let event = || Event {
            permitted_by: Some(permitted_by),
            ..Event::named("person.erase", Operation::Delete)
        };
        let of_cases =
            self.cases.iter().map(|(case, version)| event().on(case, *version).in_case(case));
        let of_reports = self.reports.iter().map(|(report, case, version)| {
            let event = event().on(report, *version);
            match case {
                Some(case) => event.in_case(case),
                None => event,
            }
        });
        let of_incidents = self.incidents.iter().map(|(id, version)| event().on(id, *version));
        let events: Vec<Event> = of_cases.chain(of_reports).chain(of_incidents).collect();
        if events.is_empty() { vec![event().about(&self.person_id)] } else { events }
    }
}

/// Everything elsewhere that is about a person and has to go with them: the index over what is sealed,
/// likenesses to others, repeats. Whoever stores more about a person adds to this list.
const FORGET: [fn(&mut Tx<'_>, &PersonId) -> Result<()>; 3] =
    [forget_repeats, forget_likenesses, people_index::forget];

/// Destroys the key of a person, and with it all that is sealed, in every copy that the next epoch
/// closes; empties what may be emptied; and makes what is left coarser.
///
/// Notes, service updates, agreements and earlier values only ever grow: their sealed bytes stay where they are,
/// and nobody can open them any more.
pub(super) fn erase(tx: &mut Tx<'_>, person: &PersonId, erased_at: Instant) -> Result<Erased> {
    let of_person: Vec<(CaseId, i64)> = cases::table
        .filter(cases::person_id.eq(person))
        .select((cases::id, cases::version + 1))
        .load(tx.conn)?;
    for forget in FORGET {
        forget(tx, person)?;
    }
    for (case, _) in &of_person {
        clocks::stop_all(tx, case)?;
        empty_case(tx, case, erased_at)?;
    }
    let reports = empty_reports(tx, person)?;
    empty_person(tx, person)?;
    let incidents = incidents::forget(tx, person, erased_at)?;
    keys::person::destroy(tx, person, erased_at)?;
    diesel::insert_into(erasures::table)
        .values((erasures::person_id.eq(person), erasures::erased_at.eq(erased_at)))
        .execute(tx.conn)?;
    Ok(Erased { person_id: person.clone(), cases: of_person, reports, incidents })
}

fn empty_case(tx: &mut Tx<'_>, case: &CaseId, erased_at: Instant) -> Result<()> {
    let nothing: Option<Vec<u8>> = None;
    diesel::update(consents::table.filter(consents::case_id.eq(case)))
        .set((consents::sealed.eq(&nothing), consents::expires_at.eq(None::<Instant>)))
        .execute(tx.conn)?;
    diesel::update(screenings::table.filter(screenings::case_id.eq(case)))
        .set(screenings::reasons.eq(&nothing))
        .execute(tx.conn)?;
    let decided =
        identification_decisions::table.filter(identification_decisions::case_id.eq(case));
    diesel::update(decided)
        .set((
            identification_decisions::sealed.eq(&nothing),
            identification_decisions::certificate_number.eq(None::<String>),
            identification_decisions::notice_language.eq(None::<String>),
        ))
        .execute(tx.conn)?;
    diesel::update(referrals::table.filter(referrals::case_id.eq(case)))
        .set((referrals::sealed.eq(Vec::<u8>::new()), referrals::answer.eq(&nothing)))
        .execute(tx.conn)?;
    diesel::update(assessments::table.filter(assessments::case_id.eq(case)))
        .set((
            assessments::sealed.eq(&nothing),
            assessments::reasons.eq(&nothing),
            assessments::findings.eq(&nothing),
        ))
        .execute(tx.conn)?;
    diesel::update(best_interests::table.filter(best_interests::case_id.eq(case)))
        .set(best_interests::sealed.eq(&nothing))
        .execute(tx.conn)?;
    diesel::update(guardians::table.filter(guardians::case_id.eq(case)))
        .set(guardians::sealed.eq(&nothing))
        .execute(tx.conn)?;
    empty_home(tx, case)?;
    empty_rest(tx, case)?;
    empty_plan(tx, case)?;
    empty_wall(tx, case)?;
    empty_documents(tx, case)?;
    let asked = requests::table.filter(requests::case_id.eq(case)).select(requests::id);
    diesel::update(parts::table.filter(parts::request_id.eq_any(asked)))
        .filter(parts::sealed.is_not_null())
        .set(parts::sealed.eq(Vec::<u8>::new()))
        .execute(tx.conn)?;
    diesel::update(accesses::table.filter(accesses::case_id.eq(case)))
        .set((accesses::sealed.eq(Vec::<u8>::new()), accesses::reasons.eq(&nothing)))
        .execute(tx.conn)?;
    diesel::update(cases::table.find(case))
        .set((
            cases::erased_at.eq(erased_at),
            cases::version.eq(cases::version + 1),
            cases::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn empty_home(tx: &mut Tx<'_>, case: &CaseId) -> Result<()> {
    let nothing: Option<Vec<u8>> = None;
    diesel::update(placements::table.filter(placements::case_id.eq(case)))
        .set((placements::location.eq(&nothing), placements::sealed.eq(&nothing)))
        .execute(tx.conn)?;
    diesel::update(safe_contacts::table.filter(safe_contacts::case_id.eq(case)))
        .set((
            safe_contacts::sealed.eq(&nothing),
            safe_contacts::language.eq(None::<String>),
            safe_contacts::hours.eq("[]"),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Who told the person what, and by which decision days were granted, goes; how long there was rest may be
/// counted.
fn empty_rest(tx: &mut Tx<'_>, case: &CaseId) -> Result<()> {
    let nothing: Option<Vec<u8>> = None;
    diesel::update(reflection_periods::table.filter(reflection_periods::case_id.eq(case)))
        .set((
            reflection_periods::sealed.eq(&nothing),
            reflection_periods::notices.eq("[]"),
            reflection_periods::grants.eq("[]"),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What a digest is set to that must not be there any more: whoever holds the same page would know whose it was.
const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The bytes go with the key.
fn empty_documents(tx: &mut Tx<'_>, case: &CaseId) -> Result<()> {
    diesel::update(documents::table.filter(documents::case_id.eq(case)))
        .set((documents::sealed.eq(None::<Vec<u8>>), documents::language.eq(None::<String>)))
        .execute(tx.conn)?;
    diesel::update(letters::table.filter(letters::case_id.eq(case)))
        .set((letters::sealed.eq(None::<Vec<u8>>), letters::digest.eq(NO_DIGEST)))
        .execute(tx.conn)?;
    let uploaded = documents::table.filter(documents::case_id.eq(case));
    diesel::update(uploaded.filter(documents::digest.is_not_null()))
        .set(documents::digest.eq(NO_DIGEST))
        .execute(tx.conn)?;
    diesel::update(contents::table.filter(contents::case_id.eq(case)))
        .set(contents::sealed.eq(Vec::<u8>::new()))
        .execute(tx.conn)?;
    Ok(())
}

fn empty_wall(tx: &mut Tx<'_>, case: &CaseId) -> Result<()> {
    let nothing: Option<Vec<u8>> = None;
    // What whoever investigates wrote goes too, unless a legal hold stands in the way.
    diesel::update(proceedings::table.filter(proceedings::case_id.eq(case)))
        .set(proceedings::sealed.eq(&nothing))
        .execute(tx.conn)?;
    diesel::update(disclosures::table.filter(disclosures::case_id.eq(case)))
        .set(disclosures::sealed.eq(&nothing))
        .execute(tx.conn)?;
    diesel::update(hearings::table.filter(hearings::case_id.eq(case)))
        .set(hearings::sealed.eq(&nothing))
        .execute(tx.conn)?;
    diesel::update(issues::table.filter(issues::case_id.eq(case)))
        .set(issues::sealed.eq(&nothing))
        .execute(tx.conn)?;
    Ok(())
}

fn empty_plan(tx: &mut Tx<'_>, case: &CaseId) -> Result<()> {
    let nothing: Option<Vec<u8>> = None;
    diesel::update(support_plans::table.filter(support_plans::case_id.eq(case)))
        .set(support_plans::sealed.eq(&nothing))
        .execute(tx.conn)?;
    diesel::update(complaints::table.filter(complaints::case_id.eq(case)))
        .set((
            complaints::sealed.eq(&nothing),
            complaints::answer_language.eq(None::<String>),
            complaints::answered_on.eq(None::<String>),
            complaints::answer_interpreter.eq(None::<bool>),
        ))
        .execute(tx.conn)?;
    diesel::update(plan_items::table.filter(plan_items::case_id.eq(case)))
        .set(plan_items::sealed.eq(&nothing))
        .execute(tx.conn)?;
    Ok(())
}

/// Statistics need the exploitation, the sex and the age; a language, a day, an exact year and a
/// district tell whom of a small place it is about.
fn empty_reports(
    tx: &mut Tx<'_>,
    person: &PersonId,
) -> Result<Vec<(DetectionReportId, Option<CaseId>, i64)>> {
    type Found = (DetectionReportId, Option<CaseId>, i64, Json<ReportDetails>);
    let found: Vec<Found> = reports::table
        .filter(reports::person_id.eq(person))
        .select((reports::id, reports::case_id, reports::version + 1, reports::facts))
        .load(tx.conn)?;
    let mut emptied = Vec::new();
    for (id, case, version, facts) in found {
        let facts = facts.get()?;
        let coarse = |year: i32| i32::try_from(coarse_birth_year(i64::from(year))).ok();
        let left = ReportDetails {
            birth_year_estimate: facts.birth_year_estimate.and_then(coarse),
            primary_language: None,
            other_languages: Vec::new(),
            detected_on: None,
            gender: None,
            trafficking_events: facts
                .trafficking_events
                .iter()
                .map(|event| event.coarse())
                .collect(),
            ..facts
        };
        diesel::update(reports::table.find(&id))
            .set((
                reports::facts.eq(Json::of(&left)?),
                reports::sealed.eq(Vec::<u8>::new()),
                reports::version.eq(version),
            ))
            .execute(tx.conn)?;
        emptied.push((id, case, version));
    }
    Ok(emptied)
}

fn empty_person(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    diesel::update(person_identities::table.find(person))
        .set((
            person_identities::sealed.eq(Vec::<u8>::new()),
            person_identities::version.eq(person_identities::version + 1),
        ))
        .execute(tx.conn)?;
    // A draft report has a key before there is a person.
    let year: Option<Option<i64>> =
        people::table.find(person).select(people::birth_year_estimate).first(tx.conn).optional()?;
    if let Some(year) = year {
        diesel::update(people::table.find(person))
            .set((
                people::birth_year_estimate.eq(year.map(coarse_birth_year)),
                people::primary_language.eq(None::<String>),
                people::other_languages.eq(Codes::of(&Vec::new())?),
                people::version.eq(people::version + 1),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Whom somebody looks like says who they are.
fn forget_likenesses(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    let of_person = || cases::table.filter(cases::person_id.eq(person.clone())).select(cases::id);
    let theirs =
        pairs::first_case_id.eq_any(of_person()).or(pairs::second_case_id.eq_any(of_person()));
    diesel::delete(pairs::table.filter(theirs)).execute(tx.conn)?;
    Ok(())
}

/// A repeat of a request would find what the first one made; what is kept of it is a digest of what
/// was told about the person.
fn forget_repeats(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    let of_person = || cases::table.filter(cases::person_id.eq(person.clone())).select(cases::id);
    let mut objects: Vec<String> =
        of_person().load::<CaseId>(tx.conn)?.iter().map(|id| id.as_str().to_owned()).collect();
    objects.extend(
        reports::table
            .filter(reports::person_id.eq(person))
            .select(reports::id)
            .load::<String>(tx.conn)?,
    );
    // A table of people was sent under the id of their incident.
    objects.extend(
        incident_links::table
            .filter(incident_links::case_id.eq_any(of_person()))
            .select(incident_links::incident_id)
            .load::<String>(tx.conn)?,
    );
    macro_rules! of_cases {
        ($($table:ident),+) => {$(
            objects.extend(
                $table::table
                    .filter($table::case_id.eq_any(of_person()))
                    .select($table::id)
                    .load::<String>(tx.conn)?,
            );
        )+};
    }
    of_cases!(
        alleged_perpetrators,
        assessments,
        best_interests,
        documents,
        guardians,
        hearings,
        issues,
        letters,
        proceedings,
        identification_decisions,
        placements,
        reflection_periods,
        safe_contacts,
        screenings,
        consents,
        needs_assessments,
        support_plans,
        plan_items,
        complaints,
        case_conferences,
        follow_ups,
        notes,
        referrals,
        service_updates
    );
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::object_id.eq_any(objects)))
        .execute(tx.conn)?;
    Ok(())
}
