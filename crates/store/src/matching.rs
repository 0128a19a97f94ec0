//! Who may be one person: candidates by the digests that they share, then compared exactly.
//!
//! At most [`MOST_CANDIDATES`] identities are opened for one question. If more people share digests with it,
//! those who share most are compared and the rest is not: whoever asks for a common name alone learns
//! nothing of it, and has to say more.

use std::{cmp::Reverse, collections::BTreeMap};

use diesel::prelude::*;
use refero_domain::{
    case::CaseStatus,
    duplicate::{LikenessBand, LikenessReason},
    id::{CaseId, PersonId},
    instant::Instant,
    policy::{self, Class, Permit, ReadCase, Scope, SearchCases},
    sensitive::{Examiner, Sensitive},
};
use refero_names::{AT_FIRST, MOST_CANDIDATES, Reason, Sought};

use crate::{
    cases::{self, CaseRow},
    db::Db,
    error::{Error, Result},
    people_index::{Portrait, of_many, of_one, sharing},
    schema::{cases as case_table, people, person_identities as identities},
    scope,
    unit::{Principal, Reading, Request, Tx},
};

/// How many cases a search shows, at the most.
const SHOWN: usize = 20;
/// The least percentage of likeness that a search shows.
const LEAST: u8 = 50;

/// How much two people are alike, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// From nothing in common, 0, to all, 100.
    pub percent: u8,
    /// By what, and what speaks against it.
    pub reasons: Vec<LikenessReason>,
}

/// Compares the one who is asked for with a candidate; both stay where they are.
struct Against<'s>(&'s Sensitive<Sought>);
struct With<'p>(&'p Portrait);

impl Examiner<Portrait> for Against<'_> {
    type Finding = Likeness;

    fn examine(&self, candidate: &Portrait) -> Likeness {
        self.0.examined_by(&With(candidate))
    }
}

impl Examiner<Sought> for With<'_> {
    type Finding = Likeness;

    fn examine(&self, asked: &Sought) -> Likeness {
        compared(asked, self.0)
    }
}

fn sought(asked: Sensitive<Portrait>) -> Sensitive<Sought> {
    asked.map(|portrait| Sought::new(&portrait.known()))
}

fn compared(asked: &Sought, candidate: &Portrait) -> Likeness {
    let found = asked.likeness(&candidate.known());
    Likeness {
        percent: percent(found.score),
        reasons: found.reasons.into_iter().map(reason).collect(),
    }
}

/// Returns the whole percents of a score from 0 to 1.
fn percent(score: f64) -> u8 {
    let reached = |percent: &u8| f64::from(*percent) <= score.mul_add(100.0, 1e-9);
    (0..=100).rev().find(reached).unwrap_or_default()
}

const fn reason(reason: Reason) -> LikenessReason {
    match reason {
        Reason::SamePhone => LikenessReason::SamePhone,
        Reason::SameDocument => LikenessReason::SameDocument,
        Reason::DocumentNear => LikenessReason::DocumentNear,
        Reason::NamesSame => LikenessReason::NamesSame,
        Reason::NamesAlike => LikenessReason::NamesAlike,
        Reason::NamesSwapped => LikenessReason::NamesSwapped,
        Reason::NamePartMissing => LikenessReason::NamePartMissing,
        Reason::NamesDiffer => LikenessReason::NamesDiffer,
        Reason::YearSame => LikenessReason::YearSame,
        Reason::YearNear => LikenessReason::YearNear,
        Reason::YearDiffers => LikenessReason::YearDiffers,
        Reason::SexDiffers => LikenessReason::SexDiffers,
    }
}

/// A case that was found, and why.
pub type Found = (Permit<ReadCase, CaseRow>, Likeness);

/// Finds the cases of a scope whose people look like the one who is asked for, the likest first. Of an
/// identity that the caller may not open nothing is told, not even that it is alike.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn search(
    reading: &mut Reading<'_>,
    scope: &Scope<SearchCases>,
    asked: &Sensitive<Portrait>,
) -> Result<Vec<Found>> {
    let actor = reading.actor()?.clone();
    let within = scope::indexed_in(scope, &actor);
    let persons = sharing(reading, asked, Some(within), MOST_CANDIDATES)?;
    let asked = sought(asked.clone());
    // A case is much more to read than what is compared: only of those who are alike it is fetched.
    let mut alike: BTreeMap<PersonId, Sensitive<Likeness>> = BTreeMap::new();
    for (person, portrait) in of_many(reading, &persons)? {
        let likeness = portrait.examined_by(&Against(&asked));
        if likeness.percent >= LEAST {
            alike.insert(person, Sensitive::new(likeness));
        }
    }
    let mut found: Vec<(Likeness, CaseRow)> = Vec::new();
    for row in cases::of_people(reading, scope, alike.keys().cloned().collect())? {
        let Ok(permit) = policy::decide::<SearchCases, _>(&actor, &row.facts, ()) else { continue };
        let Some(likeness) = alike.get(&row.person.id) else { continue };
        if let Ok(likeness) = likeness.reveal(&permit, IDENTITY) {
            found.push((likeness.clone(), row));
        }
    }
    found.sort_by_cached_key(|(likeness, row)| (Reverse(likeness.percent), row.case.id.clone()));
    found.truncate(SHOWN);
    found
        .into_iter()
        .map(|(likeness, row)| {
            let facts = row.facts.clone();
            let permit = policy::decide::<ReadCase, _>(&actor, &facts, row)
                .map_err(|_| Error::broken("a search found a case that may not be read"))?;
            Ok((permit, likeness))
        })
        .collect()
}

const IDENTITY: Class = Class::IdentitySealed;

/// Two cases whose people look alike.
#[derive(Debug, Clone)]
pub struct Alike {
    /// The two cases, in the order of their ids.
    pub cases: [CaseId; 2],
    /// How much.
    pub band: LikenessBand,
    /// By what, and what speaks against it.
    pub reasons: Vec<LikenessReason>,
}

/// Says whether anybody else who is registered looks like the person of a case: yes or no, never who or how
/// many.
///
/// It looks on a snapshot of its own, after the case was committed, so that nobody waits for it who writes.
/// Of two who are registered at the same moment the later one is told, at least. Only those who share most
/// digests are opened here; [`compare`] opens all that are looked at.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn resembles_somebody(db: &Db, case: &CaseId, now: Instant) -> Result<bool> {
    db.read(&house(now), |reading| {
        let person: PersonId =
            case_table::table.find(case).select(case_table::person_id).first(reading.conn)?;
        let resembles = !alike(reading, &person, AT_FIRST)?.is_empty();
        // One bit, told with the act that has left its event.
        Ok(reading.admit().with(resembles))
    })
}

/// The house itself, which compares on nobody's behalf.
const fn house(now: Instant) -> Request {
    Request { principal: Principal::Nobody, now, request_id: None, network: None, purpose: None }
}

/// Finds the pairs of cases that a person gives with those of everybody else who share most digests. Cases
/// that went into another one are left out: the other one stands for them.
fn alike(reading: &mut Reading<'_>, person: &PersonId, at_most: usize) -> Result<Vec<Alike>> {
    let Some(asked) = of_one(reading, person)? else { return Ok(Vec::new()) };
    // The person is among them.
    let mut persons = sharing(reading, &asked, None, at_most.saturating_add(1))?;
    persons.retain(|other| other != person);
    let asked = sought(asked);
    let mut bands: BTreeMap<PersonId, (LikenessBand, Vec<LikenessReason>)> = BTreeMap::new();
    for (other, portrait) in of_many(reading, &persons)? {
        let likeness = portrait.examined_by(&Against(&asked));
        if let Some(band) = LikenessBand::of(likeness.percent) {
            bands.insert(other, (band, likeness.reasons));
        }
    }
    if bands.is_empty() {
        return Ok(Vec::new());
    }
    let everybody: Vec<&PersonId> = bands.keys().chain([person]).collect();
    let found: Vec<(CaseId, PersonId)> = case_table::table
        .filter(case_table::person_id.eq_any(everybody))
        .filter(case_table::state.ne(CaseStatus::MergedDuplicate))
        .order(case_table::id)
        .select((case_table::id, case_table::person_id))
        .load(reading.conn)?;
    let (own, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, of)| of == person);
    let mut pairs = Vec::new();
    for (own, _) in &own {
        for (other, of) in &others {
            let Some((band, reasons)) = bands.get(of) else { continue };
            let mut cases = [own.clone(), other.clone()];
            cases.sort();
            pairs.push(Alike { cases, band: *band, reasons: reasons.clone() });
        }
    }
    Ok(pairs)
}

/// A person who was compared with everybody else, as they stood then.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Who.
    pub person: PersonId,
    identity_version: i64,
    facts_version: i64,
    /// What came of it.
    pub pairs: Vec<Alike>,
}

/// Compares people who have not been compared since they were registered or changed: for the worker.
///
/// It looks after the registrations are committed. Of two that came in at the same moment neither saw
/// the other; whoever is compared later meets both. They come in the order of their ids, from `after` on.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn compare(
    db: &Db,
    now: Instant,
    after: Option<&PersonId>,
    limit: i64,
) -> Result<Vec<Compared>> {
    let waiting: Vec<PersonId> = db.plain(|conn| {
        Ok(identities::table
            .filter(identities::compared_at.is_null())
            .filter(identities::person_id.gt(after.map_or("", PersonId::as_str)))
            .filter(identities::index_scheme.assume_not_null().gt(0))
            .order(identities::person_id)
            .limit(limit)
            .select(identities::person_id)
            .load(conn)?)
    })?;
    // Each on a snapshot of their own: one of seconds keeps the database from clearing up behind those who write.
    waiting.into_iter().filter_map(|person| compare_one(db, now, person).transpose()).collect()
}

/// Compares one person; nothing, if they were forgotten meanwhile.
fn compare_one(db: &Db, now: Instant, person: PersonId) -> Result<Option<Compared>> {
    db.read(&house(now), |reading| {
        let versions: Option<(i64, i64)> = identities::table
            .inner_join(people::table.on(people::id.eq(identities::person_id)))
            .filter(identities::person_id.eq(&person))
            .filter(identities::compared_at.is_null())
            .filter(identities::index_scheme.assume_not_null().gt(0))
            .select((identities::version, people::version))
            .first(reading.conn)
            .optional()?;
        let compared = match versions {
            None => None,
            Some((identity_version, facts_version)) => {
                let pairs = alike(reading, &person, MOST_CANDIDATES)?;
                Some(Compared { person, identity_version, facts_version, pairs })
            }
        };
        // Nothing is shown to anybody: the house compares, people judge.
        Ok(reading.admit().with(compared))
    })
}

/// Writes down that people were compared, unless they have changed since.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be written; then they are compared again.
pub fn mark_compared(tx: &mut Tx<'_>, compared: &[Compared]) -> Result<()> {
    let now = tx.now();
    for Compared { person, identity_version, facts_version, .. } in compared {
        let unchanged = people::table
            .filter(people::id.eq(person))
            .filter(people::version.eq(facts_version))
            .select(people::id);
        diesel::update(identities::table)
            .filter(identities::person_id.eq_any(unchanged))
            .filter(identities::version.eq(identity_version))
            .set(identities::compared_at.eq(now))
            .execute(tx.conn)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_told_in_whole_percents() {
        for (score, told) in [(0.0, 0), (0.799, 79), (0.8, 80), (0.29, 29), (1.0, 100), (7.0, 100)]
        {
            assert_eq!(percent(score), told, "{score}");
        }
    }

    #[test]
    fn r12_the_threshold_is_that_of_the_names() {
        let threshold = percent(refero_names::POSSIBLE);

        assert!(LikenessBand::of(threshold).is_some());
        assert!(LikenessBand::of(threshold - 1).is_none());
    }
}
