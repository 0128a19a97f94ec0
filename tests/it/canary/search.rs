//! Looking for what was planted, however it was written down.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

use super::planted::{Canary, Planted};

/// Looks for many texts in many encodings at once; capital and small letters are the same.
pub(super) struct Search {
    patterns: AhoCorasick,
    meanings: Vec<Meaning>,
}

/// What it means that a pattern was found.
struct Meaning {
    member: String,
    kind: &'static str,
    token: String,
    written: &'static str,
}

impl Search {
    /// Prepares the search for everything that was planted.
    pub(super) fn of(planted: &[&Planted]) -> Self {
        let (mut patterns, mut meanings) = (Vec::new(), Vec::new());
        for planted in planted {
            for canary in planted.all().iter() {
                for (written, pattern) in ways_to_write(canary) {
                    let (member, token) = (canary.member.clone(), canary.token.clone());
                    meanings.push(Meaning { member, kind: canary.kind, token, written });
                    patterns.push(pattern);
                }
            }
        }
        let built = AhoCorasick::builder().ascii_case_insensitive(true).build(patterns);
        Self { patterns: built.unwrap(), meanings }
    }

    /// Returns what was found, each once: the member in which it was planted, and how it is written.
    pub(super) fn find(&self, within: &[u8]) -> BTreeSet<String> {
        self.found(within).map(|what| format!("{} as {}", what.member, what.written)).collect()
    }

    /// Returns the tokens that were found.
    pub(super) fn tokens(&self, within: &[u8]) -> BTreeSet<&str> {
        self.found(within).map(|what| what.token.as_str()).collect()
    }

    /// Returns the kinds of which something was found.
    pub(super) fn kinds(&self, within: &[u8]) -> BTreeSet<&'static str> {
        self.found(within).map(|what| what.kind).collect()
    }

    fn found(&self, within: &[u8]) -> impl Iterator<Item = &Meaning> {
        let hits = self.patterns.find_overlapping_iter(within);
        let hits: BTreeSet<usize> = hits.map(|hit| hit.pattern().as_usize()).collect();
        hits.into_iter().map(|hit| &self.meanings[hit])
    }
}

/// Every way to write a canary down, as bytes. The plain token stands in UTF-8, in JSON however it is
/// escaped around it, in an address, in a dump and in a log line alike.
fn ways_to_write(canary: &Canary) -> Vec<(&'static str, Vec<u8>)> {
    let token = canary.token.as_bytes();
    let each = |before: &str, radix: fn(u8) -> String| -> Vec<u8> {
        token.iter().flat_map(|byte| format!("{before}{}", radix(*byte)).into_bytes()).collect()
    };
    let mut ways = vec![
        ("text", token.to_vec()),
        // The same bytes lie in UTF-16LE and in UTF-16BE, and so on.
        ("UTF-16", apart(token, 1)),
        ("UTF-32", apart(token, 3)),
        ("hexadecimal digits", each("", |byte| format!("{byte:02x}"))),
        ("escaped for an address", each("%", |byte| format!("{byte:02x}"))),
        ("escaped for JSON", each("\\u", |byte| format!("{byte:04x}"))),
    ];
    ways.extend((0..3).map(|shift| ("base64", base64_inside(token, shift))));
    let upper = canary.value.to_uppercase();
    for text in [canary.value.as_str(), &canary.value.to_lowercase(), &upper, &canary.token] {
        let digest = Sha256::digest(text.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        ways.extend([
            ("a plain digest", digest.to_vec()),
            ("a plain digest in hexadecimal digits", hex.into_bytes()),
            ("a plain digest in base64", STANDARD_NO_PAD.encode(digest).into_bytes()),
            ("a plain digest in base64", URL_SAFE_NO_PAD.encode(digest).into_bytes()),
        ]);
    }
    ways
}

/// Puts zeros between the bytes.
fn apart(token: &[u8], zeros: usize) -> Vec<u8> {
    let mut wide: Vec<u8> =
        token.iter().flat_map(|byte| [vec![*byte], vec![0; zeros]].concat()).collect();
    wide.truncate(wide.len() - zeros);
    wide
}

/// Returns the letters of base64 that depend on the token alone, where it begins `shift` bytes after
/// a group of three. For letters and digits both alphabets say the same.
fn base64_inside(token: &[u8], shift: usize) -> Vec<u8> {
    let encoded = STANDARD_NO_PAD.encode([&vec![0; shift], token].concat());
    let first = (shift * 8).div_ceil(6);
    let last = (shift + token.len()) * 8 / 6;
    encoded.as_bytes()[first..last].to_vec()
}

#[test]
fn whatever_way_a_text_is_written_it_is_found() {
    let planted = Planted::default();
    let value = planted.text("kind", "Body.member");
    let token = planted.all()[0].token.clone();
    let search = Search::of(&[&planted]);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let utf16: Vec<u16> = value.encode_utf16().collect();
    let mut written: Vec<Vec<u8>> = vec![
        value.clone().into_bytes(),
        value.to_uppercase().into_bytes(),
        serde_json::to_vec(&value).unwrap(),
        reqwest::Url::parse_with_params("http://h", [("q", &value)]).unwrap().to_string().into(),
        utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        hex(value.as_bytes()).into_bytes(),
        hex(&Sha256::digest(&value)).to_lowercase().into_bytes(),
        Sha256::digest(token.as_bytes()).to_vec(),
        token.bytes().flat_map(|byte| format!("\\u{byte:04X}").into_bytes()).collect(),
    ];
    for before in ["", "a", "ab"] {
        written.push(URL_SAFE_NO_PAD.encode(format!("{before}{value}")).into_bytes());
    }
    for bytes in written {
        let around = [b"before ", bytes.as_slice(), b" after"].concat();
        assert!(!search.find(&around).is_empty(), "{}", String::from_utf8_lossy(&around));
    }

    assert!(search.find(&token.as_bytes()[1..]).is_empty());
    assert_eq!(search.kinds(value.as_bytes()), BTreeSet::from(["kind"]));
}
