//! One database of one size, from the first start to the last figure.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::{Value, json};

use crate::{
    Outcome, Wanted,
    client::Connection,
    flood::Flood,
    ground::Ground,
    house::{Database, House, Memory, Server},
    limits::Limits,
    measured::Measured,
    operations::Operation,
    people,
    percentile::percentile,
    prepare::{self, Prepared},
    say,
    seed::Seeded,
};

/// What was found on one database of one size.
pub(crate) struct Run {
    pub(crate) database: Database,
    /// Which database it was, and how durable.
    pub(crate) about: String,
    pub(crate) seeded: Seeded,
    /// How many cases were carried to the offer of a shelter, and how long that took.
    pub(crate) referred: (usize, Duration),
    /// How many people were registered before anything was measured.
    pub(crate) people: usize,
    /// How often the server said 503 to what is not measured.
    pub(crate) busy: u32,
    /// How long the server took to be ready, shortest first.
    pub(crate) starts: Vec<Duration>,
    pub(crate) rows: Vec<Measured>,
    pub(crate) flood: Flood,
    pub(crate) limits: Limits,
    /// What the server holds in memory after so many clients, where the system tells.
    pub(crate) memory: Vec<(u32, Memory)>,
}

/// How often the server is started to see how long that takes.
const STARTS: usize = 3;

impl Run {
    /// Prepares a database and measures everything on it.
    pub(crate) fn of(database: Database, people: u32, wanted: &Wanted) -> Outcome<Self> {
        let (requests, numbers) = (usize::try_from(wanted.requests)?, wanted.numbers_of_clients());
        let most = numbers.iter().max().copied().unwrap_or(1);
        let newcomers = prepare::newcomers(numbers.len(), requests);
        let wished = (usize::try_from(people)?, most, newcomers);
        let ground = Ground::of(database, wished, wanted.keep.as_deref())?;
        let Ground { house, mut seeded, rows_of_one } = ground;
        let name = format!("{}, {people} people", database.name());
        say(&format!("{name}: seeded in {:.0} s", seeded.elapsed.as_secs_f64()));
        let server = house.serve()?;
        let mut clients = people::sign_in(&house, most)?;
        let cases = std::mem::take(&mut seeded.cases);
        let prepared = Prepared::new(&mut clients, (numbers.len(), requests), cases)?;
        say(&format!("{name}: prepared in {:.0} s", prepared.elapsed.as_secs_f64()));
        drop(server);
        // What preparing took of its memory is not that of the server that is measured.
        let (server, starts) = started(&house)?;
        for client in &mut clients {
            client.connection = Connection::to(&house)?;
        }
        let (mut rows, mut memory) = (Vec::new(), Vec::new());
        for (number, count) in numbers.iter().enumerate() {
            let pass = prepared.pass(number, requests);
            let asking =
                clients.get_mut(..usize::try_from(*count)?).ok_or("there are fewer clients")?;
            for operation in Operation::ALL {
                rows.push(operation.measure(asking, &pass, requests)?);
            }
            say(&format!("{name}: measured with {count} clients"));
            memory.extend(server.memory().map(|now| (*count, now)));
        }
        let usual = usize::try_from(wanted.usual_clients())?;
        let asking = clients.get_mut(..usual).ok_or("there are fewer clients")?;
        let flood = Flood::measure(&house, asking, &prepared.pass(0, requests), requests)?;
        drop(server);
        let (about, busy) = (house.about()?, house.busy.load(Ordering::Relaxed));
        let limits = Limits::take(&house, &numbers, (&prepared, requests), &rows_of_one)?;
        Ok(Self {
            database,
            about,
            seeded,
            referred: (prepared.referred.len(), prepared.elapsed),
            people: prepared.people,
            busy,
            starts,
            rows,
            flood,
            limits,
            memory,
        })
    }

    /// Returns what the run is called in a table.
    pub(crate) fn short_name(&self) -> String {
        format!("{}, {}", self.database.name(), self.people)
    }

    /// Says whether every single answer was the one that was asked for.
    pub(crate) fn is_clean(&self) -> bool {
        self.busy == 0
            && self.flood.is_clean()
            && self.limits.is_clean()
            && self.rows.iter().all(Measured::is_clean)
    }

    /// Returns what an operation took so many clients.
    pub(crate) fn row(&self, operation: Operation, clients: u32) -> Option<&Measured> {
        let clients = usize::try_from(clients).ok()?;
        self.rows.iter().find(|row| row.operation == operation && row.clients == clients)
    }

    /// Returns what share of its limit an operation reaches.
    pub(crate) fn share_of_limit(&self, operation: Operation, clients: u32) -> Option<f64> {
        let row = self.row(operation, clients)?;
        Some(row.per_second().ok()? / self.limits.of(operation, row.clients)?)
    }

    /// Returns the median of the starts, in seconds.
    pub(crate) fn start_s(&self) -> f64 {
        percentile(&self.starts, 500).unwrap_or_default().as_secs_f64()
    }

    pub(crate) fn to_json(&self) -> Outcome<Value> {
        let rows: Vec<Value> = self.rows.iter().map(Measured::to_json).collect::<Outcome<_>>()?;
        let memory: Vec<Value> = self
            .memory
            .iter()
            .map(|(clients, memory)| {
                json!({"clients": clients, "now_mib": memory.now_mib, "most_mib": memory.most_mib})
            })
            .collect();
        let starts: Vec<f64> = self.starts.iter().map(Duration::as_secs_f64).collect();
        Ok(json!({
            "database": self.database.code(), "about": self.about, "people": self.people,
            "seeded": self.seeded.people, "seeded_in_s": self.seeded.elapsed.as_secs_f64(),
            "referred": self.referred.0, "referred_in_s": self.referred.1.as_secs_f64(),
            "unmeasured_503": self.busy, "starts_s": starts, "memory": memory,
            "operations": rows, "sign_in_flood": self.flood.to_json()?,
            "limits": self.limits.to_json()?,
        }))
    }
}

/// Starts the server a few times; gives the last one, and how long each took to be ready.
fn started(house: &House) -> Outcome<(Server, Vec<Duration>)> {
    let mut server = house.serve()?;
    let mut starts = vec![server.ready_after];
    while starts.len() < STARTS {
        drop(server);
        server = house.serve()?;
        starts.push(server.ready_after);
    }
    starts.sort_unstable();
    Ok((server, starts))
}
