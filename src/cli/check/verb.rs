//! The verb: rounds, and what is told of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::sync::mpsc;

use crate::cli::args::Global;
use crate::cli::failure::{FAILED, Failure, complain, say};
use crate::cli::plan::Plan;
use crate::cli::signals::Signals;
use crate::cli::whole_file::may_be_written;

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
    let mut done = Vec::new();
    let ended = rounds(global, &args, &mut signals, &mut progress, &mut done).await;
    progress.clear();
    drop(listening);
    let Err(cut) = ended else {
        let summary = Summary::of(done);
        tell_all(global, &args, &summary, junit.as_deref())?;
        return Ok(if summary.ok() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) });
    };
    if done.is_empty() {
        if cut.text.is_empty() {
            complain("interrupted before a round was done, so there is nothing to tell");
        }
        return Err(cut);
    }
    // What was done is worth as much as before; and nothing that goes wrong now hides what cut it short.
    if let Err(failure) = tell_all(global, &args, &Summary::of_some(done, args.repeat), junit.as_deref()) {
        failure.report();
    }
    Err(cut)
}

/// Everywhere where it was asked for.
fn tell_all(
    global: &Global,
    args: &CheckArgs,
    summary: &Summary,
    junit: Option<&Path>,
) -> Result<(), Failure> {
    // If the report cannot be written after all, the table is worth the more.
    let written = junit.map_or(Ok(()), |path| tell::write_junit(summary, path));
    if args.json {
        say(&tell::json(summary)?)?;
    } else {
        say(&tell::table(summary, global.color.on(&std::io::stdout())))?;
    }
    if let Some(annotations) = Annotations::wanted(args.github, global.folder()?) {
        annotations.print(summary, args.json)?;
    }
    written
}

/// Does all rounds. Those that are through are in `done`, also if a signal or a failure cuts them short.
async fn rounds(
    global: &Global,
    args: &CheckArgs,
    signals: &mut mpsc::UnboundedReceiver<crate::cli::signals::Signal>,
    progress: &mut Progress,
    done: &mut Vec<Round>,
) -> Result<(), Failure> {
    let up = args.as_up();
    let plan = Plan { global, args: &up, demo: None };
    for number in 1..=args.repeat {
        progress.round(number);
        let came = match args.running {
            true => running::run(global, args, signals, progress).await?,
            false => round::run(&plan, args, number, signals, progress).await?,
        };
        let mut round = match came {
            Came::Through(round) => round,
            Came::Cut(code) => return Err(Failure::silent(code)),
        };
        if args.strict {
            round.outcomes = round.outcomes.into_iter().map(Outcome::strictly).collect();
        }
        let failed = !round.passed();
        done.push(round);
        // It came when the stack was gone already.
        if let Ok(signal) = signals.try_recv() {
            return Err(Failure::silent(signal.exit_code()));
        }
        if failed && args.fail_fast {
            break;
        }
    }
    Ok(())
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
    may_be_written(&path)
        .map_err(|error| Failure::wrong(format!("--junit: {}: {}", path.display(), error.kind())))?;
    Ok(path)
}
