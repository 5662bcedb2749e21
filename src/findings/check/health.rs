//! Health paths: where portolan.toml gives one, and which ones the code of a service does serve.

use std::sync::LazyLock;

use regex::Regex;

use crate::ports;

use super::super::case::Case;
use super::super::files;
use super::super::place;
use super::Draft;

/// Paths in quotes by which services tell how they are.
static PATHS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["'`](/(?:[\w/-]*/)?(?:health|healthz|healthcheck|ready|readyz|live|livez|ping|status)(?:/[\w-]+)?/?)["'`?]"#)
        .expect("a constant that a test compiles")
});

/// The probe of `{path}` was answered by `{status}`: looks for paths that the code does serve.
pub(super) fn path(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let asked = draft.value("path")?;
    let found = place::sources(case).iter().find_map(|file| {
        let text = files::text_of(file)?;
        text.lines().zip(1..).find_map(|(line, number): (&str, u32)| {
            let path = PATHS.captures(line)?[1].to_owned();
            (path != asked).then(|| (path, format!("{}:{number}", case.shown(file))))
        })
    });
    let name = &case.spec.name;
    if let Some((path, place)) = found {
        draft.evidence.push(format!("the code speaks of {path}, at {place}"));
        draft.remedy = Some(format!("set `health = \"{path}\"` for {name} in portolan.toml"));
    } else if let Some(other) = another_port(case) {
        draft.evidence.push(format!("{name} listens on {other}, too"));
        draft.remedy = Some(format!(
            "have it serve {asked} on the port that it is told as PORT; it may be the one on {other} that does"
        ));
    }
    written(case, draft)
}

/// Says where portolan.toml asks for the service's health.
pub(super) fn written(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    draft.place = Some(place::key(case, "health"));
    Some(())
}

/// Another port on which the service's process listens.
fn another_port(case: &Case<'_>) -> Option<u16> {
    let listeners = ports::listeners_of(&[case.service.pid?]).ok()?;
    let mut ports = listeners.iter().map(|listener| listener.addr.port());
    ports.find(|port| case.service.port.is_none_or(|own| own.get() != *port))
}
