//! The program; everything it does begins in `refero::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    refero::cli::run()
}
