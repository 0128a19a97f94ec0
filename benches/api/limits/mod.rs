//! What the database and the machine leave room for, taken in the same run: one row read through the same
//! pool, by a handler that does nothing else; and the rows that a registration leaves, written by the database
//! alone.

pub(crate) mod bare;
mod rows;
mod writes;

use serde_json::{Value, json};

pub(crate) use self::rows::Rows;
use crate::{
    Outcome,
    client::Client,
    house::House,
    measured::Measured,
    operations::Operation,
    prepare::{Prepared, register},
    seed,
};

/// The limits of one database of one size.
pub(crate) struct Limits {
    /// One row, by so many clients.
    reads: Vec<Measured>,
    /// The rows of a registration: by how many clients, and how many in a second.
    writes: Vec<(u32, f64)>,
    /// What was written, and whether it was.
    pub(crate) about_writes: String,
}

const NO_PGBENCH: &str =
    "how fast the database alone writes them was not measured: there is no pgbench";

impl Limits {
    /// Takes the limits, while no server runs. Nobody can use the database after it: what was written is of
    /// nobody.
    pub(crate) fn take(
        house: &House,
        numbers: &[u32],
        (prepared, requests): (&Prepared, usize),
        rows: &Rows,
    ) -> Outcome<Self> {
        let reads = bare::measure(house, numbers, (prepared, requests))?;
        let mut writes = Vec::new();
        let mut about_writes = rows.about();
        for count in numbers {
            match writes::per_second(house, rows, *count, requests)? {
                Some(per_second) => writes.push((*count, per_second)),
                None => about_writes = format!("{}; {NO_PGBENCH}", rows.about()),
            }
        }
        Ok(Self { reads, writes, about_writes })
    }

    /// Returns how many of an operation the limit leaves room for in a second.
    pub(crate) fn of(&self, operation: Operation, clients: usize) -> Option<f64> {
        match operation {
            Operation::Register => {
                let same = |(count, _): &&(u32, f64)| usize::try_from(*count) == Ok(clients);
                self.writes.iter().find(same).map(|(_, per_second)| *per_second)
            }
            Operation::Get
            | Operation::List
            | Operation::ListFiltered
            | Operation::SearchName
            | Operation::SearchNameAndYear => {
                let row = self.reads.iter().find(|row| row.clients == clients);
                row.and_then(|row| row.per_second().ok())
            }
            Operation::Healthz
            | Operation::SignIn
            | Operation::Accept
            | Operation::ServiceUpdate
            | Operation::Mix => None,
        }
    }

    /// Says whether every row was read.
    pub(crate) fn is_clean(&self) -> bool {
        self.reads.iter().all(|row| row.unexpected.is_empty())
    }

    pub(crate) fn to_json(&self) -> Outcome<Value> {
        let reads: Vec<Value> = self.reads.iter().map(Measured::to_json).collect::<Outcome<_>>()?;
        let writes: Vec<Value> = self
            .writes
            .iter()
            .map(|(clients, per_second)| json!({"clients": clients, "per_second": per_second}))
            .collect();
        Ok(json!({
            "one_row_read": reads, "rows_of_a_registration": writes, "about": self.about_writes,
        }))
    }
}

/// Registers one person, and learns from the database which rows that leaves. So many others are seeded later,
/// and so many are there in the end.
pub(crate) fn learn(
    house: &House,
    client: &mut Client,
    (seeded, in_the_end): (usize, usize),
) -> Outcome<Rows> {
    let owner = house.owner()?;
    // The first one brings rows that no other does.
    register(client, seeded)?;
    seed::cut_for(&owner, in_the_end)?;
    let before = rows::Everything::read(&owner)?;
    register(client, seeded + 1)?;
    let after = rows::Everything::read(&owner)?;
    Rows::new_in(&before, &after, &owner)
}
