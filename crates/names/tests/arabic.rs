//! Names in Arabic script are those that are written in Latin letters (rule R12).

use refero_names::{Known, POSSIBLE, enough, likeness, query_terms, terms};

fn known(name: &str) -> Known<'_> {
    Known { names: vec![name], ..Known::default() }
}

/// Two writings of one name; nothing else is known of the person.
const WRITTEN: [(&str, &str); 12] = [
    ("محمد عبد الله", "Mohamed Abdallah"),
    ("محمد عبدالله", "Mohamed Abdallah"),
    ("محمد عبد الله", "Mohamed Abd Allah"),
    ("محمد عبد الله", "محمد عبدالله"),
    ("مُحَمَّد عَبْدُ اللَّهِ", "محمد عبد الله"),
    ("مُحَمَّد عَبْدُ اللَّهِ", "Mouhamed Abdoulaye"),
    ("عبد الله ديالو", "Abdoulaye Diallo"),
    ("عبد الرحمن با", "Abdourahmane Bah"),
    ("عبدالرحمن با", "Abdur Rahman Ba"),
    ("عبد الرزاق سو", "Abdourazak Sow"),
    ("عبد القادر حسن", "Abdoulkader Hassan"),
    ("فاطمة الزهراء", "Fatima Zahra"),
];

#[test]
fn r12_a_name_in_arabic_script_is_the_name_in_latin_letters() {
    for (one, other) in WRITTEN {
        let score = likeness(&known(one), &known(other)).score;
        assert!(score > POSSIBLE, "{one}, {other}: {score:.2}");
    }
}

#[test]
fn r12_a_name_in_arabic_script_is_found_by_the_one_in_latin_letters() {
    for (one, other) in WRITTEN {
        for (asked, stored) in [(one, other), (other, one)] {
            let stored = terms(&known(stored));
            let shared =
                query_terms(&known(asked)).into_iter().filter(|term| stored.contains(term));
            let kinds: Vec<_> = shared.map(|term| term.kind).collect();
            assert!(enough(&kinds), "{asked}, {one}: {kinds:?}");
        }
    }
}

#[test]
fn other_names_in_arabic_script_stay_other_names() {
    for (one, other) in
        [("محمد عبد الله", "Mohamed Abdourahmane"), ("عبد الرحمن با", "Abdoulkader Ba")]
    {
        let score = likeness(&known(one), &known(other)).score;
        assert!(score < POSSIBLE, "{one}, {other}: {score:.2}");
    }
}
