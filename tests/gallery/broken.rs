//! A broken stack: what is said of it, and whether that is right.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::exhibit::{Exhibit, Expect, missing, set_up};
use crate::said;
use crate::show::Outcome;
use crate::support::{Project, Up, alive, finish, in_time, portolan_command, text_of};

/// What is promised on a quiet machine, and what is demanded on a busy one.
const PROMISED_MS: i64 = 2000;
const DEMANDED_MS: i64 = 6000;
/// So long something wrong may still be said beside what is right.
const BESIDE: Duration = Duration::from_millis(600);

/// Runs it and judges.
pub(crate) fn show(exhibit: &Exhibit) -> Outcome {
    let expect = exhibit.expect();
    if let Some(program) = missing(&expect.needs) {
        return Outcome::Skipped(format!("it needs {program}"));
    }
    let project = exhibit.copy();
    if let Some(Err(outcome)) = expect.setup.as_deref().map(|script| set_up(&project, script)) {
        return outcome;
    }
    let _stranger = expect.port.map(|_| exhibit.take_port(&expect.service));
    if expect.refused {
        return refused(&project, &expect);
    }
    let mut up = Up::start(&project, project.folder(), &["up", "--json"]);
    let first = in_time(|| {
        // In this order: it may end with a last word.
        let ended = !alive(up.pid());
        let told = told(&expect, &up.events()).is_some();
        (told || ended).then_some(())
    });
    if first.is_some() {
        observe(&up);
    }
    let why = project.run(&["why", &expect.service, "--json"]);
    project.run(&["down"]);
    up.ended();
    project.assert_nothing_lives();
    let events = up.events();
    let Some(told) = told(&expect, &events) else {
        return Outcome::Missed(format!("nothing was said; {}\n{}", why.all(), up.err()));
    };
    let findings = why.json()["findings"].as_array().cloned().unwrap_or_default();
    if let Some(fault) = fault(&expect, &findings, &told["finding"], &events) {
        return Outcome::Wrong(fault);
    }
    match said::delay(&project, &events, told, expect.after) {
        None => Outcome::Wrong("neither a line nor an event shows when it could be known".into()),
        Some(late) if late > DEMANDED_MS => Outcome::Wrong(format!("it was said after {late} ms")),
        Some(late) if late > PROMISED_MS => Outcome::Found(format!("{late} ms, which is LATE")),
        Some(late) => Outcome::Found(format!("{late} ms")),
    }
}

/// The first finding that was told of the service, but for those that are right beside the expected one.
fn told<'e>(expect: &Expect, events: &'e [Value]) -> Option<&'e Value> {
    let mut all =
        events.iter().filter(|event| event["type"] == "found" && event["service"] == *expect.service);
    all.find(|told| !expect.beside.iter().any(|right| told["finding"]["rule"] == **right))
}

/// Waits until the stack has ended by itself, or for as long as something may still be said.
#[expect(clippy::disallowed_methods, reason = "a test's own deadline")]
fn observe(up: &Up) {
    let end = Instant::now() + BESIDE;
    while Instant::now() < end && alive(up.pid()) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What is not as it was expected.
fn fault(expect: &Expect, findings: &[Value], told: &Value, events: &[Value]) -> Option<String> {
    let shown = |finding: &Value| serde_json::to_string_pretty(finding).unwrap();
    if told["rule"] != expect.rule.as_str() {
        return Some(format!("{} was said before {}: {}", told["rule"], expect.rule, shown(told)));
    }
    let Some(first) = findings.first() else { return Some("`why` does not know it".into()) };
    if first["rule"] != expect.rule.as_str() {
        return Some(format!("`why` names {} before {}: {}", first["rule"], expect.rule, shown(first)));
    }
    if let Some(fault) = details(expect, first) {
        return Some(format!("{fault}: {}", shown(first)));
    }
    let is_right = |rule: &Value| *rule == *expect.rule || expect.beside.iter().any(|right| *rule == **right);
    let beside = findings[1..].iter().chain(said::found(events).map(|(_, finding, _)| finding));
    let wrong = beside.into_iter().find(|finding| !is_right(&finding["rule"]));
    wrong.map(|wrong| format!("{} is said beside it: {}", wrong["rule"], shown(wrong)))
}

fn details(expect: &Expect, finding: &Value) -> Option<String> {
    let holds = |key: &str, part: Option<&str>| part.is_none_or(|part| text_of(&finding[key]).contains(part));
    let parts = [
        ("title", Some(expect.title.as_str())),
        ("remedy", expect.remedy.as_deref()),
        ("action", expect.action.as_deref()),
    ];
    if let Some((key, part)) = parts.into_iter().find(|(key, part)| !holds(key, *part)) {
        return Some(format!("its {key} does not say {:?}", part.unwrap_or_default()));
    }
    if expect.place.is_some() && finding["place"].as_str() != expect.place.as_deref() {
        return Some(format!("its place is not {:?}", expect.place));
    }
    if finding["evidence"].as_array().is_none_or(Vec::is_empty) {
        return Some("it has no evidence".into());
    }
    let action = finding["action"].as_str();
    let is_ours = action.is_none_or(|action| action.starts_with("portolan "));
    (!is_ours).then(|| "its action is no command of ours".into())
}

/// One that is not to be started at all: what is wrong is said on standard error.
fn refused(project: &Project, expect: &Expect) -> Outcome {
    let done = finish(portolan_command(project, project.folder(), &["up", "--plain"]));
    project.assert_nothing_lives();
    if done.code != 2 {
        return Outcome::Missed(format!("it is not refused: {done:?}"));
    }
    let parts = [Some(&expect.title), expect.place.as_ref(), expect.remedy.as_ref()];
    match parts.into_iter().flatten().find(|part| !done.err.contains(part.as_str())) {
        Some(part) => Outcome::Wrong(format!("it does not say {part:?}: {}", done.err)),
        None => Outcome::Found("refused".into()),
    }
}
