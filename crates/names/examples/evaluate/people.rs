//! Made-up people with names as skewed as real ones.

use refero_names::{Known, Sex};

use crate::chance::Chance;

const LISTS: &str = include_str!("data/people.txt");

/// A made-up person.
#[derive(Clone)]
pub(crate) struct Person {
    /// The parts of the name, in their usual order.
    pub(crate) name: Vec<String>,
    pub(crate) birth_year: Option<i32>,
    pub(crate) sex: Option<Sex>,
    pub(crate) phone: Option<String>,
    pub(crate) document: Option<String>,
    /// The name as written, when it is more than its parts.
    pub(crate) written: String,
}

impl Person {
    pub(crate) fn known(&self) -> Known<'_> {
        Known {
            names: if self.written.is_empty() { Vec::new() } else { vec![&self.written] },
            birth_year: self.birth_year,
            sex: self.sex,
            phones: self.phone.as_deref().into_iter().collect(),
            documents: self.document.as_deref().into_iter().collect(),
            default_country: Some("SN"),
        }
    }
}

/// The names of one culture.
struct Culture {
    share: f64,
    women: Vec<&'static str>,
    men: Vec<&'static str>,
    families: Vec<&'static str>,
}

/// Everything that people are drawn from.
pub(crate) struct World {
    cultures: Vec<Culture>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut cultures: Vec<Culture> = Vec::new();
        for line in LISTS.lines().filter(|line| !line.starts_with('#')) {
            if let Some(head) = line.strip_prefix('[') {
                let share = head.trim_end_matches(']').rsplit(' ').next().unwrap();
                let share = share.parse().unwrap();
                cultures.push(Culture {
                    share,
                    women: Vec::new(),
                    men: Vec::new(),
                    families: Vec::new(),
                });
            } else if let Some((list, names)) = line.split_once(": ") {
                let culture = cultures.last_mut().unwrap();
                let names = names.split_whitespace().collect();
                match list {
                    "f" => culture.women = names,
                    "m" => culture.men = names,
                    _ => culture.families = names,
                }
            }
        }
        Self { cultures }
    }

    pub(crate) fn person(&self, chance: &mut Chance) -> Person {
        let total: f64 = self.cultures.iter().map(|culture| culture.share).sum();
        let mut left = chance.unit() * total;
        let culture = self
            .cultures
            .iter()
            .find(|culture| {
                left -= culture.share;
                left < 0.0
            })
            .unwrap_or(&self.cultures[0]);
        let female = chance.says(0.6);
        let given = if female { &culture.women } else { &culture.men };
        let mut name = vec![chance.skewed(given)];
        if chance.says(0.25) {
            name.push(chance.skewed(given));
        }
        if !chance.says(0.04) {
            name.push(chance.skewed(&culture.families));
        }
        if chance.says(0.06) {
            name.push(chance.skewed(&culture.families));
        }
        name.dedup();
        let name: Vec<String> = name.into_iter().map(|part| part.replace('-', " ")).collect();
        Person {
            written: name.join(" "),
            name,
            birth_year: chance.says(0.85).then(|| 2026 - chance.age()),
            sex: chance.says(0.93).then_some(if female { Sex::Female } else { Sex::Male }),
            phone: chance.says(0.45).then(|| chance.phone()),
            document: chance.says(0.25).then(|| chance.document()),
        }
    }

    pub(crate) fn people(&self, count: usize, chance: &mut Chance) -> Vec<Person> {
        (0..count).map(|_| self.person(chance)).collect()
    }
}
