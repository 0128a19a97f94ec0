//! Sealing and opening one field of one row.

use rand::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::aead::{self, VERSION};
use super::derivation::framed;
use super::error::SealingError;
use super::padding;
use super::person::PersonKey;
use super::plaintext::Plaintext;

/// Names the column that a sealed value belongs to, as constants of the program.
///
/// The names are part of what is authenticated: renaming a table or a column means sealing its
/// values again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
}

/// Seals a value for its column, row and person.
///
/// Ids are given as the database stores them (lower-case UUID text): they are compared as bytes.
///
/// # Errors
/// [`SealingError::MissingContext`] when the row or the person is an empty text.
pub fn seal<R: CryptoRng + ?Sized>(
    key: &PersonKey,
    place: Place,
    row_id: &str,
    person_id: &str,
    plaintext: &[u8],
    rng: &mut R,
) -> Result<Vec<u8>, SealingError> {
    let associated = context(place, row_id, person_id)?;
    let parts = [plaintext, padding::filling(plaintext.len())];
    aead::encrypt(&key.field_key(place), &associated, &parts, rng)
}

/// Opens a sealed value where it stands. The result is wiped when it is dropped.
///
/// # Errors
/// Fails when the value was changed or cut, when it was sealed for another person, row or column,
/// with another key, or in an unknown version. It never answers with an empty value instead.
pub fn open(
    key: &PersonKey,
    place: Place,
    row_id: &str,
    person_id: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    let associated = context(place, row_id, person_id)?;
    padding::strip(aead::decrypt(&key.field_key(place), &associated, sealed)?)
}

/// Seals a structure as JSON, without leaving the JSON in memory.
///
/// # Errors
/// As [`seal`], and [`SealingError::Unwritable`] when the value has no JSON form.
pub fn seal_json<T, R>(
    key: &PersonKey,
    place: Place,
    row_id: &str,
    person_id: &str,
    value: &T,
    rng: &mut R,
) -> Result<Vec<u8>, SealingError>
where
    T: Serialize + ?Sized,
    R: CryptoRng + ?Sized,
{
    let mut plaintext = Plaintext::default();
    serde_json::to_writer(&mut plaintext, value).map_err(|_| SealingError::Unwritable)?;
    seal(key, place, row_id, person_id, plaintext.as_slice(), rng)
}

/// Opens a structure that [`seal_json`] sealed.
///
/// # Errors
/// As [`open`], and [`SealingError::UnexpectedStructure`] when the value is authentic and is not a
/// `T`. What the parser says is dropped, because it quotes the value.
pub fn open_json<T: DeserializeOwned>(
    key: &PersonKey,
    place: Place,
    row_id: &str,
    person_id: &str,
    sealed: &[u8],
) -> Result<T, SealingError> {
    let plaintext = open(key, place, row_id, person_id, sealed)?;
    serde_json::from_slice(&plaintext).map_err(|_| SealingError::UnexpectedStructure)
}

fn context(place: Place, row_id: &str, person_id: &str) -> Result<Vec<u8>, SealingError> {
    if row_id.is_empty() || person_id.is_empty() {
        return Err(SealingError::MissingContext);
    }
    Ok(framed(&[
        b"refero",
        &[VERSION],
        place.table.as_bytes(),
        place.column.as_bytes(),
        row_id.as_bytes(),
        person_id.as_bytes(),
    ]))
}
