//! The demonstration: a fictional country with people in every role and cases in every state.
//!
//! Everything goes through the same acts as in earnest, by the same people at the same distance in
//! time, so that a demonstration cannot show what the service would refuse and its trail is a true
//! one. Everybody in it is made up.

pub mod accounts;
mod cast;
mod organisations;
mod people;
mod plan;
mod stage;

use std::sync::Arc;

use refero_domain::{id::OrganisationId, instant::Instant, profile::CountryProfile};
use refero_store::{Db, Error, directory::OrganisationFilter, rows::RowLimit, unit::Request};
use sha2::{Digest, Sha256};

use crate::{authn::password::Hasher, service::directory};

/// What seeding works with.
pub struct Seeding<'s> {
    /// The database: an empty one, or one that has been seeded.
    pub db: &'s Db,
    /// The fictional country.
    pub profile: Arc<CountryProfile>,
    /// Hashes the passwords of the accounts.
    pub hasher: &'s Hasher,
    /// The present: what is seeded lies before it.
    pub now: Instant,
}

/// What seeding found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeded {
    /// The database was empty and is full now.
    Now,
    /// It had been seeded before; nothing was changed.
    Already,
}

/// How long ago the fictional country began.
const BEGINNING_DAYS_AGO: i64 = 200;

/// Fills an empty database.
///
/// # Errors
/// [`Error::Broken`] if it holds anything that is not the demonstration's: nobody's real data gets
/// made-up neighbours. Else whatever an act refuses; then the database is of no use.
pub fn seed(seeding: &Seeding<'_>) -> Result<Seeded, Error> {
    let known: Vec<OrganisationId> = accounts::organisations().iter().map(|one| one.id()).collect();
    let found = organisations_there(seeding)?;
    if found.iter().any(|id| !known.contains(id)) {
        return Err(Error::broken("the database holds data that is not of the demonstration"));
    }
    if !found.is_empty() {
        return Ok(Seeded::Already);
    }
    let beginning = seeding.now.plus_seconds(-BEGINNING_DAYS_AGO * 86_400);
    accounts::seed(seeding, beginning)?;
    stage::play(seeding, &plan::stories())?;
    Ok(Seeded::Now)
}

/// Returns the first organisations of the database: every person and case belongs to one.
fn organisations_there(seeding: &Seeding<'_>) -> Result<Vec<OrganisationId>, Error> {
    let administrator = accounts::named("administrator")?;
    let request = Request::vouched(administrator.actor(), seeding.now);
    let everything = OrganisationFilter { types: Vec::new(), areas: Vec::new(), active: None };
    let first = RowLimit::of(200);
    let found = seeding.db.read(&request, |reading| {
        directory::list(reading, &everything, None, first, |_, found| Ok(found.id.clone()))
    })?;
    Ok(found.into_parts().0)
}

/// Returns sixteen bytes that follow from a name: the same thing has the same id each time.
fn bytes_of(kind: &str, name: &str) -> [u8; 16] {
    let digest = Sha256::digest(format!("refero demo {kind} {name}"));
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = from;
    }
    bytes
}
