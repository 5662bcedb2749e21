//! Whole environments: files on disk, a shell, a specification, and what a service gets of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::env::dotenv::EnvFiles;
use crate::env::{EnvProblem, Redactor, generated_values};
use crate::stack::samples;
use crate::stack::{
    Address, CommandLine, ConflictPolicy, EmbeddedKind, EnvEntry, EnvFileSpec, EnvFormat, EnvRule, EnvSource,
    HttpCheck, ListenerOwner, Mode, Need, Origin, Port, PortSpec, ProbeCheck, ProbeSpec, Reserve, RunId,
    Runs, ServiceName, ServiceSpec, StackSpec, Until,
};

struct Fixture {
    folder: TempDir,
    stack: StackSpec,
    shell: Vec<(&'static str, &'static str)>,
    set: Vec<(String, String)>,
    generated: BTreeMap<String, String>,
    port: Option<u16>,
    addresses: BTreeMap<ServiceName, Address>,
    run: u64,
    stage: Stage,
}

fn name(text: &str) -> ServiceName {
    ServiceName::new(text).unwrap()
}

fn origin(line: u32) -> Origin {
    Origin { file: Path::new("/s/portolan.toml").into(), line, column: 1 }
}

fn rule() -> EnvRule {
    EnvRule {
        origin: origin(9),
        required: false,
        secret: false,
        min_length: None,
        format: None,
        default: None,
        generate: None,
    }
}

fn service(text: &str) -> ServiceSpec {
    ServiceSpec { origin: origin(20), directory: "/s".into(), ..samples::service(text) }
}

fn http_service(text: &str) -> ServiceSpec {
    let check = HttpCheck { path: "/health".into(), status: Vec::new(), headers: Vec::new(), body: None };
    ServiceSpec { health: Some(ProbeSpec::new(ProbeCheck::Http(check))), ..service(text) }
}

fn port_spec(range: &str, variable: &str) -> PortSpec {
    PortSpec {
        prefer: None,
        range: Some(range.parse().unwrap()),
        env: variable.into(),
        conflict: ConflictPolicy::default(),
        reserve: Reserve::default(),
        owner: ListenerOwner::default(),
    }
}

fn address(port: u16) -> Address {
    let url = Some(format!("http://127.0.0.1:{port}"));
    Address { mode: Mode::Local, host: "127.0.0.1".into(), port: Port::new(port), url }
}

impl Fixture {
    /// A stack with the services `backend` and `auth`, and the default files.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let default = |name: &str| EnvFileSpec { path: folder.path().join(name), listed: None };
        let stack = StackSpec {
            name: "s".into(),
            file: folder.path().join("portolan.toml"),
            env_files: vec![default(".env"), default(".env.local")],
            env_rules: BTreeMap::new(),
            services: vec![service("backend"), http_service("auth")],
            console: Default::default(),
        };
        Self {
            folder,
            stack,
            shell: Vec::new(),
            set: Vec::new(),
            generated: BTreeMap::new(),
            port: None,
            addresses: BTreeMap::new(),
            run: 1,
            stage: Stage::Start,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        let line = 30 + u32::try_from(self.stack.services[0].env.len()).unwrap();
        let entry = EnvEntry { name: name.into(), value: value.into(), origin: origin(line) };
        self.stack.services[0].env.push(entry);
        self
    }

    fn rule(mut self, name: &str, rule: EnvRule) -> Self {
        self.stack.env_rules.insert(name.into(), rule);
        self
    }

    fn needs(mut self, service: &str, address: Option<Address>) -> Self {
        self.stack.services[0].needs.push(Need {
            service: name(service),
            until: Until::Healthy,
            timeout: std::time::Duration::from_secs(1),
            fallback: None,
            restart: false,
        });
        self.addresses.extend(address.map(|address| (name(service), address)));
        self
    }

    fn port(mut self, port: Option<u16>) -> Self {
        self.stack.services[0].port = Some(port_spec("8000-8010", "PORT"));
        self.port = port;
        self
    }

    /// What to make of the inputs of `backend`, and of a check of the stack.
    fn with<T>(&self, run: impl FnOnce(&EnvInputs<'_>, Checked) -> T) -> T {
        let all = self.stack.env_files.iter().chain(self.stack.services.iter().flat_map(|s| &s.env_files));
        let files = EnvFiles::load(all.map(|spec| spec.path.as_path()));
        let shell = Shell::new(self.shell.iter().map(|&(k, v)| (OsString::from(k), OsString::from(v))));
        let lookup = |name: &ServiceName| self.addresses.get(name).cloned();
        let id = RunId::from_bits(self.run);
        let inputs = |service| EnvInputs {
            stack: &self.stack,
            service,
            files: &files,
            shell: &shell,
            set: &self.set,
            generated: &self.generated,
            port: self.port.and_then(Port::new),
            addresses: &lookup,
            records: Path::new("/s/.service_discovery"),
            run: &id,
            stage: self.stage,
        };
        run(&inputs(&self.stack.services[0]), check_stack(&self.stack, inputs))
    }

    fn resolve(&self) -> Result<ResolvedEnv, Vec<EnvProblem>> {
        self.with(|inputs, _| resolve(inputs))
    }

    fn good(&self) -> ResolvedEnv {
        self.resolve().unwrap()
    }

    fn problems(&self) -> Vec<EnvProblem> {
        self.resolve().unwrap_err()
    }

    fn check(&self) -> Checked {
        self.with(|_, checked| checked)
    }
}

fn value<'e>(resolved: &'e ResolvedEnv, name: &str) -> &'e str {
    &resolved.get(name).unwrap_or_else(|| panic!("{name} is not set")).value
}

#[test]
fn a_reference_sees_the_shell_before_the_file() {
    let mut fixture = Fixture::new().file(".env", "A=file\nB=${A}\n");
    fixture.shell = vec![("A", "shell")];
    let resolved = fixture.good();
    assert_eq!((value(&resolved, "A"), value(&resolved, "B")), ("shell", "shell"));
    let hidden = &resolved.get("A").unwrap().hidden;
    assert_eq!(hidden.len(), 1);
    assert_eq!(hidden[0].source, EnvSource::File { path: fixture.path(".env").as_path().into(), line: 1 });
}

#[test]
fn each_layer_hides_the_ones_below_and_says_so() {
    let mut fixture = Fixture::new()
        .rule("A", EnvRule { default: Some("default".into()), ..rule() })
        .file(".env", "\n\nA=stack\n")
        .file(".env.local", "A=local\n")
        .file("own", "A=own\n")
        .env("A", "toml");
    let own = EnvFileSpec { path: fixture.path("own"), listed: Some(origin(3)) };
    fixture.stack.services[0].env_files.push(own);
    fixture.shell = vec![("A", "shell")];
    fixture.set = vec![("A".into(), "set".into())];
    let resolved = fixture.good();
    let variable = resolved.get("A").unwrap();
    let hidden: Vec<_> = variable.hidden.iter().map(|hidden| hidden.value.as_str()).collect();
    assert_eq!(variable.value, "set");
    assert_eq!(hidden, ["toml", "shell", "own", "local", "stack", "default"]);
    assert_eq!(
        variable.hidden[4].source,
        EnvSource::File { path: fixture.path(".env").as_path().into(), line: 3 }
    );
}

#[test]
fn a_required_variable_that_is_there_under_nearly_its_name_is_told_of() {
    let required = || EnvRule { required: true, ..rule() };
    let fixture = Fixture::new().rule("JWT_SECRET", required()).file(".env", "A=1\nJWT_SECERT=x\n");
    let problem = fixture.problems().remove(0);
    assert!(problem.reason.contains(".env:2 sets JWT_SECERT"), "{problem:?}");
    assert!(problem.remedy.starts_with("call it JWT_SECRET in "), "{problem:?}");
    // One that has a rule of its own is meant as it is.
    let ruled = fixture.rule("JWT_SECERT", rule());
    assert!(!ruled.problems()[0].reason.contains("sets JWT_SECERT"));
}

#[test]
fn what_decides_is_known_of_an_environment_that_is_wrong() {
    let mut fixture = Fixture::new()
        .rule("MISSING", EnvRule { required: true, ..rule() })
        .rule("A", EnvRule { default: Some("default".into()), ..rule() })
        .file(".env", "A=file\nB=file\n")
        .env("B", "{auth.url}")
        .needs("auth", None)
        .port(None);
    fixture.stage = Stage::BeforeStart;
    assert_eq!(fixture.problems().len(), 1);
    let deciding = fixture.with(|inputs, _| deciding(inputs));
    let at = |name: &str| deciding.get(name);
    let file = EnvSource::File { path: fixture.path(".env").as_path().into(), line: 1 };
    assert_eq!((at("MISSING"), at("A")), (None, Some(&file)));
    assert!(matches!(at("B"), Some(EnvSource::Toml { from, .. }) if from.len() == 1), "{deciding:?}");
    assert!(matches!(at("AUTH_HOST"), Some(EnvSource::Record(_))), "{deciding:?}");
    assert!(matches!(at("PORT"), Some(EnvSource::Automatic { .. })), "{deciding:?}");
}

#[test]
fn a_later_file_sees_an_earlier_one_and_not_the_reverse() {
    let fixture = Fixture::new().file(".env", "A=1\nB=${C:-none}\n").file(".env.local", "C=${A}2\n");
    let resolved = fixture.good();
    assert_eq!((value(&resolved, "B"), value(&resolved, "C")), ("none", "12"));
}

#[test]
fn the_stacks_own_file_as_a_services_default_does_not_rise_above_local() {
    let mut fixture = Fixture::new().file(".env", "A=shared\n").file(".env.local", "A=mine\n");
    let again = EnvFileSpec { path: fixture.folder.path().join("./.env"), listed: None };
    fixture.stack.services[0].env_files.push(again);
    assert_eq!(value(&fixture.good(), "A"), "mine");
}

#[test]
fn references_in_files_see_the_port_and_what_the_configuration_sets() {
    let fixture = Fixture::new()
        .file(".env", "PORT=1\nURL=http://localhost:${PORT}/${MODE}\n")
        .env("MODE", "m")
        .env("LATE", "{env.URL}!")
        .port(Some(8003));
    let resolved = fixture.good();
    assert_eq!(value(&resolved, "PORT"), "8003");
    assert_eq!(value(&resolved, "LATE"), "http://localhost:8003/m!");
}

#[test]
fn a_name_without_equals_sets_nothing_and_hides_nothing() {
    let fixture = Fixture::new().file(".env", "A=1\nB=1\n").file(".env.local", "A\nB=2\nB\n");
    let resolved = fixture.good();
    assert_eq!((value(&resolved, "A"), value(&resolved, "B")), ("1", "1"));
}

#[test]
fn automatic_names_yield_to_the_user_and_the_port_and_run_do_not() {
    let mut fixture = Fixture::new()
        .file(".env", "AUTH_URL=mine\nPORT=1\nPORTOLAN_RUN_ID=x\nPYTHONUNBUFFERED=0\n")
        .port(Some(8000))
        .needs("auth", Some(address(8083)));
    fixture.stack.env_rules.insert("AUTH_HOST".into(), EnvRule { default: Some("static".into()), ..rule() });
    let resolved = fixture.good();
    for (name, expected) in [
        ("AUTH_URL", "mine"),
        ("AUTH_PORT", "8083"),
        ("AUTH_HOST", "127.0.0.1"),
        ("AUTH_MODE", "local"),
        ("services__auth__http__0", "http://127.0.0.1:8083"),
        ("PORT", "8000"),
        ("PORTOLAN_RUN_ID", "0000000000000001"),
        ("PYTHONUNBUFFERED", "0"),
        ("FORCE_COLOR", "1"),
        ("SERVICE_DISCOVERY_PATH", "/s/.service_discovery"),
    ] {
        assert_eq!(value(&resolved, name), expected, "{name}");
    }
}

#[test]
fn a_dependency_without_url_does_not_get_one() {
    let database = Address { url: None, ..address(5433) };
    let fixture =
        Fixture::new().file(".env", "DATABASE_URL=postgres://x\n").needs("database", Some(database.clone()));
    assert_eq!(value(&fixture.good(), "DATABASE_URL"), "postgres://x");
    let bare = Fixture::new().needs("database", Some(database));
    assert!(bare.good().get("DATABASE_URL").is_none());
    assert!(bare.good().get("services__database__http__0").is_none());
}

#[test]
fn the_embedded_frontend_is_given_no_address_that_would_restart_it() {
    let mut fixture = Fixture::new().needs("auth", Some(address(8081)));
    fixture.stack.services[0].runs = Runs::Embedded(EmbeddedKind::Frontend);
    assert!(fixture.good().get("AUTH_URL").is_none());
    assert!(fixture.good().get("SERVICE_DISCOVERY_PATH").is_some());
    fixture.stack.services[0].runs = Runs::Embedded(EmbeddedKind::Backend);
    assert_eq!(value(&fixture.good(), "AUTH_URL"), "http://127.0.0.1:8081");
}

#[test]
fn colour_is_not_forced_on_who_wants_none() {
    let mut fixture = Fixture::new();
    for (value, forced) in [("1", false), ("", true)] {
        fixture.shell = vec![("NO_COLOR", value)];
        assert_eq!(fixture.good().get("FORCE_COLOR").is_some(), forced);
    }
    assert!(Fixture::new().file(".env", "NO_COLOR=1\n").good().get("FORCE_COLOR").is_none());
}

#[test]
fn two_dependencies_with_one_automatic_name_are_refused() {
    let fixture = Fixture::new().needs("a-b", Some(address(1))).needs("a.b", Some(address(2)));
    let problems = fixture.problems();
    assert_eq!(problems.len(), 4);
    assert!(problems[0].to_string().contains("A_B_URL would be set for both"), "{}", problems[0]);
}

#[test]
fn entries_expand_each_other_and_cycles_are_named_once() {
    let fixture =
        Fixture::new().env("A", "<{env.B}>").env("B", "{auth.url}/{port}").env("PATH", "/x:{env.PATH}");
    let mut fixture = fixture.needs("auth", Some(address(8081))).port(Some(8000));
    fixture.shell = vec![("PATH", "/bin")];
    let resolved = fixture.good();
    assert_eq!(value(&resolved, "A"), "<http://127.0.0.1:8081/8000>");
    assert_eq!(value(&resolved, "PATH"), "/x:/bin");
    assert!(resolved.get("B").unwrap().source.to_string().contains("record: url of auth"));

    let problems = Fixture::new().env("A", "{env.B}").env("B", "{env.C}").env("C", "{env.B}").problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].reason.contains("B -> C -> B"), "{problems:?}");
    let unknown = Fixture::new().file(".env", "SECRET_KEY=1\n").env("A", "{env.SECRET_KEI}").problems();
    assert!(unknown[0].reason.contains("did you mean SECRET_KEY?"), "{unknown:?}");
}

#[test]
fn commands_expand_within_their_words() {
    let fixture = Fixture::new().file(".env", "X=a b\n").port(Some(8000)).needs("auth", Some(address(8081)));
    let command =
        CommandLine::Words(vec!["run".into(), "--p={port}".into(), "{env.X}".into(), "{auth.port}".into()]);
    let expanded = fixture.good().expand_command(&command).unwrap();
    assert_eq!(expanded, CommandLine::Words(["run", "--p=8000", "a b", "8081"].map(String::from).to_vec()));
}

#[test]
fn a_dependency_called_database_does_not_turn_database_url_into_http() {
    let mut fixture = Fixture::new().needs("database", Some(address(5432)));
    fixture.stack.services.push(service("database"));
    let resolved = fixture.good();
    assert!(resolved.get("DATABASE_URL").is_none() && resolved.get("services__database__http__0").is_none());
    assert_eq!(value(&resolved, "DATABASE_PORT"), "5432");
}

#[test]
fn what_is_known_only_later_is_no_problem_before_the_start() {
    let url = EnvRule { required: true, min_length: Some(100), format: Some(EnvFormat::Url), ..rule() };
    let mut fixture = Fixture::new()
        .rule("AUTH_SERVICE_URL", url.clone())
        .rule("COPY", url)
        .file(".env", "COPY=${AUTH_SERVICE_URL}/x\n")
        .env("AUTH_SERVICE_URL", "{auth.url}")
        .needs("auth", None)
        .port(None);
    fixture.stage = Stage::BeforeStart;
    let report = fixture.good().report(false);
    let open: Vec<_> =
        report.variables.iter().filter(|v| v.value.is_none()).map(|v| v.name.as_str()).collect();
    assert_eq!(open, ["AUTH_HOST", "AUTH_MODE", "AUTH_PORT", "AUTH_SERVICE_URL", "AUTH_URL", "COPY", "PORT"]);
    fixture.stage = Stage::Start;
    assert!(fixture.problems().iter().any(|p| p.reason.contains("url of auth, which is not known")));
}

#[test]
fn a_missing_key_says_which_file_is_not_there() {
    let secret = EnvRule { required: true, secret: true, min_length: Some(32), ..rule() };
    let fixture = Fixture::new().rule("BETTER_AUTH_SECRET", secret);
    let problems = fixture.check().problems;
    assert_eq!(problems.len(), 1, "one problem for both services: {problems:?}");
    let text = problems[0].to_string();
    let env = fixture.path(".env").display().to_string();
    assert!(text.starts_with("/s/portolan.toml:9:1: BETTER_AUTH_SECRET is required"), "{text}");
    assert!(
        text.contains(&format!("{env} does not exist")) && text.contains("(for backend, auth)"),
        "{text}"
    );
}

#[test]
fn every_broken_rule_is_told_at_once_with_its_place_and_without_its_value() {
    let secret = EnvRule { required: true, secret: true, min_length: Some(32), ..rule() };
    let mut fixture = Fixture::new()
        .rule("S", secret)
        .rule("P", EnvRule { format: Some(EnvFormat::Port), ..rule() })
        .rule("E", EnvRule { required: true, ..rule() })
        .rule("M", EnvRule { required: true, ..rule() })
        .file(".env", "# x\nS=\"hunter2hunt \"\nP=hunter2\nE=good\nM\n");
    fixture.shell = vec![("E", "")];
    let texts: Vec<_> = fixture.check().problems.iter().map(ToString::to_string).collect();
    let env = fixture.path(".env").display().to_string();
    let all = texts.join("\n");
    assert_eq!(texts.len(), 4, "{all}");
    assert!(
        all.contains(&format!("{env}:2: S has 12 characters, needs 32; it begins or ends with whitespace")),
        "{all}"
    );
    assert!(all.contains(&format!("{env}:3: P is not a port")), "{all}");
    assert!(
        all.contains(&format!("the shell: E is set but empty, which hides the value from {env}:4")),
        "{all}"
    );
    assert!(all.contains(&format!("{env}:5 names it without `=`")), "{all}");
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn every_kind_of_bad_file_is_named_with_its_line() {
    let secret = EnvRule { required: true, ..rule() };
    let problem = |content: &[u8]| {
        let fixture = Fixture::new().rule("S", secret.clone()).file(".env", content);
        let problems = fixture.problems();
        assert_eq!(problems.len(), 1, "{problems:?}");
        let text = problems[0].to_string();
        assert!(!text.contains("hunter2"), "{text}");
        text.replace(&fixture.path(".env").display().to_string(), "ENV")
    };
    for (content, expected) in [
        (
            &b"\xff\xfeS\0=\0"[..],
            "ENV: the environment file is UTF-16, not UTF-8 (for backend): save it as UTF-8",
        ),
        (b"A=1\nS=hunter2\0\n", "ENV:2: the environment file is not text: line 2 holds a zero byte"),
        (b"A=1\nS=hunter2\xff\n", "ENV:2: the environment file is not UTF-8: line 2, byte 13"),
        (b"A=1\nS=\"hunter2\nB=1\n", "ENV:2: S has a value whose \" is never closed"),
        (b"S='hunter2' hunter2\n", "ENV:1: S has text after its quoted value"),
        (b"S='hunter2\nB=1\nC='x'\n", "ENV:1: S has a value whose quote is closed only on line 3"),
        (b"S=1\nhunter2 is mine\n", "ENV:2: the line's first word is not followed by `=`"),
        (b"S=1\n=hunter2\n", "ENV:2: the line does not begin with a name"),
    ] {
        let text = problem(content);
        assert!(text.starts_with(expected), "{text}");
    }
    let folder = Fixture::new().rule("S", secret.clone());
    fs::create_dir(folder.path(".env")).unwrap();
    assert!(folder.problems()[0].to_string().contains("is a folder, not a file"));
    assert!(problem(&vec![b'#'; 10 << 20]).contains("too large"));
}

#[test]
fn a_listed_file_must_be_there() {
    let mut fixture = Fixture::new();
    fixture.stack.env_files[0].listed = Some(origin(3));
    let text = fixture.problems()[0].to_string();
    assert!(text.starts_with("/s/portolan.toml:3:1: the listed environment file"), "{text}");
}

#[test]
fn secrets_are_masked_in_reports_debug_and_texts() {
    let fixture = Fixture::new().file(
        ".env",
        "API_TOKEN=hunter2hunter2\nURL=http://x/?k=${API_TOKEN}\nDB=postgres://u:sesame99@h/d\nPLAIN=visible\n",
    );
    let resolved = fixture.good();
    let json = serde_json::to_string(&resolved.report(false)).unwrap();
    for text in [json, format!("{resolved:?}")] {
        assert!(!text.contains("sesame99") && text.contains("visible"), "{text}");
    }
    let report = resolved.report(false);
    let shown = |name: &str| report.variables.iter().find(|v| v.name == name).unwrap().value.clone().unwrap();
    assert_eq!(shown("API_TOKEN"), "********");
    assert_eq!(shown("URL"), "http://x/?k=********");
    assert_eq!(shown("DB"), "postgres://u:********@h/d");
    assert!(serde_json::to_string(&resolved.report(true)).unwrap().contains("hunter2hunter2"));
    let redactor = Redactor::new([&resolved]);
    assert_eq!(redactor.mask("got hunter2hunter2 and sesame99"), "got ******** and ********");
}

#[test]
fn a_report_survives_its_json_form() {
    let fixture =
        Fixture::new().file(".env", "A=1\nA=2\n").env("B", "{auth.url}").needs("auth", Some(address(8081)));
    let report = fixture.good().report(false);
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<crate::stack::EnvReport>(&json).unwrap(), report);
}

#[test]
fn the_fingerprint_changes_with_values_and_not_with_the_run() {
    let mut fixture = Fixture::new().file(".env", "A=1\n").needs("auth", Some(address(8081)));
    let before = fixture.good().fingerprint();
    fixture.run = 2;
    assert_eq!(fixture.good().fingerprint(), before);
    fixture.addresses.insert(name("auth"), address(8082));
    assert_ne!(fixture.good().fingerprint(), before);
}

#[test]
fn a_loopback_url_that_misses_its_service_is_a_warning() {
    let warn = |line: &str| {
        let mut fixture =
            Fixture::new().file(".env", line).needs("auth", Some(address(8083))).port(Some(8000));
        fixture.stack.services[1].port = Some(port_spec("8081-8090", "PORT"));
        fixture.good().warnings().iter().map(|w| w.reason.clone()).collect::<Vec<_>>()
    };
    for stale in [
        "AUTH_SERVICE_URL=http://localhost:8001",
        "AUTH_SERVICE_URL=http://127.0.0.1:8000",
        "X=ws://[::1]:8081/ws",
        "AUTH_API=http://localhost:9999",
    ] {
        assert_eq!(warn(stale).len(), 1, "{stale}");
    }
    for good in [
        "AUTH_SERVICE_URL=http://localhost:8083",
        "ORIGINS=http://localhost:8081,http://localhost:8083",
        "DATABASE_URL=postgres://localhost:5432/d",
        "AUTH_DATABASE_URL=postgres://localhost:5432/d",
        "AUTH_URL=https://auth.example.com:8081",
        "OLLAMA=http://localhost:11434",
    ] {
        assert_eq!(warn(good), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn generated_values_are_made_once_and_kept_for_the_user_alone() {
    let fixture = Fixture::new().rule("S", EnvRule { generate: Some(40), ..rule() });
    let path = fixture.path("state/generated.json");
    let first = generated_values(&path, &fixture.stack).unwrap();
    assert_eq!(first["S"].len(), 40);
    assert_eq!(generated_values(&path, &fixture.stack).unwrap(), first);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&path, "{\n \"hunter2").unwrap();
    let error = generated_values(&path, &fixture.stack).unwrap_err().to_string();
    assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
}

#[test]
fn names_and_values_that_no_process_can_have_are_problems() {
    let mut fixture = Fixture::new().file(".env", "'A=B'=1\n");
    fixture.set = vec![("Z".into(), "a\0b".into())];
    let reasons: Vec<_> = fixture.problems().into_iter().map(|p| p.reason).collect();
    assert_eq!(reasons, ["has a name that no variable can have", "holds a zero character"]);
}
