//! The binary: arguments in, exit code out.

use std::process::ExitCode;

use portolan::cli;
use portolan::services::process::guardian;

fn main() -> ExitCode {
    // First of all: a guardian must stay small, and must not read arguments that are not meant for it.
    if guardian::is_guardian(std::env::args_os()) {
        return guardian::run();
    }
    cli::run(std::env::args_os())
}
