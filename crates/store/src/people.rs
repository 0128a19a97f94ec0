//! People and their keys: every sealed column is opened and closed here.

use std::rc::Rc;

use diesel::prelude::*;
use refero_domain::{
    age::{AgeStatus, SexReporting},
    id::{Id, Kind, PersonId, UserId},
    instant::Instant,
    person::Identity,
    policy::{Action, Discloses, EditIdentity, Permit},
    sensitive::{Examiner, Sealer, Sensitive},
};

use crate::{
    cases::CaseRow,
    columns::Codes,
    entropy::Entropy,
    error::{Error, Result},
    keys::person,
    people_index::{self, Portrait},
    schema::{people, person_identities, revisions},
    sealing::{PersonKey, Place, SealingError, open, open_json, seal as seal_plain, seal_json},
    unit::{Reading, Tx},
};

/// What is known about a person in codes.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = people)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// Sex for reporting.
    pub sex_reporting: SexReporting,
    birth_year_estimate: Option<i64>,
    /// What is known about the age.
    pub age_status: AgeStatus,
    /// ISO 639 code.
    pub primary_language: Option<String>,
    /// ISO 639 codes.
    pub other_languages: Codes,
    /// ISO 3166-1 codes.
    pub citizenships: Codes,
}

impl Person {
    /// Returns the estimated year of birth.
    #[must_use]
    pub fn birth_year(&self) -> Option<i32> {
        self.birth_year_estimate.and_then(|year| i32::try_from(year).ok())
    }

    /// Derives whether the person is protected as a child (R6).
    #[must_use]
    pub const fn protected_as_child(&self) -> bool {
        self.age_status.protected_as_child()
    }
}

/// The coded facts of a person that is written or changed.
#[derive(Debug, Clone)]
pub struct PersonFacts {
    /// Sex for reporting.
    pub sex_reporting: SexReporting,
    /// The estimated year of birth.
    pub birth_year: Option<i32>,
    /// What is known about the age.
    pub age_status: AgeStatus,
    /// ISO 639 code.
    pub primary_language: Option<String>,
    /// ISO 639 codes.
    pub other_languages: Vec<String>,
    /// ISO 3166-1 codes.
    pub citizenships: Vec<String>,
}

/// One sealed column of one row of one person.
pub(crate) struct Slot<'s> {
    pub(crate) place: Place,
    pub(crate) row: &'s str,
    pub(crate) person: &'s PersonId,
}

pub(crate) const IDENTITY: Place = Place { table: "person_identities", column: "sealed" };
const REVISION: Place = Place { table: "revisions", column: "sealed" };

struct SlotSealer<'s> {
    key: Rc<PersonKey>,
    slot: Slot<'s>,
    entropy: &'s Entropy,
}

impl Sealer for SlotSealer<'_> {
    type Sealed = std::result::Result<Vec<u8>, SealingError>;

    fn seal<T: serde::Serialize>(&self, plain: &T) -> Self::Sealed {
        let Slot { place, row, person } = &self.slot;
        seal_json(&self.key, *place, row, person.as_str(), plain, &mut *self.entropy.rng())
    }
}

impl Examiner<Vec<u8>> for SlotSealer<'_> {
    type Finding = std::result::Result<Vec<u8>, SealingError>;

    fn examine(&self, plain: &Vec<u8>) -> Self::Finding {
        let Slot { place, row, person } = &self.slot;
        seal_plain(&self.key, *place, row, person.as_str(), plain, &mut *self.entropy.rng())
    }
}

pub(crate) fn sealing(error: SealingError) -> Error {
    Error::broken_by("sealed data could not be handled", error)
}

/// Opens an identity with a key that was read beside it.
pub(crate) fn open_identity(
    key: &PersonKey,
    person: &PersonId,
    sealed: &[u8],
) -> Result<Sensitive<Identity>> {
    open_json(key, IDENTITY, person.as_str(), person.as_str(), sealed)
        .map(Sensitive::new)
        .map_err(sealing)
}

/// Seals a value into a slot.
pub(crate) fn seal<T: serde::Serialize>(
    tx: &mut Tx<'_>,
    slot: Slot<'_>,
    value: &Sensitive<T>,
) -> Result<Vec<u8>> {
    let reading: &mut Reading<'_> = tx;
    let key = person::key_of(reading, slot.person)?;
    value.seal_with(&SlotSealer { key, slot, entropy: reading.entropy }).map_err(sealing)
}

/// Opens a slot; what comes out is still protected.
pub(crate) fn unseal<T: serde::de::DeserializeOwned>(
    reading: &mut Reading<'_>,
    slot: &Slot<'_>,
    sealed: &[u8],
) -> Result<Sensitive<T>> {
    let key = person::key_of(reading, slot.person)?;
    open_json(&key, slot.place, slot.row, slot.person.as_str(), sealed)
        .map(Sensitive::new)
        .map_err(sealing)
}

/// Commits to what lies in a slot, for the trail: whoever has the person's key can show later that it is what
/// was recorded, nobody guesses it from the trail, and after erasure nobody shows it.
pub(crate) fn commit(reading: &mut Reading<'_>, slot: &Slot<'_>, value: &[u8]) -> Result<[u8; 32]> {
    let key = person::key_of(reading, slot.person)?;
    Ok(key.commitment(slot.place, slot.row, value))
}

/// Seals bytes as they are into a slot: what was uploaded, not what was written down.
pub(crate) fn seal_bytes(
    tx: &mut Tx<'_>,
    slot: Slot<'_>,
    bytes: &Sensitive<Vec<u8>>,
) -> Result<Vec<u8>> {
    let reading: &mut Reading<'_> = tx;
    let key = person::key_of(reading, slot.person)?;
    bytes.examined_by(&SlotSealer { key, slot, entropy: reading.entropy }).map_err(sealing)
}

/// Opens bytes that were sealed as they were.
pub(crate) fn unseal_bytes(
    reading: &mut Reading<'_>,
    slot: &Slot<'_>,
    sealed: &[u8],
) -> Result<Sensitive<Vec<u8>>> {
    let key = person::key_of(reading, slot.person)?;
    let opened = open(&key, slot.place, slot.row, slot.person.as_str(), sealed);
    opened.map(|bytes| Sensitive::new(bytes.to_vec())).map_err(sealing)
}

/// Keeps the earlier value of something that is corrected (R13).
pub(crate) fn keep_revision<K: Kind, T: serde::Serialize>(
    tx: &mut Tx<'_>,
    person: &PersonId,
    (object, version): (&Id<K>, i64),
    earlier: &Sensitive<T>,
) -> Result<()> {
    let id: refero_domain::id::AuditEventId = tx.new_id();
    let slot = Slot { place: REVISION, row: id.as_str(), person };
    let sealed = seal(tx, slot, earlier)?;
    let by: UserId = tx.actor()?.user_id.clone();
    diesel::insert_into(revisions::table)
        .values((
            revisions::id.eq(id.as_str()),
            revisions::person_id.eq(person),
            revisions::object_type.eq(K::NAME),
            revisions::object_id.eq(object.as_str()),
            revisions::object_version.eq(version),
            revisions::sealed.eq(sealed),
            revisions::recorded_by.eq(by),
            revisions::recorded_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Registers a person in a country: the coded facts, the sealed identity, and its digests.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    id: &PersonId,
    country: &str,
    facts: &PersonFacts,
    identity: &Sensitive<Identity>,
) -> Result<()> {
    let now = tx.now();
    diesel::insert_into(people::table)
        .values((
            people::id.eq(id),
            people::sex_reporting.eq(facts.sex_reporting),
            people::birth_year_estimate.eq(facts.birth_year.map(i64::from)),
            people::age_status.eq(facts.age_status),
            people::primary_language.eq(&facts.primary_language),
            people::other_languages.eq(Codes::of(&facts.other_languages)?),
            people::citizenships.eq(Codes::of(&facts.citizenships)?),
            people::version.eq(1),
            people::created_at.eq(now),
            people::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    let scheme = people_index::insert(tx, id, &Portrait::of_new(identity, facts, country))?;
    let slot = Slot { place: IDENTITY, row: id.as_str(), person: id };
    let sealed = seal(tx, slot, identity)?;
    diesel::insert_into(person_identities::table)
        .values((
            person_identities::person_id.eq(id),
            person_identities::sealed.eq(sealed),
            person_identities::version.eq(1),
            person_identities::updated_at.eq(now),
            person_identities::index_scheme.eq(scheme),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Computes the digests anew after something has changed that they are made of, and has the person
/// compared with everybody else once more (R12).
fn changed(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    diesel::update(person_identities::table.find(person))
        .set(person_identities::compared_at.eq(None::<Instant>))
        .execute(tx.conn)?;
    people_index::rebuild(tx, person)
}

/// Changes the coded facts, keeping the earlier ones.
pub(crate) fn save_facts(tx: &mut Tx<'_>, before: &Person, facts: &PersonFacts) -> Result<()> {
    let earlier = Sensitive::new((
        before.sex_reporting,
        before.birth_year(),
        before.age_status,
        before.primary_language.clone(),
        before.other_languages.get()?,
        before.citizenships.get()?,
    ));
    let version: i64 = people::table.find(&before.id).select(people::version).first(tx.conn)?;
    keep_revision(tx, &before.id, (&before.id, version), &earlier)?;
    diesel::update(people::table.find(&before.id))
        .set((
            people::sex_reporting.eq(facts.sex_reporting),
            people::birth_year_estimate.eq(facts.birth_year.map(i64::from)),
            people::age_status.eq(facts.age_status),
            people::primary_language.eq(&facts.primary_language),
            people::other_languages.eq(Codes::of(&facts.other_languages)?),
            people::citizenships.eq(Codes::of(&facts.citizenships)?),
            people::version.eq(version.saturating_add(1)),
            people::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    let compared_by = (facts.sex_reporting, facts.birth_year);
    if compared_by != (before.sex_reporting, before.birth_year()) {
        changed(tx, &before.id)?;
    }
    Ok(())
}

/// The sealed identity of a person, with its version and the moment of its last change.
pub struct IdentityRow {
    /// The person.
    pub person_id: PersonId,
    /// Opens under the permit alone.
    pub identity: Sensitive<Identity>,
    /// For the ETag.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

/// Fetches the sealed identity of a person whose case the permit opened.
///
/// # Errors
/// [`Error::Broken`] if it does not open: then nothing is shown, and nothing is overwritten.
pub fn identity<A: Action + Discloses, R>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, R>,
    person: &PersonId,
) -> Result<IdentityRow> {
    let (sealed, version, updated_at): (Vec<u8>, i64, Instant) = person_identities::table
        .find(person)
        .select((
            person_identities::sealed,
            person_identities::version,
            person_identities::updated_at,
        ))
        .first(reading.conn)?;
    let slot = Slot { place: IDENTITY, row: person.as_str(), person };
    let identity = unseal(reading, &slot, &sealed)?;
    Ok(IdentityRow { person_id: person.clone(), identity, version, updated_at })
}

/// Changes the sealed identity, keeping the earlier one.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::Stale`] if somebody was faster.
pub fn save_identity(
    tx: &mut Tx<'_>,
    _permit: &Permit<EditIdentity, CaseRow>,
    before: &IdentityRow,
    identity: &Sensitive<Identity>,
) -> Result<i64> {
    let person = &before.person_id;
    keep_revision(tx, person, (person, before.version), &before.identity)?;
    let slot = Slot { place: IDENTITY, row: person.as_str(), person };
    let sealed = seal(tx, slot, identity)?;
    let version = before.version.saturating_add(1);
    let saved = diesel::update(person_identities::table.find(person))
        .filter(person_identities::version.eq(before.version))
        .set((
            person_identities::sealed.eq(sealed),
            person_identities::version.eq(version),
            person_identities::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved != 1 {
        return Err(refero_domain::refusal::Refusal::Stale { current: version }.into());
    }
    changed(tx, person)?;
    Ok(version)
}
