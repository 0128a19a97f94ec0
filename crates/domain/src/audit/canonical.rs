//! The canonical bytes of an audit event, and their hash.
//!
//! A hash proves something only if every event has exactly one form, and every form exactly one
//! event. JSON has neither property: the order of members, the notation of numbers, and what a
//! database does to times all change bytes that mean the same. Here each field is a tag byte and a
//! value whose length is always known before it is read:
//!
//! | value | bytes |
//! |---|---|
//! | format | one byte, [`FORMAT_VERSION`], before everything else |
//! | text | length (8), then UTF-8 as stored: nothing is normalised |
//! | number | 8, two's complement; times are microseconds |
//! | optional | `00` when absent, `01` and the value when present: an empty text is not an absent one |
//! | list | count (8), then the items in the order stored |
//! | hash | 32 |
//!
//! Lengths, counts and numbers are big-endian. All fields are written, in the order of their tags.
//! A new field means a new format version; events that are already stored keep theirs.

use sha2::{Digest, Sha256};

use super::record::AuditRecord;

/// The version of the form that this module writes.
pub const FORMAT_VERSION: u8 = 1;

/// Marks the hash of an event apart from the hash of a tree node (RFC 6962, section 2.1).
const LEAF_PREFIX: u8 = 0x00;

/// Writes the canonical bytes of an event.
///
/// `prev_hash` is the leaf hash of the event before it in the chain of the same case, and `None`
/// for the first event of a case and for events that belong to no case. Because it is inside the
/// hashed bytes, changing one event of a case changes the hash of every later one.
#[must_use]
pub fn canonical_bytes(record: &AuditRecord, prev_hash: Option<&[u8; 32]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    bytes.push(FORMAT_VERSION);
    for (tag, value) in (1..).zip(values(record, prev_hash)) {
        bytes.push(tag);
        value.write(&mut bytes);
    }
    bytes
}

/// Hashes canonical bytes as a leaf of the Merkle log: `SHA-256(00 || bytes)` (RFC 6962,
/// section 2.1).
#[must_use]
pub fn leaf_hash(canonical: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([LEAF_PREFIX]).chain_update(canonical).finalize().into()
}

/// The value of one field.
enum Value<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Texts(&'a [String]),
    Number(i64),
    MaybeNumber(Option<i64>),
    MaybeHash(Option<&'a [u8; 32]>),
    NamedHashes(&'a [(String, [u8; 32])]),
}

/// Lists the fields in the order of their tags, which start at 1.
///
/// The record is taken apart without `..`: a field that is added and not hashed does not compile.
fn values<'a>(record: &'a AuditRecord, prev_hash: Option<&'a [u8; 32]>) -> [Value<'a>; 25] {
    let AuditRecord {
        id,
        at_us,
        actor_id,
        actor_roles,
        organisation_id,
        session_id,
        action,
        operation,
        outcome,
        refusal_code,
        purpose,
        object_type,
        object_id,
        object_version,
        case_id,
        case_seq,
        permitted_by,
        basis_id,
        fields,
        shown_count,
        shown_ids,
        request_id,
        network,
        commitments,
    } = record;
    [
        Value::Text(id),
        Value::Number(*at_us),
        Value::MaybeText(actor_id.as_deref()),
        Value::Texts(actor_roles),
        Value::MaybeText(organisation_id.as_deref()),
        Value::MaybeText(session_id.as_deref()),
        Value::Text(action),
        Value::Text(operation),
        Value::Text(outcome),
        Value::MaybeText(refusal_code.as_deref()),
        Value::MaybeText(purpose.as_deref()),
        Value::MaybeText(object_type.as_deref()),
        Value::MaybeText(object_id.as_deref()),
        Value::MaybeNumber(*object_version),
        Value::MaybeText(case_id.as_deref()),
        Value::MaybeNumber(*case_seq),
        Value::MaybeText(permitted_by.as_deref()),
        Value::MaybeText(basis_id.as_deref()),
        Value::Texts(fields),
        Value::MaybeNumber(*shown_count),
        Value::Texts(shown_ids),
        Value::MaybeText(request_id.as_deref()),
        Value::MaybeText(network.as_deref()),
        Value::NamedHashes(commitments),
        Value::MaybeHash(prev_hash),
    ]
}

impl Value<'_> {
    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Text(text) => write_text(bytes, text),
            Self::Number(number) => bytes.extend_from_slice(&number.to_be_bytes()),
            Self::MaybeText(text) => write_optional(bytes, *text, write_text),
            Self::MaybeNumber(number) => write_optional(bytes, *number, |bytes, number| {
                bytes.extend_from_slice(&number.to_be_bytes());
            }),
            Self::MaybeHash(hash) => write_optional(bytes, *hash, |bytes, hash| {
                bytes.extend_from_slice(hash);
            }),
            Self::Texts(texts) => {
                write_length(bytes, texts.len());
                for text in *texts {
                    write_text(bytes, text);
                }
            }
            Self::NamedHashes(named) => {
                write_length(bytes, named.len());
                for (name, hash) in *named {
                    write_text(bytes, name);
                    bytes.extend_from_slice(hash);
                }
            }
        }
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_length(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

fn write_optional<T>(bytes: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        None => bytes.push(0),
        Some(value) => {
            bytes.push(1);
            write(bytes, value);
        }
    }
}

fn write_length(bytes: &mut Vec<u8>, length: usize) {
    // No supported platform has lengths above 64 bits.
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
}
