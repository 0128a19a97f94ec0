//! What bodies have in common: codes, languages, countries, texts and names.

use std::collections::BTreeSet;

use refero_domain::{person::Identity, reference::CodeLists, screening, sensitive::Sensitive};

use validator::ValidationError;

use crate::api::problem::{FieldCode, FieldError, FieldErrors, Pointer};

/// How many entries a list may have.
const ENTRIES: usize = 50;

fn at(pointer: &'static str, index: usize) -> Pointer {
    Pointer::from(pointer).index(index)
}

/// Says that a code is not in its list, and which list that is.
fn not_in(list: &'static str, place: &Pointer) -> FieldError {
    FieldError::at(place, FieldCode::NotInList).with("list", list)
}

/// A code of an open list.
pub fn code(
    pointer: impl Into<Pointer>,
    list: &'static str,
    code: Option<&str>,
    errors: &mut FieldErrors,
) {
    if code.is_some_and(|code| !CodeLists::embedded().contains(list, code)) {
        errors.push(not_in(list, &pointer.into()));
    }
}

/// Codes of an open list, each once.
pub fn codes(
    pointer: &'static str,
    list: &'static str,
    codes: &[String],
    errors: &mut FieldErrors,
) {
    limited(pointer, codes, errors);
    for (index, code) in codes.iter().enumerate() {
        if !CodeLists::embedded().contains(list, code) {
            errors.push(not_in(list, &at(pointer, index)));
        }
    }
    each_once(pointer, codes, errors);
}

/// Says of every entry that stands further up in the same list that it stands twice.
fn each_once(pointer: &'static str, entries: &[String], errors: &mut FieldErrors) {
    let mut seen = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        if !seen.insert(entry) {
            errors.add(at(pointer, index), FieldCode::DuplicateField);
        }
    }
}

fn limited<T>(pointer: &'static str, entries: &[T], errors: &mut FieldErrors) {
    if entries.len() > ENTRIES {
        errors.add(pointer, FieldCode::TooLong);
    }
}

fn is_language(code: &str) -> bool {
    matches!(code.len(), 2..=3) && code.bytes().all(|b| b.is_ascii_lowercase())
}

/// An ISO 639 code: two or three small letters.
pub fn language(pointer: &'static str, code: Option<&str>, errors: &mut FieldErrors) {
    if code.is_some_and(|code| !is_language(code)) {
        errors.add(pointer, FieldCode::Format);
    }
}

/// ISO 639 codes, each once.
pub fn languages(pointer: &'static str, codes: &[String], errors: &mut FieldErrors) {
    limited(pointer, codes, errors);
    for (index, code) in codes.iter().enumerate() {
        if !is_language(code) {
            errors.add(at(pointer, index), FieldCode::Format);
        }
    }
    each_once(pointer, codes, errors);
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

/// ISO 3166-1 alpha-2 codes: two capital letters, each once.
pub fn countries(pointer: &'static str, codes: &[String], errors: &mut FieldErrors) {
    limited(pointer, codes, errors);
    for (index, code) in codes.iter().enumerate() {
        if !is_country(code) {
            errors.add(at(pointer, index), FieldCode::Format);
        }
    }
    each_once(pointer, codes, errors);
}

/// Where something happened, anywhere in the world: an ISO 3166-1 country and an ISO 3166-2 area, which
/// begins with its country.
pub fn whereabouts(
    place: &Pointer,
    country: Option<&str>,
    area: Option<&str>,
    errors: &mut FieldErrors,
) {
    if country.is_some_and(|code| !is_country(code)) {
        errors.add(place.member("country"), FieldCode::Format);
    }
    if area.is_some_and(|area| !is_area_of(area, country)) {
        errors.add(place.member("area"), FieldCode::Format);
    }
}

/// Says whether a code has the form of ISO 3166-2, and lies in the country if one is named.
fn is_area_of(area: &str, country: Option<&str>) -> bool {
    let Some((land, part)) = area.split_once('-') else {
        return false;
    };
    is_country(land)
        && matches!(part.len(), 1..=3)
        && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && country.is_none_or(|country| country == land)
}

/// Says whether a text can be an indicator at all: whether it is one, the set in force says.
fn may_be_an_indicator(code: &str) -> bool {
    screening::is_code(code)
}

/// Indicators, each once.
pub fn indicators(pointer: &'static str, codes: &[String], errors: &mut FieldErrors) {
    for (index, code) in codes.iter().enumerate() {
        if !may_be_an_indicator(code) {
            errors.add(at(pointer, index), FieldCode::NotInList);
        }
    }
    each_once(pointer, codes, errors);
}

/// Answers by indicator: each a member of that name, of one group of them.
pub fn answers<'c>(
    pointer: &'static str,
    codes: impl Iterator<Item = &'c String>,
    prefix: &str,
    errors: &mut FieldErrors,
) {
    let place = Pointer::from(pointer);
    for code in codes {
        if !code.starts_with(prefix) || !may_be_an_indicator(code) {
            let member = place.foreign_member(code).unwrap_or_else(|| place.clone());
            errors.add(member, FieldCode::NotInList);
        }
    }
}

/// Says of a text of blanks that it is too short, for bodies that are judged by the `validator` crate.
///
/// # Errors
/// `too-short`.
pub fn not_blank(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() {
        return Err(ValidationError::new(FieldCode::TooShort.as_str()));
    }
    Ok(())
}

/// Measures a text in characters, not in bytes: a name in another script is not longer.
pub fn text(pointer: impl Into<Pointer>, text: &str, longest: usize, errors: &mut FieldErrors) {
    if text.trim().is_empty() {
        errors.add(pointer, FieldCode::TooShort);
    } else if text.chars().nth(longest).is_some() {
        errors.add(pointer, FieldCode::TooLong);
    }
}

/// A text that will be sealed, measured without being taken out.
pub fn sealed_text(
    pointer: impl Into<Pointer>,
    sealed: Option<&Sensitive<String>>,
    longest: usize,
    errors: &mut FieldErrors,
) {
    if let Some(sealed) = sealed {
        sealed.check(|plain| {
            text(pointer, plain, longest, errors);
            true
        });
    }
}

/// An identity: names, documents, telephone numbers and addresses of sensible length.
pub fn identity(
    pointer: &'static str,
    sealed: Option<&Sensitive<Identity>>,
    errors: &mut FieldErrors,
) {
    if let Some(sealed) = sealed {
        sealed.check(|identity| {
            plain_identity(&Pointer::from(pointer), identity, errors);
            true
        });
    }
}

fn plain_identity(place: &Pointer, identity: &Identity, errors: &mut FieldErrors) {
    let counts = [
        ("names", identity.names.len()),
        ("documents", identity.documents.len()),
        ("phones", identity.phones.len()),
        ("addresses", identity.addresses.len()),
    ];
    for (member, count) in counts {
        if count > ENTRIES {
            errors.add(place.member(member), FieldCode::TooLong);
        }
    }
    for (index, name) in identity.names.iter().enumerate() {
        let name_at = place.member("names").index(index);
        text(name_at.member("text"), &name.text, 200, errors);
        let kinds = ["official", "usual", "as_heard", "alias", "former"];
        if name.kind.as_deref().is_some_and(|kind| !kinds.contains(&kind)) {
            errors.add(name_at.member("kind"), FieldCode::NotInList);
        }
    }
    for (index, document) in identity.documents.iter().enumerate() {
        let document_at = place.member("documents").index(index);
        text(document_at.member("kind"), &document.kind, 64, errors);
        text(document_at.member("number"), &document.number, 64, errors);
        if document.country.as_deref().is_some_and(|code| !is_country(code)) {
            errors.add(document_at.member("country"), FieldCode::Format);
        }
    }
    for (index, phone) in identity.phones.iter().enumerate() {
        text(place.member("phones").index(index), phone, 32, errors);
    }
    for (index, address) in identity.addresses.iter().enumerate() {
        text(place.member("addresses").index(index), address, 500, errors);
    }
    if let Some(photo) = &identity.photo_reference {
        text(place.member("photo_reference"), photo, 200, errors);
    }
}
