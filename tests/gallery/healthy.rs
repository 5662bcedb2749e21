//! A healthy stack: nothing is to be said of it.

use std::time::{Duration, Instant};

use crate::exhibit::{Exhibit, missing};
use crate::said;
use crate::show::Outcome;
use crate::support::{Up, alive, in_time};

/// So long it is looked at after all is well: a probe's interval in these stacks, and the time of a look.
const WELL_FOR: Duration = Duration::from_millis(1200);

/// Runs it and judges.
#[expect(clippy::disallowed_methods, reason = "a test's own deadline")]
pub(crate) fn show(exhibit: &Exhibit) -> Outcome {
    let text = exhibit.configuration().to_string();
    let programs = ["python3", "node", "rustc", "bash"];
    let needed: Vec<String> =
        programs.into_iter().filter(|name| text.contains(name)).map(str::to_owned).collect();
    if let Some(program) = missing(&needed) {
        return Outcome::Skipped(format!("it needs {program}"));
    }
    let project = exhibit.copy();
    let mut up = Up::start(&project, project.folder(), &["up", "--json"]);
    let well = in_time(|| {
        let ended = !alive(up.pid());
        (ended || project.run(&["wait", "--timeout", "30s"]).code == 0).then_some(())
    });
    let end = Instant::now() + WELL_FOR;
    while Instant::now() < end && alive(up.pid()) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut doubts = Vec::new();
    for service in exhibit.services() {
        let why = project.run(&["why", &service, "--json"]).json();
        let state = why["state"].as_str().unwrap_or_default().to_owned();
        if !["healthy", "running", "completed", "disabled"].contains(&state.as_str()) {
            doubts.push(format!("{service} is {state}: {why}"));
        }
        for finding in why["findings"].as_array().into_iter().flatten() {
            doubts.push(format!("`why {service}` says {finding}"));
        }
    }
    project.run(&["down"]);
    let code = up.ended();
    project.assert_nothing_lives();
    let events = up.events();
    doubts
        .extend(said::found(&events).map(|(service, finding, _)| format!("of {service} is said {finding}")));
    if well.is_none() || code != 0 {
        doubts.push(format!("it is not well, exit {code}: {}", up.err()));
    }
    if doubts.is_empty() { Outcome::Silent } else { Outcome::Wrong(doubts.join("\n  ")) }
}
