//! Raising issues and moving them on.

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    id::NonPunishmentIssueId,
    machine::{Machine, Moved},
    non_punishment::{IssueState, IssueWords, Remedy},
    policy::{Action, Changes, Permit, RaiseIssue},
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::{Issue, slot};
use crate::{
    cases::CaseRow,
    error::Result,
    people::{Person, keep_revision, seal},
    schema::non_punishment_issues as issues,
    unit::Tx,
};

/// An issue that is raised.
#[derive(Debug)]
pub struct NewIssue {
    /// The issue.
    pub id: NonPunishmentIssueId,
    /// A code of `non_punishment_issue`.
    pub issue: String,
    /// Who holds it against the person: a code of `organisation_type`.
    pub attributed_by: String,
    /// Since which day.
    pub attributed_on: Option<NaiveDate>,
    /// How it stems from the exploitation.
    pub words: Sensitive<IssueWords>,
}

/// Raises an issue, for the organisation of whoever does.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(tx: &mut Tx<'_>, permit: &Permit<RaiseIssue, CaseRow>, new: &NewIssue) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let sealed = seal(tx, slot(&new.id, person), &new.words)?;
    let actor = tx.actor()?.clone();
    let now = tx.now();
    diesel::insert_into(issues::table)
        .values((
            issues::id.eq(&new.id),
            issues::case_id.eq(&case.id),
            issues::state.eq(IssueState::INITIAL),
            issues::issue.eq(&new.issue),
            issues::attributed_by.eq(&new.attributed_by),
            issues::attributed_on.eq(new.attributed_on.map(|day| day.to_string())),
            issues::organisation_id.eq(actor.organisation_id),
            issues::sealed.eq(Some(sealed)),
            issues::created_by.eq(actor.user_id),
            issues::version.eq(1),
            issues::created_at.eq(now),
            issues::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What changes with a move.
#[derive(Debug)]
pub enum IssueChange {
    /// A body was told, on a day: a code of `organisation_type`. What it answered before stays in the
    /// history (R13).
    Told(String, NaiveDate),
    /// The body did something, on a day.
    Answered(Remedy, NaiveDate),
}

#[derive(AsChangeset)]
#[diesel(table_name = issues)]
struct Set {
    told_body: Option<Option<String>>,
    told_on: Option<Option<String>>,
    told_by: Option<Option<refero_domain::id::UserId>>,
    remedy: Option<Option<Remedy>>,
    remedied_on: Option<Option<String>>,
    remedied_by: Option<Option<refero_domain::id::UserId>>,
}

/// Saves a move unless somebody was faster. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (before, person): (&Issue, &Person),
    moved: &Moved<IssueState>,
    (change, words): (&IssueChange, &Sensitive<IssueWords>),
) -> Result<i64> {
    tx.changes(&before.case_id);
    if before.told.is_some() {
        let told = before.told.as_ref().map(|told| (told.body.clone(), told.on));
        let answer = before.answer.as_ref().map(|answer| (answer.remedy, answer.on));
        let earlier = before.words.clone().map(|words| (words, told, answer));
        keep_revision(tx, &person.id, (&before.id, before.version), &earlier)?;
    }
    let sealed = seal(tx, slot(&before.id, person), words)?;
    let by = Some(tx.actor()?.user_id.clone());
    let set = match change {
        IssueChange::Told(body, on) => Set {
            told_body: Some(Some(body.clone())),
            told_on: Some(Some(on.to_string())),
            told_by: Some(by),
            remedy: Some(None),
            remedied_on: Some(None),
            remedied_by: Some(None),
        },
        IssueChange::Answered(remedy, on) => Set {
            told_body: None,
            told_on: None,
            told_by: None,
            remedy: Some(Some(*remedy)),
            remedied_on: Some(Some(on.to_string())),
            remedied_by: Some(by),
        },
    };
    let next = before.version.saturating_add(1);
    let saved = diesel::update(issues::table.find(&before.id))
        .filter(issues::version.eq(before.version))
        .filter(issues::state.eq(moved.from()))
        .set((
            set,
            issues::state.eq(moved.to()),
            issues::sealed.eq(Some(sealed)),
            issues::version.eq(next),
            issues::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
