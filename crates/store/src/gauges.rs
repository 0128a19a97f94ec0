//! How much work waits, for whoever watches the service: counts and ages, and nothing about anybody.

use diesel::{
    dsl::{count_star, max, min},
    prelude::*,
};
use refero_domain::{case::CaseStatus, instant::Instant, referral::ReferralState};

use crate::{
    db::{Db, DbConn},
    error::Result,
    schema::{
        alerts, audit_events as events, cases, clocks, log_checkpoints as checkpoints,
        log_leaves as leaves, log_pending as pending, referrals,
    },
};

/// Something that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// How many.
    pub count: i64,
    /// For how many seconds the oldest of them.
    pub oldest_s: i64,
}

impl Waiting {
    fn since((count, oldest): (i64, Option<Instant>), now: Instant) -> Self {
        Self { count, oldest_s: oldest.map_or(0, |oldest| now.seconds_since(oldest).max(0)) }
    }
}

/// How much waits at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gauges {
    /// Cases that nobody has claimed, since they were registered.
    pub triage: Waiting,
    /// Referrals that no provider has answered, since they were sent.
    pub unanswered_referrals: Waiting,
    /// Of these, whose time to answer is up, since then.
    pub overdue_referrals: Waiting,
    /// Deadlines of cases that have passed and are not met, since then.
    pub overdue_deadlines: Waiting,
    /// Alerts that nobody has acknowledged, since they were raised.
    pub unacknowledged_alerts: Waiting,
    /// Alerts that were not handed over to the command yet, since they were raised.
    pub outbox: Waiting,
    /// Events of the trail that have no number in the log yet, since they happened.
    pub unnumbered_events: Waiting,
    /// Leaves of the log.
    pub log_size: i64,
    /// Seconds since the head of the log was signed, if it ever was.
    pub checkpoint_age_s: Option<i64>,
}

impl Gauges {
    /// Counts what waits. Nobody is asked for and nobody is shown: no event is left.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] if the database is not there.
    pub fn read(db: &Db, now: Instant) -> Result<Self> {
        db.plain(|conn| Self::count(conn, now))
    }

    pub(crate) fn count(conn: &mut DbConn, now: Instant) -> Result<Self> {
        let triage = cases::table
            .filter(cases::state.eq(CaseStatus::Submitted))
            .select((count_star(), min(cases::created_at)))
            .first(conn)?;
        let unanswered = referrals::table
            .filter(referrals::state.eq_any(ReferralState::OFFERED))
            .select((count_star(), min(referrals::sent_at)))
            .first(conn)?;
        let overdue_referrals = referrals::table
            .filter(referrals::state.eq_any(ReferralState::OFFERED))
            .filter(referrals::respond_by.lt(now))
            .select((count_star(), min(referrals::respond_by)))
            .first(conn)?;
        let overdue_deadlines = clocks::table
            .filter(clocks::met_at.is_null())
            .filter(clocks::paused_at.is_null())
            .filter(clocks::due_at.lt(now))
            .select((count_star(), min(clocks::due_at)))
            .first(conn)?;
        let alerts_open = alerts::table
            .filter(alerts::acknowledged_at.is_null())
            .select((count_star(), min(alerts::raised_at)))
            .first(conn)?;
        let outbox = alerts::table
            .filter(alerts::handed_over_at.is_null())
            .select((count_star(), min(alerts::raised_at)))
            .first(conn)?;
        let unnumbered: i64 = pending::table.count().get_result(conn)?;
        let first = pending::table.select(min(pending::number)).first::<Option<i64>>(conn)?;
        let oldest = match first {
            None => None,
            Some(first) => events::table
                .filter(events::id.eq_any(
                    pending::table.filter(pending::number.eq(first)).select(pending::event_id),
                ))
                .select(events::at)
                .first(conn)
                .optional()?,
        };
        let last: Option<i64> = leaves::table.select(max(leaves::leaf_index)).first(conn)?;
        let signed: Option<Instant> =
            checkpoints::table.select(max(checkpoints::at)).first(conn)?;
        Ok(Self {
            triage: Waiting::since(triage, now),
            unanswered_referrals: Waiting::since(unanswered, now),
            overdue_referrals: Waiting::since(overdue_referrals, now),
            overdue_deadlines: Waiting::since(overdue_deadlines, now),
            unacknowledged_alerts: Waiting::since(alerts_open, now),
            outbox: Waiting::since(outbox, now),
            unnumbered_events: Waiting::since((unnumbered, oldest), now),
            log_size: last.map_or(0, |last| last.saturating_add(1)),
            checkpoint_age_s: signed.map(|signed| now.seconds_since(signed).max(0)),
        })
    }
}
