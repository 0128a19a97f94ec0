//! Everything that the process logs, kept to be searched for what must not be in it.

use std::{
    io,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: OnceLock<()> = OnceLock::new();

struct ToMemory;

impl io::Write for ToMemory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lines().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for ToMemory {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        Self
    }
}

fn lines() -> MutexGuard<'static, Vec<u8>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to keep the log, as talkative as it can be.
pub(crate) fn keep() {
    STARTED.get_or_init(|| {
        let filter =
            "info,refero=trace,refero_store=trace,refero_domain=trace,actix_web=trace,diesel=trace";
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_env_filter(EnvFilter::new(filter))
            .with_writer(ToMemory)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// Looks through everything that was logged so far, byte for byte.
pub(crate) fn look<T>(look: impl FnOnce(&[u8]) -> T) -> T {
    look(&lines())
}

/// Returns the lines that hold a text.
pub(crate) fn with(text: &str) -> Vec<String> {
    let all = String::from_utf8_lossy(&lines()).into_owned();
    all.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}
