//! Finding people again: the blind index is kept up, and whoever is new is compared with everybody else
//! (R12).
//!
//! Both are done here and not while somebody registers: a registration is neither slowed nor lost because
//! of another one, and of two that come in at the same moment the one that is compared later meets both.

use refero_domain::{id::PersonId, instant::Instant};
use refero_store::{
    Db, Result, matching,
    people_index::{self, behind},
};

use super::{AT_ONCE, each, own};
use crate::service;

/// How many people are written in one transaction: other writes wait for it on SQLite.
const TOGETHER: usize = 20;
/// How many people are compared in one run.
const COMPARED: i64 = 200;

/// Computes the digests of people who have none, or whose digests are of an older scheme.
pub(super) fn index(db: &Db, now: Instant) -> Result<usize> {
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
        match rebuild(some.to_vec()) {
            Ok(()) => done += some.len(),
            // One of them does not open: the others must not wait for it.
            Err(_) => one_by_one.extend(some.iter().cloned()),
        }
    }
    Ok(done + each(one_by_one, |person| rebuild(vec![person]))?)
}

/// Compares people who are new, or of whom something else is known now.
pub(super) fn compare(db: &Db, now: Instant) -> Result<usize> {
    let compared = matching::compare(db, now, COMPARED)?;
    let (alone, alike): (Vec<_>, Vec<_>) =
        compared.into_iter().partition(|one| one.pairs.is_empty());
    let keep = |some: Vec<matching::Compared>| {
        let kept =
            db.write("duplicate.compare", own(now), move |tx| service::duplicates::keep(tx, &some));
        kept.map(drop)
    };
    let strangers: Vec<_> = alone.chunks(TOGETHER).map(<[_]>::to_vec).collect();
    each(strangers, keep)?;
    each(alike, |one| keep(vec![one]))
}
