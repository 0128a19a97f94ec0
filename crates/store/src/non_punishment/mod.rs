//! Offences that must not be held against a person (R7): each belongs to a case and is reached through it.

mod writing;

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{CaseId, Kind, NonPunishmentIssueId, NonPunishmentIssueKind, OrganisationId, UserId},
    instant::Instant,
    machine::{Machine, State},
    non_punishment::{IssueState, IssueWords, Remedy},
    policy::{self, Action, IssueFacts, Permit, ReadCase, ReadIssue, Relation},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

pub use self::writing::{IssueChange, NewIssue, insert, save};
use crate::{
    cases::{self, Case, CaseRow, expect_version},
    error::{Error, Refused, Result},
    people::{Person, Slot, unseal},
    proceedings::{denied, stored_day},
    rows::{RowLimit, Rows, newest_first},
    schema::{cases as case_table, non_punishment_issues as issues, people},
    sealing::Place,
    unit::Reading,
};

const WORDS: Place = Place { table: "non_punishment_issues", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = issues)]
struct Stored {
    id: NonPunishmentIssueId,
    case_id: CaseId,
    state: State<IssueState>,
    issue: String,
    attributed_by: String,
    attributed_on: Option<String>,
    organisation_id: OrganisationId,
    sealed: Option<Vec<u8>>,
    told_body: Option<String>,
    told_on: Option<String>,
    told_by: Option<UserId>,
    remedy: Option<Remedy>,
    remedied_on: Option<String>,
    remedied_by: Option<UserId>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// Who was told of an issue.
#[derive(Debug, Clone)]
pub struct Telling {
    /// Which body: a code of `organisation_type`.
    pub body: String,
    /// On which day.
    pub on: NaiveDate,
    /// Who wrote it down.
    pub by: UserId,
}

/// What was done about an issue.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the body did.
    pub remedy: Remedy,
    /// On which day.
    pub on: NaiveDate,
    /// Who wrote it down.
    pub by: UserId,
}

/// An offence that must not be held against the person.
#[derive(Debug)]
pub struct Issue {
    /// The issue.
    pub id: NonPunishmentIssueId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands; changes through its machine only.
    pub state: State<IssueState>,
    /// A code of `non_punishment_issue`.
    pub issue: String,
    /// Who holds it against the person: a code of `organisation_type`.
    pub attributed_by: String,
    /// Since which day.
    pub attributed_on: Option<NaiveDate>,
    /// Who raised it.
    pub organisation_id: OrganisationId,
    /// How it stems from the exploitation, what was said and answered.
    pub words: Sensitive<IssueWords>,
    /// Who was told last.
    pub told: Option<Telling>,
    /// What was done about it.
    pub answer: Option<Answer>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was raised.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// An issue with the person it is about, and the facts on which access was decided.
#[derive(Debug)]
pub struct IssueRow {
    /// The issue.
    pub issue: Issue,
    /// The person, in codes.
    pub person: Person,
    /// The facts, for `allowed_actions`.
    pub facts: IssueFacts,
}

impl IssueRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.issue.version, expected)
    }

    /// Says how a refused act names this issue.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::NonPunishmentIssue(self.issue.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((NonPunishmentIssueKind::NAME, self.issue.id.as_str().to_owned())),
            case_id: Some(self.issue.case_id.clone()),
        }))
    }

    /// Returns the moves that a caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let mut acts: Vec<_> = self.issue.state.get().acts().map(|act| act.code()).collect();
        acts.dedup();
        acts.retain(|act| policy::may(&format!("non-punishment-issue.{act}"), actor, &self.facts));
        acts
    }
}

fn slot<'s>(id: &'s NonPunishmentIssueId, person: &'s Person) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person: &person.id }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &Person) -> Result<Issue> {
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(&stored.id, person), sealed)?,
    };
    let day = |day: Option<String>| day.as_deref().map(stored_day).transpose();
    let told = match (stored.told_body, day(stored.told_on)?, stored.told_by) {
        (Some(body), Some(on), Some(by)) => Some(Telling { body, on, by }),
        _ => None,
    };
    let answer = match (stored.remedy, day(stored.remedied_on)?, stored.remedied_by) {
        (Some(remedy), Some(on), Some(by)) => Some(Answer { remedy, on, by }),
        _ => None,
    };
    Ok(Issue {
        words,
        told,
        answer,
        attributed_on: day(stored.attributed_on)?,
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        issue: stored.issue,
        attributed_by: stored.attributed_by,
        organisation_id: stored.organisation_id,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

/// Fetches an issue of a case for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    id: &NonPunishmentIssueId,
) -> Result<Permit<A, IssueRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(Stored, Case, Person)> = issues::table
        .inner_join(case_table::table.inner_join(people::table))
        .filter(issues::id.eq(id))
        .filter(issues::case_id.eq(case_id))
        .select((Stored::as_select(), Case::as_select(), Person::as_select()))
        .first(reading.conn)
        .optional()?;
    let (stored, case, person) = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let case = cases::facts(reading.conn, &actor, &case)?;
    let facts = IssueFacts { raised_by: stored.organisation_id.clone(), case };
    policy::decide::<A, _>(&actor, &facts, ())
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))?;
    let issue = opened(reading, stored, &person)?;
    let row = IssueRow { issue, person, facts: facts.clone() };
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

/// Lists the issues of a case that a permit opened, the newest first: to a provider, those that it raised
/// alone. Each has its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadIssue, CaseRow>,
    after: Option<(Instant, NonPunishmentIssueId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadIssue, IssueRow>>> {
    let (actor, case) = (reading.actor()?.clone(), permit.row());
    let mut query = issues::table
        .filter(issues::case_id.eq(&case.case.id))
        .select(Stored::as_select())
        .into_boxed();
    if serves_only(&actor, case) {
        query = query.filter(issues::organisation_id.eq(actor.organisation_id.clone()));
    }
    let rows: Vec<Stored> =
        newest_first!(query, (issues::created_at, issues::id), after, limit).load(reading.conn)?;
    limit.cut(rows).try_map(|stored| {
        let raised_by = stored.organisation_id.clone();
        let facts = IssueFacts { raised_by, case: case.facts.clone() };
        let issue = opened(reading, stored, &case.person)?;
        let row = IssueRow { issue, person: case.person.clone(), facts: facts.clone() };
        policy::decide(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed an issue that may not be read"))
    })
}

/// What whoever sees a case is shown of an issue: that there is one, and how far it got (R7).
#[derive(Debug, Queryable)]
pub struct Flag {
    /// The issue.
    pub id: NonPunishmentIssueId,
    /// A code of `non_punishment_issue`.
    pub issue: String,
    /// Where it stands.
    pub state: State<IssueState>,
}

/// Says whether an actor sees the issues of a case as a provider only.
fn serves_only(actor: &Actor, case: &CaseRow) -> bool {
    policy::relations(ReadIssue::NAME, actor, &case.facts)
        .all(|relation| relation == Relation::ServingAssigned)
}

/// Reads the issues of a case, for its own page; nothing for whom there are none to see.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn flags(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadCase, CaseRow>,
) -> Result<Option<Vec<Flag>>> {
    let case = permit.row();
    // Who has no relation to them has none to see either.
    if serves_only(reading.actor()?, case) {
        return Ok(None);
    }
    let found: Vec<Flag> = issues::table
        .filter(issues::case_id.eq(&case.case.id))
        .order((issues::created_at.desc(), issues::id.desc()))
        .select((issues::id, issues::issue, issues::state))
        .load(reading.conn)?;
    Ok(Some(found))
}
