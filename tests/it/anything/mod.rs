//! Random people try random acts on a few cases, and what the rules promise holds after each.
//!
//! The acts are those of the table of operations, with their own examples. What must hold is said in `rules`
//! from rows and answers, not from the policy. A run is made again from its seed, which a failure prints:
//! `REFERO_SEED=17 REFERO_STEPS=100000`.

mod acts;
mod cast;
mod rules;

use std::collections::BTreeMap;

use refero::api::{operation::Operation, operations};
use refero_store::Entropy;

use self::{
    acts::{Known, Tried},
    cast::Cast,
    rules::Rules,
};
use crate::world::World;

/// How many acts are tried in the usual run of the tests.
const STEPS: usize = 2_500;
/// How many cases are worked on at a time.
const CASES: usize = 5;
/// After how many acts, about, another case takes the place of the oldest.
const EACH: usize = 400;
/// How often in a run the whole trail is held to the rows; it takes as long as the trail is.
const SOUND_TIMES: usize = 4;

/// A number from the environment.
fn given(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What is left to chance.
struct Chance(Entropy);

impl Chance {
    fn below(&self, bound: usize) -> usize {
        usize::try_from(self.0.below(u32::try_from(bound).unwrap())).unwrap()
    }

    /// Says yes in so many cases of a hundred.
    fn is(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { Some(&all[self.below(all.len())]) }
    }
}

/// What begins something, and is about nothing that is there by its path.
const BEGIN: [&str; 2] = ["createReferral", "createIncident"];

/// What somebody may try: whatever is about a case, a report, a referral or an incident.
fn is_tried(op: &Operation) -> bool {
    let about = [
        "/v1/cases/{id}",
        "/v1/referrals/{id}",
        "/v1/detection-reports/{id}",
        "/v1/incidents/{id}",
    ];
    about.iter().any(|start| op.path.starts_with(start)) || BEGIN.contains(&op.id)
}

#[expect(clippy::print_stdout, reason = "what was tried is what the run is for")]
async fn try_anything(w: &World, seed: u64, steps: usize) {
    let chance = Chance(Entropy::seeded(seed));
    let cast = Cast::gather(w).await;
    let table = operations::table();
    let ops: Vec<&Operation> = table.operations().iter().filter(|op| is_tried(op)).collect();
    let (mut known, mut rules) = (Known::default(), Rules::begin(w, &cast));
    let mut done: BTreeMap<&str, usize> = ops.iter().map(|op| (op.id, 0)).collect();
    for step in 1..=steps {
        // A long run ends before the sessions of those who try.
        w.advance_s(i64::try_from(1 + chance.below(120)).unwrap());
        if known.cases.len() < CASES || chance.below(EACH) == 0 {
            known.register(&cast, &chance, CASES).await;
        }
        let Some(tried) = Tried::draw(w, &cast, &known, &ops, &chance) else { continue };
        let answer = tried.ask().await;
        *done.get_mut(tried.op.id).unwrap() += usize::from(answer.status < 300);
        known.learn(&tried, &answer);
        rules.hold(&tried, &answer, &known).await;
        if step % steps.div_ceil(SOUND_TIMES) == 0 {
            w.expect_sound();
        }
    }
    w.expect_sound();
    let sum: usize = done.values().sum();
    let never: Vec<&&str> = done.iter().filter(|(_, n)| **n == 0).map(|(id, _)| id).collect();
    println!("seed {seed}: {steps} acts tried, {sum} done; {known}; never done: {never:?}");
    assert!(sum * 25 > steps, "too little was done: {sum} of {steps}");
}

both! {
    async fn r1_to_r13_hold_whatever_anybody_tries(w: World) {
        let seed = u64::try_from(given("REFERO_SEED", 17)).unwrap();
        let told = Told(seed);
        try_anything(&w, seed, given("REFERO_STEPS", STEPS)).await;
        drop(told);
    }
}

/// Tells the seed of a run that fails.
struct Told(u64);

impl Drop for Told {
    #[expect(clippy::print_stderr, reason = "whoever reads the failure needs the seed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("REFERO_SEED={} makes this run again", self.0);
        }
    }
}
