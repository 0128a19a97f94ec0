//! The blind index: how people are found by what they are called, though no name lies anywhere.
//!
//! What is known of a person gives terms: how a name sounds, how it is written, a telephone number, a
//! document. Of each term a keyed digest is stored, cut so short that many people share it: whoever has
//! the database learns neither a name nor who shares one, and whoever searches gets candidates, whose
//! identities are then opened and compared exactly.
//!
//! The digests depend on the rules of the terms, on the deployment key of an epoch and on how many people
//! there are. The three together are a [`Scheme`]. Digests are written with the identity, in one
//! transaction; the worker brings people over to the newest scheme.

mod portrait;
mod scheme;

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool},
};
use refero_domain::{id::PersonId, sensitive::Sensitive};
use refero_names::TermKind;

use self::scheme::DIGEST_BITS;
pub use self::{
    portrait::Portrait,
    scheme::{keep_up, retire},
};
pub(crate) use self::{
    portrait::{of_many, of_one},
    scheme::usable,
};

use crate::{
    db::{Db, DbConn},
    error::{Error, Result},
    keys::{Batch, Counts, for_sealing},
    schema::{person_identities as identities, person_index as index},
    unit::{Reading, Tx},
};

/// Stands in the place of a scheme for a person who is not indexed again: somebody who was forgotten.
const NEVER_AGAIN: i64 = 0;

#[derive(Insertable)]
#[diesel(table_name = index)]
struct Row<'r> {
    person_id: &'r str,
    scheme: i64,
    digest: i64,
}

/// Puts a new person into the index, and returns the scheme, which is written with the identity. Runs in
/// the transaction that writes the identity, so that the two never disagree.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    person: &PersonId,
    portrait: &Sensitive<Portrait>,
) -> Result<i64> {
    let scheme = scheme::current(tx)?;
    let digests = portrait.examined_by(&scheme.blinding(tx.keys, refero_names::terms)?);
    let rows: Vec<Row<'_>> = digests
        .iter()
        .map(|digest| Row { person_id: person.as_str(), scheme: scheme.number, digest: *digest })
        .collect();
    // Dozens of rows in one statement, which only a known backend takes.
    let insertion = diesel::insert_into(index::table).values(&rows);
    let reading: &mut Reading<'_> = tx;
    match reading.conn {
        DbConn::Sqlite(c) => insertion.execute(c)?,
        DbConn::Postgres(c) => insertion.execute(c)?,
    };
    Ok(scheme.number)
}

/// Replaces what the index holds of a person, in the transaction that changes the identity.
fn replace(tx: &mut Tx<'_>, person: &PersonId, portrait: &Sensitive<Portrait>) -> Result<()> {
    remove(tx, person)?;
    let scheme = insert(tx, person, portrait)?;
    mark(tx, person, scheme)
}

fn remove(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    diesel::delete(index::table.filter(index::person_id.eq(person))).execute(tx.conn)?;
    Ok(())
}

fn mark(tx: &mut Tx<'_>, person: &PersonId, scheme: i64) -> Result<()> {
    diesel::update(identities::table.find(person))
        .set(identities::index_scheme.eq(scheme))
        .execute(tx.conn)?;
    Ok(())
}

/// Computes the digests of a person anew from the identity as it is sealed: after the deployment key or
/// the rules have changed, and for whoever was registered before there was an index.
///
/// # Errors
/// [`crate::Error::Broken`] if the identity does not open; then nothing is changed.
pub fn rebuild(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    match of_one(tx, person)? {
        Some(portrait) => replace(tx, person, &portrait),
        None => Ok(()),
    }
}

/// Takes a person out of the index for good: nobody finds them by a search from here on.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn forget(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    remove(tx, person)?;
    mark(tx, person, NEVER_AGAIN)
}

/// Names people whose digests are missing, or were made by an older scheme: for the worker.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn behind(db: &Db, limit: i64) -> Result<Vec<PersonId>> {
    db.plain(|conn| {
        let Some(newest) = scheme::newest(conn, &db.keys())? else { return Ok(Vec::new()) };
        let older = identities::index_scheme
            .assume_not_null()
            .gt(NEVER_AGAIN)
            .and(identities::index_scheme.assume_not_null().lt(newest.number));
        Ok(identities::table
            .filter(identities::index_scheme.is_null().or(older))
            .order(identities::person_id)
            .limit(limit)
            .select(identities::person_id)
            .load(conn)?)
    })
}

/// Counts the people whose digests the key of each epoch made.
pub(crate) fn by_epoch(conn: &mut DbConn) -> Result<Counts> {
    let mut counts = Vec::new();
    for (scheme, epoch) in scheme::epochs(conn)? {
        let people = identities::table.filter(identities::index_scheme.eq(scheme));
        counts.push((epoch, people.count().get_result(conn)?));
    }
    Ok(counts)
}

/// Makes digests anew that the key of an older epoch made, of people after the given id. Whose identity
/// does not open keeps them, and hinders nobody else.
pub(crate) fn reseal(tx: &mut Tx<'_>, after: &str, at_most: i64) -> Result<Batch> {
    let current = for_sealing(tx)?.current_epoch();
    if tx.keys.current_epoch() != current {
        // The next attempt begins with the key that was met just now.
        return Ok(Batch::default());
    }
    let older: Vec<i64> = scheme::epochs(tx.conn)?
        .into_iter()
        .filter(|(_, epoch)| *epoch != i64::from(current))
        .map(|(scheme, _)| scheme)
        .collect();
    let people: Vec<PersonId> = identities::table
        .filter(identities::index_scheme.assume_not_null().eq_any(older))
        .filter(identities::person_id.gt(after))
        .order(identities::person_id)
        .limit(at_most)
        .select(identities::person_id)
        .load(tx.conn)?;
    let last = people.last().map(|person| person.as_str().to_owned());
    let mut batch = Batch { last, ..Batch::default() };
    for person in people {
        match rebuild(tx, &person) {
            Ok(()) => batch.resealed += 1,
            Err(Error::Broken(..)) => batch.unopened += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(batch)
}

/// Finds people who share digests with what is asked for, so many at the most: those who share most come
/// first. Within some people alone, if they are given.
pub(crate) fn sharing(
    reading: &mut Reading<'_>,
    asked: &Sensitive<Portrait>,
    within: Option<People>,
    at_most: usize,
) -> Result<Vec<PersonId>> {
    let mut shared: Option<IndexPredicate> = None;
    for scheme in usable(reading)? {
        let blinding = scheme.blinding(reading.keys, refero_names::query_terms)?;
        let digests: Vec<i64> = asked.examined_by(&blinding).into_iter().collect();
        let here = index::scheme.eq(scheme.number).and(index::digest.eq_any(digests));
        shared = Some(match shared {
            Some(others) => Box::new(others.or(here)),
            None => Box::new(here),
        });
    }
    let Some(shared) = shared else { return Ok(Vec::new()) };
    let enough = sql::<Bool>(&format!("{} >= {ENOUGH}", weighed()));
    // Whether somebody may be found is looked up for those alone who share enough.
    let found: IndexPredicate = match within {
        Some(within) => Box::new(enough.and(within)),
        None => Box::new(enough),
    };
    let query = index::table
        .filter(shared)
        .group_by(index::person_id)
        .having(found)
        .order((sql::<BigInt>(&weighed()).desc(), index::person_id.asc()))
        .limit(i64::try_from(at_most).unwrap_or(i64::MAX))
        .select(index::person_id);
    Ok(query.load(reading.conn)?)
}

/// The least weight of shared terms that makes a candidate, as [`refero_names::enough`] says.
const ENOUGH: u32 = 2;

/// Writes how strongly the digests of a group speak together. It holds constants alone.
fn weighed() -> String {
    let weights: String = TermKind::ALL
        .iter()
        .map(|kind| format!(" when {} then {}", kind.number(), refero_names::weight(*kind)))
        .collect();
    format!("sum(case digest >> {DIGEST_BITS}{weights} else 0 end)")
}

type IndexPredicate = Box<dyn BoxableExpression<index::table, crate::db::Backend, SqlType = Bool>>;

/// Which people may be found.
pub(crate) type People = IndexPredicate;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_enough_for_a_candidate_is_what_the_names_say() {
        for one in TermKind::ALL {
            let alone = refero_names::weight(one) >= ENOUGH;
            assert_eq!(refero_names::enough(&[one]), alone, "{one:?}");
            for other in TermKind::ALL {
                let both = refero_names::weight(one) + refero_names::weight(other) >= ENOUGH;
                assert_eq!(refero_names::enough(&[one, other]), both, "{one:?} {other:?}");
            }
        }
    }
}
