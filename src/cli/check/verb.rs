//! The verb: rounds, and what is told of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::sync::mpsc;

use crate::cli::args::Global;
use crate::cli::failure::{FAILED, Failure, say};
use crate::cli::plan::Plan;
use crate::cli::signals::Signals;

use super::args::CheckArgs;
use super::outcome::{Outcome, Round};
use super::progress::Progress;
use super::round::{self, Came};
use super::running;
use super::summary::Summary;
use super::tell::{self, Annotations};

/// Runs the verb.
pub(crate) async fn check(global: &Global, args: CheckArgs) -> Result<ExitCode, Failure> {
    if global.stack.is_some() && !args.running {
        return Err(Failure::wrong("--stack names a running stack: add --running"));
    }
    let junit = args.junit.as_deref().map(|path| place_for(global, path)).transpose()?;
    // Before anything is started: from the first process on, a signal has to end the stack, not only the launcher.
    let (told, mut signals) = mpsc::unbounded_channel();
    let listening = Signals::listen(told).map_err(Failure::failed)?;
    let mut progress = Progress::new(args.repeat, args.verbose);
    let rounds = rounds(global, &args, &mut signals, &mut progress).await;
    progress.clear();
    drop(listening);
    let rounds = match rounds? {
        Ok(rounds) => rounds,
        Err(code) => return Ok(ExitCode::from(code)),
    };
    let summary = Summary::of(rounds);
    if let Some(path) = &junit {
        tell::write_junit(&summary, path)?;
    }
    if args.json {
        say(&tell::json(&summary)?)?;
    } else {
        say(&tell::table(&summary, global.color.on(&std::io::stdout())))?;
    }
    if let Some(annotations) = Annotations::wanted(args.github, global.folder()?) {
        annotations.print(&summary, args.json)?;
    }
    Ok(if summary.ok() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// All rounds, or the exit code of the signal that cut them short.
async fn rounds(
    global: &Global,
    args: &CheckArgs,
    signals: &mut mpsc::UnboundedReceiver<crate::cli::signals::Signal>,
    progress: &mut Progress,
) -> Result<Result<Vec<Round>, u8>, Failure> {
    let up = args.as_up();
    let plan = Plan { global, args: &up, demo: None };
    let mut rounds = Vec::new();
    for number in 1..=args.repeat {
        progress.round(number);
        let came = match args.running {
            true => running::run(global, args, signals, progress).await?,
            false => round::run(&plan, args, number, signals, progress).await?,
        };
        let mut round = match came {
            Came::Through(round) => round,
            Came::Cut(code) => return Ok(Err(code)),
        };
        // It came when the stack was gone already.
        if let Ok(signal) = signals.try_recv() {
            return Ok(Err(signal.exit_code()));
        }
        if args.strict {
            round.outcomes = round.outcomes.into_iter().map(Outcome::strictly).collect();
        }
        let failed = !round.passed();
        rounds.push(round);
        if failed && args.fail_fast {
            break;
        }
    }
    Ok(Ok(rounds))
}

/// Where the report goes; that it can is found out before minutes have been spent on it.
fn place_for(global: &Global, path: &Path) -> Result<PathBuf, Failure> {
    let path = global.folder()?.join(path);
    let folder = path.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        return Err(Failure::wrong(format!("--junit: there is no folder {}", folder.display())));
    }
    if path.is_dir() {
        return Err(Failure::wrong(format!("--junit: {} is a folder", path.display())));
    }
    Ok(path)
}
