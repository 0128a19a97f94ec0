//! What comes from outside is read without harm: whatever the text, a reader accepts or refuses it, and what it
//! accepts it writes as it was.
//!
//! Readers that only their own module reaches have their properties there: cursors, ETags, idempotency keys,
//! `Accept-Language`, `Authorization`, queries, bodies, tables, trace headers, tokens of all kinds, one-time codes,
//! partial dates, usernames, case codes, addresses of databases, deployment keys, configuration and profiles, what
//! witnesses are sent, and the archive of a backup.

use std::{fmt::Display, fs, str::FromStr};

use proptest::prelude::*;
use refero::{
    backup::{Identities, Note},
    config::{Config, Sources},
    jobs,
};
use refero_domain::{
    case_code::CaseCode, document::DocumentMedia, id::CaseId, instant::Instant,
    person::PartialDate, safe_contact::TimeOfDay, statistics::Quarter,
};
use refero_verify::{Consistency, Keys, Pin, Proof, Seal, Witnesses};
use serde_json::json;

use crate::world::ledger;

/// Reads a text; of what is accepted, the text that is written must be read as the same.
fn is_read<T: FromStr + Display + PartialEq>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        let written = read.to_string();
        assert!(written.parse::<T>().is_ok_and(|again| again == read), "{text:?}: {written}");
    }
}

/// Texts of any letters, and texts of the letters of dates, ids and keys.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![".{0,60}", "[0-9a-fA-FQWTZ:+./-]{0,40}", "[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,20}"]
}

/// The form of a signed note with something else in every part of it.
fn notes() -> impl Strategy<Value = String> {
    prop_oneof![
        "(.{0,40}\n){0,6}",
        "refero-tests\n[0-9]{1,22}\n[A-Za-z0-9+/=]{40,48}\n\n(— refero-tests [A-Za-z0-9+/=]{80,110}\n){0,3}",
    ]
}

proptest! {
    #[test]
    fn ids_dates_and_times_have_one_form(text in texts()) {
        is_read::<CaseId>(&text);
        is_read::<Quarter>(&text);
        if let Ok(at) = serde_json::from_value::<Instant>(json!(text)) {
            let written = serde_json::to_value(at).unwrap();
            prop_assert_eq!(serde_json::from_value::<Instant>(written).unwrap(), at);
        }
        let _ = (text.parse::<CaseCode>(), text.parse::<PartialDate>(), text.parse::<TimeOfDay>());
    }

    #[test]
    fn every_random_id_is_read_and_no_other_version_is(bytes: [u8; 16]) {
        let id = CaseId::from_random_bytes(bytes);
        prop_assert_eq!(id.as_str().parse::<CaseId>().unwrap(), id.clone());
        prop_assert_eq!(id.as_str().to_uppercase().parse::<CaseId>().unwrap(), id.clone());
        for version in ["1", "7", "8", "0"] {
            let mut other = id.as_str().to_owned();
            other.replace_range(14..15, version);
            prop_assert!(other.parse::<CaseId>().is_err());
        }
    }

    #[test]
    fn a_moment_comes_back(seconds in -2_208_988_800_i64..253_402_300_799, micros in 0_i64..1_000_000) {
        let at = chrono::DateTime::from_timestamp_micros(seconds * 1_000_000 + micros).unwrap();
        let written = serde_json::to_value(Instant::from_utc(at)).unwrap();
        prop_assert_eq!(serde_json::from_value::<Instant>(written).unwrap().to_utc(), at);
    }

    #[test]
    fn what_nobody_has_signed_is_no_checkpoint(note in notes(), key in texts()) {
        let keys = ledger::keys();
        prop_assert!(Pin::read(&note, &keys).is_err());
        prop_assert!(Proof::read(&note, &keys).is_err());
        prop_assert!(Seal::read(&note, &keys).is_err());
        let _ = (Pin::unchecked(&note).is_ok(), Pin::printed(&note, &keys).is_ok());
        let _ = (Consistency::read(&note).is_ok(), Consistency::read(&key).is_ok());
        prop_assert!(Keys::read([key.as_str()]).is_err());
        prop_assert!(Witnesses::read([key.as_str()]).is_err());
    }

    #[test]
    fn what_bytes_are_they_say_themselves(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if DocumentMedia::of(&bytes) == Some(DocumentMedia::Text) {
            prop_assert!(!std::str::from_utf8(&bytes).unwrap().contains('\0'));
        }
        let pdf = [b"%PDF-1.7\n".as_slice(), &bytes].concat();
        prop_assert_eq!(DocumentMedia::of(&pdf), Some(DocumentMedia::Pdf));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_passes_for_a_key_of_backups(text in "(age1|AGE-SECRET-KEY-1|)[a-zA-Z0-9,# \n-]{0,80}") {
        let sources = Sources::new().with_flag("backup.recipients", &text);
        let refused = Config::load(sources).map(drop);
        prop_assert!(refused.is_err(), "{text:?} is no key");
        let told = refused.unwrap_err().to_string();
        prop_assert!(text.trim().len() < 20 || !told.contains(text.trim()), "{told}");
    }

    #[test]
    fn no_file_passes_for_identities_a_note_or_tombstones(
        text in prop_oneof!["(.{0,40}\n){0,4}", "AGE-SECRET-KEY-1[A-Z0-9]{40,70}", "\\{(\"[a-z_]{1,9}\": ?.{0,9},?){0,4}\\}"],
        bytes in prop::collection::vec(any::<u8>(), 1..80),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for content in [text.as_bytes(), &bytes] {
            fs::write(&path, content).unwrap();
            prop_assert!(Identities::of_file(&path).is_err());
            prop_assert!(Note::read(&path).is_err());
            // An empty file has no line that could be wrong.
            prop_assert!(content.is_empty() || jobs::tombstones_in(&path).is_err());
        }
    }
}
