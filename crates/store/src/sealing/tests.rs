//! What somebody with the database may try, and what must hold.

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;

use proptest::prelude::*;
use rand::{TryCryptoRng, TryRng};
use serde::{Deserialize, Serialize};

use super::*;

const NAME: Place = Place { table: "people", column: "name" };
const PHONE: Place = Place { table: "people", column: "phone" };
const ALIAS: Place = Place { table: "aliases", column: "name" };
const ROW: &str = "0b1e8c9a-6d51-4c57-9d0d-2f3c5f7e9a10";
const OTHER_ROW: &str = "0b1e8c9a-6d51-4c57-9d0d-2f3c5f7e9a11";
const AMA: &str = "5a0c2f0e-3c0f-4b53-8a53-2d1f6a1d9b01";
const KOFI: &str = "5a0c2f0e-3c0f-4b53-8a53-2d1f6a1d9b02";

fn deployment_key() -> DeploymentKey {
    DeploymentKey::generate(&mut rand::rng())
}

fn person_key() -> PersonKey {
    PersonKey::generate(&mut rand::rng())
}

fn copy(key: &DeploymentKey) -> DeploymentKey {
    DeploymentKey::from_base64(&key.to_base64()).unwrap()
}

fn sealed_name(key: &PersonKey) -> Vec<u8> {
    seal(key, NAME, ROW, AMA, b"Ama K.", &mut rand::rng()).unwrap()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Contact {
    phone: String,
    safe_to_call: bool,
}

proptest! {
    #[test]
    fn what_is_sealed_opens_in_its_place(
        value in prop::collection::vec(any::<u8>(), 0..500),
        row in ".{1,40}",
        person in ".{1,40}",
    ) {
        let key = person_key();
        let sealed = seal(&key, NAME, &row, &person, &value, &mut rand::rng()).unwrap();
        let opened = open(&key, NAME, &row, &person, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), value.as_slice());
    }

    #[test]
    fn hostile_bytes_are_refused_and_never_opened(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = person_key();
        prop_assert!(open(&key, NAME, ROW, AMA, &bytes).is_err());
        let versioned = [&[1][..], &bytes].concat();
        prop_assert!(open(&key, NAME, ROW, AMA, &versioned).is_err());
    }

    #[test]
    fn row_and_person_cannot_be_cut_differently(text in "[a-z]{3,20}") {
        let key = person_key();
        let (row, person) = text.split_at(1);
        let sealed = seal(&key, NAME, row, person, b"x", &mut rand::rng()).unwrap();
        let (row, person) = text.split_at(2);
        prop_assert_eq!(
            open(&key, NAME, row, person, &sealed).unwrap_err(),
            SealingError::NotAuthentic
        );
    }
}

#[test]
fn a_sealed_name_opens_nowhere_but_in_its_place() {
    let key = person_key();
    let sealed = sealed_name(&key);

    assert_eq!(open(&key, NAME, ROW, AMA, &sealed).unwrap().as_slice(), b"Ama K.");
    let elsewhere = [
        open(&key, PHONE, ROW, AMA, &sealed),
        open(&key, ALIAS, ROW, AMA, &sealed),
        open(&key, NAME, OTHER_ROW, AMA, &sealed),
        open(&key, NAME, ROW, KOFI, &sealed),
        open(&key, NAME, AMA, ROW, &sealed),
        open(&person_key(), NAME, ROW, AMA, &sealed),
    ];
    for result in elsewhere {
        assert_eq!(result.unwrap_err(), SealingError::NotAuthentic);
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let key = person_key();
    let sealed = sealed_name(&key);
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let expected =
            if bit < 8 { SealingError::UnknownVersion } else { SealingError::NotAuthentic };
        assert_eq!(open(&key, NAME, ROW, AMA, &changed).unwrap_err(), expected);
    }
}

#[test]
fn every_cut_and_every_addition_is_noticed() {
    let key = person_key();
    let sealed = sealed_name(&key);
    for length in 0..sealed.len() {
        let error = open(&key, NAME, ROW, AMA, &sealed[..length]).unwrap_err();
        let expected =
            if length < 41 { SealingError::Truncated } else { SealingError::NotAuthentic };
        assert_eq!(error, expected);
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(open(&key, NAME, ROW, AMA, &longer).unwrap_err(), SealingError::NotAuthentic);
}

#[test]
fn an_unknown_version_is_refused() {
    let key = person_key();
    for version in (0..=u8::MAX).filter(|version| *version != 1) {
        let mut sealed = sealed_name(&key);
        sealed[0] = version;
        assert_eq!(open(&key, NAME, ROW, AMA, &sealed).unwrap_err(), SealingError::UnknownVersion);
    }
}

#[test]
fn the_same_name_never_seals_to_the_same_bytes() {
    let key = person_key();
    let nonces: HashSet<_> = (0..1000).map(|_| sealed_name(&key)[1..25].to_vec()).collect();

    assert_eq!(nonces.len(), 1000);
}

#[test]
fn short_and_long_names_look_alike() {
    let key = person_key();
    let lengths: HashSet<_> = (0..64)
        .map(|length| seal(&key, NAME, ROW, AMA, &vec![b'a'; length], &mut rand::rng()))
        .map(|sealed| sealed.unwrap().len())
        .collect();

    assert_eq!(lengths, HashSet::from([1 + 24 + 64 + 16]));
}

#[test]
fn a_value_bound_to_nothing_is_refused() {
    let key = person_key();
    for (row, person) in [("", AMA), (ROW, ""), ("", "")] {
        assert_eq!(
            seal(&key, NAME, row, person, b"x", &mut rand::rng()),
            Err(SealingError::MissingContext)
        );
    }
    let ring = KeyRing::single(1, deployment_key());
    assert_eq!(key.wrap(&ring, "", &mut rand::rng()).unwrap_err(), SealingError::MissingContext);
}

/// Counts instead of drawing, so that sealed bytes can be pinned.
struct Counter(u8);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("sealing draws bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("sealing draws bytes")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

/// If this fails, values that are already stored can no longer be opened.
#[test]
fn the_sealed_form_is_pinned() {
    let mut rng = Counter(0);
    let key = PersonKey::generate(&mut rng);
    let sealed = seal(&key, NAME, ROW, AMA, b"Ama K.", &mut rng).unwrap();
    let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();

    assert_eq!(
        hex,
        "01202122232425262728292a2b2c2d2e2f30313233343536377341480db71962\
         f42cb0a6031a017ce98adf0313140f78610830be8b13649008ad2ddc7e0fd695\
         cde685e4999d34edbfc5256d7a75262a703fc56cfb3948a3263d5a79ab1df706\
         9d3754b28c864c5c27"
    );
}

#[test]
fn structures_are_sealed_and_opened() {
    let key = person_key();
    let contact = Contact { phone: "+256 700 000000".repeat(40), safe_to_call: false };
    let sealed = seal_json(&key, PHONE, ROW, AMA, &contact, &mut rand::rng()).unwrap();

    assert_eq!(open_json::<Contact>(&key, PHONE, ROW, AMA, &sealed).unwrap(), contact);
}

#[test]
fn an_unexpected_structure_is_an_error_that_does_not_quote_it() {
    let key = person_key();
    let sealed = seal_json(&key, PHONE, ROW, AMA, "+256 700", &mut rand::rng()).unwrap();
    let error = open_json::<Contact>(&key, PHONE, ROW, AMA, &sealed).unwrap_err();

    assert_eq!(error, SealingError::UnexpectedStructure);
    assert!(!format!("{error} {error:?}").contains("256"));
}

#[test]
fn a_wrapped_key_opens_what_the_key_sealed() {
    let ring = KeyRing::single(1, deployment_key());
    let key = person_key();
    let wrapped = key.wrap(&ring, AMA, &mut rand::rng()).unwrap();
    let unwrapped = PersonKey::unwrap(&wrapped, &ring, AMA).unwrap();

    assert_eq!((wrapped.epoch, wrapped.bytes.len()), (1, 1 + 24 + 32 + 16));
    assert_eq!(open(&unwrapped, NAME, ROW, AMA, &sealed_name(&key)).unwrap().as_slice(), b"Ama K.");
}

#[test]
fn a_wrapped_key_belongs_to_one_person_one_epoch_and_one_deployment() {
    let (first, second) = (deployment_key(), deployment_key());
    let ring = KeyRing::single(1, copy(&first));
    let wrapped = person_key().wrap(&ring, AMA, &mut rand::rng()).unwrap();

    let refuse = |wrapped: &WrappedKey, ring: &KeyRing, person: &str, expected: SealingError| {
        assert_eq!(PersonKey::unwrap(wrapped, ring, person).unwrap_err(), expected);
    };
    refuse(&wrapped, &ring, KOFI, SealingError::NotAuthentic);
    refuse(&wrapped, &KeyRing::single(1, copy(&second)), AMA, SealingError::NotAuthentic);
    refuse(
        &wrapped,
        &KeyRing::single(2, copy(&first)),
        AMA,
        SealingError::MissingEpoch { epoch: 1 },
    );

    let moved = WrappedKey { epoch: 2, bytes: wrapped.bytes.clone() };
    refuse(&moved, &KeyRing::single(2, copy(&first)), AMA, SealingError::NotAuthentic);
    let both = KeyRing::new(BTreeMap::from([(1, first), (2, second)]), 2).unwrap();
    refuse(&moved, &both, AMA, SealingError::NotAuthentic);
}

#[test]
fn every_flipped_bit_of_a_wrapped_key_is_noticed() {
    let ring = KeyRing::single(1, deployment_key());
    let wrapped = person_key().wrap(&ring, AMA, &mut rand::rng()).unwrap();
    for bit in 0..wrapped.bytes.len() * 8 {
        let mut changed = wrapped.clone();
        changed.bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(PersonKey::unwrap(&changed, &ring, AMA).is_err());
    }
}

#[test]
fn a_rotation_keeps_what_was_sealed_and_needs_the_old_epoch_no_longer() {
    let (old, new) = (deployment_key(), deployment_key());
    let key = person_key();
    let sealed = sealed_name(&key);
    let wrapped = key.wrap(&KeyRing::single(1, copy(&old)), AMA, &mut rand::rng()).unwrap();
    let both = KeyRing::new(BTreeMap::from([(1, old), (2, copy(&new))]), 2).unwrap();
    let unwrapped = PersonKey::unwrap(&wrapped, &both, AMA).unwrap();
    let rewrapped = unwrapped.wrap(&both, AMA, &mut rand::rng()).unwrap();
    let after = KeyRing::single(2, new);

    assert_eq!(rewrapped.epoch, 2);
    let key = PersonKey::unwrap(&rewrapped, &after, AMA).unwrap();
    assert_eq!(open(&key, NAME, ROW, AMA, &sealed).unwrap().as_slice(), b"Ama K.");
    assert_eq!(
        PersonKey::unwrap(&wrapped, &after, AMA).unwrap_err(),
        SealingError::MissingEpoch { epoch: 1 }
    );
}

#[test]
fn a_sealed_value_cannot_pass_for_a_wrapped_key() {
    let ring = KeyRing::single(1, deployment_key());
    let bytes = sealed_name(&person_key());
    let wrapped = WrappedKey { epoch: 1, bytes };

    assert_eq!(PersonKey::unwrap(&wrapped, &ring, AMA).unwrap_err(), SealingError::NotAuthentic);
}

#[test]
fn a_commitment_holds_for_one_person_place_row_and_value() {
    let (key, other) = (person_key(), person_key());
    let commitment = key.commitment(NAME, ROW, b"Ama K.");

    assert_eq!(commitment, key.commitment(NAME, ROW, b"Ama K."));
    for different in [
        other.commitment(NAME, ROW, b"Ama K."),
        key.commitment(PHONE, ROW, b"Ama K."),
        key.commitment(ALIAS, ROW, b"Ama K."),
        key.commitment(NAME, OTHER_ROW, b"Ama K."),
        key.commitment(NAME, ROW, b"Ama L."),
        key.commitment(NAME, ROW, b""),
    ] {
        assert_ne!(commitment, different);
    }
}

#[test]
fn debug_prints_the_names_of_the_types_alone() {
    let key = person_key();
    let wrapped = key.wrap(&KeyRing::single(1, deployment_key()), AMA, &mut rand::rng()).unwrap();

    assert_eq!(format!("{key:?} {wrapped:?}"), "PersonKey WrappedKey");
}
