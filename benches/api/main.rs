//! How fast the API answers: the program as it is released, as a server of its own, asked over
//! HTTP, on SQLite and on PostgreSQL.
//!
//! `bin/bench` runs it. What is measured and what is not stands in `docs/performance.md`, which it
//! writes (`--markdown`) from `page.md` beside this file.

mod chart;
mod client;
mod flood;
mod goals;
mod ground;
mod house;
mod limits;
mod machine;
mod measured;
mod operations;
mod people;
mod percentile;
mod person;
mod postgres;
mod prepare;
mod report;
mod run;
mod seed;
mod table;
mod together;
mod turns;

use std::{
    error::Error,
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, value_parser};

use self::{house::Database, machine::Machine, run::Run, turns::Other};

/// What can go wrong ends the run with a sentence.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measures how fast the API answers, on SQLite and on PostgreSQL.
#[derive(Debug, Parser)]
#[command(bin_name = "bin/bench")]
struct Wanted {
    /// Clients that ask at the same time, each on a connection of its own that is kept open. Several
    /// numbers are measured one after the other.
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',', default_value = "16",
        value_parser = value_parser!(u32).range(1..=256))]
    clients: Vec<u32>,
    /// Requests of each operation that are measured, after a tenth of as many to warm up.
    #[arg(long, default_value_t = 2_000, value_parser = value_parser!(u32).range(50..=1_000_000))]
    requests: u32,
    /// How many people are registered before anything is measured. Each of several sizes is
    /// measured on a database of its own.
    #[arg(long, alias = "people", value_name = "NUMBER,…", value_delimiter = ',',
        default_value = "10000", value_parser = value_parser!(u32).range(0..=1_250_000))]
    sizes: Vec<u32>,
    /// As --sizes, on PostgreSQL alone.
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',',
        value_parser = value_parser!(u32).range(0..=1_250_000))]
    postgresql_sizes: Vec<u32>,
    /// Keeps each seeded SQLite database in this folder, and takes it from there for ten hours: seeding a
    /// million people takes longer than measuring, and may be done while the machine does other things.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Measures on this database alone.
    #[arg(long, value_name = "DATABASE")]
    only: Option<Database>,
    /// Writes the page of the documentation, docs/performance.md, with the figures of this run, and
    /// the chart beside it, docs/performance.svg.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    markdown: Option<PathBuf>,
    /// Writes everything that was found, for machines.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    json: Option<PathBuf>,
    /// Measures what the trail costs: registering by the program as it is released and by this one,
    /// which keeps none, in turns. `bin/bench-trail` builds it. With `--markdown` or `--json` as well as the
    /// rest, else instead of it.
    #[arg(long, value_name = "PROGRAM")]
    without_trail: Option<PathBuf>,
    /// Measures what a change has done instead: registering by this program and by another one, such as
    /// one that was built before, in turns.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "without_trail")]
    against: Option<PathBuf>,
    /// How often the two take turns.
    #[arg(long, default_value_t = 7, value_parser = value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Serves one row and nothing else: the limit of reading, asked by the benchmark itself.
    #[arg(long, hide = true)]
    bare_reads: Option<SocketAddr>,
    /// What Cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Wanted {
    /// Returns the numbers of clients, the fewest first: memory is what it was at most until then.
    fn numbers_of_clients(&self) -> Vec<u32> {
        let mut numbers = self.clients.clone();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Returns the number of clients that goals, the flood and the turns are about: 16, if it is one of them.
    fn usual_clients(&self) -> u32 {
        let first = self.clients.first().copied().unwrap_or(16);
        if self.clients.contains(&16) { 16 } else { first }
    }

    fn databases(&self) -> impl Iterator<Item = Database> {
        let only = self.only;
        Database::BOTH.into_iter().filter(move |database| only.is_none_or(|only| only == *database))
    }

    fn sizes_of(&self, database: Database) -> &[u32] {
        match database {
            Database::Postgresql if !self.postgresql_sizes.is_empty() => &self.postgresql_sizes,
            Database::Sqlite | Database::Postgresql => &self.sizes,
        }
    }
}

fn main() -> ExitCode {
    match run(&Wanted::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => complain("not every answer was the one that was asked for: see the table"),
        Err(error) => {
            // A rule that said no is named: that is a fault of the benchmark, to be found by it.
            let refusal = error.downcast_ref::<refero_store::Error>().and_then(|e| e.refusal());
            complain(&refusal.map_or(error.to_string(), |refusal| format!("{error}: {refusal:?}")))
        }
    }
}

fn complain(sentence: &str) -> ExitCode {
    say(sentence);
    ExitCode::FAILURE
}

/// Says something beside the tables.
fn say(sentence: &str) {
    drop(writeln!(io::stderr(), "bin/bench: {sentence}"));
}

/// Measures what is wanted and tells; says whether every answer was as it should be.
fn run(wanted: &Wanted) -> Outcome<bool> {
    if let Some(address) = wanted.bare_reads {
        return limits::bare::serve(address).map(|()| true);
    }
    if cfg!(debug_assertions) {
        return Err("a build for debugging says nothing about speed: run bin/bench".into());
    }
    let other = match (&wanted.without_trail, &wanted.against) {
        (Some(program), _) => Some(Other::WithoutTrail(program)),
        (None, Some(program)) => Some(Other::Program(program)),
        (None, None) => None,
    };
    let mut out = io::stdout().lock();
    if let (Some(other), None, None) = (other, &wanted.markdown, &wanted.json) {
        let turns = turns::measure(other, wanted)?;
        out.write_all(turns.text.as_bytes())?;
        return Ok(turns.is_clean);
    }
    let machine = Machine::look()?;
    let mut runs = Vec::new();
    for database in wanted.databases() {
        for people in wanted.sizes_of(database) {
            runs.push(Run::of(database, *people, wanted)?);
        }
    }
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
        fs::write(file.with_extension("svg"), chart::draw(&machine, wanted, &runs)?)?;
    }
    if let Some(file) = &wanted.json {
        let all = report::to_json(&machine, wanted, &runs)?;
        fs::write(file, serde_json::to_string_pretty(&all)? + "\n")?;
    }
    Ok(is_clean)
}
