//! While a service starts: whether a complaint may be one that it gets over.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use crate::stack::State;

use super::case::Case;
use super::fact::slow_after;
use super::rule::Rule;

/// Two complaints that lie this far apart are one that is tried again and again.
const APART: Duration = Duration::from_millis(500);

/// A service that has not said anything more for so long is not busy getting over it.
pub const LASTING_SILENCE: Duration = Duration::from_secs(10);

/// The same of one that starts for much longer than it usually does: that is told anyhow, and this is why.
const SILENT_WHEN_SLOW: Duration = Duration::from_secs(1);

/// What watchers, reloaders and interpreters print when a part of the service has ended, around its last words.
static ENDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^Process \S+:$|^Exception in thread |^Failed running '|app crashed - waiting|^Node\.js v\d+\.\d",
        r"|^\[(?:Finished running\. Exit status: [1-9]|Command exited with [1-9])|^npm (?:error|ERR!) ",
        r"|^error: could not compile|^panic: |^fatal error: |^Uncaught ",
    ))
    .expect("the pattern is a constant that a test compiles")
});

/// How many lines around one tell that it was the end of something.
const AROUND: usize = 60;

/// Whether the service may still get over what it printed in line `at`: it is starting, nothing of it has ended over
/// this, it was not said again and again, and the service has not fallen silent.
pub(super) fn may_be_got_over(rule: &Rule, case: &Case<'_>, at: usize) -> bool {
    if case.service.state != State::Starting {
        return false;
    }
    let Some(line) = case.log.get(at) else { return true };
    let around = &case.log[at.saturating_sub(AROUND)..(at + AROUND).min(case.log.len())];
    if around.iter().any(|line| ENDED.is_match(line.text.trim_end())) {
        return false;
    }
    let apart = |other: &super::LogLine| {
        u128::from(line.millis.saturating_sub(other.millis)) >= APART.as_millis()
            && rule.matches(other.text.as_bytes())
    };
    if case.log[..at].iter().any(apart) {
        return false;
    }
    let last = case.log.last().map_or(0, |line| line.millis);
    let silent = Duration::from_millis(case.now.0.saturating_sub(last));
    let age = case.service.age(case.now);
    match case.usual_start {
        Some(usual) if age >= slow_after(usual) => silent < SILENT_WHEN_SLOW,
        Some(usual) => silent < LASTING_SILENCE || age < usual * 2,
        None => silent < LASTING_SILENCE,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::case::samples::Scene;
    use super::super::parse::{Trust, parse};
    use super::*;
    use crate::stack::UnixMillis;

    const RULE: &str = "[[rule]]\nid = 'refused'\nwords = ['refused']\nmatch = ['refused']\ntitle = 't'\nremedy = 'r'\n\
                        [[rule.example]]\ntext = 'refused'\n";

    fn of(state: State, lines: &[(&str, u64)], now: u64) -> bool {
        of_usual(None, state, lines, now)
    }

    /// The same of a service that usually takes so many milliseconds to start.
    fn of_usual(usual: Option<u64>, state: State, lines: &[(&str, u64)], now: u64) -> bool {
        let rules = parse(Path::new("x.toml"), RULE, Trust::None).unwrap();
        let texts: Vec<&str> = lines.iter().map(|(text, _)| *text).collect();
        let mut scene = Scene::printing(&texts);
        for (line, (_, at)) in scene.log.iter_mut().zip(lines) {
            line.millis = *at;
        }
        scene.snapshot.services[0].state = state;
        scene.snapshot.services[0].started_at = Some(UnixMillis(0));
        let usual_start = usual.map(Duration::from_millis);
        let case = Case { now: UnixMillis(now), usual_start, ..scene.case() };
        let at = lines.iter().rposition(|(text, _)| text.contains("refused")).unwrap();
        may_be_got_over(&rules[0], &case, at)
    }

    #[test]
    fn one_complaint_of_a_service_that_starts_is_waited_out() {
        assert!(of(State::Starting, &[("refused", 100)], 2_000));
        assert!(!of(State::Failed, &[("refused", 100)], 2_000));
        assert!(!of(State::Starting, &[("refused", 100)], 10_200), "it has fallen silent");
    }

    #[test]
    fn who_starts_for_longer_than_usual_is_not_waited_for_as_long() {
        let lines = [("refused", 100)];
        assert!(of_usual(Some(400), State::Starting, &lines, 2_900), "not much longer than usual");
        assert!(!of_usual(Some(400), State::Starting, &lines, 3_000));
        assert!(of_usual(Some(400), State::Starting, &[lines[0], ("trying", 2_100)], 3_000), "still talking");
        assert!(of_usual(Some(9_000), State::Starting, &lines, 10_200), "it usually takes so long");
    }

    #[test]
    fn what_is_said_again_or_ended_a_part_of_it_is_not() {
        assert!(!of(State::Starting, &[("refused", 100), ("refused", 700)], 1_100));
        assert!(of(State::Starting, &[("refused", 100), ("refused", 110)], 1_100));
        assert!(!of(State::Starting, &[("Process SpawnProcess-1:", 90), ("refused", 100)], 1_100));
        assert!(!of(
            State::Starting,
            &[("refused", 90), ("[nodemon] app crashed - waiting for file changes", 100)],
            1_100
        ));
    }
}
