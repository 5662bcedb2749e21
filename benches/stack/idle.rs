//! Twenty healthy services with nothing to do: what their launcher and guardian take meanwhile.

use std::collections::HashMap;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use super::process::{Memory, Ours};
use super::project::{Launcher, Project, twenty_services};
use super::report::{Outcome, Report, median};

const LOOKS: usize = 5;
/// The default pause between two probes of a healthy service: a look of that length meets each of them once.
const PROBE: Duration = Duration::from_secs(10);
/// A thread that ends between two samples takes the time since the first with it.
const SAMPLE: Duration = Duration::from_millis(500);

pub(crate) fn measure(report: &mut Report, quick: bool) -> Outcome<()> {
    let length = if quick { PROBE } else { PROBE * 3 };
    let project = Project::new(&twenty_services(Duration::ZERO, false)?)?;
    let up = project.portolan(&["up", "--plain"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let up = Launcher(up);
    let healthy = project.portolan(&["wait", "--timeout", "30"]).stdout(Stdio::null()).status()?;
    if !healthy.success() {
        return Err("the stack did not become healthy".into());
    }
    let ours = Ours::of(up.0.id());
    if !ours.has_guardian() {
        return Err("there is no guardian".into());
    }
    let (mut shares, mut memories) = (Vec::new(), Vec::new());
    for _ in 0..LOOKS {
        let (share, memory) = look(&ours, length)?;
        shares.push(share * 100.0);
        memories.push(memory);
    }
    let seconds = length.as_secs();
    report.judge(&format!("20 idle services, {seconds} s: share of one core"), median(&shares), 0.2, "%");
    let resident: Vec<f64> = memories.iter().map(|memory| memory.resident).collect();
    let proportional: Vec<f64> = memories.iter().map(|memory| memory.proportional).collect();
    report.judge("20 idle services: resident memory", median(&resident), 25.0, "MiB");
    report.note("proportional (PSS)", median(&proportional), "MiB");
    up.end()
}

/// The share of one core that they took for `length`, and their memory at its end.
pub(crate) fn look(ours: &Ours, length: Duration) -> Outcome<(f64, Memory)> {
    let begun = Instant::now();
    let mut before: HashMap<u32, Duration> = ours.threads().into_iter().collect();
    let mut spent = Duration::ZERO;
    while begun.elapsed() < length {
        thread::sleep(SAMPLE);
        let now = ours.threads();
        for (thread, time) in &now {
            spent += time.saturating_sub(before.get(thread).copied().unwrap_or_default());
        }
        before = now.into_iter().collect();
    }
    Ok((spent.as_secs_f64() / begun.elapsed().as_secs_f64(), ours.memory()?))
}
