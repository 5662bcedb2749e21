//! What the console does about ports: what there is to choose from, ending whoever is in the way, remembering a choice.

use std::process::{Child, Command};

use portolan::handle::{CommandRequest, EndHolder};
use portolan::stack::{Port, PortVerdict, Refusal};

use crate::support::{Control, Project, fixture, free_ports, get, name, until};

/// A server of nobody's, ended when dropped.
struct Stranger(Child);

impl Stranger {
    #[expect(clippy::disallowed_methods, reason = "a stranger to the stack")]
    fn start(project: &Project, port: u16, before: &[&str]) -> Self {
        let mark = project.mark();
        let child = Command::new(fixture())
            .args(before)
            .args(["http", "--port", &port.to_string()])
            .envs([mark.split_once('=').unwrap()])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let stranger = Self(child);
        get(port, "/health");
        stranger
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn web(first: u16) -> String {
    format!(
        "[stack]\nname = 'choosing'\n[services.web]\ncommand = 'FIXTURE http'\nport = '{first}-{}'\nhealth = '/health'\n",
        first + 5
    )
}

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn holder(pid: u32) -> EndHolder {
    EndHolder { pid, force: false }
}

#[test]
fn a_stranger_on_the_preferred_port_is_named_ended_and_its_port_taken() {
    let first = free_ports(6);
    let (project, runtime) = (Project::new(&web(first)), tempfile::tempdir().unwrap());
    let mut stranger = Stranger::start(&project, first, &[]);
    let mut control = Control::start_well(&project, &runtime, &[]);
    let handle = &control.handle;

    let options = control.ask(handle.port_options(name("web")));
    assert_eq!(options.current, Some(port(first + 1)));
    let preferred = options.preferred.unwrap();
    assert_eq!((preferred.port, preferred.held_by.unwrap().pid), (port(first), Some(stranger.pid())));
    assert_eq!(options.free, [2, 3, 4, 5].map(|n| port(first + n)));
    assert_eq!(options.held.len(), 1);
    let check = |number: u16| control.ask(handle.check_port(name("web"), port(number)));
    let PortVerdict::Held { by } = check(first).verdict else { panic!("{:?}", check(first)) };
    assert_eq!(by.pid, Some(stranger.pid()));
    assert_eq!(check(first + 1).verdict, PortVerdict::Current);
    assert_eq!(check(first + 2).verdict, PortVerdict::Free);

    let wrong = std::process::id();
    let refusal = control.refused(handle.end_holder(port(first), holder(wrong)));
    let Refusal::NotHolder { holder: Some(real), .. } = &refusal else { panic!("{refusal}") };
    assert_eq!(real.pid, Some(stranger.pid()));
    assert!(!stranger.has_ended());

    let ended = control.ask(handle.end_holder(port(first), holder(stranger.pid())));
    assert_eq!((ended.port, ended.pid, ended.killed), (port(first), stranger.pid(), false));
    assert!(stranger.has_ended());
    assert_eq!(check(first).verdict, PortVerdict::Free);
    let gone = control.refused(handle.end_holder(port(first), holder(stranger.pid())));
    assert!(matches!(gone, Refusal::NotHolder { holder: None, .. }), "{gone}");

    let reassign = CommandRequest::Reassign { service: name("web"), to: Some(port(first)) };
    assert_eq!(control.ask(handle.command(reassign)).port, Some(port(first)));
    until("web is on the preferred port", || get(first, "/pid").parse::<u32>().ok());
    assert_eq!(control.up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn a_holder_that_ignores_the_request_is_killed() {
    let first = free_ports(6);
    let (project, runtime) = (Project::new(&web(first)), tempfile::tempdir().unwrap());
    let mut stranger = Stranger::start(&project, first, &["ignore-term", "then"]);
    let mut control = Control::start_well(&project, &runtime, &[]);
    let ended = control.ask(control.handle.end_holder(port(first), holder(stranger.pid())));
    assert!(ended.killed);
    assert!(stranger.has_ended());
    assert_eq!(control.up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn the_launcher_its_guardian_and_its_services_are_not_ended_as_holders() {
    let first = free_ports(6);
    let (project, runtime) = (Project::new(&web(first)), tempfile::tempdir().unwrap());
    let mut control = Control::start_well(&project, &runtime, &[]);
    let own = port(first);
    for pid in [0, 1, control.up.pid()] {
        let refusal = control.refused(control.handle.end_holder(own, EndHolder { pid, force: true }));
        assert_eq!(refusal, Refusal::Protected { pid });
    }
    let refusal = control.refused(control.handle.end_holder(own, holder(control.pid("web"))));
    assert!(refusal.to_string().contains("portolan --stack choosing stop web"), "{refusal}");
    assert_eq!(control.epoch("web"), 1);
    assert_eq!(control.up.interrupt(), 130);
}

#[test]
fn a_port_of_another_stack_is_refused_with_the_way_to_free_it_unless_forced() {
    let first = free_ports(6);
    let (project, runtime) = (Project::new(&web(first)), tempfile::tempdir().unwrap());
    let folder = project.checkout("other");
    let mut other = Control::start_well(&project, &runtime, &[]);
    let mut control = Control::start_in(&project, &folder, &runtime, &[]);
    control.until_well();
    let handle = &control.handle;
    assert_eq!((other.port("web"), control.port("web")), (port(first), port(first + 1)));

    let report = control.ask(handle.ports());
    let rows: Vec<_> = report.ports.iter().map(|row| (row.port, row.stack.as_str())).collect();
    assert_eq!(rows, [(port(first), "choosing"), (port(first + 1), "choosing-2")]);
    let options = control.ask(handle.port_options(name("web")));
    let by = options.preferred.unwrap().held_by.unwrap();
    assert_eq!((by.stack.as_deref(), by.service.as_deref()), (Some("choosing"), Some("web")));

    for pid in [other.up.pid(), other.pid("web")] {
        let refusal = control.refused(handle.end_holder(port(first), holder(pid)));
        assert!(refusal.to_string().contains("portolan --stack choosing stop web"), "{refusal}");
    }
    assert_eq!(other.epoch("web"), 1);
    let forced = EndHolder { pid: other.up.pid(), force: true };
    let ended = control.ask(handle.end_holder(port(first), forced));
    assert_eq!(ended.pid, other.up.pid());
    other.up.ended();
    assert_eq!(control.up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn options_say_which_dependents_restart_and_those_do() {
    let toml = "[services.db]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n\
                [services.api]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\nneeds = ['db']\n\
                [services.web]\ncommand = 'FIXTURE sleep'\nneeds = { api = { restart = true } }\n\
                [services.mailer]\ncommand = 'FIXTURE sleep'\n\
                [services.docs]\nmode = 'shared'\nurl = 'http://127.0.0.1:9'\n";
    let (project, runtime) = (Project::new(toml), tempfile::tempdir().unwrap());
    let mut control = Control::start_well(&project, &runtime, &[]);
    let handle = &control.handle;
    let options = control.ask(handle.port_options(name("db")));
    assert_eq!(options.restarts, [name("api"), name("web")]);
    let free = *options.free.first().unwrap_or_else(|| panic!("{options:?}"));
    let reassign = CommandRequest::Reassign { service: name("db"), to: Some(free) };
    control.ask(handle.command(reassign));
    until("the dependents run anew", || (control.epoch("web") == 2).then_some(()));
    control.until_well();
    let epochs = ["db", "api", "web", "mailer"].map(|service| control.epoch(service));
    assert_eq!(epochs, [2, 2, 2, 1]);
    for (service, refusal) in [
        ("mailer", Refusal::NoPort { name: name("mailer") }),
        ("docs", Refusal::NoPort { name: name("docs") }),
        ("ghost", Refusal::UnknownService { name: "ghost".into() }),
    ] {
        assert_eq!(control.refused(handle.port_options(name(service))), refusal);
    }
    assert_eq!(control.up.interrupt(), 130);
}

#[test]
fn a_remembered_port_is_written_beside_the_configuration_and_taken_at_the_next_start() {
    let first = free_ports(6);
    let (project, runtime) = (Project::new(&web(first)), tempfile::tempdir().unwrap());
    let local = "# mine alone\n\n[services.web]   # the site\nenv = { A = 'b' }\n";
    project.write("portolan.local.toml", local);
    let mut control = Control::start_well(&project, &runtime, &[]);
    let handle = &control.handle;
    let remembered = control.ask(handle.remember_port(name("web"), port(first + 3)));
    assert_eq!(remembered.file, project.path("portolan.local.toml"));
    let line = format!("port = {{ prefer = {}, range = \"{first}-{}\" }}\n", first + 3, first + 5);
    assert_eq!(project.read("portolan.local.toml"), format!("{local}{line}"));
    let outside = control.ask(handle.check_port(name("web"), port(first + 5)));
    assert_eq!(outside.outside_of, None);
    let refusal = control.refused(handle.remember_port(name("web"), port(1)));
    assert!(refusal.to_string().contains("outside the range"), "{refusal}");
    control.ask(handle.reload());
    assert_eq!((control.port("web"), control.epoch("web")), (port(first), 1), "nothing moves by itself");
    assert_eq!(control.up.interrupt(), 130);
    let mut control = Control::start_well(&project, &runtime, &[]);
    assert_eq!(control.port("web"), port(first + 3));
    assert_eq!(control.up.interrupt(), 130);
}

#[test]
fn a_choice_that_another_file_overrides_is_not_left_behind() {
    let first = free_ports(6);
    let (project, runtime) = (Project::new(&web(first)), tempfile::tempdir().unwrap());
    project.write("over.toml", format!("[services.web]\nport = {}\n", first + 2));
    let mut control = Control::start_well(&project, &runtime, &["-f", "over.toml"]);
    let refusal = control.refused(control.handle.remember_port(name("web"), port(first + 1)));
    assert!(refusal.to_string().contains("overrides"), "{refusal}");
    assert!(!project.path("portolan.local.toml").exists());
    project.write("portolan.local.toml", "[services.web\n");
    let refusal = control.refused(control.handle.remember_port(name("web"), port(first + 1)));
    assert!(refusal.to_string().contains("portolan.local.toml"), "{refusal}");
    assert_eq!(project.read("portolan.local.toml"), "[services.web\n");
    assert_eq!(control.up.interrupt(), 130);
}
