//! How fast the API answers: the program as it is released, as a server of its own, asked over
//! HTTP, on SQLite and on PostgreSQL.
//!
//! `bin/bench` runs it. What is measured and what is not stands in `docs/performance.md`, which it
//! writes (`--markdown`) from `page.md` beside this file.

mod client;
mod house;
mod machine;
mod operations;
mod people;
mod percentile;
mod postgres;
mod report;
mod together;
mod turns;

use std::{
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::Ordering,
};

use clap::Parser;

use self::{
    house::{House, Memory, RELEASED},
    machine::Machine,
    operations::{Measured, Operation, Prepared},
    turns::Other,
};

/// What can go wrong ends the run with a sentence.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measures how fast the API answers, on SQLite and on PostgreSQL.
#[derive(Debug, Parser)]
#[command(bin_name = "bin/bench")]
struct Wanted {
    /// Clients that ask at the same time, each on a connection of its own that is kept open.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=256))]
    clients: u32,
    /// Requests of each operation that are measured, after a tenth of as many to warm up.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(50..=1_000_000))]
    requests: u32,
    /// How many people are registered before anything is measured, at least.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    people: u32,
    /// Writes the page of the documentation, docs/performance.md, with the figures of this run.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    markdown: Option<PathBuf>,
    /// Measures what the trail costs: registering by the program as it is released and by this one,
    /// which keeps none, in turns. `bin/bench-trail` builds it. With `--markdown` as well as the rest,
    /// else instead of it.
    #[arg(long, value_name = "PROGRAM")]
    without_trail: Option<PathBuf>,
    /// Measures what a change has done instead: registering by this program and by another one, such as
    /// one that was built before, in turns.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "without_trail")]
    against: Option<PathBuf>,
    /// How often the two take turns.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// What Cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What was found on one database.
struct Run {
    /// Which database it was, and how durable.
    about: String,
    prepared: Prepared,
    /// How often the server said 503 to what is not measured.
    busy: u32,
    rows: Vec<Measured>,
    memory: Option<Memory>,
}

impl Run {
    /// Says whether every single answer was the one that was asked for.
    fn is_clean(&self) -> bool {
        self.busy == 0 && self.rows.iter().all(|row| row.unexpected.is_empty())
    }
}

fn main() -> ExitCode {
    match run(&Wanted::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => complain("not every answer was the one that was asked for: see the table"),
        Err(error) => complain(&error.to_string()),
    }
}

fn complain(sentence: &str) -> ExitCode {
    drop(writeln!(io::stderr(), "bin/bench: {sentence}"));
    ExitCode::FAILURE
}

/// Measures on both databases and tells; says whether every answer was as it should be.
fn run(wanted: &Wanted) -> Outcome<bool> {
    if cfg!(debug_assertions) {
        return Err("a build for debugging says nothing about speed: run bin/bench".into());
    }
    let other = match (&wanted.without_trail, &wanted.against) {
        (Some(program), _) => Some(Other::WithoutTrail(program)),
        (None, Some(program)) => Some(Other::Program(program)),
        (None, None) => None,
    };
    let mut out = io::stdout().lock();
    if let (Some(other), None) = (other, &wanted.markdown) {
        let turns = turns::measure(other, wanted)?;
        out.write_all(turns.text.as_bytes())?;
        return Ok(turns.is_clean);
    }
    let machine = Machine::look()?;
    let program = Path::new(RELEASED);
    let runs = [
        measure(&House::on_sqlite(program)?, wanted)?,
        measure(&House::on_postgres(program)?, wanted)?,
    ];
    let mut figures = report::figures(&machine, wanted, &runs)?;
    let mut is_clean = runs.iter().all(Run::is_clean);
    if let Some(other) = other {
        let turns = turns::measure(other, wanted)?;
        figures += &report::with_turns(&turns.text);
        is_clean &= turns.is_clean;
    }
    out.write_all(figures.as_bytes())?;
    if let Some(file) = &wanted.markdown {
        fs::write(file, report::page(&figures))?;
    }
    Ok(is_clean)
}

fn measure(house: &House, wanted: &Wanted) -> Outcome<Run> {
    let server = house.serve()?;
    let mut clients = people::clients(house, wanted.clients)?;
    let requests = usize::try_from(wanted.requests)?;
    let prepared = operations::prepare(&mut clients, requests, usize::try_from(wanted.people)?)?;
    let mut rows = Vec::new();
    for operation in Operation::ALL {
        rows.push(operation.measure(&mut clients, &prepared, requests)?);
    }
    let busy = house.busy.load(Ordering::Relaxed);
    Ok(Run { about: house.about()?, prepared, busy, rows, memory: server.memory() })
}
