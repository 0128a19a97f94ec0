//! People are found again, however the next officer writes them down (rule R12).

mod made;

use made::{index::Index, trial};
use refero_names::POSSIBLE;

#[test]
fn r12_somebody_who_is_registered_is_found_however_the_name_is_written() {
    let people = trial::population(3_000);
    let index = Index::new(&people);

    let outcome = trial::looks(&people, &index, 1_500);

    let recall = outcome.all.recall();
    assert!(recall >= 0.95, "recall at {}: {recall:.3}", trial::SHOWN);
    let candidates: usize = outcome.looks.iter().map(|look| look.candidates).sum();
    let most = outcome.looks.len() * 200;
    assert!(candidates < most, "{candidates} people would be opened, expected less than {most}");
}

#[test]
fn r12_a_possible_duplicate_is_one_more_often_than_not() {
    let people = trial::population(3_000);
    let index = Index::new(&people);

    let outcome = trial::looks(&people, &index, 1_500);

    let found = outcome.looks.iter().filter(|look| look.place.is_some_and(|(_, s)| s >= POSSIBLE));
    let others = outcome.looks.iter().flat_map(|look| &look.others).filter(|s| **s >= POSSIBLE);
    let (found, others) = (found.count(), others.count());
    assert!(found > others, "{found} were the person, {others} somebody else");
}
