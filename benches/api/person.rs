//! The people: made up, each with a name and a year of birth that follow from her number.

use serde_json::{Value, json};
use uuid::Uuid;

/// A person who was not there before, as a police post registers her.
pub(crate) fn report(turn: usize) -> Value {
    json!({
        "id": Uuid::new_v4(), "submit": true, "detection_source": "police_operation",
        "area": area(turn), "sex_reporting": "female", "age_status": "adult_declared",
        "birth_year_estimate": birth_year(turn), "primary_language": "fr",
        "urgent_needs": ["safe_shelter"], "indicators": ["DR01"],
        "identity": {"names": [{"text": name(turn), "kind": "as_heard"}]},
        "narrative": "Found in a house in the north, without papers."
    })
}

/// Everywhere in the country of the demonstration.
pub(crate) const AREAS: [&str; 5] = ["XZ-N", "XZ-S", "XZ-E", "XZ-W", "XZ-C"];

fn area(turn: usize) -> &'static str {
    AREAS.get(turn % AREAS.len()).copied().unwrap_or_default()
}

const GIVEN: [&str; 24] = [
    "Aminata", "Fatou", "Awa", "Mariam", "Akissi", "Adjoa", "Efua", "Akosua", "Blessing", "Ngozi",
    "Chidinma", "Folasade", "Zainab", "Hadiza", "Rahma", "Salma", "Nakato", "Achieng", "Wanjiru",
    "Khadija", "Binta", "Isatou", "Rosa", "Joana",
];
// Families are many, and their names sound alike: 24 of the first part, 12 of the other two.
const BEGIN: [&str; 24] = [
    "Cou", "Tra", "Dia", "Nam", "Oke", "Men", "Kou", "Ba", "Sow", "Mba", "Nda", "Awu", "Oba",
    "Tou", "Gon", "Mu", "Ka", "Sé", "Ouat", "Bo", "Ya", "Che", "Fo", "Lo",
];
const MIDDLE: [&str; 12] =
    ["li", "ra", "ke", "mbo", "ssa", "nko", "do", "ya", "wu", "ti", "fe", "lo"];
const END: [&str; 12] =
    ["baly", "ore", "ita", "wa", "nga", "bi", "kwo", "ndi", "te", "sah", "gu", "ro"];

// Where more live, families have longer names too.
const MORE: [&str; 16] = [
    "", "ma", "lou", "si", "ten", "ru", "pa", "ghi", "zo", "na", "de", "vi", "kha", "bou", "ju",
    "we",
];

/// Returns the name of somebody: one of 83,000 among the first 83,000 people, of 1,327,000 in all.
pub(crate) fn name(turn: usize) -> String {
    let before = GIVEN.len() * BEGIN.len() * MIDDLE.len() * END.len();
    let more = MORE.get(turn / before % MORE.len()).copied().unwrap_or_default();
    // Neighbours in time are no neighbours by name.
    let mut left = turn.wrapping_mul(7_919);
    let mut pick = |names: &[&'static str]| {
        let at = left % names.len();
        left /= names.len();
        names.get(at).copied().unwrap_or_default()
    };
    let (given, begin) = (pick(&GIVEN), pick(&BEGIN));
    format!("{given} {begin}{}{more}{}", pick(&MIDDLE), pick(&END))
}

/// Returns the year of birth of somebody.
pub(crate) fn birth_year(turn: usize) -> usize {
    1960 + turn % 47
}
