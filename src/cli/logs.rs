//! The log: one line for each event, on standard error.

use std::io;

use tracing::level_filters::LevelFilter;

use crate::{
    api::observe::report_panics_by_place_only,
    config::{Log, LogFormat, LogLevel},
};

/// Begins to log. Only the first call of a process counts.
pub(super) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        // It would tell of a line that cannot be written (a full disk, a collector that is gone) where it
        // cannot be written either, and panic: what is at work would end with the log.
        .log_internal_errors(false);
    let started = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.try_init(),
    };
    if started.is_ok() {
        report_panics_by_place_only();
    }
}
