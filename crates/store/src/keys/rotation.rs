//! One epoch follows another: noted, everything sealed anew, the former retired.

use diesel::prelude::*;
use refero_domain::{
    event::{Event, Operation},
    instant::Instant,
};

use super::{
    current, insert, noted, number,
    wrapped::{ByEpoch, KINDS},
};
use crate::{
    connect,
    db::Db,
    error::{Error, Result},
    schema::deployment_key_retirements as retirements,
    unit::{Audited, Principal, Request, Tx},
};

/// How much of one kind one transaction seals anew: little enough that nobody waits for it.
const AT_ONCE: i64 = 100;

/// What is known of an epoch.
#[derive(Debug, Clone)]
pub struct Epoch {
    /// Its number.
    pub number: u32,
    /// The beginning of its check value, by which two people can compare keys they hold.
    pub check: Option<[u8; 4]>,
    /// When the database noted it; nothing for a key that is held and waits for its turn.
    pub noted_at: Option<Instant>,
    /// When it was retired.
    pub retired_at: Option<Instant>,
    /// Whether new things are sealed with it.
    pub is_current: bool,
    /// Whether its key is held here.
    pub is_held: bool,
    /// How many of each kind are sealed with it.
    pub sealed: Vec<(&'static str, i64)>,
}

/// Lists every epoch that the database knows or a key is held of, oldest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn epochs(db: &Db) -> Result<Vec<Epoch>> {
    let ring = db.keys();
    db.plain(|conn| {
        let noted = noted(conn)?;
        let mut counts = Vec::new();
        for kind in &KINDS {
            counts.push((kind.name, (kind.by_epoch)(conn)?));
        }
        let mut numbers: Vec<u32> =
            noted.keys().copied().chain(ring.held().map(|(epoch, _)| epoch)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let of = |epoch: u32| {
            let known = noted.get(&epoch);
            let held = ring.key(epoch).ok();
            let check = known
                .and_then(|noted| noted.check_value.first_chunk().copied())
                .or_else(|| held.and_then(|key| key.check_value().first_chunk().copied()));
            let count = |counts: &[(i64, i64)]| {
                counts.iter().find(|(of, _)| *of == i64::from(epoch)).map_or(0, |(_, count)| *count)
            };
            Epoch {
                number: epoch,
                check,
                noted_at: known.map(|noted| noted.noted_at),
                retired_at: known.and_then(|noted| noted.retired_at),
                is_current: current(&noted) == Some(epoch),
                is_held: held.is_some(),
                sealed: counts.iter().map(|(name, counts)| (*name, count(counts))).collect(),
            }
        };
        Ok(numbers.into_iter().map(of).collect())
    })
}

/// How a rotation came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotated {
    /// The epoch is current from now on.
    To(u32),
    /// No key of an epoch after the current one is held.
    NothingNewer,
    /// The database was rotated to that epoch, or beyond it, before.
    Already,
}

/// Notes the next epoch: from now on what is new is sealed with it, by every server.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `keys.rotate`, success or refused.
pub fn rotate(db: &Db, to: Option<u32>, now: Instant) -> Result<Rotated> {
    let vault = db.vault().clone();
    let rotated = db.write("keys.rotate", own(now), move |tx| {
        let ring = vault.ring();
        let noted = noted(tx.conn)?;
        let current = current(&noted).unwrap_or_default();
        let next = match to {
            Some(to) => ring.key(to).is_ok().then_some(to),
            None => ring.held().map(|(epoch, _)| epoch).filter(|epoch| *epoch > current).min(),
        };
        let outcome = match next {
            None => Rotated::NothingNewer,
            Some(next) if next <= current => Rotated::Already,
            Some(next) => {
                insert(tx.conn, next, &ring, now)?;
                Rotated::To(next)
            }
        };
        recorded(tx, "keys.rotate", outcome, matches!(outcome, Rotated::To(_)))
    })?;
    db.plain(|conn| db.vault().renewed(&noted(conn)?).map(drop))?;
    Ok(rotated)
}

/// What sealing anew did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resealed {
    /// How many things are sealed with the current epoch now that were not before.
    pub resealed: usize,
    /// How many did not open: they were changed by somebody, and stay as they are.
    pub unopened: usize,
}

/// Seals anew, with the current epoch, what is sealed with an older one, in small transactions, of
/// each kind at most so many of them.
///
/// It can be stopped anywhere and begun again, by several at a time, while servers serve: each thing
/// is changed only if it still is of the epoch that it was read with.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there or a key is missing. What was done stays done.
///
/// # Audit
/// `keys.rewrap`, one for each transaction that changed something.
pub fn reseal(db: &Db, now: Instant, batches: usize) -> Result<Resealed> {
    let mut all = Resealed::default();
    for (index, kind) in KINDS.iter().enumerate() {
        let mut after = String::new();
        for _ in 0..batches {
            if !is_due(db, kind.by_epoch)? {
                break;
            }
            let from = after.clone();
            // On a snapshot: each change hangs on the row that was read, and people who register
            // somebody meanwhile are not made to do so again.
            let (batch, _) = db.write_in_case("keys.rewrap", own(now), move |tx| {
                tx.hangs_on_one_row();
                let batch = match KINDS.get(index) {
                    Some(kind) => (kind.reseal)(tx, &from, AT_ONCE)?,
                    None => super::Batch::default(),
                };
                let mut event = Event::named("keys.rewrap", Operation::Update);
                event.permitted_by = Some("system");
                event.stands_for = u64::try_from(batch.resealed).ok();
                tx.record(&event, batch)
            })?;
            all.resealed = all.resealed.saturating_add(batch.resealed);
            all.unopened = all.unopened.saturating_add(batch.unopened);
            let Some(last) = batch.last else { break };
            after = last;
        }
    }
    Ok(all)
}

/// Says whether something is sealed with another epoch than the current one, so that no event is
/// left when nothing is done.
fn is_due(db: &Db, by_epoch: ByEpoch) -> Result<bool> {
    db.plain(|conn| {
        let current = current(&noted(conn)?).map(i64::from);
        Ok(by_epoch(conn)?.iter().any(|(epoch, count)| Some(*epoch) != current && *count > 0))
    })
}

/// How a retirement came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retired {
    /// The key of the epoch is not needed any more.
    Done,
    /// It was retired before.
    Already,
    /// New things are sealed with it.
    IsCurrent,
    /// The database does not know it.
    Unknown,
    /// So many of each kind are still sealed with it, or with an older one.
    StillSealed(Vec<(&'static str, i64)>),
}

/// Retires an epoch, if nothing is sealed with it any more. Its check value stays, so that no other
/// key ever takes its number.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `keys.retire`, success or refused.
pub fn retire(db: &Db, epoch: u32, now: Instant) -> Result<Retired> {
    // Who registers somebody since before the rotation still seals with the epoch that was current.
    db.plain(connect::let_others_end)?;
    db.write("keys.retire", own(now), move |tx| {
        let noted = noted(tx.conn)?;
        let outcome = match noted.get(&epoch) {
            None => Retired::Unknown,
            Some(of) if of.retired_at.is_some() => Retired::Already,
            Some(_) if current(&noted) == Some(epoch) => Retired::IsCurrent,
            Some(_) => {
                // What is older counts too: it may be on its way to this epoch.
                let mut left = Vec::new();
                for kind in &KINDS {
                    let mut sealed: i64 = 0;
                    for (of, count) in (kind.by_epoch)(tx.conn)? {
                        if number(of)? <= epoch {
                            sealed = sealed.saturating_add(count);
                        }
                    }
                    if sealed > 0 {
                        left.push((kind.name, sealed));
                    }
                }
                if left.is_empty() { Retired::Done } else { Retired::StillSealed(left) }
            }
        };
        let is_done = outcome == Retired::Done;
        if is_done {
            diesel::insert_into(retirements::table)
                .values((retirements::epoch.eq(i64::from(epoch)), retirements::retired_at.eq(now)))
                .execute(tx.conn)?;
        }
        recorded(tx, "keys.retire", outcome, is_done)
    })
}

fn recorded<T>(
    tx: &mut Tx<'_>,
    action: &'static str,
    outcome: T,
    is_done: bool,
) -> Result<Audited<T>, Error> {
    let mut event = Event::named(action, Operation::Execute);
    event.permitted_by = Some("system");
    let event = if is_done { event } else { event.refused("not-permitted") };
    tx.record(&event, outcome)
}

/// The request of whoever holds the keys on a machine: nobody is signed in.
const fn own(now: Instant) -> Request {
    Request { principal: Principal::Nobody, now, request_id: None, network: None, purpose: None }
}
