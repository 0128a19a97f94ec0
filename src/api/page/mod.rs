//! Lists: a limit, a signed cursor, and the link to the next page.
//!
//! Lists go by keyset, never by offset: a page begins after the last row of the one before, so
//! that no row is skipped or shown twice while others work. The cursor carries the keyset values
//! of that last row. It is signed and bound to the operation, the filters and the principal, so
//! that it cannot be made up, moved to a wider list or handed to somebody else. It is signed and
//! not sealed: keyset values must be such as the reader saw in the row.

mod cursor;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use refero_store::rows::RowLimit;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

pub use self::cursor::{Cursor, CursorKey, Filters, Pager};
use super::problem::FieldCode;

/// Bounds how many rows a page has: 1 to 200, normally 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = u16, minimum = 1, maximum = 200, default = 50)]
pub struct Limit(u16);

impl Limit {
    /// The largest page.
    pub const MAX: u16 = 200;

    /// Returns how many rows to ask the store for.
    #[must_use]
    pub const fn rows(self) -> RowLimit {
        RowLimit::of(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = u16::deserialize(deserializer)?;
        if (1..=Self::MAX).contains(&rows) {
            Ok(Self(rows))
        } else {
            Err(D::Error::custom(FieldCode::OutOfRange.as_str()))
        }
    }
}

/// Holds one page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub items: Vec<T>,
    /// Where the list goes on; null on the last page.
    #[schema(value_type = Option<String>, required = true)]
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// Shows each row.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(show).collect(), next_cursor: self.next_cursor }
    }
}

impl<T: Serialize> Page<T> {
    /// Answers with the page and, if the list goes on, the link to the next one.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        if let Some(link) = self.next_cursor.as_ref().and_then(|next| next_link(request, next)) {
            answer.insert_header((header::LINK, link));
        }
        answer.json(self)
    }
}

/// Makes the `Link` to the next page (RFC 8288): the same address with the same filters.
#[must_use]
pub fn next_link(request: &HttpRequest, next: &Cursor) -> Option<HeaderValue> {
    let cursor = format!("cursor={}", next.as_str());
    let pairs: Vec<&str> =
        query_pairs(request, &["cursor"]).chain(std::iter::once(cursor.as_str())).collect();
    let target: String = format!("{}?{}", request.uri().path(), pairs.join("&"))
        .chars()
        .map(|c| match c {
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '"' => "%22".to_owned(),
            other => other.to_string(),
        })
        .collect();
    HeaderValue::from_str(&format!("<{target}>; rel=\"next\"")).ok()
}

/// Returns the parameters as they were sent, without some.
fn query_pairs<'r>(
    request: &'r HttpRequest,
    without: &'static [&'static str],
) -> impl Iterator<Item = &'r str> {
    request.query_string().split('&').filter(move |pair| {
        let name = pair.split('=').next().unwrap_or(pair);
        !pair.is_empty() && !without.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_limit_is_between_one_and_two_hundred() {
        let read = |text: &str| serde_json::from_str::<Limit>(text).map(|limit| limit.0).ok();

        assert_eq!((read("1"), read("200")), (Some(1), Some(200)));
        for wrong in ["0", "201", "-1", "1e9", "65536", "null", "\"5\""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(Limit::default().rows(), RowLimit::of(50));
    }

    #[test]
    fn the_last_page_has_no_next_one() {
        let key = CursorKey::new([7; 32]);
        let pager = key.pager("listCases", Filters::of(&"").unwrap(), "u");
        let page = |shown: Vec<i32>, has_more| pager.page_of(shown, has_more, |row| *row).unwrap();

        let last = page(vec![1, 2], false);
        assert_eq!(serde_json::to_string(&last).unwrap(), r#"{"items":[1,2],"next_cursor":null}"#);
        let first = page(vec![1, 2], true);
        assert_eq!(first.items, [1, 2]);
        assert_eq!(pager.open::<i32>(first.next_cursor.as_ref()).unwrap(), Some(2));
        assert!(page(Vec::new(), false).next_cursor.is_none());
    }

    #[test]
    fn the_link_keeps_the_filters_and_replaces_the_cursor() {
        let request = TestRequest::get()
            .uri("/v1/referrals?state=sent,received&cursor=old&limit=5&q=%3Cb%3E")
            .to_http_request();
        let page =
            Page { items: vec![1], next_cursor: Some(serde_json::from_str("\"new\"").unwrap()) };

        assert_eq!(
            page.respond(&request).headers().get("link").unwrap(),
            "</v1/referrals?state=sent,received&limit=5&q=%3Cb%3E&cursor=new>; rel=\"next\""
        );
    }
}
