//! Where it was measured. What a system does not tell is "unknown".

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use chrono::Utc;
use serde_json::{Value, json};

use crate::{Outcome, percentile::percentile};

/// The machine and the program.
pub(crate) struct Machine {
    pub(crate) day: String,
    pub(crate) program: String,
    pub(crate) commit: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    /// How long the disk takes to keep four KiB: what every commit waits for.
    flush: Duration,
}

impl Machine {
    pub(crate) fn look() -> Outcome<Self> {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let (processors, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
        let memory_kib = field(&memory, "MemTotal").map(|told| told.trim_end_matches(" kB"));
        Ok(Self {
            day: Utc::now().format("%Y-%m-%d").to_string(),
            program: said(Command::new(env!("CARGO_BIN_EXE_refero")).arg("--version")),
            commit: said(Command::new("git").args(["describe", "--always", "--dirty"])),
            processor: field(&processors, "model name").unwrap_or("unknown").to_owned(),
            cores: thread::available_parallelism()?.get(),
            memory_gib: memory_kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default()
                >> 20,
            kernel: said(Command::new("uname").arg("-sr")),
            flush: flush()?,
        })
    }
}

impl Machine {
    /// Returns how long the disk takes, in milliseconds.
    pub(crate) fn flush_ms(&self) -> f64 {
        self.flush.as_secs_f64() * 1_000.0
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "day": self.day, "program": self.program, "commit": self.commit,
            "processor": self.processor, "cores": self.cores, "memory_gib": self.memory_gib,
            "kernel": self.kernel, "flush_4_kib_ms": self.flush_ms(),
        })
    }
}

/// Returns the value of a line `name : value`, as the files of /proc have them.
pub(crate) fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

/// Returns the kind of file system that a folder of this machine lies on.
pub(crate) fn file_system(folder: &Path) -> String {
    said(Command::new("stat").args(["-f", "-c", "%T"]).arg(folder))
}

fn said(command: &mut Command) -> String {
    let output = command.output().ok().filter(|output| output.status.success());
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// Returns the median of a hundred flushes of four KiB, where the SQLite file lies.
fn flush() -> Outcome<Duration> {
    let mut file: File = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut took = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        file.write_all(&[0x5a; 4_096])?;
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    Ok(percentile(&took, 500).unwrap_or_default())
}
