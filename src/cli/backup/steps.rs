//! What is done one after another, each step with how it came out and how long it took.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use refero_store::Options;

use super::{CliError, assemble, say};
use crate::config::{Config, DatabaseUrl};

/// Returns how to reach a SQLite file, with the settings of the configuration otherwise.
pub(super) fn of_file(config: &Config, path: &Path) -> Options {
    assemble::options(config, &DatabaseUrl::Sqlite(path.to_owned()))
}

/// A table that is told line by line.
#[derive(Debug)]
pub(super) struct Steps {
    begun: Instant,
    has_failed: bool,
}

impl Steps {
    /// Begins a table.
    pub(super) fn begin() -> Self {
        Self { begun: Instant::now(), has_failed: false }
    }

    /// Does a step and tells how it came out: what was found, or why not. Nothing is given back for
    /// one that failed.
    ///
    /// # Errors
    /// Says that standard output is closed.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        step: impl FnOnce() -> Result<(T, String), CliError>,
    ) -> Result<Option<T>, CliError> {
        let begun = Instant::now();
        let outcome = step();
        let took = begun.elapsed();
        match outcome {
            Ok((value, found)) => {
                line(name, "ok", took, &found)?;
                Ok(Some(value))
            }
            Err(refusal) => {
                self.has_failed = true;
                line(name, "failed", took, &refusal.sentence())?;
                Ok(None)
            }
        }
    }

    /// Tells something that was not done, and why.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(super) fn skip(&mut self, name: &str, why: &str) -> Result<(), CliError> {
        line(name, "skipped", Duration::ZERO, why)
    }

    /// Tells the outcome of all, and gives it back.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(super) fn end(&self) -> Result<bool, CliError> {
        let word = if self.has_failed { "failed" } else { "ok" };
        let told =
            if self.has_failed { "do not rely on this backup" } else { "it can be restored" };
        line("all", word, self.begun.elapsed(), told)?;
        Ok(!self.has_failed)
    }
}

fn line(name: &str, word: &str, took: Duration, found: &str) -> Result<(), CliError> {
    let found = found.trim_end().replace('\n', " ");
    say(&format!("{name:<10} {word:<8} {:>8.1} s  {found}\n", took.as_secs_f64()))
}
