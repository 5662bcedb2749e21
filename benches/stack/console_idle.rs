//! Twenty healthy services with nothing to do, and the console open on them.

use std::thread;
use std::time::Duration;

use super::idle::look;
use super::process::{Ours, shares, thread_times};
use super::project::{Project, twenty_services};
use super::pty::Pty;
use super::report::{Outcome, Report};

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn measure(report: &mut Report, quick: bool) -> Outcome<()> {
    let length = Duration::from_secs(if quick { 10 } else { 30 });
    let project = Project::new(&twenty_services(Duration::ZERO, false)?)?;
    let (pty, up) = Pty::run(project.portolan(&["up"]), 200, 60)?;
    pty.wait(PATIENCE, |screen| screen.rows(0, 200).filter(|row| row.contains("healthy")).count() >= 20)?;
    // What the last of them became is drawn, and the probes are as rare as they get.
    thread::sleep(Duration::from_secs(2));
    let ours = Ours::of(up.0.id());
    let (threads, written) = (thread_times(up.0.id()), pty.written());
    let (share, memory) = look(&ours, length)?;
    let seconds = length.as_secs();
    let what = format!("20 idle services, console open, {seconds} s: one core");
    report.judge(&what, share * 100.0, 0.5, "%");
    for (name, share) in shares(&threads, &thread_times(up.0.id()), length) {
        if share >= 0.01 {
            report.note(&format!("thread {name}"), share, "%");
        }
    }
    report.note("resident memory, guardian included", memory.resident, "MiB");
    report.note("written to the terminal", (pty.written() - written) as f64 / length.as_secs_f64(), "B/s");
    up.end()
}
