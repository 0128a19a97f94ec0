//! Recovery and reflection periods: each belongs to a case and is reached through it.

mod writing;

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{CaseId, Kind as _, ReflectionPeriodId, ReflectionPeriodKind, UserId},
    instant::Instant,
    machine::{Machine as _, State},
    policy::{self, Action, CaseFacts, Class, Permit, ReadReflection},
    profile::CountryProfile,
    reflection::{
        Grant, Notice, ReflectionAct, ReflectionStatus, ReflectionWords, TerminationReason,
    },
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{CaseRow, expect_version},
    columns::{Json, day},
    error::{Error, Refused, Result},
    people::{Person, Slot, unseal},
    rows::{RowLimit, Rows, newest_first},
    schema::reflection_periods as periods,
    sealing::Place,
    unit::Reading,
};

pub use self::writing::{End, NewReflection, ReflectionChange, insert, save};

const WORDS: Place = Place { table: "reflection_periods", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = periods)]
struct Stored {
    id: ReflectionPeriodId,
    case_id: CaseId,
    state: State<ReflectionStatus>,
    offered_on: String,
    notices: Json<Vec<Notice>>,
    grants: Json<Vec<Grant>>,
    starts_on: Option<String>,
    ends_on: Option<String>,
    suspends_removal: Option<bool>,
    sealed: Option<Vec<u8>>,
    answered_by: Option<UserId>,
    answered_at: Option<Instant>,
    end_reason: Option<TerminationReason>,
    ended_on: Option<String>,
    ended_by: Option<UserId>,
    ended_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// A recovery and reflection period of the person of a case.
#[derive(Debug)]
pub struct Reflection {
    /// The period.
    pub id: ReflectionPeriodId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands; changes through its machine only.
    pub state: State<ReflectionStatus>,
    /// The day on which it was offered.
    pub offered_on: NaiveDate,
    /// What the person was told.
    pub notices: Vec<Notice>,
    /// The days that were granted, the first time and with each extension.
    pub grants: Vec<Grant>,
    /// The first and the last day.
    pub runs: Option<(NaiveDate, NaiveDate)>,
    /// Whether nobody is removed from the country while it runs, by the profile of that day.
    pub suspends_removal: Option<bool>,
    /// What was said, and why it was refused, extended or ended.
    pub words: Sensitive<ReflectionWords>,
    /// Who granted it, refused it, or wrote down that the person declined.
    pub answered: Option<(UserId, Instant)>,
    /// Why it ended before its last day.
    pub end_reason: Option<TerminationReason>,
    /// On which day it ended.
    pub ended_on: Option<NaiveDate>,
    /// Who wrote the end down.
    pub ended: Option<(UserId, Instant)>,
    /// Who offered it.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When the offer was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Reflection {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Returns how many days it has, with every extension.
    #[must_use]
    pub fn days(&self) -> u16 {
        let days = self.runs.map_or(0, |(from, to)| to.signed_duration_since(from).num_days());
        u16::try_from(days).unwrap_or(u16::MAX)
    }

    /// Says whether its last day is over.
    #[must_use]
    pub fn is_over_on(&self, today: NaiveDate) -> bool {
        self.runs.is_some_and(|(_, last)| today > last)
    }

    /// Returns the moves that a caller could make on a day: what runs ends after its last day, or early.
    #[must_use]
    pub fn allowed_actions(
        &self,
        (facts, actor): (&CaseFacts, &Actor),
        today: NaiveDate,
    ) -> Vec<&'static str> {
        let acts = self.state.get().acts();
        let acts = acts.filter(|act| *act != ReflectionAct::End || self.is_over_on(today));
        let acts = acts.map(ReflectionAct::code).chain(["record-notice"]);
        acts.filter(|act| policy::may(&format!("reflection-period.{act}"), actor, facts)).collect()
    }

    /// Says how a refused act names this period in the answer and the trail.
    #[must_use]
    pub fn refused(
        &self,
        refusal: Refusal,
        (facts, actor): (&CaseFacts, &Actor),
        today: NaiveDate,
    ) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Reflection(self.state.get())),
            allowed_actions: self.allowed_actions((facts, actor), today),
            object: Some((ReflectionPeriodKind::NAME, self.id.as_str().to_owned())),
            case_id: Some(self.case_id.clone()),
        }))
    }
}

fn slot<'s>(id: &'s ReflectionPeriodId, person: &'s Person) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person: &person.id }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &Person) -> Result<Reflection> {
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(&stored.id, person), sealed)?,
    };
    let written = |text: Option<String>| text.as_deref().map(day).transpose();
    Ok(Reflection {
        words,
        notices: stored.notices.get()?,
        grants: stored.grants.get()?,
        offered_on: day(&stored.offered_on)?,
        runs: written(stored.starts_on)?.zip(written(stored.ends_on)?),
        ended_on: written(stored.ended_on)?,
        answered: stored.answered_by.zip(stored.answered_at),
        ended: stored.ended_by.zip(stored.ended_at),
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        suspends_removal: stored.suspends_removal,
        end_reason: stored.end_reason,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

/// Fetches a period through the case. Whoever sees its dates alone knows of one that was granted.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such period, or it may not be known.
pub fn find<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
    id: &ReflectionPeriodId,
) -> Result<Reflection> {
    let CaseRow { case, person, .. } = permit.row();
    let stored: Stored = periods::table
        .filter(periods::id.eq(id))
        .filter(periods::case_id.eq(&case.id))
        .select(Stored::as_select())
        .first(reading.conn)?;
    if stored.starts_on.is_none() && !permit.may_see(Class::CaseRestricted) {
        return Err(Refusal::NotFound.into());
    }
    opened(reading, stored, person)
}

/// Finds the period of a case that is offered or runs.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn open_one<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
) -> Result<Option<Reflection>> {
    let CaseRow { case, person, .. } = permit.row();
    let stored: Option<Stored> = periods::table
        .filter(periods::case_id.eq(&case.id))
        .filter(periods::state.eq_any(ReflectionStatus::OPEN))
        .select(Stored::as_select())
        .first(reading.conn)
        .optional()?;
    stored.map(|stored| opened(reading, stored, person)).transpose()
}

/// Lists the periods of a case, the newest first; to whoever sees their dates alone, those that were granted.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadReflection, CaseRow>,
    after: Option<(Instant, ReflectionPeriodId)>,
    limit: RowLimit,
) -> Result<Rows<Reflection>> {
    let CaseRow { case, person, .. } = permit.row();
    let mut query = periods::table
        .filter(periods::case_id.eq(&case.id))
        .select(Stored::as_select())
        .into_boxed();
    if !permit.may_see(Class::CaseRestricted) {
        query = query.filter(periods::starts_on.is_not_null());
    }
    let rows: Vec<Stored> = newest_first!(query, (periods::created_at, periods::id), after, limit)
        .load(reading.conn)?;
    limit.cut(rows).try_map(|stored| opened(reading, stored, person))
}

/// Says whether the person of a case is known to be a citizen of the country.
///
/// # Errors
/// Only if what is stored is broken.
pub fn is_citizen<A: Action>(
    permit: &Permit<A, CaseRow>,
    profile: &CountryProfile,
) -> Result<bool> {
    Ok(permit.row().person.citizenships.get()?.contains(&profile.country))
}
