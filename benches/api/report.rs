//! What is told: the same tables for a terminal and for the documentation, and all of it for a machine.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{
    Outcome, Wanted,
    goals::Goal,
    machine::Machine,
    measured::Measured,
    operations::Operation,
    run::Run,
    table::{Cells, table},
};

/// The page of the documentation, with a place for the figures.
const PAGE: &str = include_str!("page.md");
const PLACE: &str = "{{figures}}\n";

/// Writes the page with the figures in their place.
pub(crate) fn page(figures: &str) -> String {
    PAGE.replace(PLACE, figures)
}

/// Writes down the machine, the goals, and one table for each database of each size.
pub(crate) fn figures(machine: &Machine, wanted: &Wanted, runs: &[Run]) -> Outcome<String> {
    let Machine { day, program, commit, processor, cores, memory_gib, kernel, .. } = machine;
    let mut text = String::new();
    let numbers: Vec<String> = wanted.numbers_of_clients().iter().map(u32::to_string).collect();
    writeln!(text, "- {day}, {program}, commit `{commit}`.")?;
    writeln!(text, "- {processor}, {cores} cores, {memory_gib} GiB of memory, {kernel}.")?;
    let flush_ms = machine.flush_ms();
    writeln!(text, "- The disk takes {flush_ms:.2} ms to keep 4 KiB (median of 100).")?;
    writeln!(
        text,
        "- {} clients, {} requests of each operation.",
        numbers.join(", "),
        wanted.requests
    )?;
    goals(&mut text, wanted, runs)?;
    for run in runs {
        one(&mut text, run)?;
    }
    Ok(text)
}

/// Puts what two programs did in turns behind the tables.
pub(crate) fn with_turns(text: &str) -> String {
    format!("\n## What the trail costs\n{text}")
}

/// Writes everything for a machine.
pub(crate) fn to_json(machine: &Machine, wanted: &Wanted, runs: &[Run]) -> Outcome<Value> {
    let goals: Vec<Value> = Goal::all(wanted.usual_clients())
        .iter()
        .map(|goal| goal.to_json((runs, wanted.usual_clients())))
        .collect::<Outcome<_>>()?;
    let all: Vec<Value> = runs.iter().map(Run::to_json).collect::<Outcome<_>>()?;
    Ok(json!({
        "machine": machine.to_json(), "requests": wanted.requests,
        "clients": wanted.numbers_of_clients(), "goals": goals, "runs": all,
    }))
}

/// Writes each goal, and how each run stands to it.
fn goals(text: &mut String, wanted: &Wanted, runs: &[Run]) -> Outcome<()> {
    let clients = wanted.usual_clients();
    let mut lines: Vec<Cells> = vec![vec!["goal".to_owned()]];
    if let Some(head) = lines.first_mut() {
        head.extend(runs.iter().map(Run::short_name));
    }
    for goal in Goal::all(clients) {
        let cells = runs.iter().map(|run| match goal.judge(run, (runs, clients)) {
            Some(verdict) => {
                let met = if verdict.is_met { "met" } else { "not met" };
                format!("{:.2}, {met}", verdict.value)
            }
            None => "–".to_owned(),
        });
        lines.push([goal.name.clone()].into_iter().chain(cells).collect());
    }
    writeln!(text, "\n### Goals\n")?;
    table(text, &lines)
}

/// Writes what was found on one database of one size.
fn one(text: &mut String, run: &Run) -> Outcome<()> {
    writeln!(text, "\n### {} people on {}\n", run.people, run.about)?;
    measured(text, run)?;
    writeln!(
        text,
        "\n{} people were seeded before, in {:.1} s; then {} cases were carried to the offer of a shelter \
         through the API, in {:.1} s. 503 to what is not measured: {}.",
        run.seeded.people,
        run.seeded.elapsed.as_secs_f64(),
        run.referred.0,
        run.referred.1.as_secs_f64(),
        run.busy
    )?;
    writeln!(text, "A registration leaves {}.", run.limits.about_writes)?;
    writeln!(text, "{}", run.flood.line())?;
    writeln!(
        text,
        "The server was ready after {:.3} s (median of {}).",
        run.start_s(),
        run.starts.len()
    )?;
    for (clients, memory) in &run.memory {
        let (now, most) = (memory.now_mib, memory.most_mib);
        writeln!(
            text,
            "Memory of the server after {clients} clients: {now:.0} MiB, at most {most:.0} MiB until then."
        )?;
    }
    Ok(())
}

const HEAD: [&str; 12] = [
    "operation",
    "clients",
    "per second",
    "of healthz",
    "limit",
    "of limit",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "max ms",
    "503",
    "other",
];

fn measured(text: &mut String, run: &Run) -> Outcome<()> {
    let mut lines: Vec<Cells> = vec![HEAD.map(str::to_owned).to_vec()];
    for operation in Operation::ALL {
        for row in run.rows.iter().filter(|row| row.operation == operation) {
            lines.push(cells(run, row)?);
        }
    }
    table(text, &lines)
}

fn cells(run: &Run, row: &Measured) -> Outcome<Cells> {
    let clients = u32::try_from(row.clients)?;
    let yardstick = run.row(Operation::Healthz, clients).ok_or("nothing was measured")?;
    let per_second = row.per_second()?;
    let limit = run.limits.of(row.operation, row.clients);
    let or_nothing = |cell: Option<String>| cell.unwrap_or_default();
    Ok(vec![
        row.operation.name().to_owned(),
        clients.to_string(),
        format!("{per_second:.0}"),
        format!("{:.1} %", 100.0 * per_second / yardstick.per_second()?),
        or_nothing(limit.map(|limit| format!("{limit:.0}"))),
        or_nothing(limit.map(|limit| format!("{:.2}", per_second / limit))),
        format!("{:.2}", row.ms(500)),
        format!("{:.2}", row.ms(950)),
        format!("{:.2}", row.ms(990)),
        format!("{:.2}", row.ms(1_000)),
        row.busy().to_string(),
        others(row),
    ])
}

/// Lists the answers that were neither expected nor 503, by status.
fn others(row: &Measured) -> String {
    let told: Vec<String> = row
        .others()
        .map(|(status, count)| match status {
            Some(status) => format!("{count} × {status}"),
            None => format!("{count} × no answer"),
        })
        .collect();
    if told.is_empty() { "0".to_owned() } else { told.join(", ") }
}
