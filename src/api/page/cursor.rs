//! The cursor: signed keyset values, bound to one list of one reader.

use std::fmt;

use actix_web::HttpRequest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use refero_store::rows::Rows;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use zeroize::ZeroizeOnDrop;

use super::{Page, query_pairs};
use crate::api::problem::{Problem, ProblemCode};

const FORMAT: &[u8] = b"refero cursor v1\0";
const TAG_BYTES: usize = 32;
const LONGEST_CURSOR: usize = 2048;

/// Marks where a list goes on, as text of which only this server knows the meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Signs cursors. Made from a key of its own; shared by all servers of a deployment.
#[derive(Clone, ZeroizeOnDrop)]
pub struct CursorKey {
    signs: [u8; 32],
    accepted: Vec<[u8; 32]>,
}

impl CursorKey {
    /// Takes the key.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { signs: key, accepted: Vec::new() }
    }

    /// Accepts what a former key has signed: a reader in the midst of a list goes on.
    #[must_use]
    pub fn accepting(mut self, former: [u8; 32]) -> Self {
        self.accepted.push(former);
        self
    }

    /// Binds cursors to one list of one reader.
    ///
    /// `operation` is the operation's id, `principal` the id of the account.
    #[must_use]
    pub fn pager<'a>(&self, operation: &'a str, filters: Filters, principal: &'a str) -> Pager<'a> {
        Pager { key: self.clone(), operation, filters, principal }
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

/// Identifies the filters of a list, without `limit` and `cursor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filters([u8; 32]);

impl Filters {
    /// Identifies filters by their values, such as the members of a search.
    ///
    /// # Errors
    /// `internal` if they cannot be written as JSON.
    pub fn of(filters: &impl Serialize) -> Result<Self, Problem> {
        let written = serde_json::to_vec(filters).map_err(Problem::internal)?;
        Ok(Self(Sha256::digest(written).into()))
    }

    /// Identifies filters by the query string as it was sent, in any order.
    #[must_use]
    pub fn of_query(request: &HttpRequest) -> Self {
        let mut pairs: Vec<&str> = query_pairs(request, &["cursor", "limit"]).collect();
        pairs.sort_unstable();
        Self(Sha256::digest(pairs.join("&")).into())
    }
}

/// Makes and reads the cursors of one list of one reader.
#[derive(Clone, Debug)]
pub struct Pager<'a> {
    key: CursorKey,
    operation: &'a str,
    filters: Filters,
    principal: &'a str,
}

impl Pager<'_> {
    /// Signs the keyset values of the last row of a page.
    ///
    /// # Errors
    /// `internal` if they cannot be written as JSON.
    pub fn seal<K: Serialize>(&self, keyset: &K) -> Result<Cursor, Problem> {
        let written = serde_json::to_vec(keyset).map_err(Problem::internal)?;
        let mut bytes = self.mac(&self.key.signs, &written)?.finalize().into_bytes().to_vec();
        bytes.extend_from_slice(&written);
        Ok(Cursor(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads the keyset values of a cursor; nothing if there is no cursor, at the first page.
    ///
    /// # Errors
    /// `invalid-cursor` if this server did not make it for this list and this reader.
    pub fn open<K: DeserializeOwned>(&self, cursor: Option<&Cursor>) -> Result<Option<K>, Problem> {
        cursor.map(|cursor| self.open_one(cursor)).transpose()
    }

    fn open_one<K: DeserializeOwned>(&self, cursor: &Cursor) -> Result<K, Problem> {
        let invalid = || Problem::new(ProblemCode::InvalidCursor);
        if cursor.0.len() > LONGEST_CURSOR {
            return Err(invalid());
        }
        let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).map_err(|_| invalid())?;
        let (tag, written) = bytes.split_at_checked(TAG_BYTES).ok_or_else(invalid)?;
        let mut is_ours = false;
        for key in std::iter::once(&self.key.signs).chain(&self.key.accepted) {
            is_ours |= self.mac(key, written)?.verify_slice(tag).is_ok();
        }
        if !is_ours {
            return Err(invalid());
        }
        serde_json::from_slice(written).map_err(|_| invalid())
    }

    fn mac(&self, key: &[u8; 32], written: &[u8]) -> Result<Hmac<Sha256>, Problem> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Problem::internal)?;
        mac.update(FORMAT);
        for part in [
            self.operation.as_bytes(),
            self.principal.as_bytes(),
            self.filters.0.as_slice(),
            written,
        ] {
            // Each part carries its length, so that no two lists run together.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            mac.update(&length.to_be_bytes());
            mac.update(part);
        }
        Ok(mac)
    }

    /// Makes a page of the rows that the store gave, with the cursor to the next one.
    ///
    /// # Errors
    /// `internal` if the keyset values cannot be written as JSON.
    pub fn page<T, K: Serialize>(
        &self,
        rows: Rows<T>,
        keyset: impl FnOnce(&T) -> K,
    ) -> Result<Page<T>, Problem> {
        let (shown, has_more) = rows.into_parts();
        self.page_of(shown, has_more, keyset)
    }

    pub(super) fn page_of<T, K: Serialize>(
        &self,
        shown: Vec<T>,
        has_more: bool,
        keyset: impl FnOnce(&T) -> K,
    ) -> Result<Page<T>, Problem> {
        let next_cursor = match shown.last() {
            Some(last) if has_more => Some(self.seal(&keyset(last))?),
            _ => None,
        };
        Ok(Page { items: shown, next_cursor })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    type Keyset = (String, i64);

    fn key() -> CursorKey {
        CursorKey::new([7; 32])
    }

    fn filters(value: &str) -> Filters {
        Filters::of(&value).unwrap()
    }

    fn open(pager: &Pager<'_>, text: &str) -> Result<Option<Keyset>, ProblemCode> {
        pager.open(Some(&Cursor(text.to_owned()))).map_err(|problem| problem.code())
    }

    #[test]
    fn a_cursor_opens_only_for_the_list_and_the_reader_it_was_made_for() {
        let key = key();
        let pager = key.pager("listCases", filters("open"), "user-1");
        let cursor = pager.seal(&("2026-01-01", 3)).unwrap();
        let text = cursor.as_str();

        assert_eq!(open(&pager, text), Ok(Some(("2026-01-01".to_owned(), 3))));
        let other_key = CursorKey::new([8; 32]);
        for foreign in [
            key.pager("listReferrals", filters("open"), "user-1"),
            key.pager("listCases", filters("all"), "user-1"),
            key.pager("listCases", filters("open"), "user-2"),
            key.pager("listCasesu", filters("open"), "ser-1"),
            other_key.pager("listCases", filters("open"), "user-1"),
        ] {
            assert_eq!(open(&foreign, text), Err(ProblemCode::InvalidCursor));
        }
    }

    #[test]
    fn a_cursor_of_the_key_before_is_accepted_and_the_new_key_signs() {
        let old = CursorKey::new([7; 32]);
        let new = CursorKey::new([8; 32]).accepting([7; 32]);
        let pager = |key: &CursorKey| key.pager("listCases", filters("open"), "user-1");
        let keyset = ("2026-01-01".to_owned(), 3);
        let (before, after) =
            (pager(&old).seal(&keyset).unwrap(), pager(&new).seal(&keyset).unwrap());

        assert_eq!(open(&pager(&new), before.as_str()), Ok(Some(keyset)));
        assert_eq!(open(&pager(&old), after.as_str()), Err(ProblemCode::InvalidCursor));
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        let key = key();
        let pager = key.pager("listCases", filters(""), "u");
        let with_padding = format!("{}=", pager.seal(&("a", 1)).unwrap().as_str());

        for text in ["", "x", "a b", "💥", &"A".repeat(2049), &"A".repeat(43), &with_padding] {
            assert_eq!(open(&pager, text), Err(ProblemCode::InvalidCursor));
        }
        assert_eq!(pager.open::<Keyset>(None).unwrap(), None);
        let other_shape = pager.seal(&"one text").unwrap();
        assert_eq!(open(&pager, other_shape.as_str()), Err(ProblemCode::InvalidCursor));
    }

    #[test]
    fn the_order_of_filters_and_the_size_of_the_page_do_not_matter() {
        let of = |uri: &str| Filters::of_query(&TestRequest::get().uri(uri).to_http_request());

        assert_eq!(of("/a?x=1&y=2&limit=5"), of("/a?y=2&x=1&cursor=c"));
        assert_ne!(of("/a?x=1"), of("/a?x=2"));
        assert_ne!(of("/a?x=1"), of("/a"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".*", bytes: Vec<u8>) {
            let key = key();
            let pager = key.pager("listCases", filters(""), "u");
            prop_assert!(open(&pager, &text).is_err());
            prop_assert!(open(&pager, &URL_SAFE_NO_PAD.encode(bytes)).is_err());
        }

        #[test]
        fn a_changed_bit_is_noticed(name in ".{0,40}", number: i64, at: prop::sample::Index, bit in 0..8_u8) {
            let key = key();
            let pager = key.pager("listCases", filters(""), "u");
            let cursor = pager.seal(&(name, number)).unwrap();
            let mut bytes = URL_SAFE_NO_PAD.decode(cursor.as_str()).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(open(&pager, &URL_SAFE_NO_PAD.encode(bytes)).is_err());
        }

        #[test]
        fn a_changed_character_is_noticed(at: prop::sample::Index, other in "[A-Za-z0-9_-]") {
            let key = key();
            let pager = key.pager("listCases", filters(""), "u");
            let text = pager.seal(&("a", 1)).unwrap().as_str().to_owned();
            let at = at.index(text.len());
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            prop_assert_eq!(open(&pager, &changed).is_ok(), changed == text);
        }
    }
}
