//! `healthcheck`: asked over HTTP where it only fetches a published path, else by a command.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use crate::draft::import::error::ImportError;
use crate::draft::import::keys::{Entry, Keys, duration, reason};
use crate::draft::import::leftover::Leftovers;
use crate::draft::import::yaml::Node;
use crate::draft::service::{DraftCheck, DraftCommand, DraftHealth, DraftService, Said};

use super::shape::Shape;

/// A fetch from inside the container.
static FETCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:curl|wget)\b.*?\bhttp://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d{1,5}))?(/[^\s'\x22|&;)]*)?")
        .expect("a regular expression written here")
});

/// Docker's own, where the file says nothing.
const INTERVAL: Duration = Duration::from_secs(30);
const RETRIES: u32 = 3;

/// Reads `healthcheck` into the service. `inside` gives the command that runs words where the check is meant.
pub(super) fn read(
    entry: &Entry<'_>,
    shape: &Shape<'_>,
    service: &mut DraftService,
    leftovers: &mut Leftovers,
    inside: impl FnOnce(&[String], &mut Leftovers) -> Option<DraftCommand>,
) -> Result<(), ImportError> {
    let mut keys = Keys::of(entry.node, &entry.key)?;
    let disabled = keys.flag("disable", leftovers).is_some_and(|(flag, _)| flag);
    let test = keys.take("test");
    let mut time = |name: &str, leftovers: &mut Leftovers| {
        let (text, at) = keys.text(name, leftovers)?;
        let read = duration(text).filter(|duration| *duration >= Duration::from_millis(1));
        if read.is_none() {
            leftovers.lost(at.key, at.line, "not a duration that can be carried over");
        }
        read
    };
    let (interval, timeout) = (time("interval", leftovers), time("timeout", leftovers));
    let (start_period, start_interval) = (time("start_period", leftovers), time("start_interval", leftovers));
    let retries = keys.number("retries", leftovers).map(|(number, _)| number.clamp(1, 1_000_000));
    keys.rest(leftovers, |name| reason(&[], name));
    let Some(test) = test.filter(|_| !disabled) else { return Ok(()) };
    let Some(words) = words(test.node) else { return Ok(()) };
    let fetched = fetched_path(&words, shape, service);
    let check = match fetched {
        Some(path) => DraftCheck::Http(path),
        None => match inside(&words, leftovers) {
            Some(command) => DraftCheck::Exec(command),
            None => {
                leftovers.lost(test.key, test.line, "it would need a program that may be in the image alone");
                return Ok(());
            }
        },
    };
    let over_http = matches!(check, DraftCheck::Http(_));
    let mut health = DraftHealth::new(check);
    health.interval = interval;
    health.timeout = timeout;
    health.failures = retries;
    health.start_interval = start_interval;
    // When Docker would call it unhealthy at the earliest.
    health.start_timeout = start_period
        .map(|period| period + interval.unwrap_or(INTERVAL) * retries.unwrap_or(RETRIES).min(1000));
    service.health = Some(if over_http {
        Said::remarked(health, "the path that the healthcheck fetched, asked from here")
    } else {
        Said::plainly(health)
    });
    Ok(())
}

/// The words of the test without `CMD`; `sh -c` where it is meant for a shell.
fn words(test: &Node) -> Option<Vec<String>> {
    let texts: Vec<&str> = test.items().iter().filter_map(Node::text).collect();
    let shell = |line: &str| Some(vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()]);
    if !test.is_list() {
        return shell(texts.first()?);
    }
    match *texts.first()? {
        "NONE" => None,
        "CMD-SHELL" => shell(texts.get(1)?),
        "CMD" if texts.len() > 1 => Some(texts[1..].iter().map(|word| (*word).to_owned()).collect()),
        _ => None,
    }
}

/// The path, if the test only fetches one from the port that is published.
fn fetched_path(words: &[String], shape: &Shape<'_>, service: &DraftService) -> Option<String> {
    service.port.as_ref()?;
    let container = shape.port()?.container;
    let line = words.join(" ");
    let found = FETCH.captures(&line)?;
    let port = found.get(1).map_or(80, |port| port.as_str().parse().unwrap_or(0));
    let path = found.get(2).map_or("/", |path| path.as_str());
    (port == container.get() && !path.contains(['$', '{'])).then(|| path.to_owned())
}
