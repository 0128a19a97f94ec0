//! Faults, one after the other, while people work: the program is killed, the database stops, the disk
//! fails. After each, what must hold is looked at ([`invariants`]), against what people were told
//! ([`journal`]).
//!
//! Every fault has its few rounds among the other tests; `bin/chaos` runs it with many. `REFERO_CHAOS_ROUNDS`
//! says how many, `REFERO_CHAOS_REPORT` names a file that gets a line for each fault.

/// Makes of each `async fn fault(p: Program)` a module of its name with the tests `sqlite` and `postgres`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($p:ident: Program) $story:block)+) => {$(
        async fn $name($p: crate::world::program::Program) $story

        mod $name {
            use crate::world::program::Program;

            $(#[$meta])*
            #[actix_web::test]
            async fn sqlite() {
                super::$name(Program::on_sqlite()).await;
            }

            $(#[$meta])*
            #[actix_web::test]
            async fn postgres() {
                super::$name(Program::on_postgres()).await;
            }
        }
    )+};
}

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
