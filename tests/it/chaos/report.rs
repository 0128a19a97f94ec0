//! What came of a fault, in one line.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    thread,
    time::{Duration, Instant},
};

use crate::world::World;

/// How often a fault strikes: a few times among the other tests, or as often as `bin/chaos` says.
pub(super) fn rounds(few: u32) -> u32 {
    std::env::var("REFERO_CHAOS_ROUNDS").map_or(few, |rounds| rounds.parse().unwrap())
}

/// Counts what a fault did, and writes its line when it is dropped, also in a test that fails.
pub(super) struct Report {
    fault: &'static str,
    database: &'static str,
    begun: Instant,
    /// What was being looked at last.
    looked_at: &'static str,
    /// How often the fault struck, and everything that must hold held.
    pub(super) rounds: u32,
    pub(super) acknowledged: usize,
    pub(super) failed: usize,
    pub(super) lost: usize,
    /// What took how long, at the most.
    slowest: BTreeMap<&'static str, Duration>,
}

impl Report {
    pub(super) fn of(fault: &'static str, w: &World) -> Self {
        let database = if w.owner().sqlite_path().is_some() { "sqlite" } else { "postgres" };
        Self {
            fault,
            database,
            begun: Instant::now(),
            looked_at: "the work",
            rounds: 0,
            acknowledged: 0,
            failed: 0,
            lost: 0,
            slowest: BTreeMap::new(),
        }
    }

    /// Says what is looked at from now on.
    pub(super) fn look_at(&mut self, what: &'static str) {
        self.looked_at = what;
    }

    /// Notes how long the service took to work again.
    pub(super) fn recovered_in(&mut self, took: Duration) {
        self.took("back", took);
    }

    /// Notes how long something took.
    pub(super) fn took(&mut self, what: &'static str, took: Duration) {
        let slowest = self.slowest.entry(what).or_default();
        *slowest = took.max(*slowest);
    }

    fn line(&self) -> String {
        let Self { fault, database, rounds, acknowledged, failed, lost, .. } = self;
        let outcome = match (thread::panicking(), rounds) {
            (true, _) => format!("BREACH at {}", self.looked_at),
            (false, 0) => "not tried".to_owned(),
            (false, _) => "I1-I6 held".to_owned(),
        };
        let slowest = self.slowest.iter();
        let slowest: String = slowest
            .map(|(what, took)| format!("  {what} in {:.2} s", took.as_secs_f64()))
            .collect();
        let took = self.begun.elapsed().as_secs_f64();
        format!(
            "{fault:<14} {database:<8} rounds {rounds:>3}  acknowledged {acknowledged:>6}  \
             not at once {failed:>6}  lost {lost}  {outcome}{slowest}  all in {took:.0} s"
        )
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Ok(path) = std::env::var("REFERO_CHAOS_REPORT") {
            let file = File::options().create(true).append(true).open(path);
            drop(file.and_then(|mut file| writeln!(file, "{}", self.line())));
        }
    }
}
