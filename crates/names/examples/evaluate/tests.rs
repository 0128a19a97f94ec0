//! People are found again, however the next officer writes them down (rule R12).

use std::sync::LazyLock;

use refero_names::{POSSIBLE, TermKind};

use crate::{
    index::Index,
    people::Person,
    trial::{self, Outcome, SHOWN},
};

static PEOPLE: LazyLock<Vec<Person>> = LazyLock::new(|| trial::population(3_000));
static INDEX: LazyLock<Index<'static>> = LazyLock::new(|| Index::new(&PEOPLE));
static OUTCOME: LazyLock<Outcome> = LazyLock::new(|| trial::looks(&PEOPLE, &INDEX, 1_000));

#[test]
fn r12_somebody_who_is_registered_is_found_however_the_name_is_written() {
    let recall = OUTCOME.all.recall();

    assert!(recall >= 0.95, "recall at {SHOWN}: {recall:.3}");
}

#[test]
fn a_question_opens_few_of_the_people_that_it_does_not_mean() {
    let candidates: usize = OUTCOME.looks.iter().map(|look| look.candidates).sum();

    let mean = candidates / OUTCOME.looks.len();
    assert!(mean < PEOPLE.len() / 30, "{mean} people are opened for a question");
}

#[test]
fn r12_a_possible_duplicate_is_the_person_more_often_than_not() {
    let found = OUTCOME.looks.iter().filter(|look| look.place.is_some_and(|(_, s)| s >= POSSIBLE));
    let others = OUTCOME.looks.iter().flat_map(|look| &look.others).filter(|s| **s >= POSSIBLE);

    let (found, others) = (found.count(), others.count());
    assert!(found > others, "{found} were the person, {others} somebody else");
}

#[test]
fn r12_whoever_registers_somebody_is_told_of_nearly_all_that_is_found_later() {
    let (alike, at_once) = OUTCOME.told();

    assert!(at_once * 1000 >= alike * 990, "{at_once} of {alike}");
}

#[test]
fn no_name_shows_in_the_index_by_how_many_bear_it() {
    for kind in TermKind::ALL {
        let fullest = INDEX.fullest(kind);
        assert!(fullest < PEOPLE.len() / 25, "{} has a value with {fullest} rows", kind.tag());
    }
}
