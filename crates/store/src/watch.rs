//! Watching those who look: how many different people an account opens on a day, whether it opens a
//! bait, how often it is refused.
//!
//! [`opening`] stands in the one place through which every event of every act and every reading goes
//! ([`crate::trail::append`]): no handler can go around it, and what it refuses is neither recorded as
//! done nor answered. It counts in the transaction of the event, so that the count is exact whoever
//! else opens people at the same moment, on whichever server.

use diesel::{dsl::exists, prelude::*};
use refero_domain::{
    actor::{Actor, ActorRole},
    alert::{AlertKind, Audience},
    event::{Event, Outcome},
    id::{CaseId, PersonId},
    instant::Instant,
    refusal::Refusal,
};

use crate::{
    alerts::{self, NewAlert},
    db::{Db, DbConn},
    entropy::Entropy,
    error::Result,
    schema::{audit_events as events, bait_cases, cases, people_counts, people_opened},
    unit::{Context, Tx},
};

/// Acts of somebody on what they tell themselves: nobody else's record is opened.
const OWN_WORDS: [&str; 3] = ["report.create", "report.edit", "report.submit"];

/// What is counted as a refusal that tells of somebody trying doors.
const DOORS: [&str; 4] = ["not-found", "not-permitted", "not-authenticated", "token-expired"];

/// The code of the refusal beyond the budget.
pub const PEOPLE_BUDGET: &str = "people-budget";

/// Refusals that are told about at once: whoever meets them does not do so by mistake.
const TOLD_AT_ONCE: [(&str, AlertKind); 3] = [
    (PEOPLE_BUDGET, AlertKind::PeopleRefused),
    ("emergency-too-often", AlertKind::RefusalBurst),
    ("emergency-in-question", AlertKind::RefusalBurst),
];

/// Counts whom an event opens, and refuses it beyond the budget of the day.
///
/// # Errors
/// [`Refusal::PeopleBudget`]; then the event is not written, and nothing may be answered.
pub(crate) fn opening(
    conn: &mut DbConn,
    context: &Context,
    entropy: &Entropy,
    event: &Event,
) -> Result<()> {
    let (Some(actor), Some(case)) = (&context.actor, &event.case_id) else {
        return Ok(());
    };
    // What the house vouches for opens nothing to anybody.
    let counts = actor.session_id.is_some()
        && event.outcome == Outcome::Success
        && !OWN_WORDS.contains(&event.action);
    if !counts {
        return Ok(());
    }
    let day = day(context.now);
    let known = people_opened::table
        .filter(people_opened::actor_id.eq(&actor.user_id))
        .filter(people_opened::day.eq(&day))
        .filter(people_opened::person_id.eq(cases::person_id));
    let bait = bait_cases::table
        .filter(bait_cases::case_id.eq(cases::id))
        .filter(bait_cases::removed_at.is_null());
    let found: Option<(PersonId, Option<String>, bool, bool)> = cases::table
        .filter(cases::id.eq(case))
        .select((cases::person_id, cases::area, exists(known), exists(bait)))
        .first(conn)
        .optional()?;
    let Some((person, area, is_known, is_bait)) = found else {
        return Ok(());
    };
    if is_bait {
        tell_of_bait(conn, context, entropy, (actor, case, area))?;
    }
    if is_known {
        return Ok(());
    }
    diesel::insert_into(people_opened::table)
        .values((
            people_opened::actor_id.eq(&actor.user_id),
            people_opened::day.eq(&day),
            people_opened::person_id.eq(person),
        ))
        .execute(conn)?;
    let opened = one_more(conn, actor, &day)?;
    let watch = context.watch;
    if opened > i64::from(watch.people_refuse_after) {
        return Err(Refusal::PeopleBudget { wait_s: until_tomorrow_s(context.now) }.into());
    }
    if opened == i64::from(watch.people_alarm_after).saturating_add(1) {
        tell(conn, context, entropy, (AlertKind::PeopleOpened, actor, &day))?;
    }
    Ok(())
}

/// Counts one person more. Whoever counts at the same moment waits, or runs again.
fn one_more(conn: &mut DbConn, actor: &Actor, day: &str) -> Result<i64> {
    let mine = people_counts::table
        .filter(people_counts::actor_id.eq(&actor.user_id))
        .filter(people_counts::day.eq(day));
    let counted: Option<i64> = diesel::update(mine)
        .set(people_counts::people.eq(people_counts::people + 1))
        .returning(people_counts::people)
        .get_result(conn)
        .optional()?;
    if let Some(people) = counted {
        return Ok(people);
    }
    diesel::insert_into(people_counts::table)
        .values((
            people_counts::actor_id.eq(&actor.user_id),
            people_counts::day.eq(day),
            people_counts::people.eq(1),
        ))
        .execute(conn)?;
    Ok(1)
}

fn day(now: Instant) -> String {
    now.date().to_string()
}

fn until_tomorrow_s(now: Instant) -> u32 {
    const DAY_S: i64 = 86_400;
    let passed_s = now.to_utc().timestamp().rem_euclid(DAY_S);
    u32::try_from(DAY_S.saturating_sub(passed_s)).unwrap_or(u32::MAX)
}

/// Tells of somebody who was refused: at once what nobody does by mistake, and again and again
/// refused within minutes, once for each such time.
pub(crate) fn refused(
    conn: &mut DbConn,
    context: &Context,
    entropy: &Entropy,
    event: &Event,
) -> Result<()> {
    let (Some(actor), Some(code)) = (&context.actor, event.refusal) else {
        return Ok(());
    };
    if let Some((_, kind)) = TOLD_AT_ONCE.iter().find(|(told, _)| *told == code) {
        return tell(conn, context, entropy, (*kind, actor, &day(context.now)));
    }
    if !DOORS.contains(&code) {
        return Ok(());
    }
    let within_s = context.watch.refusals_within_s();
    let most = i64::from(context.watch.refusals);
    // So many are enough to know: how many there are does not matter.
    let lately: Vec<Instant> = events::table
        .filter(events::actor_id.eq(actor.user_id.as_str()))
        .filter(events::at.gt(context.now.plus_seconds(-within_s)))
        .filter(events::refusal_code.eq_any(DOORS))
        .order((events::at.desc(), events::id.desc()))
        .select(events::at)
        .limit(most)
        .load(conn)?;
    if i64::try_from(lately.len()).unwrap_or(i64::MAX) < most {
        return Ok(());
    }
    let window = context.now.to_utc().timestamp().div_euclid(within_s.max(1));
    tell(conn, context, entropy, (AlertKind::RefusalBurst, actor, &format!("window {window}")))
}

/// Tells the supervisors and the data protection officers about an account, once for each `when`.
fn tell(
    conn: &mut DbConn,
    context: &Context,
    entropy: &Entropy,
    (kind, actor, when): (AlertKind, &Actor, &str),
) -> Result<()> {
    for audience in watchers(area_of(actor)) {
        let alert = NewAlert {
            kind,
            about: Some(actor.user_id.clone()),
            case_id: None,
            object: None,
            once: Some(format!("{kind} {} {when} {}", actor.user_id, audience.role())),
            audience,
        };
        alerts::raise_on(conn, context, entropy, &alert)?;
    }
    Ok(())
}

fn tell_of_bait(
    conn: &mut DbConn,
    context: &Context,
    entropy: &Entropy,
    (actor, case, area): (&Actor, &CaseId, Option<String>),
) -> Result<()> {
    let day = day(context.now);
    for audience in watchers(area) {
        let (kind, user) = (AlertKind::BaitOpened, &actor.user_id);
        let alert = NewAlert {
            kind,
            about: Some(user.clone()),
            case_id: Some(case.clone()),
            object: None,
            once: Some(format!("{kind} {user} {case} {day} {}", audience.role())),
            audience,
        };
        alerts::raise_on(conn, context, entropy, &alert)?;
    }
    Ok(())
}

/// The offices that watch: the supervisors of an area, and data protection.
pub(crate) fn watchers(area: Option<String>) -> [Audience; 2] {
    [Audience::Supervisors { area }, Audience::DataProtectionOfficers]
}

/// The area in which somebody works, if it is one.
fn area_of(actor: &Actor) -> Option<String> {
    let mut areas = actor
        .grants
        .iter()
        .filter(|grant| grant.role != ActorRole::SystemAdministrator)
        .map(|grant| grant.area.clone());
    let first = areas.next().flatten()?;
    areas.all(|area| area.as_ref() == Some(&first)).then_some(first)
}

/// Says whether counts of earlier days are kept that nobody needs any more.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn any_forgettable(db: &Db, now: Instant) -> Result<bool> {
    let before = yesterday(now);
    db.plain(|conn| {
        let old = people_counts::table.filter(people_counts::day.lt(&before));
        Ok(diesel::select(exists(old)).get_result(conn)?)
    })
}

/// Forgets who was opened on earlier days: the trail tells it, for those who may ask.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn forget(tx: &mut Tx<'_>) -> Result<usize> {
    let before = yesterday(tx.now());
    let people = people_opened::table.filter(people_opened::day.lt(before.clone()));
    let forgotten = diesel::delete(people).execute(tx.conn)?;
    let counts = people_counts::table.filter(people_counts::day.lt(before));
    diesel::delete(counts).execute(tx.conn)?;
    Ok(forgotten)
}

/// The day before: a server whose clock is behind may still count for it.
fn yesterday(now: Instant) -> String {
    day(now.plus_seconds(-86_400))
}
