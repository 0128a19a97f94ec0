//! Cases: fetched with a permit, changed through their machine.

mod here;
mod listing;
mod merges;
mod writing;

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    actor::{Actor, ActorRole},
    case::{CaseAct, CaseStatus, IdentificationStage, RiskLevel},
    case_code::CaseCode,
    id::{CaseId, DetectionReportId, Kind, OrganisationId, PersonId, UserId},
    instant::Instant,
    machine::{Machine, State},
    policy::{self, Action, CaseFacts, Classes, CloseCase, Permit},
    referral::ReferralState,
    refusal::{Refusal, Standing},
};

use crate::{
    columns::Codes,
    db::DbConn,
    error::{Error, Refused, Result},
    people::Person,
    schema::{cases, people, referrals, users},
    unit::Reading,
};

pub(crate) use self::{
    here::{Here, here},
    listing::{named, of_people},
    writing::{code_taken, insert},
};
pub use self::{
    listing::{CaseFilter, CaseOrder, count, count_in, page},
    merges::{Merges, merges},
    writing::{Before, CaseChange, NewCase, save, save_person, save_stage},
};

/// A case as it is stored.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = cases)]
pub struct Case {
    /// The case.
    pub id: CaseId,
    /// What people say on the telephone.
    pub case_code: String,
    /// Whom it is about.
    pub person_id: PersonId,
    /// The report it was born from.
    pub report_id: DetectionReportId,
    /// Where the work stands; changes through its machine only.
    pub state: State<CaseStatus>,
    /// What has been decided about the person; changes through its machine only.
    pub identification_stage: State<IdentificationStage>,
    /// The organisation that registered it.
    pub registered_by: OrganisationId,
    /// Who coordinates it.
    pub coordinator_id: Option<UserId>,
    /// Where the person was found.
    pub area: Option<String>,
    /// How great the danger is.
    pub risk_level: RiskLevel,
    /// The earliest deadline that is not met.
    pub next_due_at: Option<Instant>,
    /// Why it was, or is asked to be, closed.
    pub closure_reason: Option<String>,
    /// Who asks to close it (R10).
    pub closure_requested_by: Option<UserId>,
    /// When.
    pub closure_requested_at: Option<Instant>,
    /// When it was claimed from triage.
    pub claimed_at: Option<Instant>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// The case that goes on in place of this one (R12).
    pub merged_into: Option<CaseId>,
    /// When the person was forgotten (R13).
    pub erased_at: Option<Instant>,
    /// For the ETag and against lost updates.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A case with the person it is about, and the facts on which access was decided.
#[derive(Debug)]
pub struct CaseRow {
    /// The case.
    pub case: Case,
    /// The person, in codes.
    pub person: Person,
    /// The facts, for `allowed_actions`.
    pub facts: CaseFacts,
}

impl CaseRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.case.version, expected)
    }

    /// Says how a refused act names this case in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        self.refused_as(refusal, Standing::Case(self.case.state.get()), actor)
    }

    /// As [`Self::refused`], where what has been decided about the person stands in the way.
    #[must_use]
    pub fn refused_at_stage(&self, refusal: Refusal, actor: &Actor) -> Error {
        self.refused_as(refusal, Standing::Stage(self.case.identification_stage.get()), actor)
    }

    fn refused_as(&self, refusal: Refusal, standing: Standing, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(standing),
            allowed_actions: self.allowed_actions(actor),
            object: Some((refero_domain::id::CaseKind::NAME, self.case.id.as_str().to_owned())),
            case_id: Some(self.case.id.clone()),
        }))
    }

    /// Returns the moves that this caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let allowed = |act: &str| policy::may(&format!("case.{act}"), actor, &self.facts);
        // Who asked to close it cannot approve it (R10).
        let asked = self.case.closure_requested_by.as_ref() == Some(&actor.user_id);
        let mut actions: Vec<&'static str> = self
            .case
            .state
            .get()
            .acts()
            .filter(|act| !(asked && *act == CaseAct::Close))
            .map(|act| act.code())
            .filter(|act| allowed(act))
            .collect();
        if allowed("assign") && !self.case.state.get().is_ended() {
            actions.push("assign");
        }
        if self.case.next_due_at.is_some_and(|due| due < end_of_time()) && allowed("meet-deadline")
        {
            actions.push("meet-deadline");
        }
        if self.case.closure_requested_by.is_some() && allowed("decline-closure") {
            actions.push("decline-closure");
        }
        actions
    }
}

pub(crate) fn expect_version(current: i64, expected: Option<i64>) -> Result<()> {
    if expected == Some(current) { Ok(()) } else { Err(Refusal::Stale { current }.into()) }
}

/// Fetches a case for an action, with the permit that the policy gives from facts read here.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known, [`Refusal::NotPermitted`] if
/// it may be seen but this may not be done, [`Refusal::Erased`] if it could be and the person was
/// forgotten.
pub fn fetch<A: Action>(reading: &mut Reading<'_>, id: &CaseId) -> Result<Permit<A, CaseRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(Case, Person)> = cases::table
        .inner_join(people::table)
        .filter(cases::id.eq(id))
        .select((Case::as_select(), Person::as_select()))
        .first(reading.conn)
        .optional()?;
    let Some((case, person)) = found else {
        return Err(denied(Refusal::NotFound, id));
    };
    let mut here = here(reading.conn, &actor, std::slice::from_ref(&case.id), Some(reading.now()))?;
    let facts = facts_with(&case, here.remove(&case.id).unwrap_or_default());
    let row = CaseRow { case, person, facts: facts.clone() };
    policy::decide::<A, _>(&actor, &facts, row)
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))
}

/// Finds the case of a code, for those who see no cases and were told one.
///
/// # Errors
/// [`Refusal::NotFound`] if there is none.
pub fn id_of_code(reading: &mut Reading<'_>, code: &CaseCode) -> Result<CaseId> {
    Ok(cases::table
        .filter(cases::case_code.eq(code.as_str()))
        .select(cases::id)
        .first(reading.conn)?)
}

/// A refusal that the trail joins to the case, though the answer names nothing.
fn denied(refusal: Refusal, id: &CaseId) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((refero_domain::id::CaseKind::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Reads the facts about a case that depend on who asks, for records that disclose nothing by
/// themselves: whether a consent has expired since is not asked.
pub(crate) fn facts(conn: &mut DbConn, actor: &Actor, case: &Case) -> Result<CaseFacts> {
    let mut here = here(conn, actor, std::slice::from_ref(&case.id), None)?;
    Ok(facts_with(case, here.remove(&case.id).unwrap_or_default()))
}

/// Reads the facts about some cases that do not depend on who asks.
pub(crate) fn facts_alone<'a>(
    conn: &mut DbConn,
    ids: impl Iterator<Item = &'a CaseId>,
) -> Result<BTreeMap<CaseId, CaseFacts>> {
    let found: Vec<Case> = cases::table
        .filter(cases::id.eq_any(ids.collect::<Vec<_>>()))
        .select(Case::as_select())
        .load(conn)?;
    Ok(found.iter().map(|case| (case.id.clone(), facts_with(case, Here::default()))).collect())
}

pub(crate) fn facts_with(case: &Case, here: Here) -> CaseFacts {
    CaseFacts {
        case_id: case.id.clone(),
        state: case.state.get(),
        stage: case.identification_stage.get(),
        registered_by: case.registered_by.clone(),
        coordinator: case.coordinator_id.clone(),
        area: case.area.clone(),
        live_here: here.live,
        investigation_here: here.investigation,
        is_erased: case.erased_at.is_some(),
    }
}

pub(crate) fn classes(codes: &Codes) -> Result<Classes> {
    codes
        .get()?
        .iter()
        .map(|code| code.parse().map_err(|_| Error::broken("a stored category is not in its list")))
        .collect()
}

/// Says whether a user could coordinate a case in an area: active, with the role, there, now.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn could_coordinate(
    reading: &mut Reading<'_>,
    user: &UserId,
    area: Option<&str>,
) -> Result<bool> {
    holds_there(reading, user, ActorRole::CaseCoordinator, area)
}

/// Says whether a user is a supervisor of an area now: one of the four eyes (R10).
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn supervises(reading: &mut Reading<'_>, user: &UserId, area: Option<&str>) -> Result<bool> {
    holds_there(reading, user, ActorRole::CoordinationSupervisor, area)
}

/// Says whether a user may act now and holds a role that reaches an area.
fn holds_there(
    reading: &mut Reading<'_>,
    user: &UserId,
    role: ActorRole,
    area: Option<&str>,
) -> Result<bool> {
    let now = reading.now();
    let active: i64 = users::table
        .filter(users::id.eq(user))
        .filter(users::state.eq("active"))
        .count()
        .get_result(reading.conn)?;
    let grants = crate::authenticate::grants_now(reading.conn, user, now)?;
    Ok(active == 1 && grants.iter().any(|grant| grant.role == role && grant.reaches(area)))
}

/// Counts the referrals of a case that have not ended.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn open_referrals(
    reading: &mut Reading<'_>,
    permit: &Permit<CloseCase, CaseRow>,
) -> Result<i64> {
    count_open_referrals(reading, &permit.row().case.id)
}

pub(crate) fn count_open_referrals(reading: &mut Reading<'_>, case: &CaseId) -> Result<i64> {
    Ok(referrals::table
        .filter(referrals::case_id.eq(case))
        .filter(referrals::state.eq_any(ReferralState::OPEN))
        .count()
        .get_result(reading.conn)?)
}

/// What a case without deadline sorts as.
pub(crate) fn end_of_time() -> Instant {
    // 9999-12-31T00:00:00Z
    Instant::from_utc(chrono::DateTime::from_timestamp(253_402_214_400, 0).unwrap_or_default())
}
