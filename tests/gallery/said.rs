//! What a stack said of itself: its events, and when.

use serde_json::Value;

use crate::support::{Project, text_of};

/// The events of a kind that are about a service.
pub(crate) fn of_kind<'e>(
    events: &'e [Value],
    service: &'e str,
    kind: &'e str,
) -> impl Iterator<Item = &'e Value> {
    events.iter().filter(move |event| event["service"] == service && event["type"] == kind)
}

/// Every finding that was told, with its service and its event.
pub(crate) fn found(events: &[Value]) -> impl Iterator<Item = (&str, &Value, &Value)> {
    let told = events.iter().filter(|event| event["type"] == "found");
    told.map(|event| (event["service"].as_str().unwrap(), &event["finding"], event))
}

/// Milliseconds from when the evidence of a finding was there until it was told; `None` where nothing shows it.
pub(crate) fn delay(project: &Project, events: &[Value], told: &Value, after: Option<f64>) -> Option<i64> {
    let service = told["service"].as_str().unwrap();
    let at = millis(told);
    let of_run = |kind| {
        of_kind(events, service, kind)
            .filter(|event| event["epoch"] == told["epoch"])
            .map(millis)
            .find(|then| *then <= at)
    };
    if let Some(seconds) = after {
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a test")]
        return Some(at - of_run("spawned")? - (seconds * 1000.0) as i64);
    }
    let line = told["finding"]["lines"].get(0).and_then(|line| line_at(project, service, line));
    let seen = ["exited", "unwell", "port_ignored", "bound_wide", "failed", "spawned"];
    let evidence = line.or_else(|| seen.into_iter().find_map(of_run))?;
    Some(at - evidence)
}

/// When a line was printed.
fn line_at(project: &Project, service: &str, seq: &Value) -> Option<i64> {
    let logs = project.run(&["logs", service, "--json"]).out;
    let mut lines = logs.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.find(|line| line["seq"] == *seq).map(|line| millis(&line))
}

/// The time of an event or a line, in milliseconds of its day and more: enough to tell two apart.
fn millis(event: &Value) -> i64 {
    let text = text_of(&event["ts"]);
    let (date, time) = text.split_once('T').unwrap();
    let day: i64 = date.rsplit('-').next().unwrap().parse().unwrap();
    let fields: Vec<f64> =
        time.trim_end_matches('Z').split(':').map(|field| field.parse().unwrap()).collect();
    let seconds = (fields[0] * 60.0 + fields[1]) * 60.0 + fields[2];
    #[expect(clippy::cast_possible_truncation, reason = "a day has 86 million milliseconds")]
    let of_day = (seconds * 1000.0).round() as i64;
    day * 86_400_000 + of_day
}
