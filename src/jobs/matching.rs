//! Finding people again: the blind index is kept up, and whoever is new is compared with everybody else
//! (R12).
//!
//! Both are done here and not while somebody registers: a registration is neither slowed nor lost because
//! of another one, and of two that come in at the same moment the one that is compared later meets both.

use refero_domain::id::PersonId;
use refero_store::{
    Result, matching,
    people_index::{self, behind},
};

use super::{AT_ONCE, Run, each, own};
use crate::service;

/// How many people are written in one transaction, for which other writes wait on SQLite; and compared without
/// looking up.
const TOGETHER: usize = 20;
/// How many people are compared in one run.
const COMPARED: usize = 200;

/// Computes the digests of people who have none, or whose digests are of an older scheme.
pub(super) fn index(run: Run<'_>) -> Result<usize> {
    let Run { db, now, goes_on, .. } = run;
    people_index::keep_up(db, now)?;
    let people = behind(db, AT_ONCE)?;
    if people.is_empty() {
        people_index::retire(db)?;
        return Ok(0);
    }
    let rebuild = |people: Vec<PersonId>| {
        db.write("person.index", own(now), move |tx| service::people_index::rebuild(tx, &people))
    };
    let mut one_by_one = Vec::new();
    let mut done = 0;
    for some in people.chunks(TOGETHER) {
        if !goes_on() {
            return Ok(done);
        }
        match rebuild(some.to_vec()) {
            Ok(()) => done += some.len(),
            // One of them does not open: the others must not wait for it.
            Err(_) => one_by_one.extend(some.iter().cloned()),
        }
    }
    Ok(done + each(run, one_by_one, |person| rebuild(vec![person]))?)
}

/// Compares people who are new, or of whom something else is known now.
pub(super) fn compare(run: Run<'_>) -> Result<usize> {
    let Run { db, now, goes_on, .. } = run;
    let keep = |some: Vec<matching::Compared>| {
        let kept =
            db.write("duplicate.compare", own(now), move |tx| service::duplicates::keep(tx, &some));
        kept.map(drop)
    };
    let (mut resembling, mut after) = (0, None);
    for _ in 0..COMPARED / TOGETHER {
        if !goes_on() {
            break;
        }
        // Whoever could not be kept is not compared again before the next run.
        let compared =
            matching::compare(db, now, after.as_ref(), TOGETHER.try_into().unwrap_or(1))?;
        let Some(last) = compared.last() else { break };
        after = Some(last.person.clone());
        let (alone, alike): (Vec<_>, Vec<_>) =
            compared.into_iter().partition(|one| one.pairs.is_empty());
        let strangers = if alone.is_empty() { Vec::new() } else { vec![alone] };
        each(run, strangers, keep)?;
        resembling += each(run, alike, |one| keep(vec![one]))?;
    }
    Ok(resembling)
}
