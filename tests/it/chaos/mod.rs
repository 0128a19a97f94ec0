//! Faults, one after the other, while people work: the program is killed, the database stops, the disk
//! fails. After each, what must hold is looked at ([`invariants`]), against what people were told
//! ([`journal`]).
//!
//! Every fault has its few rounds among the other tests; `bin/chaos` runs it with many. `REFERO_CHAOS_ROUNDS`
//! says how many, `REFERO_CHAOS_REPORT` names a file that gets a line for each fault.

#[cfg(target_os = "linux")]
mod clock;
mod database;
#[cfg(target_os = "linux")]
mod disk;
mod drill;
mod held;
mod invariants;
mod journal;
mod kill;
mod report;
mod servers;
mod terminate;
