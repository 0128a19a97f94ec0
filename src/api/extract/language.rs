//! The language of the answer.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Names a language in which titles, labels and letters exist. Codes are never translated.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
    /// Portuguese.
    Pt,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::En, Self::Fr, Self::Pt];

    /// Returns the BCP 47 tag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
            Self::Pt => "pt",
        }
    }

    /// Finds the language of a BCP 47 tag by its first part: `pt-MZ` is Portuguese.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or(tag);
        Self::ALL.iter().copied().find(|language| language.as_str().eq_ignore_ascii_case(primary))
    }

    /// Chooses by `Accept-Language` (RFC 9110 section 12.5.4); English if nothing fits.
    ///
    /// A header that cannot be read chooses nothing: a wrong preference is no reason to refuse
    /// an answer.
    #[must_use]
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best: Option<(Self, u16)> = None;
        let mut refused = Vec::new();
        let mut wildcard = 0;
        for range in accept_language.split(',').take(32) {
            let Some((tag, weight)) = parse_range(range) else {
                continue;
            };
            if tag == "*" {
                wildcard = weight;
                continue;
            }
            let Some(language) = Self::from_tag(tag) else {
                continue;
            };
            if weight == 0 {
                refused.push(language);
            } else if best.is_none_or(|(_, weight_so_far)| weight > weight_so_far) {
                best = Some((language, weight));
            }
        }
        if let Some((language, weight)) = best
            && weight >= wildcard
        {
            return language;
        }
        let open = Self::ALL.iter().copied().find(|language| !refused.contains(language));
        best.map(|(language, _)| language).or(open).unwrap_or_default()
    }

    /// Chooses by the headers of a request.
    #[must_use]
    pub fn of_headers(headers: &HeaderMap) -> Self {
        let ranges: Vec<&str> = headers
            .get_all(header::ACCEPT_LANGUAGE)
            .filter_map(|value| value.to_str().ok())
            .collect();
        Self::negotiate(&ranges.join(","))
    }

    /// Returns the language of a request: the user's own setting if it was looked up, else what the
    /// client accepts (rule R20).
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let chosen = request.extensions().get::<Self>().copied();
        chosen.unwrap_or_else(|| Self::of_headers(request.headers()))
    }

    /// Sets the user's own language for the rest of the request.
    pub fn prefer(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }
}

/// Splits `fr-CI;q=0.8` into the tag and the weight in thousandths.
fn parse_range(range: &str) -> Option<(&str, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let weight = match parts.next() {
        None => 1000,
        Some(param) => parse_weight(param.strip_prefix("q=").or(param.strip_prefix("Q="))?)?,
    };
    Some((tag, weight))
}

fn parse_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

impl FromRequest for Language {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_heaviest_language_that_exists_wins() {
        for (header, language) in [
            ("", Language::En),
            ("fr", Language::Fr),
            ("FR-ci", Language::Fr),
            ("ar, pt;q=0.5, fr;q=0.7", Language::Fr),
            ("en;q=0.2, pt-AO;q=0.9", Language::Pt),
            ("fr, pt", Language::Fr),
            ("sw", Language::En),
            ("*", Language::En),
            ("*, en;q=0", Language::Fr),
            ("fr;q=0, *;q=0.1", Language::En),
            ("fr;q=1.000", Language::Fr),
            ("fr;q=1.1, pt;q=0.001", Language::Pt),
            ("fr;q=abc, pt;q=.5, ;;;, ,", Language::En),
        ] {
            assert_eq!(Language::negotiate(header), language, "{header}");
        }
    }

    #[test]
    fn the_users_own_setting_stands_before_the_header() {
        let request = TestRequest::get().insert_header(("Accept-Language", "fr")).to_http_request();
        assert_eq!(Language::of(&request), Language::Fr);

        Language::Pt.prefer(&request);
        assert_eq!(Language::of(&request), Language::Pt);
    }

    proptest! {
        #[test]
        fn no_header_disturbs_the_choice(header in ".*") {
            let _language = Language::negotiate(&header);
        }
    }
}
