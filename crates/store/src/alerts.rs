//! Alerts: an outbox. Whatever causes an alert writes it in its own transaction, so that it is there
//! exactly if the cause is; the worker hands it to the outside at least once.

use diesel::{dsl::exists, prelude::*};
use refero_domain::{
    actor::ActorRole,
    alert::{AlertKind, AlertState, Audience},
    event::{Event, Operation, Outcome},
    id::{AlertId, AlertKindTag, CaseId, CaseKind, Kind, UserId},
    instant::Instant,
    policy::{self, AcknowledgeAlert, Action, AlertFacts, Permit, ReadAlert, Scope},
    refusal::{Refusal, Standing},
};

use crate::{
    cases::expect_version,
    db::{Db, DbConn},
    entropy::Entropy,
    error::{Error, Refused, Result},
    rows::{RowLimit, Rows},
    schema::alerts,
    scope, trail,
    unit::{Context, Reading, Tx},
};

/// How long it is waited after the first attempt that failed; twice as long after each further one.
const FIRST_PAUSE_S: i64 = 30;
/// How long it is waited at the most.
const LONGEST_PAUSE_S: i64 = 3_600;

/// An alert that is raised.
#[derive(Debug, Clone)]
pub struct NewAlert {
    /// What it is about.
    pub kind: AlertKind,
    /// The office that is told.
    pub audience: Audience,
    /// Whom it is about: that account is not shown it.
    pub about: Option<UserId>,
    /// The case it is about.
    pub case_id: Option<CaseId>,
    /// The thing it is about, if it is not the case: its kind and its id.
    pub object: Option<(&'static str, String)>,
    /// What is raised under the same name is raised once.
    pub once: Option<String>,
}

/// An alert as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = alerts)]
pub struct Alert {
    /// The alert.
    pub id: AlertId,
    /// What it is about.
    pub kind: AlertKind,
    /// The role that is told.
    pub audience: ActorRole,
    /// ISO 3166-2; everywhere if nothing.
    pub area: Option<String>,
    /// Whom it is about.
    pub about_user: Option<UserId>,
    /// The case it is about.
    pub case_id: Option<CaseId>,
    /// The kind of thing it is about.
    pub object_type: Option<String>,
    /// That thing.
    pub object_id: Option<String>,
    /// When it was raised.
    pub raised_at: Instant,
    /// Who looks into it.
    pub acknowledged_by: Option<UserId>,
    /// Since when.
    pub acknowledged_at: Option<Instant>,
    /// For the ETag and against lost updates.
    pub version: i64,
    /// When it was handed to the outside.
    pub handed_over_at: Option<Instant>,
    attempts: i64,
}

impl Alert {
    /// Returns where it stands.
    #[must_use]
    pub const fn state(&self) -> AlertState {
        if self.acknowledged_at.is_some() { AlertState::Acknowledged } else { AlertState::Open }
    }

    /// Returns the moves that this caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &refero_domain::actor::Actor) -> Vec<&'static str> {
        match self.state() {
            AlertState::Open if policy::may(AcknowledgeAlert::NAME, actor, &self.facts()) => {
                vec!["acknowledge"]
            }
            AlertState::Open | AlertState::Acknowledged => Vec::new(),
        }
    }

    fn facts(&self) -> AlertFacts {
        AlertFacts {
            audience: self.audience,
            area: self.area.clone(),
            about: self.about_user.clone(),
        }
    }
}

/// Raises an alert in the transaction of what causes it. Gives nothing if it was raised already.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be written; then what caused it is not kept either.
///
/// # Audit
/// `alert.raise`, without whoever caused it: nobody learns from their own events that they are watched.
pub fn raise(tx: &mut Tx<'_>, alert: &NewAlert) -> Result<Option<AlertId>> {
    let (conn, context, entropy) = tx.house();
    raise_on(conn, context, entropy, alert)
}

/// As [`raise`], for what is not an act: readings and refusals.
pub(crate) fn raise_on(
    conn: &mut DbConn,
    context: &Context,
    entropy: &Entropy,
    alert: &NewAlert,
) -> Result<Option<AlertId>> {
    if let Some(once) = &alert.once {
        let raised = alerts::table.filter(alerts::once.eq(once));
        if diesel::select(exists(raised)).get_result(conn)? {
            return Ok(None);
        }
    }
    let knows_cases = alert.audience.may_know_cases();
    // R16: an administrator is told of no case.
    let case_id = alert.case_id.as_ref().filter(|_| knows_cases);
    let object = alert.object.as_ref().filter(|(kind, _)| knows_cases || *kind != CaseKind::NAME);
    let id: AlertId = entropy.id();
    diesel::insert_into(alerts::table)
        .values((
            alerts::id.eq(&id),
            alerts::kind.eq(alert.kind),
            alerts::audience.eq(alert.audience.role()),
            alerts::area.eq(alert.audience.area()),
            alerts::about_user.eq(alert.about.as_ref()),
            alerts::case_id.eq(case_id),
            alerts::object_type.eq(object.map(|(kind, _)| *kind)),
            alerts::object_id.eq(object.map(|(_, id)| id)),
            alerts::once.eq(alert.once.as_ref()),
            alerts::raised_at.eq(context.now),
            alerts::version.eq(1),
            alerts::attempts.eq(0),
            alerts::next_attempt_at.eq(context.now),
        ))
        .execute(conn)?;
    let event = Event { permitted_by: Some("system"), ..of_house("alert.raise", &id) };
    trail::append(conn, &context.of_the_house(), entropy, &event.fields([alert.kind.code()]))?;
    Ok(Some(id))
}

fn of_house(action: &'static str, id: &AlertId) -> Event {
    Event::named(action, Operation::Create).about(id)
}

/// Fetches an alert for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there, for another office, or about the caller.
pub fn fetch<A: Action>(reading: &mut Reading<'_>, id: &AlertId) -> Result<Permit<A, Alert>> {
    let actor = reading.actor()?.clone();
    let found: Option<Alert> =
        alerts::table.find(id).select(Alert::as_select()).first(reading.conn).optional()?;
    let alert = found.ok_or(Refusal::NotFound)?;
    let facts = alert.facts();
    policy::decide::<A, _>(&actor, &facts, alert).map_err(Error::from)
}

/// Lists the alerts of a scope, newest first, one page.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadAlert>,
    state: Option<AlertState>,
    after: Option<&(Instant, AlertId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadAlert, Alert>>> {
    let actor = reading.actor()?.clone();
    let mut query = alerts::table
        .filter(scope::alerts_in(scope, &actor))
        .select(Alert::as_select())
        .into_boxed();
    query = match state {
        None => query,
        Some(AlertState::Open) => query.filter(alerts::acknowledged_at.is_null()),
        Some(AlertState::Acknowledged) => query.filter(alerts::acknowledged_at.is_not_null()),
    };
    if let Some((at, id)) = after {
        query = query.filter(
            alerts::raised_at.lt(*at).or(alerts::raised_at.eq(*at).and(alerts::id.lt(id.clone()))),
        );
    }
    let found = query
        .order((alerts::raised_at.desc(), alerts::id.desc()))
        .limit(limit.one_more())
        .load::<Alert>(reading.conn)?;
    limit.cut(found).try_map(|alert| {
        let facts = alert.facts();
        policy::decide::<ReadAlert, _>(&actor, &facts, alert)
            .map_err(|_| Error::broken("a list showed an alert that may not be read"))
    })
}

/// Writes down who looks into an alert. Returns its new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster, [`Refusal::IllegalTransition`] if somebody looks into
/// it already.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    permit: &Permit<AcknowledgeAlert, Alert>,
    expected: Option<i64>,
) -> Result<i64> {
    let alert = permit.row();
    expect_version(alert.version, expected)?;
    if alert.state() == AlertState::Acknowledged {
        return Err(Error::Refused(Box::new(Refused {
            refusal: Refusal::IllegalTransition,
            standing: Some(Standing::Alert(AlertState::Acknowledged)),
            allowed_actions: Vec::new(),
            object: Some((AlertKindTag::NAME, alert.id.as_str().to_owned())),
            case_id: None,
        })));
    }
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    let version = alert.version.saturating_add(1);
    let rows = diesel::update(alerts::table.find(&alert.id))
        .filter(alerts::version.eq(alert.version))
        .set((
            alerts::acknowledged_by.eq(Some(by)),
            alerts::acknowledged_at.eq(Some(now)),
            alerts::version.eq(version),
        ))
        .execute(tx.conn)?;
    if rows == 1 { Ok(version) } else { Err(Refusal::Stale { current: version }.into()) }
}

/// Finds the alerts that wait for the outside, the oldest first: for the worker.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn waiting(db: &Db, now: Instant, limit: i64) -> Result<Vec<Alert>> {
    db.plain(|conn| {
        Ok(alerts::table
            .filter(alerts::handed_over_at.is_null())
            .filter(alerts::next_attempt_at.le(now))
            .order((alerts::next_attempt_at, alerts::id))
            .limit(limit)
            .select(Alert::as_select())
            .load(conn)?)
    })
}

/// Writes down how a hand-over came out, and gives the event that goes with it. One that failed is
/// tried again, later each time.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn note_hand_over(tx: &mut Tx<'_>, alert: &Alert, succeeded: bool) -> Result<Event> {
    let now = tx.now();
    let pause_s = (0..alert.attempts.min(16)).fold(FIRST_PAUSE_S, |s, _| s.saturating_mul(2));
    diesel::update(alerts::table.find(&alert.id))
        .set((
            alerts::handed_over_at.eq(succeeded.then_some(now)),
            alerts::attempts.eq(alert.attempts.saturating_add(1)),
            alerts::next_attempt_at.eq(now.plus_seconds(pause_s.min(LONGEST_PAUSE_S))),
        ))
        .execute(tx.conn)?;
    let outcome = if succeeded { Outcome::Success } else { Outcome::Failed };
    Ok(Event {
        operation: Operation::Execute,
        outcome,
        permitted_by: Some("system"),
        ..of_house("alert.hand-over", &alert.id)
    })
}
