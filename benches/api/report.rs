//! What is told: the same tables for a terminal and for the documentation.

use std::{fmt::Write, time::Duration};

use crate::{Outcome, Run, Wanted, machine::Machine, operations::Measured};

/// The page of the documentation, with a place for the figures.
const PAGE: &str = include_str!("page.md");
const PLACE: &str = "{{figures}}\n";

/// Writes the page with the figures in their place.
pub(crate) fn page(figures: &str) -> String {
    PAGE.replace(PLACE, figures)
}

/// Writes down the machine, and one table for each database.
pub(crate) fn figures(machine: &Machine, wanted: &Wanted, runs: &[Run]) -> Outcome<String> {
    let Machine { day, program, commit, processor, cores, memory_gib, kernel, flush } = machine;
    let Wanted { clients, requests, .. } = wanted;
    let mut text = String::new();
    writeln!(text, "- {day}, {program}, commit `{commit}`.")?;
    writeln!(text, "- {processor}, {cores} cores, {memory_gib} GiB of memory, {kernel}.")?;
    writeln!(text, "- The disk takes {} ms to keep 4 KiB (median of 100).", ms(*flush))?;
    writeln!(text, "- {clients} clients, {requests} requests of each operation.")?;
    for run in runs {
        writeln!(text, "\n### {}\n", run.about)?;
        table(&mut text, &run.rows)?;
        writeln!(
            text,
            "\n{} cases were carried to the offer of a shelter before, in {:.1} s. \
             {} people were registered. 503 to what is not measured: {}.",
            run.prepared.cases.len(),
            run.prepared.elapsed.as_secs_f64(),
            run.prepared.people,
            run.busy
        )?;
        if let Some(memory) = &run.memory {
            let (now, most) = (memory.now_mib, memory.most_mib);
            writeln!(text, "Memory of the server at the end: {now} MiB, at most {most} MiB.")?;
        }
    }
    Ok(text)
}

/// Puts what two programs did in turns behind the tables.
pub(crate) fn with_turns(text: &str) -> String {
    format!("\n## What the trail costs\n{text}")
}

const HEAD: [&str; 8] =
    ["operation", "per second", "of healthz", "p50 ms", "p99 ms", "max ms", "503", "other"];

fn table(text: &mut String, rows: &[Measured]) -> Outcome<()> {
    let yardstick = rows.first().ok_or("nothing was measured")?.per_second()?;
    let mut lines = vec![HEAD.map(str::to_owned)];
    for row in rows {
        let per_second = row.per_second()?;
        lines.push([
            row.operation.name().to_owned(),
            format!("{per_second:.0}"),
            format!("{:.1} %", 100.0 * per_second / yardstick),
            ms(row.percentile(500)),
            ms(row.percentile(990)),
            ms(row.percentile(1_000)),
            row.unexpected.get(&Some(503)).unwrap_or(&0).to_string(),
            others(row),
        ]);
    }
    let widths: [usize; 8] = std::array::from_fn(|column| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    });
    for (at, line) in lines.iter().enumerate() {
        let mut cells = line.iter().zip(widths);
        if let Some((name, width)) = cells.next() {
            write!(text, "| {name:width$} |")?;
        }
        for (cell, width) in cells {
            write!(text, " {cell:>width$} |")?;
        }
        writeln!(text)?;
        if at == 0 {
            let [name, numbers @ ..] = widths;
            write!(text, "| {} |", "-".repeat(name))?;
            for width in numbers {
                write!(text, " {}: |", "-".repeat(width - 1))?;
            }
            writeln!(text)?;
        }
    }
    Ok(())
}

/// Lists the answers that were neither expected nor 503, by status.
fn others(row: &Measured) -> String {
    let others = row.unexpected.iter().filter(|(status, _)| **status != Some(503));
    let told: Vec<String> = others
        .map(|(status, count)| match status {
            Some(status) => format!("{count} × {status}"),
            None => format!("{count} × no answer"),
        })
        .collect();
    if told.is_empty() { "0".to_owned() } else { told.join(", ") }
}

fn ms(took: Duration) -> String {
    format!("{:.2}", took.as_secs_f64() * 1_000.0)
}
