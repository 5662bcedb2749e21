//! Addresses that lead nowhere: which dependency was meant, who said so, and where it is now.

use super::super::case::Case;
use super::super::place;
use super::Draft;
use super::address::{Address, addresses, is_here};
use crate::ports;
use crate::stack::{Port, PortSpec, ServiceSnapshot, State};

/// The service could not reach `{host}:{port}`; programs that do not say what they could not reach are common.
pub(super) fn address(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let said = draft.port();
    let own = addresses(case, &case.spec.name);
    let (host, port, variable) = match said {
        Some(port) => {
            let host = draft.value("host").unwrap_or_else(|| "127.0.0.1".to_owned());
            (host, port, own.iter().find(|address| address.port == Some(port)))
        }
        None => match guess(case, draft, &own) {
            Some(guessed) => {
                let host = guessed.host.clone().unwrap_or_else(|| "127.0.0.1".to_owned());
                (host, guessed.port?, Some(guessed))
            }
            None => return unknown(draft),
        },
    };
    refused(case, draft, &host, port, variable)
}

/// The service could not reach that host and port, which the variable holds.
fn refused(
    case: &Case<'_>,
    draft: &mut Draft,
    host: &str,
    port: Port,
    variable: Option<&Address<'_>>,
) -> Option<()> {
    // Its own port: it speaks of itself.
    if case.service.port == Some(port) {
        return None;
    }
    let here = case.snapshot.services.iter().find(|other| other.port == Some(port));
    let meant = here.filter(|_| is_here(host)).or_else(|| meant(case, port, variable));
    // It tries again until that is up, which is on its way.
    let is_coming = |other: &ServiceSnapshot| {
        other.port == Some(port) && !matches!(condition(other.state), Condition::Down(_))
    };
    if case.service.state == State::Starting && meant.is_some_and(is_coming) {
        return None;
    }
    if variable.is_none() && draft.place.is_none() {
        draft.place = place::number(case, &port.to_string());
    }
    let address = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    draft.set("address", address.clone());
    if let Some(variable) = variable {
        variable.tell(case, draft);
    }
    match meant {
        Some(other) if other.port == Some(port) => at_home(case, draft, other, host, &address),
        Some(other) => moved(case, draft, other, port, variable),
        None => stranger(draft, variable, is_here(host).then_some(port), &address),
    }
    Some(())
}

/// A healthy service could not reach `{host}:{port}`, or did not say what: worth a word only if the address is another
/// one than that of the service which is meant, as that does not pass.
pub(super) fn elsewhere(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    if case.service.state != State::Healthy || !draft.value("host").is_none_or(|host| is_here(&host)) {
        return None;
    }
    let own = addresses(case, &case.spec.name);
    let variable = match draft.value("port") {
        Some(port) => {
            let port = port.parse().ok().and_then(Port::new)?;
            own.iter().find(|address| address.port == Some(port)).filter(|address| is_silent(address))?
        }
        None => only_one(case, draft, &own)?,
    };
    let port = variable.port?;
    let other = meant(case, port, Some(variable))?;
    if !other.state.is_up() || other.port.is_none_or(|now| now == port) {
        return None;
    }
    let host = draft.value("host").or_else(|| variable.host.clone());
    refused(case, draft, host.as_deref().unwrap_or("127.0.0.1"), port, Some(variable))
}

/// The variable that must hold the address which was refused: the service's code reads it, and no other one leads to
/// where nobody listens, or did not when it was said.
fn only_one<'a, 'c>(case: &Case<'_>, draft: &Draft, own: &'a [Address<'c>]) -> Option<&'a Address<'c>> {
    let refusing = own.iter().filter(|address| {
        leads_here(case, address) && (is_silent(address) || was_late(case, draft, address))
    });
    let refusing: Vec<&Address<'_>> = refusing.collect();
    let port = refusing.first()?.port;
    if refusing.iter().any(|other| other.port != port) {
        return None;
    }
    let is_read = |address: &Address<'_>| place::mention(case, address.name).is_some();
    refusing.into_iter().find(|address| address.host.is_some() && is_read(address))
}

/// Which variable holds the address that was refused: one where nobody listens, or where a service of the stack was
/// late.
fn guess<'a, 'c>(case: &Case<'_>, draft: &Draft, own: &'a [Address<'c>]) -> Option<&'a Address<'c>> {
    let candidates = || own.iter().filter(|address| leads_here(case, address));
    candidates()
        .find(|address| is_silent(address))
        .or_else(|| candidates().find(|address| was_late(case, draft, address)))
}

/// Whether the address is one of this machine, and not the service's own.
fn leads_here(case: &Case<'_>, address: &Address<'_>) -> bool {
    address.host.as_deref().is_none_or(is_here) && address.port.is_some() && address.port != case.service.port
}

/// Whether nobody listens there.
fn is_silent(address: &Address<'_>) -> bool {
    let listeners = address.port.and_then(|port| ports::listeners_on(port).ok());
    listeners.is_some_and(|listeners| listeners.is_empty())
}

/// Whether it is the address of a service that was not up when the line was printed.
fn was_late(case: &Case<'_>, draft: &Draft, address: &Address<'_>) -> bool {
    let said_at = draft.line.and_then(|at| case.log.get(at)).map_or(0, |line| line.millis);
    let other = case.snapshot.services.iter().find(|other| other.port == address.port);
    other.is_some_and(|other| !other.state.is_up() || other.since.0 + LATE_MS > said_at)
}

/// A service may have listened a little before its probe found it healthy.
const LATE_MS: u64 = 500;

fn unknown(draft: &mut Draft) -> Option<()> {
    draft.set("address", "an address");
    draft.title = Some("something that it connects to refused the connection".to_owned());
    draft.remedy = Some("start what the code connects to there, or correct the address".to_owned());
    Some(())
}

/// The service that is probably meant: the variable carries its name, or the port is one of its own.
fn meant<'c>(case: &'c Case<'_>, port: Port, variable: Option<&Address<'_>>) -> Option<&'c ServiceSnapshot> {
    let others = || case.snapshot.services.iter().filter(|other| other.name != case.spec.name);
    let variable = variable.map(|address| format!("_{}_", address.name.to_ascii_uppercase()));
    let carries = |other: &ServiceSnapshot, start: bool| {
        let prefix = format!("_{}_", other.name.env_prefix());
        variable
            .as_ref()
            .is_some_and(|name| if start { name.starts_with(&prefix) } else { name.contains(&prefix) })
    };
    let ways: [&dyn Fn(&ServiceSnapshot) -> bool; 4] = [
        &|other| carries(other, true),
        &|other| prefers(case, other, port),
        &|other| carries(other, false),
        &|other| may_have(case, other, port),
    ];
    ways.iter().find_map(|way| others().find(|other| way(other)))
}

/// The address is right; its service was not there.
fn at_home(case: &Case<'_>, draft: &mut Draft, other: &ServiceSnapshot, host: &str, address: &str) {
    let (name, own) = (&other.name, &case.spec.name);
    let needs = case.spec.needs.iter().any(|need| need.service == *name);
    draft.evidence.push(format!("{name} is {}", other.state));
    let add_need = format!("add `needs = [\"{name}\"]` to {own} in portolan.toml");
    let origin = place::key(case, "needs");
    if other.state.is_up() {
        if let Some(only) = other.host.as_deref().filter(|only| host.contains(':') && !only.contains(':')) {
            draft.title = Some(format!("{name} listens on {only} and was looked for at {address}"));
            draft.remedy = Some("write 127.0.0.1 instead of localhost in the address".to_owned());
        } else if needs {
            draft.title = Some(format!("{name} refused a connection to {address} and is up now"));
            draft.remedy = Some(format!("start {own} again"));
            draft.action = Some(format!("portolan restart {own}"));
        } else {
            draft.title = Some(format!("{own} connected to {name} at {address} before {name} was up"));
            draft.evidence.push(format!("{own} does not name {name} in its `needs`"));
            draft.place = Some(origin);
            draft.remedy = Some(format!("start {own} again, and {add_need} so that it waits"));
            draft.action = Some(format!("portolan restart {own}"));
        }
        return;
    }
    draft.title = Some(format!("{name} is not reachable at {address}: {}", condition(other.state)));
    match other.state {
        State::Failed | State::Backoff | State::Unhealthy | State::Completed => {
            draft.remedy = Some(format!("look into {name}"));
            draft.action = Some(format!("portolan why {name}"));
        }
        State::Stopped => {
            draft.remedy = Some(format!("start {name}"));
            draft.action = Some(format!("portolan start {name}"));
        }
        _ if !needs => {
            draft.evidence.push(format!("{own} does not name {name} in its `needs`"));
            draft.place = Some(origin);
            draft.remedy = Some(format!("{add_need}, so that it waits"));
        }
        _ => draft.remedy = Some(format!("wait for {name}")),
    }
}

/// How a dependency is, in a sentence.
enum Condition {
    Up(&'static str),
    Coming(&'static str),
    Down(&'static str),
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Up(text) | Self::Coming(text) | Self::Down(text)) = self;
        f.write_str(text)
    }
}

fn condition(state: State) -> Condition {
    match state {
        State::Running | State::Healthy => Condition::Up("it is up"),
        State::Waiting | State::Preparing | State::Starting => Condition::Coming("it is still starting"),
        State::Disabled => Condition::Down("it is disabled"),
        State::Stopped => Condition::Down("it is stopped"),
        State::Unhealthy => Condition::Down("it is unhealthy"),
        State::Backoff => Condition::Down("it keeps failing"),
        State::Stopping => Condition::Down("it is being stopped"),
        State::Completed => Condition::Down("it has ended"),
        State::Failed => Condition::Down("it has failed"),
    }
}

/// The address is another one than that of the service.
fn moved(
    case: &Case<'_>,
    draft: &mut Draft,
    other: &ServiceSnapshot,
    port: Port,
    variable: Option<&Address<'_>>,
) {
    let (name, own) = (&other.name, &case.spec.name);
    draft.evidence.push(format!("no service of this stack is on {port}; {name} is {}", other.state));
    match (other.port, variable) {
        (Some(now), Some(Address { name: variable, host, .. })) => {
            draft.title = Some(format!("{variable} leads to port {port}, but {name} is on {now}"));
            let part = if host.is_some() { "url" } else { "port" };
            draft.remedy =
                Some(format!("set {variable} = \"{{{name}.{part}}}\" under `env` of {own} in portolan.toml"));
            // What is written nowhere right, doctor mends; an address that moved for once is mended by its placeholder, too.
            // A port alone it does not know for an address.
            if !may_have(case, other, port) && host.is_some() {
                let variable = shell_words::quote(variable);
                draft.action = Some(format!("portolan doctor --fix stale-address {variable}"));
            }
            if let Some((third, place)) = agreeing(case, variable, now) {
                draft.title = Some(format!(
                    "{variable} leads {own} to port {port} and {third} to {now}, where {name} is"
                ));
                draft.evidence.push(format!("{third} gets {variable} from {place}"));
            }
        }
        (Some(now), None) => {
            draft.title = Some(format!("{own} asks for {name} on port {port}, but it is on {now}"));
            let prefix = name.env_prefix();
            draft.remedy = Some(format!("have the code read {prefix}_URL instead of a port of its own"));
        }
        (None, _) => {
            draft.title = Some(format!(
                "{name}, which port {port} stands for, is not there: {}",
                condition(other.state)
            ));
            draft.remedy = Some(format!("look into {name}"));
            draft.action = Some(format!("portolan why {name}"));
        }
    }
}

/// Whether that is the port that the service would rather have, by what portolan.toml says.
fn prefers(case: &Case<'_>, service: &ServiceSnapshot, port: Port) -> bool {
    port_spec(case, service).is_some_and(|spec| spec.prefer == Some(port))
}

/// Whether the service may be on that port, by what portolan.toml says.
fn may_have(case: &Case<'_>, service: &ServiceSnapshot, port: Port) -> bool {
    let in_range = |spec: &PortSpec| spec.range.is_some_and(|range| range.contains(port));
    prefers(case, service, port) || port_spec(case, service).is_some_and(in_range)
}

fn port_spec<'c>(case: &Case<'c>, service: &ServiceSnapshot) -> Option<&'c PortSpec> {
    case.stack.service(&service.name)?.port.as_ref()
}

/// Another service that is given the same variable with the right port, and where from.
fn agreeing(case: &Case<'_>, variable: &str, port: Port) -> Option<(String, String)> {
    let others = case.env.keys().filter(|service| **service != case.spec.name);
    others
        .filter_map(|service| {
            let found = addresses(case, service);
            let right =
                found.iter().find(|address| address.name == variable && address.port == Some(port))?;
            Some((service.to_string(), case.place_of(&right.fact.source)?))
        })
        .next()
}

/// The address is that of nothing in the stack.
fn stranger(draft: &mut Draft, variable: Option<&Address<'_>>, here: Option<Port>, address: &str) {
    let listeners = here.and_then(|port| ports::listeners_on(port).ok());
    let silent = listeners.is_some_and(|listeners| listeners.is_empty());
    if silent {
        draft.evidence.push(format!("nobody listens on {address}"));
    }
    let what = if silent { "where nobody listens" } else { "which refused the connection" };
    match variable {
        Some(variable) => {
            draft.title = Some(format!("{} leads to {address}, {what}", variable.name));
            draft.remedy = Some(format!("start what should be there, or correct {}", variable.name));
        }
        None if silent => draft.title = Some(format!("nobody listens on {address}, which it connects to")),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;
    use crate::stack::samples;

    /// `api` and `auth`, which prefers 18081 and is on 18085; `api` is told the address in `.env`.
    fn scene(value: &str) -> Scene {
        let mut scene = Scene::printing(&["Error: connect ECONNREFUSED"]);
        let mut auth = scene.stack.services[0].clone();
        auth.name = samples::name("auth");
        auth.port = Some(samples::port("18081-18089"));
        scene.stack.services.push(auth);
        let mut auth = scene.snapshot.services[0].clone();
        auth.name = samples::name("auth");
        auth.state = State::Healthy;
        auth.port = Port::new(18085);
        scene.snapshot.services.push(auth);
        scene.giving("api", "AUTH_SERVICE_URL", value, 3)
    }

    fn look(scene: &Scene, port: Option<&str>) -> Option<Draft> {
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(0);
        if let Some(port) = port {
            draft.set("port", port);
        }
        address(&case, &mut draft)?;
        Some(draft)
    }

    #[test]
    fn a_stale_address_is_told_with_where_its_service_is_now() {
        let scene = scene("http://127.0.0.1:18081");
        let draft = look(&scene, Some("18081")).unwrap();
        assert_eq!(draft.title.unwrap(), "AUTH_SERVICE_URL leads to port 18081, but auth is on 18085");
        assert_eq!(draft.place.unwrap(), ".env:3");
        assert!(draft.remedy.unwrap().contains("\"{auth.url}\""));
    }

    #[test]
    fn a_program_that_does_not_say_where_it_connected_to_is_helped_by_its_variables() {
        let scene = scene("http://127.0.0.1:18081");
        let draft = look(&scene, None).unwrap();
        assert_eq!(draft.value("address").unwrap(), "127.0.0.1:18081");
    }

    #[test]
    fn another_service_with_the_right_address_is_told() {
        let scene =
            scene("http://127.0.0.1:18081").giving("web", "AUTH_SERVICE_URL", "http://127.0.0.1:18085", 9);
        let draft = look(&scene, Some("18081")).unwrap();
        assert!(draft.title.unwrap().contains("leads api to port 18081 and web to 18085"));
        assert!(draft.evidence.iter().any(|line| line.contains(".env:9")));
    }

    #[test]
    fn a_service_that_came_late_is_one_to_wait_for() {
        let scene = scene("http://127.0.0.1:18085");
        let draft = look(&scene, Some("18085")).unwrap();
        assert_eq!(draft.title.unwrap(), "api connected to auth at 127.0.0.1:18085 before auth was up");
        assert!(draft.remedy.unwrap().contains("needs = [\"auth\"]"));
    }

    #[test]
    fn a_healthy_service_is_told_only_of_an_address_that_is_wrong_for_good() {
        let look = |scene: &Scene, port: &str| {
            let case = scene.case();
            let mut draft = Draft::new(&case, vec![("port".into(), port.into())]);
            elsewhere(&case, &mut draft).map(|()| draft.title)
        };
        let mut stale = scene("http://127.0.0.1:18081");
        assert!(look(&stale, "18081").is_none(), "it has failed, which another rule tells");
        stale.snapshot.services[0].state = State::Healthy;
        assert!(look(&stale, "18081").unwrap().unwrap().contains("auth is on 18085"));
        let mut right = scene("http://127.0.0.1:18085");
        right.snapshot.services[0].state = State::Healthy;
        assert!(look(&right, "18085").is_none(), "auth was late, which passes");
    }

    #[test]
    fn a_healthy_service_that_does_not_say_where_it_connected_to_is_told_if_only_one_address_can_be_meant() {
        let folder = tempfile::tempdir().unwrap();
        let code = "urlopen(environ['AUTH_SERVICE_URL'])\nconnect(environ['AUTH_PORT'])\n";
        std::fs::write(folder.path().join("main.py"), code).unwrap();
        let look = |scene: Scene| {
            let scene = scene.in_folder(folder.path());
            let case = scene.case();
            let mut draft = Draft::new(&case, Vec::new());
            draft.line = Some(0);
            elsewhere(&case, &mut draft).and(draft.title)
        };
        let (silent, other) = (silent_port(), silent_port());
        let settled = |mut scene: Scene| {
            scene.snapshot.services[0].state = State::Healthy;
            scene.log[0].millis = scene.snapshot.services[1].since.0 + 10_000;
            scene
        };
        let stale = || settled(scene(&format!("http://127.0.0.1:{silent}")));
        let told = format!("AUTH_SERVICE_URL leads to port {silent}, but auth is on 18085");
        assert_eq!(look(stale()).unwrap(), told);
        let both = stale().giving("api", "AUTH_DEBUG_URL", &format!("http://localhost:{silent}/v1"), 4);
        assert_eq!(look(both).unwrap(), told, "both lead to one port");
        let two = stale().giving("api", "OTLP_ENDPOINT", &format!("http://127.0.0.1:{other}"), 4);
        assert_eq!(look(two), None, "nobody listens there, either");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let now = listener.local_addr().unwrap().port();
        let late = || {
            let mut scene = stale().giving("api", "SECOND_AUTH_URL", &format!("http://127.0.0.1:{now}"), 4);
            scene.snapshot.services[1].port = Port::new(now);
            scene
        };
        assert!(look(late()).is_some(), "auth has long been up");
        let mut early = late();
        early.log[0].millis = early.snapshot.services[1].since.0;
        assert_eq!(look(early), None, "it may have been refused by auth, which was not up");
        let away = stale().giving("api", "MAIL_URL", "http://mail.example.com", 4);
        assert!(look(away).is_some(), "only addresses of this machine refuse at once");
        let mut unread = stale();
        unread.env.clear();
        let debug = format!("http://127.0.0.1:{silent}");
        assert_eq!(
            look(unread.giving("api", "AUTH_DEBUG_URL", &debug, 4)),
            None,
            "its code never reads that"
        );
        let mut bare = stale();
        bare.env.clear();
        let bare = bare.giving("api", "AUTH_PORT", &silent.to_string(), 4);
        assert_eq!(look(bare), None, "whose port it is, it does not say");
    }

    #[test]
    fn a_variable_that_holds_a_port_alone_is_to_be_given_a_port() {
        let mut scene = scene("").giving("api", "AUTH_PORT", "17081", 3);
        scene.snapshot.services[0].state = State::Healthy;
        let draft = look(&scene, Some("17081")).unwrap();
        assert_eq!(draft.title.unwrap(), "AUTH_PORT leads to port 17081, but auth is on 18085");
        assert!(draft.remedy.unwrap().contains("set AUTH_PORT = \"{auth.port}\""));
        assert_eq!(draft.action, None);
    }

    /// A port on which nobody listens any more.
    fn silent_port() -> u16 {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    #[test]
    fn who_tries_again_while_it_starts_is_left_alone_until_the_other_is_down() {
        let mut scene = scene("http://127.0.0.1:18085");
        scene.snapshot.services[0].state = State::Starting;
        assert!(look(&scene, Some("18085")).is_none());
        scene.snapshot.services[1].state = State::Starting;
        assert!(look(&scene, Some("18085")).is_none());
        scene.snapshot.services[1].state = State::Failed;
        assert!(look(&scene, Some("18085")).unwrap().title.unwrap().ends_with("it has failed"));
    }

    #[test]
    fn its_own_port_is_no_dependency() {
        let mut scene = scene("http://127.0.0.1:18085");
        scene.snapshot.services[0].port = Port::new(18000);
        assert!(look(&scene, Some("18000")).is_none());
    }
}
