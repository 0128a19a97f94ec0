//! The same rows, written by the database alone: by pgbench on PostgreSQL, by a bare loop on SQLite.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use refero_store::testing;
use reqwest::Url;

use super::Rows;
use crate::{Outcome, house::House};

/// How many writes share one commit at the most, as the program's writer has it.
const MOST_AT_ONCE: u32 = 64;

/// The two variables that make rows of their own of each turn.
const FIRST: &str = ":turn_first";
const SECOND: &str = ":turn_second";

/// Returns how many registrations' rows the database keeps in a second; nothing if there is no pgbench.
///
/// On SQLite as many share one durable commit as there are clients, as all who wait at the same time do.
/// On PostgreSQL each client has a connection of its own and commits for itself.
pub(super) fn per_second(
    house: &House,
    rows: &Rows,
    clients: u32,
    requests: usize,
) -> Outcome<Option<f64>> {
    let Some(url) = house.postgres_url("app")? else {
        let statements = rows.statements(("new.first", "new.second"));
        let (times, at_once) = (u32::try_from(requests)?, clients.min(MOST_AT_ONCE));
        let options = house.owner()?;
        testing::replay(&options, &statements, (times / 10, at_once))?;
        let took = testing::replay(&options, &statements, (times, at_once))?;
        return Ok(Some(f64::from(times) / took.as_secs_f64()));
    };
    let Some(pgbench) = pgbench() else { return Ok(None) };
    let script = house.folder().join("registration.sql");
    let statements = rows.statements((FIRST, SECOND));
    fs::write(
        &script,
        format!(
            "\\set turn_first random(10000000, 99999999)\n\
             \\set turn_second random(100000000000, 999999999999)\n\
             begin isolation level repeatable read;\n{}commit;\n",
            without_variables_in_texts(&statements)
        ),
    )?;
    let each = u32::try_from(requests)?.div_ceil(clients).max(10);
    run(&pgbench, &url, &script, (clients, each.div_ceil(10)))?;
    run(&pgbench, &url, &script, (clients, each)).map(Some)
}

/// Has pgbench run a script, and returns how often it did in a second.
fn run(pgbench: &Path, url: &Url, script: &Path, (clients, each): (u32, u32)) -> Outcome<f64> {
    let output = Command::new(pgbench)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--transactions={each}"))
        .arg("--file")
        .arg(script)
        .env("PGHOST", url.host_str().unwrap_or_default())
        .env("PGPORT", url.port().unwrap_or(5_432).to_string())
        .env("PGUSER", url.username())
        .env("PGPASSWORD", url.password().unwrap_or_default())
        .env("PGDATABASE", url.path().trim_start_matches('/'))
        .output()?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let rate = told.lines().find_map(|line| {
        let (rate, _) = line.strip_prefix("tps = ")?.split_once(" (without initial")?;
        rate.parse().ok()
    });
    let failed = || String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(failed().into());
    }
    Ok(rate.ok_or_else(failed)?)
}

/// Looks for pgbench on the path and beside the programs of PostgreSQL.
fn pgbench() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(installed.map(|version| version.path().join("bin")));
    folders.into_iter().map(|folder| folder.join("pgbench")).find(|program| program.is_file())
}

/// Hides colons before letters in texts: pgbench takes what follows for a variable, in texts too.
fn without_variables_in_texts(statements: &str) -> String {
    let (mut written, mut rest) = (String::new(), statements);
    while let Some(at) = rest.find(':') {
        let (before, own) = rest.split_at(at);
        let after = own.get(1..).unwrap_or_default();
        written.push_str(before);
        let is_variable = [FIRST, SECOND].iter().any(|name| own.starts_with(name));
        let is_name = after.starts_with(|next: char| next.is_ascii_alphabetic() || next == '_');
        written.push_str(if is_name && !is_variable { "' || chr(58) || '" } else { ":" });
        rest = after;
    }
    written + rest
}
