//! Detection reports: drafts of their author, then the beginning of a case.

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{CaseId, DetectionReportId, Kind, OrganisationId, PersonId, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{self, Action, EditReport, Permit, ReadReport, ReportFacts, Scope, SubmitReport},
    refusal::{Refusal, Standing},
    report::{ReportDetails, ReportSecrets, ReportState},
    sensitive::Sensitive,
};

use crate::{
    cases::{self, Case, expect_version},
    columns::Json,
    db::DbConn,
    error::{Error, Refused, Result},
    keys,
    people::{self, Slot, seal, unseal},
    rows::{RowLimit, Rows, newest_first},
    schema::{cases as case_table, detection_reports as reports},
    scope,
    sealing::Place,
    unit::{Reading, Tx},
};

pub(crate) const SECRETS: Place = Place { table: "detection_reports", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = reports)]
struct Stored {
    id: DetectionReportId,
    person_id: PersonId,
    organisation_id: OrganisationId,
    author_id: UserId,
    state: State<ReportState>,
    facts: Json<ReportDetails>,
    sealed: Vec<u8>,
    case_id: Option<CaseId>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    submitted_at: Option<Instant>,
}

/// What a report tells in words, left sealed: nobody reads it in a list.
#[derive(Debug, Clone, Copy)]
pub struct Unopened;

/// A detection report.
#[derive(Debug)]
pub struct Report<S = Sensitive<ReportSecrets>> {
    /// The report.
    pub id: DetectionReportId,
    /// Whom it is about.
    pub person_id: PersonId,
    /// The organisation it was written in.
    pub organisation_id: OrganisationId,
    /// Who wrote it.
    pub author_id: UserId,
    /// Where it stands.
    pub state: State<ReportState>,
    /// The coded facts.
    pub details: ReportDetails,
    /// What it tells in words, and who the person is.
    pub secrets: S,
    /// The case it became.
    pub case_id: Option<CaseId>,
    /// The code of that case.
    pub case_code: Option<String>,
    /// For the ETag.
    pub version: i64,
    /// When it was begun.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When it was submitted.
    pub submitted_at: Option<Instant>,
    /// The facts on which access was decided.
    pub access: ReportFacts,
}

impl<S> Report<S> {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Says how a refused act names this report.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Report(self.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((
                refero_domain::id::DetectionReportKind::NAME,
                self.id.as_str().to_owned(),
            )),
            case_id: self.case_id.clone(),
        }))
    }

    /// Returns the moves that this caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let mut actions: Vec<&'static str> = self
            .state
            .get()
            .acts()
            .map(|act| act.code())
            .filter(|act| policy::may(&format!("report.{act}"), actor, &self.access))
            .collect();
        if policy::may("report.edit", actor, &self.access) {
            actions.push("edit");
        }
        actions
    }
}

/// Fetches a report for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    id: &DetectionReportId,
) -> Result<Permit<A, Report>> {
    let denied = |refusal| {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: None,
            allowed_actions: Vec::new(),
            object: Some((refero_domain::id::DetectionReportKind::NAME, id.as_str().to_owned())),
            case_id: None,
        }))
    };
    let actor = reading.actor()?.clone();
    let found: Option<Stored> = reports::table
        .filter(reports::id.eq(id))
        .select(Stored::as_select())
        .first(reading.conn)
        .optional()?;
    let stored = found.ok_or_else(|| denied(Refusal::NotFound))?;
    let (access, case_code) = access(reading.conn, &actor, &stored)?;
    // Access is decided before anything is opened.
    policy::decide::<A, _>(&actor, &access, ())
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound)))?;
    let slot = Slot { place: SECRETS, row: stored.id.as_str(), person: &stored.person_id };
    let secrets = unseal(reading, &slot, &stored.sealed)?;
    let report = shaped(stored, access.clone(), secrets, case_code)?;
    policy::decide::<A, _>(&actor, &access, report).map_err(Error::from)
}

/// Reads the facts on which access to a report is decided, and the code of the case that it became.
fn access(
    conn: &mut DbConn,
    actor: &Actor,
    stored: &Stored,
) -> Result<(ReportFacts, Option<String>)> {
    let case: Option<Case> = match &stored.case_id {
        None => None,
        Some(id) => case_table::table
            .filter(case_table::id.eq(id))
            .select(Case::as_select())
            .first(conn)
            .optional()?,
    };
    let facts = case.as_ref().map(|case| cases::facts(conn, actor, case)).transpose()?;
    let access = ReportFacts {
        state: stored.state.get(),
        author: stored.author_id.clone(),
        organisation_id: stored.organisation_id.clone(),
        case: facts,
    };
    Ok((access, case.map(|case| case.case_code)))
}

fn shaped<S>(
    stored: Stored,
    access: ReportFacts,
    secrets: S,
    case_code: Option<String>,
) -> Result<Report<S>> {
    Ok(Report {
        details: stored.facts.get()?,
        secrets,
        case_code,
        access,
        id: stored.id,
        person_id: stored.person_id,
        organisation_id: stored.organisation_id,
        author_id: stored.author_id,
        state: stored.state,
        case_id: stored.case_id,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        submitted_at: stored.submitted_at,
    })
}

/// Lists the reports of a scope, newest first, without opening what they tell in words.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadReport>,
    state: Option<ReportState>,
    after: Option<(Instant, DetectionReportId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadReport, Report<Unopened>>>> {
    let actor = reading.actor()?.clone();
    let mut query = reports::table
        .filter(scope::reports_in(scope, &actor))
        .select(Stored::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(reports::state.eq(state));
    }
    let rows: Vec<Stored> = newest_first!(query, (reports::created_at, reports::id), after, limit)
        .load(reading.conn)?;
    limit.cut(rows).try_map(|stored| {
        let (access, case_code) = access(reading.conn, &actor, &stored)?;
        let report = shaped(stored, access.clone(), Unopened, case_code)?;
        policy::decide::<ReadReport, _>(&actor, &access, report)
            .map_err(|_| Error::broken("a list showed a report that may not be read"))
    })
}

/// Begins a report in the actor's name. The person's key is made with it.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    id: &DetectionReportId,
    details: &ReportDetails,
    secrets: &Sensitive<ReportSecrets>,
) -> Result<()> {
    tx.hangs_on_one_row();
    let person: PersonId = tx.new_id();
    keys::person::insert(tx, &person)?;
    let sealed = seal(tx, Slot { place: SECRETS, row: id.as_str(), person: &person }, secrets)?;
    let (author, organisation) = {
        let actor = tx.actor()?;
        (actor.user_id.clone(), actor.organisation_id.clone())
    };
    let now = tx.now();
    diesel::insert_into(reports::table)
        .values((
            reports::id.eq(id),
            reports::person_id.eq(&person),
            reports::organisation_id.eq(organisation),
            reports::author_id.eq(author),
            reports::state.eq(ReportState::INITIAL),
            reports::area.eq(&details.area),
            reports::facts.eq(Json::of(details)?),
            reports::sealed.eq(sealed),
            reports::version.eq(1),
            reports::created_at.eq(now),
            reports::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Reads which needs could not wait when a case was registered, for the clock that they started.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn urgent_needs(tx: &mut Tx<'_>, id: &DetectionReportId) -> Result<Vec<String>> {
    let facts: Json<ReportDetails> =
        reports::table.find(id).select(reports::facts).first(tx.conn)?;
    Ok(facts.get()?.urgent_needs)
}

/// Saves a changed draft, keeping the earlier value. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_draft(
    tx: &mut Tx<'_>,
    permit: &Permit<EditReport, Report>,
    details: &ReportDetails,
    secrets: &Sensitive<ReportSecrets>,
) -> Result<i64> {
    tx.hangs_on_one_row();
    let before = permit.row();
    let earlier = before.secrets.clone().zip(Sensitive::new(before.details.clone()));
    people::keep_revision(tx, &before.person_id, (&before.id, before.version), &earlier)?;
    let slot = Slot { place: SECRETS, row: before.id.as_str(), person: &before.person_id };
    let sealed = seal(tx, slot, secrets)?;
    let version = before.version.saturating_add(1);
    let saved = diesel::update(reports::table.find(&before.id))
        .filter(reports::version.eq(before.version))
        .filter(reports::state.eq(ReportState::Draft))
        .set((
            reports::area.eq(&details.area),
            reports::facts.eq(Json::of(details)?),
            reports::sealed.eq(sealed),
            reports::version.eq(version),
            reports::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(version) } else { Err(Refusal::Stale { current: version }.into()) }
}

/// Marks a report as submitted and names the case that it became.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_submitted(
    tx: &mut Tx<'_>,
    _permit: &Permit<SubmitReport, ()>,
    (id, version): (&DetectionReportId, i64),
    moved: &Moved<ReportState>,
    case: &CaseId,
) -> Result<()> {
    let now = tx.now();
    let next = version.saturating_add(1);
    let saved = diesel::update(reports::table.find(id))
        .filter(reports::version.eq(version))
        .filter(reports::state.eq(moved.from()))
        .set((
            reports::state.eq(moved.to()),
            reports::case_id.eq(case),
            reports::version.eq(next),
            reports::updated_at.eq(now),
            reports::submitted_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(()) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Registers person and case of a report that is submitted.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be written; then nothing is.
pub fn register(
    tx: &mut Tx<'_>,
    new: &cases::NewCase,
    facts: &people::PersonFacts,
    identity: &Sensitive<refero_domain::person::Identity>,
) -> Result<()> {
    people::insert(tx, &new.person_id, new.code.country(), facts, identity)?;
    cases::insert(tx, new)
}

/// Makes a case code that nobody has.
///
/// # Errors
/// [`Error::Broken`] if no free code is found, which says that the codes must become longer.
pub fn free_case_code(
    tx: &mut Tx<'_>,
    country: &str,
) -> Result<refero_domain::case_code::CaseCode> {
    use chrono::Datelike as _;
    let year = tx.now().date().year();
    for attempt in 0..64 {
        let code = refero_domain::case_code::CaseCode::generate_with_length(
            country,
            u16::try_from(year).map_err(|_| Error::broken("the year is out of range"))?,
            // Of four symbols there are less than a million codes: where most are taken, longer ones come.
            4 + attempt / 16,
            &mut *tx.entropy.rng(),
        )
        .map_err(|e| Error::broken_by("a case code could not be made", e))?;
        if !cases::code_taken(tx, &code)? {
            return Ok(code);
        }
    }
    Err(Error::broken("no free case code was found"))
}
