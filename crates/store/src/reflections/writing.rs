//! Offering a period, and what moves it on.

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    id::{ReflectionPeriodId, UserId},
    instant::Instant,
    machine::{Machine, Moved},
    policy::{Action, Changes, Permit},
    reflection::{Grant, Notice, ReflectionStatus, ReflectionWords, TerminationReason},
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::{Reflection, slot};
use crate::{
    cases::CaseRow,
    columns::Json,
    error::Result,
    people::{Person, keep_revision, seal},
    schema::reflection_periods as periods,
    unit::Tx,
};

/// A period that is offered, or begins without an offer on record.
#[derive(Debug)]
pub struct NewReflection {
    /// The period.
    pub id: ReflectionPeriodId,
    /// The day on which it was offered.
    pub offered_on: NaiveDate,
    /// What the person was told.
    pub notices: Vec<Notice>,
    /// What was said.
    pub words: Sensitive<ReflectionWords>,
    /// What is granted at once, if anything is.
    pub change: Option<(Moved<ReflectionStatus>, ReflectionChange)>,
}

/// How a period ends.
#[derive(Debug, Clone)]
pub struct End {
    /// On which day.
    pub on: NaiveDate,
    /// Why before its last one.
    pub reason: Option<TerminationReason>,
}

/// What changes about a period beside its state. Absent members stay.
#[derive(Debug, Default)]
pub struct ReflectionChange {
    /// What the person was told, all of it.
    pub notices: Option<Vec<Notice>>,
    /// The days that were granted, all of them.
    pub grants: Option<Vec<Grant>>,
    /// The first and the last day.
    pub runs: Option<(NaiveDate, NaiveDate)>,
    /// Whether nobody is removed from the country while it runs.
    pub suspends_removal: Option<bool>,
    /// What was said, all of it.
    pub words: Option<Sensitive<ReflectionWords>>,
    /// Whether the offer is answered now.
    pub answered: bool,
    /// How it ends now.
    pub end: Option<End>,
}

#[derive(Default, AsChangeset)]
#[diesel(table_name = periods)]
struct Set {
    notices: Option<Json<Vec<Notice>>>,
    grants: Option<Json<Vec<Grant>>>,
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
}

impl ReflectionChange {
    /// Puts into columns what is changed, by whom and when.
    fn set(&self, tx: &mut Tx<'_>, at: (&ReflectionPeriodId, &Person)) -> Result<Set> {
        let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
        let sealed = self.words.as_ref().map(|words| seal(tx, slot(at.0, at.1), words));
        let mut set = Set {
            notices: self.notices.as_ref().map(Json::of).transpose()?,
            grants: self.grants.as_ref().map(Json::of).transpose()?,
            starts_on: self.runs.map(|(from, _)| from.to_string()),
            ends_on: self.runs.map(|(_, to)| to.to_string()),
            suspends_removal: self.suspends_removal,
            sealed: sealed.transpose()?,
            ..Set::default()
        };
        if self.answered {
            (set.answered_by, set.answered_at) = (Some(by.clone()), Some(now));
        }
        if let Some(end) = &self.end {
            (set.end_reason, set.ended_on) = (end.reason, Some(end.on.to_string()));
            (set.ended_by, set.ended_at) = (Some(by), Some(now));
        }
        Ok(set)
    }
}

/// Writes down that a period is offered, or granted without an offer on record.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, CaseRow>,
    new: &NewReflection,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let sealed = seal(tx, slot(&new.id, person), &new.words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    let change = new.change.as_ref();
    let set = change.map(|(_, change)| change.set(tx, (&new.id, person))).transpose()?;
    let Set { grants, starts_on, ends_on, suspends_removal, answered_by, answered_at, .. } =
        set.unwrap_or_default();
    diesel::insert_into(periods::table)
        .values((
            (
                periods::id.eq(&new.id),
                periods::case_id.eq(&case.id),
                periods::state.eq(change.map_or(ReflectionStatus::INITIAL, |(to, _)| to.to())),
                periods::offered_on.eq(new.offered_on.to_string()),
                periods::notices.eq(Json::of(&new.notices)?),
                periods::grants.eq(grants.map_or_else(|| Json::of(&Vec::new()), Ok)?),
                periods::starts_on.eq(starts_on),
                periods::ends_on.eq(ends_on),
                periods::suspends_removal.eq(suspends_removal),
            ),
            (
                periods::sealed.eq(Some(sealed)),
                periods::answered_by.eq(answered_by),
                periods::answered_at.eq(answered_at),
                periods::created_by.eq(by),
                periods::version.eq(1),
                periods::created_at.eq(now),
                periods::updated_at.eq(now),
            ),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Saves a change, and the move if there is one, unless somebody was faster; keeps the days that an extension
/// replaces (R13). Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes, R>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, R>,
    (before, person): (&Reflection, &Person),
    moved: Option<&Moved<ReflectionStatus>>,
    change: &ReflectionChange,
) -> Result<i64> {
    tx.changes(&before.case_id);
    if change.runs.is_some() && before.runs.is_some() {
        let earlier = Sensitive::new(before.runs);
        keep_revision(tx, &person.id, (&before.id, before.version), &earlier)?;
    }
    let set = change.set(tx, (&before.id, person))?;
    let next = before.version.saturating_add(1);
    let row = periods::table
        .filter(periods::id.eq(&before.id))
        .filter(periods::version.eq(before.version));
    let set = (set, periods::version.eq(next), periods::updated_at.eq(tx.now()));
    let saved = match moved {
        None => diesel::update(row).set(set).execute(tx.conn)?,
        Some(moved) => diesel::update(row.filter(periods::state.eq(moved.from())))
            .set((set, periods::state.eq(moved.to())))
            .execute(tx.conn)?,
    };
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
