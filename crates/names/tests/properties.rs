//! What holds for every identity, however odd.

use proptest::prelude::*;
use refero_names::{Known, MOST_TERMS, Sex, likeness, plain, query_terms, terms};

/// An identity that owns what it knows.
#[derive(Clone, Debug)]
struct Owned {
    names: Vec<String>,
    birth_year: Option<i32>,
    sex: u8,
    phones: Vec<String>,
    documents: Vec<String>,
    country: Option<String>,
}

impl Owned {
    fn known(&self) -> Known<'_> {
        Known {
            names: self.names.iter().map(String::as_str).collect(),
            birth_year: self.birth_year,
            sex: match self.sex {
                0 => Some(Sex::Female),
                1 => Some(Sex::Male),
                2 => Some(Sex::Other),
                _ => None,
            },
            phones: self.phones.iter().map(String::as_str).collect(),
            documents: self.documents.iter().map(String::as_str).collect(),
            default_country: self.country.as_deref(),
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[A-Za-zÀ-ÿĀ-ſƀ-ʯ' .-]{0,40}",
        "[\u{621}-\u{652} ]{0,20}",
        "[\u{1200}-\u{135a} ]{0,12}",
        "(Fatou|Mamadou|Abd el|Abou|محمد|Ould|El Hadj|N'|Ọ) ?(Diallo|Bakr|Allah|Kader|ش)?",
    ]
}

fn identity() -> impl Strategy<Value = Owned> {
    let texts = || prop::collection::vec(".{0,24}|[+0-9 ()-]{0,20}|[A-Z0-9-]{0,14}", 0..4);
    (
        prop::collection::vec(name(), 0..6),
        any::<Option<i32>>(),
        0_u8..4,
        texts(),
        texts(),
        prop::option::of("[A-Z]{2}"),
    )
        .prop_map(|(names, birth_year, sex, phones, documents, country)| Owned {
            names,
            birth_year,
            sex,
            phones,
            documents,
            country,
        })
}

proptest! {
    #[test]
    fn every_identity_gives_bounded_terms_each_once(identity in identity()) {
        let stored = terms(&identity.known());
        let asked = query_terms(&identity.known());

        prop_assert!(stored.len() <= MOST_TERMS && asked.len() <= 256);
        for list in [&stored, &asked] {
            let mut once = list.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), list.len());
        }
        let printed = format!("{stored:?}");
        prop_assert!(!printed.contains('"'), "a term prints its text");
    }

    #[test]
    fn likeness_is_a_share_and_the_same_from_both_sides(a in identity(), b in identity()) {
        let (there, back) = (likeness(&a.known(), &b.known()), likeness(&b.known(), &a.known()));

        prop_assert!((0.0..=1.0).contains(&there.score));
        prop_assert!((there.score - back.score).abs() < 0.05, "{} {}", there.score, back.score);
    }

    #[test]
    fn whoever_has_a_name_is_like_themselves(identity in identity()) {
        prop_assume!(identity.names.iter().any(|name| !plain(name).is_empty()));

        let likeness = likeness(&identity.known(), &identity.known());

        prop_assert!((likeness.score - 1.0).abs() < 1e-9, "{likeness:?}");
    }
}
