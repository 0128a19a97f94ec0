//! By which rules, which key and for how many people digests are made.

use std::collections::BTreeSet;

use diesel::prelude::*;
use refero_domain::{instant::Instant, sensitive::Examiner};
use refero_names::{Known, Term};

use super::Portrait;
use crate::{
    db::{Db, DbConn},
    error::{Error, Result},
    schema::{index_schemes as schemes, people, person_identities as identities},
    sealing::{IndexKey, KeyRing},
    unit::{Reading, Tx},
};

/// Fewer people are counted as so many: a handful of people must not have a digest each.
const FEWEST: i64 = 1_024;

/// By which rules, which key and for how many people digests are made.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = schemes)]
pub(crate) struct Scheme {
    pub(super) number: i64,
    index_version: i64,
    epoch: i64,
    population: i64,
}

/// Makes the digests of one scheme.
pub(crate) struct Blinding {
    key: IndexKey,
    population: u64,
    terms: fn(&Known<'_>) -> Vec<Term>,
}

impl Scheme {
    /// Returns what makes this scheme's digests of terms.
    pub(super) fn blinding(
        self,
        keys: &KeyRing,
        terms: fn(&Known<'_>) -> Vec<Term>,
    ) -> Result<Blinding> {
        let key = u32::try_from(self.epoch)
            .ok()
            .and_then(|epoch| keys.key(epoch).ok())
            .ok_or_else(|| Error::broken("the key of an index is not held"))?
            .index_key();
        Ok(Blinding { key, population: self.population.unsigned_abs(), terms })
    }
}

impl Examiner<Portrait> for Blinding {
    type Finding = BTreeSet<i64>;

    fn examine(&self, plain: &Portrait) -> Self::Finding {
        (self.terms)(&plain.known()).iter().map(|term| self.digest(term)).collect()
    }
}

/// How many bits of a stored digest are of the digest itself; the number of its kind stands before them,
/// so that digests of two kinds never meet.
pub(super) const DIGEST_BITS: u32 = 32;

impl Blinding {
    fn digest(&self, term: &Term) -> i64 {
        let version = refero_names::VERSION.to_be_bytes();
        let parts = [&version[..], term.kind.tag().as_bytes(), term.text.as_bytes()];
        let whole = self.key.keyed_digest("person index", &parts);
        let first = whole.first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        let bits = u32::from(refero_names::bits(term.kind, self.population)).clamp(1, DIGEST_BITS);
        (i64::from(term.kind.number()) << DIGEST_BITS) | i64::from(first >> (DIGEST_BITS - bits))
    }
}

/// Returns for how many people digests are cut when there are so many: a power of four, so that it
/// seldom changes.
fn rounded(people: i64) -> i64 {
    let mut population = FEWEST;
    while population < people {
        population = population.saturating_mul(4);
    }
    population
}

fn version() -> i64 {
    i64::from(refero_names::VERSION)
}

/// Returns the newest scheme of this program's rules and of the present key.
pub(super) fn newest(conn: &mut DbConn, keys: &KeyRing) -> Result<Option<Scheme>> {
    Ok(schemes::table
        .filter(schemes::index_version.eq(version()))
        .filter(schemes::epoch.eq(i64::from(keys.current_epoch())))
        .order(schemes::number.desc())
        .select(Scheme::as_select())
        .first(conn)
        .optional()?)
}

/// Returns the scheme by which digests are written now; begins one if there is none yet.
pub(super) fn current(tx: &mut Tx<'_>) -> Result<Scheme> {
    let now = tx.now();
    let reading: &mut Reading<'_> = tx;
    match newest(reading.conn, reading.keys)? {
        Some(scheme) => Ok(scheme),
        None => begin(reading.conn, reading.keys, now),
    }
}

fn begin(conn: &mut DbConn, keys: &KeyRing, now: Instant) -> Result<Scheme> {
    let last: Option<i64> = schemes::table.select(diesel::dsl::max(schemes::number)).first(conn)?;
    let people: i64 = people::table.count().get_result(conn)?;
    let scheme = Scheme {
        number: last.unwrap_or_default().saturating_add(1),
        index_version: version(),
        epoch: i64::from(keys.current_epoch()),
        population: rounded(people),
    };
    diesel::insert_into(schemes::table)
        .values((
            schemes::number.eq(scheme.number),
            schemes::index_version.eq(scheme.index_version),
            schemes::epoch.eq(scheme.epoch),
            schemes::population.eq(scheme.population),
            schemes::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(scheme)
}

/// Returns the schemes whose digests can be computed here: of this program's rules, and of an epoch
/// whose key is held.
pub(crate) fn usable(reading: &mut Reading<'_>) -> Result<Vec<Scheme>> {
    let all: Vec<Scheme> = schemes::table
        .filter(schemes::index_version.eq(version()))
        .order(schemes::number)
        .select(Scheme::as_select())
        .load(reading.conn)?;
    let held = |scheme: &Scheme| {
        u32::try_from(scheme.epoch).is_ok_and(|epoch| reading.keys.key(epoch).is_ok())
    };
    Ok(all.into_iter().filter(held).collect())
}

/// Names every scheme, with the epoch of its key.
pub(super) fn epochs(conn: &mut DbConn) -> Result<Vec<(i64, i64)>> {
    Ok(schemes::table.select((schemes::number, schemes::epoch)).load(conn)?)
}

/// Begins a new scheme if people have become too many for the newest one, or if the rules or the key
/// have changed. Says whether it did. It is about no person and leaves no event.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn keep_up(db: &Db, now: Instant) -> Result<bool> {
    let is_enough = |conn: &mut DbConn| -> Result<bool> {
        let people: i64 = people::table.count().get_result(conn)?;
        let newest = newest(conn, &db.keys())?;
        Ok(people == 0 || newest.is_some_and(|newest| newest.population >= rounded(people)))
    };
    if db.plain(is_enough)? {
        return Ok(false);
    }
    let again = db.clone();
    db.apart("index.begin", move |conn| begin(conn, &again.keys(), now)).map(|_| true)
}

/// Forgets the schemes that nobody's digests were made by any more.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn retire(db: &Db) -> Result<()> {
    let unused = |conn: &mut DbConn, newest: i64| -> Result<Vec<i64>> {
        let used = identities::table
            .filter(identities::index_scheme.assume_not_null().eq(schemes::number))
            .select(identities::person_id);
        Ok(schemes::table
            .filter(schemes::number.lt(newest))
            .filter(diesel::dsl::not(diesel::dsl::exists(used)))
            .select(schemes::number)
            .load(conn)?)
    };
    let found = db.plain(|conn| match newest(conn, &db.keys())? {
        Some(newest) => unused(conn, newest.number),
        None => Ok(Vec::new()),
    })?;
    if found.is_empty() {
        return Ok(());
    }
    db.apart("index.retire", move |conn| {
        diesel::delete(schemes::table.filter(schemes::number.eq_any(&found))).execute(conn)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_cut_for_a_power_of_four() {
        assert_eq!(rounded(0), 1_024);
        assert_eq!(rounded(1_024), 1_024);
        assert_eq!(rounded(1_025), 4_096);
        assert_eq!(rounded(10_000), 16_384);
        assert_eq!(rounded(1_000_000), 1_048_576);
    }
}
