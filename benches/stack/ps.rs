//! `portolan ps` as a whole process, on a running stack.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::project::{Launcher, Project, twenty_services};
use super::report::{Outcome, Report, median};

const CALLS: usize = 101;

pub(crate) fn measure(report: &mut Report, _quick: bool) -> Outcome<()> {
    let project = Project::new(&twenty_services(Duration::ZERO, false)?)?;
    let up = project.portolan(&["up", "--plain"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let up = Launcher(up);
    if !project.portolan(&["wait", "--timeout", "30"]).stdout(Stdio::null()).status()?.success() {
        return Err("the stack did not become healthy".into());
    }
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let begun = Instant::now();
        let output = project.portolan(&["ps"]).stderr(Stdio::null()).output()?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        if String::from_utf8(output.stdout)?.matches("healthy").count() != 20 {
            return Err("ps does not show 20 healthy services".into());
        }
    }
    report.judge("ps on 20 services, whole process", median(&times), 10.0, "ms");
    up.end()
}
