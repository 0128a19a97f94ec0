//! The keys of people, each wrapped with the deployment key of an epoch.

use std::rc::Rc;

use diesel::{dsl::count_star, prelude::*};
use refero_domain::{id::PersonId, instant::Instant, refusal::Refusal};

use super::{Batch, Counts, for_sealing, number, renewed};
use crate::{
    db::DbConn,
    error::Result,
    people::sealing,
    schema::person_keys,
    sealing::{PersonKey, SealingError, WrappedKey},
    unit::{Reading, Tx},
};

/// Returns the key of a person.
///
/// # Errors
/// [`Refusal::Erased`] if it was destroyed: whatever is left of the person is never shown as broken.
pub(crate) fn key_of(reading: &mut Reading<'_>, person: &PersonId) -> Result<Rc<PersonKey>> {
    if let Some((_, key)) = reading.opened.as_ref().filter(|(of, _)| of == person) {
        return Ok(Rc::clone(key));
    }
    let (epoch, bytes, destroyed_at): (i64, Vec<u8>, Option<Instant>) = person_keys::table
        .find(person)
        .select((person_keys::epoch, person_keys::wrapped, person_keys::destroyed_at))
        .first(reading.conn)?;
    if destroyed_at.is_some() {
        return Err(Refusal::Erased.into());
    }
    let key = Rc::new(unwrapped(reading, person, epoch, bytes)?);
    reading.opened = Some((person.clone(), Rc::clone(&key)));
    Ok(key)
}

/// Opens the key of a person as it stands in the database, where it was not destroyed.
pub(crate) fn unwrapped(
    reading: &mut Reading<'_>,
    person: &PersonId,
    epoch: i64,
    bytes: Vec<u8>,
) -> Result<PersonKey> {
    let wrapped = WrappedKey { epoch: number(epoch)?, bytes };
    match PersonKey::unwrap(&wrapped, reading.keys, person.as_str()) {
        // Another server may have met the next epoch first.
        Err(SealingError::MissingEpoch { .. }) => {
            let ring = renewed(reading)?;
            PersonKey::unwrap(&wrapped, &ring, person.as_str())
        }
        other => other,
    }
    .map_err(sealing)
}

/// Makes the key of a new person.
pub(crate) fn insert(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    let ring = for_sealing(tx)?;
    let (key, wrapped) = {
        let rng = &mut *tx.entropy.rng();
        let key = PersonKey::generate(rng);
        let wrapped = key.wrap(&ring, person.as_str(), rng).map_err(sealing)?;
        (key, wrapped)
    };
    diesel::insert_into(person_keys::table)
        .values((
            person_keys::person_id.eq(person),
            person_keys::epoch.eq(i64::from(wrapped.epoch)),
            person_keys::wrapped.eq(wrapped.bytes),
            person_keys::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    tx.opened = Some((person.clone(), Rc::new(key)));
    Ok(())
}

/// Destroys a key. It is overwritten before it is emptied: what the database keeps of an earlier row is then
/// noise at the latest after the next step of its own housekeeping.
pub(crate) fn destroy(tx: &mut Tx<'_>, person: &PersonId, at: Instant) -> Result<()> {
    tx.opened = None;
    let mut noise = vec![0_u8; 73];
    rand::Rng::fill_bytes(&mut *tx.entropy.rng(), noise.as_mut_slice());
    for (wrapped, destroyed_at) in [(noise, None), (Vec::new(), Some(at))] {
        diesel::update(person_keys::table.find(person))
            .set((person_keys::wrapped.eq(wrapped), person_keys::destroyed_at.eq(destroyed_at)))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Counts the keys of people by the epoch that wraps them.
pub(crate) fn by_epoch(conn: &mut DbConn) -> Result<Counts> {
    Ok(person_keys::table
        .filter(person_keys::destroyed_at.is_null())
        .group_by(person_keys::epoch)
        .select((person_keys::epoch, count_star()))
        .load(conn)?)
}

/// Wraps keys anew that an older epoch wraps, those after the given id. What does not open is left
/// as it is, and hinders nobody else.
pub(crate) fn rewrap(tx: &mut Tx<'_>, after: &str, at_most: i64) -> Result<Batch> {
    let ring = for_sealing(tx)?;
    let old: Vec<(PersonId, i64, Vec<u8>)> = person_keys::table
        .filter(person_keys::epoch.ne(i64::from(ring.current_epoch())))
        .filter(person_keys::person_id.gt(after))
        .filter(person_keys::destroyed_at.is_null())
        .order(person_keys::person_id)
        .limit(at_most)
        .select((person_keys::person_id, person_keys::epoch, person_keys::wrapped))
        .load(tx.conn)?;
    let last = old.last().map(|(person, ..)| person.as_str().to_owned());
    let mut batch = Batch { last, ..Batch::default() };
    for (person, epoch, bytes) in old {
        let wrapped = WrappedKey { epoch: number(epoch)?, bytes };
        let anew = PersonKey::unwrap(&wrapped, &ring, person.as_str())
            .and_then(|key| key.wrap(&ring, person.as_str(), &mut *tx.entropy.rng()));
        let anew = match anew {
            Ok(anew) => anew,
            Err(error) if error.is_damage() => {
                batch.unopened += 1;
                continue;
            }
            Err(error) => return Err(sealing(error)),
        };
        // Only what is still of the epoch that it was read with: another may have been faster.
        batch.resealed += diesel::update(person_keys::table.find(&person))
            .filter(person_keys::epoch.eq(epoch))
            .filter(person_keys::destroyed_at.is_null())
            .set((
                person_keys::epoch.eq(i64::from(anew.epoch)),
                person_keys::wrapped.eq(anew.bytes),
            ))
            .execute(tx.conn)?;
    }
    Ok(batch)
}
