//! What the specification says of each service, in a form that may be shown: no secrets, paths short, health in words.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::without_password;
use super::time::millis;
use super::{
    ConsoleSpec, Mode, Port, PortRange, PortSpec, ProbeCheck, ProbeSpec, RestartPolicy, Runs, ServiceName,
    ServiceSpec, StackSpec, StopSignal, Until,
};

/// A stack as its specification has it now; a reload may change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackDescription {
    /// Its portolan.toml.
    pub file: PathBuf,
    /// Where its state lies: generated values, remembered ports, runs.
    pub state_folder: PathBuf,
    /// The folder of this run, with the logs.
    pub run_folder: PathBuf,
    /// What portolan.toml says about the console.
    pub console: ConsoleSpec,
    /// The services, in the order of the stack.
    pub services: Vec<ServiceDescription>,
}

/// What the specification says of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceDescription {
    /// Its name.
    pub name: ServiceName,
    /// How it is provided.
    pub mode: Mode,
    /// Its command as written, placeholders included; the address of a shared service; `None` for one that Portolan
    /// serves itself, and for a disabled one that has none.
    pub command: Option<String>,
    /// The one-shot commands before each start.
    pub prepare: Vec<String>,
    /// Its directory, relative to the folder of the stack where it lies in it; empty for that folder itself.
    pub directory: PathBuf,
    /// Its environment files, lowest first, those of the stack included; relative like the directory.
    pub env_files: Vec<PathBuf>,
    /// How its health is told, in words: `GET /health every 10s, up to 60s to start`.
    pub health: Option<String>,
    /// The port that it would like.
    pub preferred_port: Option<Port>,
    /// Where to look for another.
    pub ports: Option<PortRange>,
    /// What it needs.
    pub needs: Vec<NeedDescription>,
    /// Those that may be given its address, so that they restart when it moves to another port.
    pub readers: Vec<ServiceName>,
    /// After which endings it is started again.
    pub restart: RestartPolicy,
    /// How many restarts in a row at most; `None` for no limit.
    pub restart_max: Option<u32>,
    /// How it is asked to stop.
    pub stop_signal: StopSignal,
    /// How long it may take to, in milliseconds.
    pub grace_ms: u64,
    /// Whether it runs in a pseudo-terminal.
    pub tty: bool,
    /// The profiles that it belongs to; none if it is always there.
    pub profiles: Vec<String>,
}

/// One need of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedDescription {
    /// What is needed.
    pub service: ServiceName,
    /// What must have happened to it.
    pub until: Until,
    /// How long that may take, in milliseconds.
    pub timeout_ms: u64,
    /// The address that is given instead when it takes longer.
    pub fallback: Option<String>,
    /// Whether a restart of the one restarts the other.
    pub restart: bool,
}

impl StackDescription {
    /// The service of that name.
    pub fn service(&self, name: &ServiceName) -> Option<&ServiceDescription> {
        self.services.iter().find(|service| service.name == *name)
    }
}

impl StackSpec {
    /// Describes every service. `mask` takes out what is known to be secret.
    pub fn describe(&self, mask: impl Fn(&str) -> String) -> Vec<ServiceDescription> {
        self.services.iter().map(|service| self.describe_service(service, &mask)).collect()
    }

    /// Those that may be given the address of `name`: they need it, or mention it in a command, variable or URL. A
    /// service elsewhere has no environment of ours.
    pub fn readers(&self, name: &ServiceName) -> Vec<ServiceName> {
        let given = |service: &&ServiceSpec| match service.mode() {
            Mode::Local | Mode::Embedded => service.links().any(|link| link == name),
            Mode::Shared | Mode::Disabled => false,
        };
        self.services.iter().filter(given).map(|service| service.name.clone()).collect()
    }

    fn describe_service(&self, service: &ServiceSpec, mask: &impl Fn(&str) -> String) -> ServiceDescription {
        let shown = |text: &str| mask(&without_passwords(text));
        let here = |path: &Path| path.strip_prefix(self.folder()).unwrap_or(path).to_owned();
        let port = service.port.as_ref();
        ServiceDescription {
            name: service.name.clone(),
            mode: service.mode(),
            command: match &service.runs {
                Runs::Command(command) => Some(shown(&command.to_string())).filter(|text| !text.is_empty()),
                Runs::Shared { url } => Some(shown(url)),
                Runs::Embedded(_) => None,
            },
            prepare: service.prepare.iter().map(|command| shown(&command.to_string())).collect(),
            directory: here(&service.directory),
            env_files: self.env_files.iter().chain(&service.env_files).map(|file| here(&file.path)).collect(),
            health: service.probe().map(|probe| shown(&in_words(&probe))),
            preferred_port: port.and_then(|port| port.prefer),
            ports: port.and_then(|port: &PortSpec| port.range),
            needs: service
                .needs
                .iter()
                .map(|need| NeedDescription {
                    service: need.service.clone(),
                    until: need.until,
                    timeout_ms: millis(need.timeout),
                    fallback: need.fallback.as_deref().map(shown),
                    restart: need.restart,
                })
                .collect(),
            readers: self.readers(&service.name),
            restart: service.restart.policy,
            restart_max: service.restart.max,
            stop_signal: service.stop.signal,
            grace_ms: millis(service.stop.grace),
            tty: service.tty,
            profiles: service.profiles.clone(),
        }
    }
}

/// What is asked and how often. Header values are left out: they may be tokens.
fn in_words(probe: &ProbeSpec) -> String {
    let mut words = match &probe.check {
        ProbeCheck::Listening => "listens on its port".to_owned(),
        ProbeCheck::Tcp => "accepts a connection".to_owned(),
        ProbeCheck::Http(check) => format!("GET {}", check.path),
        ProbeCheck::Exec(command) => format!("`{command}` exits with 0"),
        // Seen once, it stays true: there is no rhythm to tell.
        ProbeCheck::Log(pattern) => format!("prints a line that matches /{pattern}/"),
    };
    if !matches!(probe.check, ProbeCheck::Log(_)) {
        // Writing to a string cannot fail.
        let _ = write!(words, ", every {}", short(probe.interval));
    }
    let _ = write!(words, ", up to {} to start", short(probe.start_timeout));
    words
}

/// `10s`, `250ms`, `1.5s`.
fn short(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{}ms", duration.as_millis())
    } else {
        format!("{}s", duration.as_secs_f64())
    }
}

/// The text with the password of every URL in it taken out.
fn without_passwords(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(without_password).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{CommandLine, EnvFileSpec, HttpCheck, Need, samples};

    fn described(service: ServiceSpec) -> ServiceDescription {
        samples::stack(vec![service]).describe(|text| text.replace("s3cret", "***")).remove(0)
    }

    #[test]
    fn health_is_told_in_words() {
        let http = HttpCheck {
            path: "/health".into(),
            status: Vec::new(),
            headers: vec![("authorization".into(), "Bearer abc".into())],
            body: None,
        };
        for (check, words) in [
            (ProbeCheck::Listening, "listens on its port, every 10s, up to 60s to start"),
            (ProbeCheck::Tcp, "accepts a connection, every 10s, up to 60s to start"),
            (ProbeCheck::Http(http), "GET /health, every 10s, up to 60s to start"),
            (
                ProbeCheck::Exec(CommandLine::Shell("check --now".into())),
                "`check --now` exits with 0, every 10s, up to 60s to start",
            ),
            (ProbeCheck::Log("ready".into()), "prints a line that matches /ready/, up to 60s to start"),
        ] {
            assert_eq!(in_words(&ProbeSpec::new(check)), words);
        }
        let odd = ProbeSpec {
            interval: Duration::from_millis(250),
            start_timeout: Duration::from_millis(1500),
            ..ProbeSpec::new(ProbeCheck::Tcp)
        };
        assert_eq!(in_words(&odd), "accepts a connection, every 250ms, up to 1.5s to start");
    }

    #[test]
    fn neither_known_secrets_nor_passwords_in_urls_are_shown() {
        let words = ["run", "--key", "s3cret", "--db=postgres://u:pw@{db.host}/app"];
        let command = CommandLine::Words(words.map(str::to_owned).to_vec());
        let fallback = Some("http://u:pw@elsewhere".to_owned());
        let service = ServiceSpec {
            runs: Runs::Command(command),
            prepare: vec![CommandLine::Shell("migrate http://u:pw@h --key s3cret".into())],
            needs: vec![Need { fallback, ..samples::need("db") }],
            ..samples::service("api")
        };
        let described = described(service);
        let command = described.command.as_deref();
        assert_eq!(command, Some("run --key *** --db=postgres://u:********@{db.host}/app"));
        assert_eq!(described.prepare, ["migrate http://u:********@h --key ***"]);
        assert_eq!(described.needs[0].fallback.as_deref(), Some("http://u:********@elsewhere"));
    }

    #[test]
    fn paths_are_told_from_the_folder_of_the_stack() {
        let file = |path: &str| EnvFileSpec { path: path.into(), listed: None };
        let service = ServiceSpec {
            directory: "/sample/api".into(),
            env_files: vec![file("/sample/api/.env"), file("/etc/shared.env")],
            ..samples::service("api")
        };
        let described = described(service);
        assert_eq!(described.directory, Path::new("api"));
        assert_eq!(described.env_files, [Path::new("api/.env"), Path::new("/etc/shared.env")]);
    }

    #[test]
    fn readers_are_those_that_may_be_given_the_address() {
        let needing = ServiceSpec { needs: vec![samples::need("db")], ..samples::service("needing") };
        let naming = ServiceSpec { references: vec![samples::name("db")], ..samples::service("naming") };
        let disabled = ServiceSpec { disabled: true, ..needing.clone() };
        let disabled = ServiceSpec { name: samples::name("disabled"), ..disabled };
        let stack = samples::stack(vec![
            samples::service("db"),
            needing,
            naming,
            samples::service("other"),
            disabled,
        ]);
        let names: Vec<_> = stack.readers(&samples::name("db"));
        assert_eq!(names, [samples::name("needing"), samples::name("naming")]);
        assert!(stack.readers(&samples::name("other")).is_empty());
    }
}
