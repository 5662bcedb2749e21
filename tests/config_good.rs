//! Good configurations and what they mean, field by field.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its files has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portolan::config::{self, LoadRequest, Loaded};
use portolan::stack::*;

fn folder(name: &str) -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/config/good").join(name))
        .unwrap()
}

fn load(name: &str, profiles: &[&str]) -> Loaded {
    config::load(&LoadRequest {
        file: folder(name).join("portolan.toml"),
        overlays: Vec::new(),
        profiles: profiles.iter().map(|profile| (*profile).to_owned()).collect(),
    })
    .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn load_text(text: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portolan.toml");
    fs::write(&file, text).unwrap();
    config::load(&LoadRequest { file, ..LoadRequest::default() })
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn service<'a>(loaded: &'a Loaded, name: &str) -> &'a ServiceSpec {
    loaded.spec.service(&ServiceName::new(name).unwrap()).unwrap()
}

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn words(words: &[&str]) -> CommandLine {
    CommandLine::Words(words.iter().map(|word| (*word).to_owned()).collect())
}

fn need(name: &str) -> Need {
    Need {
        service: ServiceName::new(name).unwrap(),
        until: Until::Healthy,
        timeout: Duration::from_secs(60),
        fallback: None,
        restart: false,
    }
}

fn port_spec(prefer: u16, range: Option<&str>) -> PortSpec {
    PortSpec {
        prefer: Some(port(prefer)),
        range: range.map(|range| range.parse().unwrap()),
        env: "PORT".into(),
        conflict: ConflictPolicy::Next,
        reserve: Reserve::Hold,
        owner: ListenerOwner::Tree,
    }
}

fn http(path: &str) -> HttpCheck {
    HttpCheck {
        path: path.into(),
        status: vec![StatusRange { first: 200, last: 399 }],
        headers: Vec::new(),
        body: None,
    }
}

#[test]
fn the_example_of_the_contract_is_read_as_it_says() {
    let loaded = load("contract", &[]);
    let root = folder("contract");
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.spec.name, "notes");
    assert_eq!(loaded.spec.file, root.join("portolan.toml"));
    let names: Vec<&str> = loaded.spec.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["auth", "backend", "frontend", "mailer", "demo-auth"]);
    let files: Vec<&Path> = loaded.spec.env_files.iter().map(|file| file.path.as_path()).collect();
    assert_eq!(files, [root.join(".env"), root.join(".env.local")]);
    let listed = loaded.spec.env_files[0].listed.as_ref().unwrap();
    assert_eq!((listed.line, listed.column), (3, 14));
    let rule = &loaded.spec.env_rules["BETTER_AUTH_SECRET"];
    assert!(rule.required && rule.secret);
    assert_eq!((rule.min_length, &rule.format, &rule.default, rule.generate), (Some(32), &None, &None, None));
    assert_eq!((rule.origin.line, rule.origin.column), (5, 6));
}

#[test]
fn the_services_of_the_contract_are_read_as_it_says() {
    let loaded = load("contract", &[]);
    let root = folder("contract");
    let auth = service(&loaded, "auth");
    assert!(matches!(&auth.runs, Runs::Command(command) if *command == words(&["node", "server.js"])));
    assert_eq!(auth.mode(), Mode::Local);
    assert_eq!(auth.directory, root.join("auth"));
    assert_eq!(auth.port, Some(port_spec(8081, Some("8081-8090"))));
    assert_eq!(auth.health, Some(ProbeSpec::new(ProbeCheck::Http(http("/health")))));
    assert_eq!(auth.env_files, [EnvFileSpec { path: root.join("auth/.env"), listed: None }]);
    assert_eq!((auth.restart, auth.stop, auth.tty), (RestartSpec::default(), StopSpec::default(), false));
    let backend = service(&loaded, "backend");
    assert_eq!(backend.needs, [need("auth")]);
    assert_eq!(backend.references, [ServiceName::new("auth").unwrap()]);
    assert_eq!(backend.env[0].name, "AUTH_SERVICE_URL");
    assert_eq!(backend.env[0].value, "{auth.url}");
    assert_eq!((backend.env[0].origin.line, backend.env[0].origin.column), (22, 9));
    let frontend = service(&loaded, "frontend");
    assert_eq!(frontend.directory, root);
    assert_eq!(frontend.health, None);
    // Its folder's `.env` is among the stack's already.
    assert_eq!(frontend.env_files, []);
    let mailer = service(&loaded, "mailer");
    assert!(matches!(&mailer.runs, Runs::Shared { url } if url == "https://mail.example.com"));
    assert_eq!((mailer.mode(), &mailer.port), (Mode::Shared, &None));
    let demo = service(&loaded, "demo-auth");
    assert!(matches!(demo.runs, Runs::Embedded(EmbeddedKind::Auth)));
    assert_eq!(demo.port, Some(port_spec(8081, Some("8081-8090"))));
}

#[test]
fn every_key_reaches_the_specification() {
    let loaded = load("everything", &[]);
    let root = folder("everything");
    let web = service(&loaded, "web");
    assert!(matches!(&web.runs, Runs::Command(command)
        if *command == words(&["./serve", "--port", "{port}", "--db", "{db.url}"])));
    assert_eq!(
        web.port,
        Some(PortSpec {
            prefer: Some(port(3005)),
            range: Some("3000-3010".parse().unwrap()),
            env: "WEB_PORT".into(),
            conflict: ConflictPolicy::Kill,
            reserve: Reserve::Release,
            owner: ListenerOwner::Any,
        })
    );
    assert_eq!(web.url.as_deref(), Some("http://web.localhost:{port}"));
    assert_eq!(
        web.restart,
        RestartSpec {
            policy: RestartPolicy::Always,
            max: None,
            backoff: Duration::from_secs(1),
            backoff_max: Duration::from_secs(60),
            reset: Duration::ZERO,
        }
    );
    assert_eq!(web.stop, StopSpec { signal: StopSignal::Int, grace: Duration::from_millis(2500) });
    assert_eq!(web.prepare, [words(&["npm", "ci"]), words(&["npm", "run", "a b"])]);
    assert!(web.tty);
    let listed = &web.env_files[0];
    assert_eq!(listed.path, root.join("web.env"));
    assert!(listed.listed.is_some());
    assert_eq!(loaded.spec.env_files[1].path, root.parent().unwrap().join("elsewhere/.env"));
}

#[test]
fn a_probe_is_read_whole() {
    let loaded = load("everything", &[]);
    let expected = HttpCheck {
        path: "/ready?full".into(),
        status: vec![StatusRange { first: 200, last: 200 }, StatusRange { first: 301, last: 302 }],
        headers: vec![("X-Probe".into(), "yes".into())],
        body: Some("ok".into()),
    };
    assert_eq!(
        service(&loaded, "web").health,
        Some(ProbeSpec {
            check: ProbeCheck::Http(expected),
            timeout: Duration::from_secs(1),
            interval: Duration::from_secs(20),
            start_interval: Duration::from_millis(50),
            unhealthy_interval: Duration::from_secs(2),
            start_timeout: Duration::from_secs(120),
            failures: 5,
        })
    );
    let exec = CommandLine::Shell("pg_isready -p $PORT".into());
    assert_eq!(service(&loaded, "db").health, Some(ProbeSpec::new(ProbeCheck::Exec(exec))));
    let log = ProbeCheck::Log("done|ready".into());
    assert_eq!(service(&loaded, "migrate").health, Some(ProbeSpec::new(log)));
}

#[test]
fn an_embedded_service_is_asked_after_its_health_unless_it_says_otherwise() {
    let loaded = load_text(
        "[services.auth]\nembedded = 'auth'\n\
         [services.backend]\nembedded = 'backend'\nhealth = '/monitoring/health'\n\
         [services.frontend]\nembedded = 'frontend'\nhealth = { tcp = true }\n\
         [services.off]\nmode = 'disabled'\n[services.mine]\ncommand = 'serve'\nport = 8000\n",
    );
    let probe = |check| Some(ProbeSpec::new(check));
    assert_eq!(service(&loaded, "auth").health, probe(ProbeCheck::Http(http("/health"))));
    assert_eq!(service(&loaded, "backend").health, probe(ProbeCheck::Http(http("/monitoring/health"))));
    assert_eq!(service(&loaded, "frontend").health, probe(ProbeCheck::Tcp));
    for without in ["off", "mine"] {
        assert_eq!(service(&loaded, without).health, None, "{without}");
    }
}

#[test]
fn needs_and_environments_are_read_in_order() {
    let loaded = load("everything", &[]);
    let web = service(&loaded, "web");
    let db = Need {
        until: Until::Started,
        timeout: Duration::from_secs(5),
        fallback: Some("postgres://127.0.0.1:5432/app".into()),
        restart: true,
        ..need("db")
    };
    assert_eq!(web.needs, [db, Need { until: Until::Completed, ..need("migrate") }, need("mail")]);
    let env: Vec<(&str, &str)> =
        web.env.iter().map(|entry| (entry.name.as_str(), entry.value.as_str())).collect();
    assert_eq!(
        env,
        [
            ("MAIL", "{mail.url}/{env.TOKEN}"),
            ("SELF", "{web.url}"),
            ("COUNT", "1000"),
            ("RATIO", "1.50"),
            ("DEBUG", "true"),
            ("BRACES", "{{x}} ${HOME}"),
        ]
    );
    let references: Vec<&str> = web.references.iter().map(ServiceName::as_str).collect();
    assert_eq!(references, ["db", "mail"]);
    let rules = &loaded.spec.env_rules;
    assert_eq!(rules["TOKEN"].format, Some(EnvFormat::Regex("[a-z]+".into())));
    assert_eq!((rules["TOKEN"].generate, rules["GENERATED"].generate), (Some(48), Some(32)));
    assert_eq!(
        (&rules["LEVEL"].format, rules["LEVEL"].default.as_deref()),
        (&Some(EnvFormat::Int), Some("3"))
    );
}

#[test]
fn containers_listen_through_their_daemon() {
    let loaded = load("everything", &[]);
    let db = service(&loaded, "db").port.clone().unwrap();
    assert_eq!((db.owner, db.prefer, db.range), (ListenerOwner::Any, Some(port(5432)), None));
    assert_eq!(service(&loaded, "db").restart.policy, RestartPolicy::No);
    assert_eq!(service(&loaded, "db").stop.signal, StopSignal::Quit);
}

#[test]
fn shared_and_disabled_services_need_nothing() {
    let loaded = load("everything", &[]);
    let mail = service(&loaded, "mail");
    assert_eq!((&mail.needs[..], &mail.env_files[..]), (&[][..], &[][..]));
    assert_eq!(mail.health, Some(ProbeSpec::new(ProbeCheck::Http(http("https://mail.example.com/health")))));
    assert_eq!(service(&loaded, "off").mode(), Mode::Disabled);
}

#[test]
fn profiles_select_services() {
    let without = load("everything", &[]);
    let ignored = ServiceName::new("ignored").unwrap();
    assert!(without.spec.service(&ignored).is_none());
    assert_eq!(without.left_out[&ignored], ["extra"]);
    let with = load("everything", &["extra"]);
    let port = service(&with, "ignored").port.clone().unwrap();
    assert_eq!((port.prefer, port.range), (None, None));
    assert!(with.left_out.is_empty());
}

#[test]
fn the_local_file_and_overlays_are_merged_by_key() {
    let loaded = load("everything", &[]);
    assert_eq!(service(&loaded, "api").port, Some(port_spec(8124, None)));
    let migrate = service(&loaded, "migrate");
    assert!(matches!(&migrate.runs, Runs::Command(command)
        if *command == words(&["docker", "compose", "run", "--rm", "migrate it"])));
    assert!(migrate.env[0].origin.file.ends_with("portolan.local.toml"));

    let overlay = tempfile::tempdir().unwrap();
    let file = overlay.path().join("ci.toml");
    fs::write(
        &file,
        "[services.api]\nport = 8125\n[services.off]\nmode='local'\ncommand='x'\ndirectory='d'\n",
    )
    .unwrap();
    let request = LoadRequest {
        file: folder("everything").join("portolan.toml"),
        overlays: vec![file],
        profiles: Vec::new(),
    };
    let loaded = config::load(&request).unwrap();
    assert_eq!(service(&loaded, "api").port, Some(port_spec(8125, None)));
    assert_eq!(service(&loaded, "off").mode(), Mode::Local);
    assert_eq!(service(&loaded, "off").directory, folder("everything").join("d"));
}

#[test]
fn a_service_whose_framework_reads_its_own_files_gets_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("web")).unwrap();
    let file = folder.path().join("portolan.toml");
    fs::write(&file, "[services.web]\ncommand='x'\ndirectory='web'\n").unwrap();
    let env_files = |package: &str| {
        fs::write(folder.path().join("web/package.json"), package).unwrap();
        let loaded = config::load(&LoadRequest { file: file.clone(), ..LoadRequest::default() }).unwrap();
        service(&loaded, "web").env_files.len()
    };
    assert_eq!(env_files(r#"{"dependencies":{"next":"1"}}"#), 0);
    assert_eq!(env_files(r#"{"devDependencies":{"vite":"1"}}"#), 0);
    assert_eq!(env_files(r#"{"dependencies":{"express":"1"}}"#), 1);
    assert_eq!(env_files("{ not json"), 1);
}

#[test]
fn the_file_is_found_from_any_folder_below() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("a/b");
    fs::create_dir_all(&below).unwrap();
    assert_eq!(config::find(&below), None);
    let file = folder.path().join("portolan.toml");
    fs::write(&file, "").unwrap();
    assert_eq!(config::find(&below), Some(file.clone()));
    assert_eq!(config::find(folder.path()), Some(file));
}

#[test]
fn a_stack_is_called_like_its_folder_unless_it_says() {
    let loaded = load_text("[services.a]\ncommand='x'\n");
    assert!(loaded.spec.folder().ends_with(&loaded.spec.name));
    assert!(loaded.spec.env_files.iter().all(|file| file.listed.is_none()));
}

#[test]
fn what_is_said_about_the_console_is_read_in_the_order_of_the_file() {
    let loaded = load_text(
        r#"
        [console]
        theme = "high-contrast"
        mouse = false
        timestamps = "relative"
        wrap = true
        [highlight]
        slow = 'slow \d+ms'
        money = { pattern = "invoice", color = "cyan" }
        boom = { pattern = "kaboom", level = "error" }
        [filters]
        "web errors" = "svc:web level:error"
        api = "svc:api -health"
        [keys]
        quit = "Q"
        help = ["?", "f1"]
        restart = []
        [services.web]
        command = "web"
        "#,
    );
    let highlight = |name: &str, pattern: &str, style| HighlightSpec {
        name: name.into(),
        pattern: pattern.into(),
        style,
    };
    let filter = |name: &str, text: &str| FilterSpec { name: name.into(), text: text.into() };
    let key = |action: &str, keys: &[&str]| KeySpec {
        action: action.into(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    assert_eq!(
        loaded.spec.console,
        ConsoleSpec {
            theme: ThemeChoice::HighContrast,
            mouse: false,
            motion: true,
            timestamps: TimestampChoice::Relative,
            wrap: true,
            highlights: vec![
                highlight("slow", r"slow \d+ms", HighlightStyle::Lit),
                highlight("money", "invoice", HighlightStyle::Color(HighlightColor::Cyan)),
                highlight("boom", "kaboom", HighlightStyle::Error),
            ],
            filters: vec![filter("web errors", "svc:web level:error"), filter("api", "svc:api -health")],
            keys: vec![key("quit", &["Q"]), key("help", &["?", "f1"]), key("restart", &[])],
        }
    );
    assert_eq!(load_text("[services.web]\ncommand = \"web\"").spec.console, ConsoleSpec::default());
}

#[test]
fn a_filter_that_cannot_be_read_is_shown_at_its_fault() {
    let loaded =
        load_text("[filters]\nbad = \"a level:loud\"\ngood = \"b\"\n[services.web]\ncommand = \"web\"");
    let problems = config::check_filters(&loaded, |text| match text.find("loud") {
        Some(at) => Err((at, "no such level".into())),
        None => Ok(()),
    });
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(problem.message, "the filter `bad` cannot be read: no such level");
    let place = problem.place.as_ref().unwrap();
    assert_eq!((place.line, place.column), (2, 16));
    assert!(problem.remedy.is_some());
}
