//! The program; everything it does begins in `refero::cli`.

use std::process::ExitCode;

/// Gives back what is no longer used, also what SQLite and OpenSSL used; the C library keeps most of it. How soon is
/// said where it is built: `.cargo/config.toml`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    refero::cli::run()
}
