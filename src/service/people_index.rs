//! Keeping people findable: the house's own work on the blind index.

use refero_domain::{
    event::{Event, Operation},
    id::PersonId,
};
use refero_store::{
    Result, people_index,
    unit::{Audited, Tx},
};

/// Computes the digests of some people anew, each from the identity as it is sealed.
///
/// # Errors
/// [`refero_store::Error::Broken`] if an identity does not open; then none of them is changed.
///
/// # Audit
/// `person.index`, with how many.
pub fn rebuild(tx: &mut Tx<'_>, people: &[PersonId]) -> Result<Audited<()>> {
    people.iter().try_for_each(|person| people_index::rebuild(tx, person))?;
    let stands_for = u64::try_from(people.len()).unwrap_or(u64::MAX);
    let event =
        Event { permitted_by: Some("system"), ..Event::named("person.index", Operation::Update) };
    tx.record(&event.standing_for(stands_for), ())
}
