//! A service that stays in its container: `docker compose up` in the foreground, and what Portolan watches of it.

use std::time::Duration;

use crate::draft::braces::escaped;
use crate::draft::commands;
use crate::draft::import::error::ImportError;
use crate::draft::import::keys::{Keys, duration};
use crate::draft::import::leftover::{Fate, Leftovers};
use crate::draft::import::variables;
use crate::draft::service::{DraftCommand, DraftPort, DraftService, DraftStop, Said};
use crate::draft::stack::Draft;

use super::shape::Shape;
use super::{health, need};

/// What `docker compose` needs beyond the container's own grace period, so that no container is left.
const BEYOND: Duration = Duration::from_secs(5);

/// How services of one file are started.
pub(super) struct Contained<'f> {
    /// The file, where `docker compose` would not find it by itself.
    pub(super) file: Option<&'f str>,
    /// Whether another service waits for its end, whose exit code then counts.
    pub(super) awaited: bool,
}

impl Contained<'_> {
    fn compose(&self) -> Vec<String> {
        let mut words = vec!["docker".to_owned(), "compose".to_owned()];
        if let Some(file) = self.file {
            words.extend(["-f".to_owned(), file.to_owned()]);
        }
        words
    }

    pub(super) fn service(
        &self,
        shape: &Shape<'_>,
        draft: &mut Draft,
        leftovers: &mut Leftovers,
    ) -> Result<DraftService, ImportError> {
        let mut words = self.compose();
        words.extend(["up", "--no-deps", "--no-log-prefix"].map(str::to_owned));
        if self.awaited {
            words.extend(["--exit-code-from".to_owned(), shape.name.to_owned()]);
        }
        words.push(shape.name.to_owned());
        let mut service = DraftService::new(shape.name, Said::plainly(commands::from_words(&words)));
        service.line = Some(shape.entry.line);
        let mut keys = Keys::of(shape.entry.node, &shape.entry.key)?;
        if let Some(entry) = keys.take("ports") {
            self.ports(shape, &entry.key, &mut service, leftovers);
            for line in super::ports::read(&entry).1 {
                leftovers.kept(&*entry.key, line, "published by compose; Portolan watches TCP ports alone");
            }
        }
        if let Some(entry) = keys.take("healthcheck") {
            let inside = |test: &[String], leftovers: &mut Leftovers| {
                let mut exec = self.compose();
                exec.extend(["exec", "-T", shape.name].map(str::to_owned));
                let mut exec: Vec<String> = exec.iter().map(|word| escaped(word)).collect();
                for word in test {
                    exec.push(variables::interpolated(word, None, &entry.key, entry.line, draft, leftovers));
                }
                Some(DraftCommand::Words(exec))
            };
            health::read(&entry, shape, &mut service, leftovers, inside)?;
        }
        if let Some(entry) = keys.take("depends_on") {
            need::read(&entry, &mut service, leftovers)?;
        }
        if let Some(entry) = keys.take("profiles") {
            service.profiles = super::local::profiles(&entry);
        }
        if let Some((text, _)) = keys.text("stop_grace_period", leftovers)
            && let Some(grace) = duration(text)
        {
            let stop = DraftStop { signal: None, grace: Some(grace + BEYOND) };
            service.stop =
                Some(Said::remarked(stop, "longer than the container's own, so that none is left"));
        }
        keys.rest(leftovers, |name| (Fate::Kept, kept(name)));
        Ok(service)
    }

    fn ports(&self, shape: &Shape<'_>, key: &str, service: &mut DraftService, leftovers: &mut Leftovers) {
        let mut published = shape.published.iter();
        for port in published.by_ref() {
            let Some(host) = port.watched() else {
                let why = match port.host {
                    Some(_) => "published by compose; Portolan watches no port below 1024",
                    None => "published by compose where it likes, so Portolan does not watch it",
                };
                leftovers.kept(key, port.line, why);
                if port.host.is_some() {
                    break;
                }
                continue;
            };
            let wish = DraftPort {
                fixed: port.variable.is_none(),
                env: port.variable.clone(),
                ..DraftPort::prefer(host)
            };
            service.port = Some(match &port.variable {
                Some(variable) => {
                    Said::remarked(wish, format!("compose reads {variable}, so that the port may move"))
                }
                None => Said::remarked(
                    wish,
                    format!(
                        "fixed in the compose file; \"${{PORT:-{host}}}:{}\" there would let it move",
                        port.container
                    ),
                ),
            });
            break;
        }
        for port in published {
            leftovers.kept(key, port.line, "published by compose; Portolan watches the first port alone");
        }
    }
}

fn kept(name: &str) -> String {
    match name {
        "restart" => "Docker restarts the container itself".to_owned(),
        name if name.starts_with("x-") => "an extension, which compose itself ignores".to_owned(),
        _ => "`docker compose` still reads it".to_owned(),
    }
}
