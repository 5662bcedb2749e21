//! `portolan run`: a command in the environment of a service.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::services::process::run_in_place;

use super::args::{Global, RunArgs, name};
use super::env::{directory, report};
use super::failure::Failure;

/// Runs the verb. The command gets the real values, and the exit code is the command's.
pub(super) async fn run(global: &Global, args: RunArgs) -> Result<ExitCode, Failure> {
    let service = name(&args.service)?;
    let report = report(global, &service, true).await?;
    if args.there {
        let directory = directory(global, &service).await?;
        let failed = |error| Failure::failed(format!("failed to go to {}: {error}", directory.display()));
        std::env::set_current_dir(&directory).map_err(failed)?;
    }
    let known = report.variables.into_iter().filter_map(|variable| Some((variable.name, variable.value?)));
    let env: Vec<(OsString, OsString)> = known.map(|(name, value)| (name.into(), value.into())).collect();
    match run_in_place(&args.command, &env) {
        Ok(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(1))),
        Err(error) => {
            let program =
                args.command.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
            // As a shell has it: 127 for a command that is not there.
            Err(Failure { code: 127, text: format!("error: failed to run {program}: {error}") })
        }
    }
}
