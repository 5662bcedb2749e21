//! The binary: arguments in, exit code out.
use std::process::ExitCode;

use portolan::services::process::guardian;

fn main() -> ExitCode {
    if guardian::is_guardian(std::env::args_os()) {
        return guardian::run();
    }
    ExitCode::SUCCESS
}
