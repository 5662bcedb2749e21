//! Environment files, and the variables that services read.

use super::project::{NODE, PYTHON, Project};

fn with_env(env: &str, code: &str) -> Project {
    Project::of(&[("portolan.toml", PYTHON), (".env", env), ("api/main.py", code)])
}

const READS: &str = "import os\na = os.getenv('A')\nb = os.getenv('B')\n";

#[test]
fn a_duplicate_is_found_and_the_last_one_kept() {
    let project = with_env("A=1\nB=2\nA=3\n", READS);
    let found = project.one("env-duplicate");
    assert!(!found.is_error() && found.place() == ".env:1", "{found:?}");
    project.fix("env-duplicate");
    assert_eq!(project.read(".env"), "B=2\nA=3\n");
}

#[test]
fn what_an_editor_left_is_found_and_taken_out() {
    let project = with_env("\u{feff}A=1\r\nB=“x”\r\n", READS);
    assert_eq!(project.one("env-bom").place(), ".env:1");
    assert_eq!(project.one("env-carriage-return").place(), ".env:1");
    let quotes = project.one("env-smart-quotes");
    assert!(quotes.is_error() && quotes.place() == ".env:2");
    for rule in ["env-bom", "env-carriage-return", "env-smart-quotes"] {
        project.fix(rule);
    }
    assert_eq!(project.read(".env"), "A=1\nB='x'\n");
}

#[test]
fn values_that_need_quotes_are_found() {
    let project = with_env("A=two words\nB=x#y\n", READS);
    let places: Vec<String> =
        project.of_rule("env-unquoted").iter().map(|found| found.place().to_owned()).collect();
    assert_eq!(places, [".env:1", ".env:2"]);
    assert!(with_env("A=\"two words\"\nB='x#y' # c\n", READS).of_rule("env-unquoted").is_empty());
}

#[test]
fn lines_that_nodes_reader_takes_differently_are_found_where_node_is() {
    let line = "A=\"a\\tb\"\nB=1\n";
    assert!(with_env(line, READS).of_rule("env-dialect").is_empty());
    let project = with_env(line, READS);
    project.write("web/package.json", "{}");
    assert_eq!(project.one("env-dialect").place(), ".env:1");
}

#[test]
fn a_variable_that_nothing_mentions_is_found() {
    let project = with_env("A=1\nB=2\nOLD_NAME=3\n", READS);
    let found = project.one("env-unused");
    assert_eq!((found.place(), found.is_error()), (".env:3", false));
    // Whoever builds names may mean any.
    project.write("api/x.py", "import os\nfor n in names:\n    os.environ[n]\n");
    assert!(project.of_rule("env-unused").is_empty());
}

#[test]
fn a_variable_that_nothing_sets_is_found_where_its_absence_matters() {
    let code = "import os\nA = os.environ['NEEDED_NAME']\nB = os.getenv('MAYBE_NAME')\nC = os.getenv('WITH_DEFAULT', 'x')\n\
                D = os.getenv('PAYMENT_URL')\nif os.getenv('SWITCH_URL'):\n    pass\n";
    let project = with_env("", code);
    let found = project.of_rule("env-unset");
    let seen: Vec<(&str, bool)> = found.iter().map(|found| (found.place(), found.is_error())).collect();
    assert_eq!(seen, [("api/main.py:2", true), ("api/main.py:5", false)]);
    for (name, text) in [
        (".env", "NEEDED_NAME=1\nPAYMENT_URL=x\n"),
        ("portolan.toml", &format!("{PYTHON}env = {{ NEEDED_NAME = \"1\", PAYMENT_URL = \"x\" }}\n")),
    ] {
        let project = with_env("", code);
        project.write(name, text);
        assert!(project.of_rule("env-unset").is_empty(), "{name}");
    }
}

#[test]
fn settings_classes_are_read() {
    let code = "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    database_url: str\n    debug: bool = False\n";
    let project = with_env("", code);
    assert_eq!(project.one("env-unset").place(), "api/main.py:3");
    project.write(".env", "DATABASE_URL=x\nDEBUG=1\n");
    assert!(project.of_rule("env-unset").is_empty() && project.of_rule("env-unused").is_empty());
}

#[test]
fn a_variable_that_only_another_service_gets_is_found_with_its_place() {
    let project = Project::of(&[
        ("portolan.toml", &format!("{PYTHON}{NODE}")),
        ("web/.env", "# x\nSHARED_SECRET=0123456789abcdef\n"),
        ("web/server.js", "const s = process.env.SHARED_SECRET;\n"),
        ("api/main.py", "import os\ns = os.environ.get('SHARED_SECRET', '')\n"),
    ]);
    let found = project.one("env-elsewhere");
    assert!(found.is_error() && found.place() == "api/main.py:2", "{found:?}");
    assert!(found.evidence().contains("web/.env:2"), "{found:?}");
    assert!(!found.evidence().contains("0123456789"));
    project.write(".env", "SHARED_SECRET=0123456789abcdef\n");
    assert!(project.of_rule("env-elsewhere").is_empty());
}

const RULE: &str = "[env.BETTER_AUTH_SECRET]\nrequired = true\nsecret = true\nmin_length = 32\n";

#[test]
fn a_required_secret_is_made_where_it_belongs() {
    for (env, place) in [
        (None, "portolan.toml:1"),
        (Some("BETTER_AUTH_SECRET=short\n"), ".env:1"),
        (Some("BETTER_AUTH_SECRET=\n"), ".env:1"),
    ] {
        let project = Project::of(&[("portolan.toml", &format!("{RULE}{PYTHON}")), ("api/main.py", "")]);
        if let Some(env) = env {
            project.write(".env", env);
        }
        let found = project.one("secret-missing");
        assert!(found.is_error() && found.place() == place, "{found:?}");
        let done = project.fix("secret-missing");
        let text = project.read(".env");
        let value = text.trim().strip_prefix("BETTER_AUTH_SECRET=").unwrap();
        assert_eq!(value.len(), 64);
        assert!(!format!("{done:?}").contains(value), "{done:?}");
        assert!(done.out.contains("+BETTER_AUTH_SECRET=********"), "{done:?}");
        if env.is_none() {
            assert_eq!(project.mode(".env"), 0o600);
        }
    }
}

#[test]
fn a_broken_rule_that_cannot_be_mended_is_listed() {
    let toml = format!("[env.DATABASE_URL]\nrequired = true\nformat = \"url\"\n{PYTHON}");
    let project =
        Project::of(&[("portolan.toml", &toml), (".env", "DATABASE_URL=nowhere\n"), ("api/main.py", "")]);
    let found = project.one("env-rule");
    assert!(found.is_error() && found.place() == ".env:1" && found.action().is_empty(), "{found:?}");
}

#[test]
fn secrets_that_everybody_can_read_are_found_and_closed() {
    let project = with_env("API_KEY=0123456789abcdef\n", "import os\nos.environ['API_KEY']\n");
    // Nobody else gets as far as this folder.
    assert!(project.of_rule("env-readable").is_empty());
    project.open_to_all();
    assert_eq!(project.one("env-readable").place(), ".env");
    project.fix("env-readable");
    assert_eq!(project.mode(".env"), 0o600);
}

#[test]
fn one_secret_with_two_values_is_found_without_showing_them() {
    let project = Project::of(&[
        ("portolan.toml", &format!("{PYTHON}{NODE}")),
        ("web/.env", "JWT_SECRET=aaaa1111bbbb2222\n"),
        ("api/.env", "JWT_SECRET=cccc3333dddd4444\n"),
        ("web/server.js", "const s = process.env.JWT_SECRET;\n"),
        ("api/main.py", "import os\ns = os.environ['JWT_SECRET']\n"),
    ]);
    let found = project.one("secrets-differ");
    let text = format!("{found:?}");
    assert!(text.contains("web/.env:1") && text.contains("api/.env:1"));
    assert!(!text.contains("1111") && !text.contains("3333"));
    project.write("api/.env", "JWT_SECRET=aaaa1111bbbb2222\n");
    assert!(project.of_rule("secrets-differ").is_empty());
}

#[test]
fn services_that_share_a_folder_are_only_warned() {
    let project = with_env("", "import os\nos.environ['NEEDED_URL']\n");
    assert!(project.one("env-unset").is_error());
    let other = PYTHON.replace("services.api", "services.worker").replace("18000-18010", "18020-18030");
    project.write("portolan.toml", &format!("{PYTHON}{other}"));
    let found = project.of_rule("env-unset");
    assert!(!found.is_empty() && found.iter().all(|found| !found.is_error()), "{found:?}");
}

#[test]
fn parts_of_a_nested_setting_set_it_and_are_read() {
    let code = |config: &str| {
        format!(
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    model_config = dict({config})\n    db: Db\n"
        )
    };
    let project = with_env("DB__HOST=x\n", &code("env_nested_delimiter=\"__\""));
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
    project.write("api/main.py", &code(""));
    assert_eq!(project.one("env-unset").place(), "api/main.py:4");
    assert_eq!(project.one("env-unused").place(), ".env:1");
}

#[test]
fn what_django_reads_by_itself_is_used() {
    let project =
        with_env("DATABASE_URL=x\nCACHE_URL=y\n", "import environ\nenv = environ.Env()\nenv.db()\n");
    assert_eq!(project.one("env-unused").place(), ".env:2");
    project.write("api/main.py", "import environ\nenv = environ.Env()\nenv.db()\nenv.cache()\n");
    assert!(project.of_rule("env-unused").is_empty());
}

#[test]
fn no_secret_is_made_in_a_file_that_git_tracks_and_a_new_one_is_ignored() {
    let toml = format!("{RULE}{PYTHON}");
    let project = Project::of(&[("portolan.toml", &toml), ("api/main.py", "")]);
    project.git(&["init", "-q"]);
    project.fix("secret-missing");
    assert_eq!(project.read(".gitignore"), ".env\n");
    let project =
        Project::of(&[("portolan.toml", &toml), ("api/main.py", ""), (".env", "BETTER_AUTH_SECRET=\n")]);
    project.git(&["init", "-q"]);
    project.git(&["add", "-f", ".env"]);
    project.run(&["doctor", "--fix", "--yes"]);
    assert_eq!(project.read(".env"), "BETTER_AUTH_SECRET=\n");
}

#[test]
fn code_that_dies_without_a_secret_is_told_of_whoevers_secret_it_is() {
    let code = "import os\nkey = os.environ[\"STRIPE_SECRET_KEY\"]\n";
    assert!(with_env("", code).one("env-unset").is_error());
    // A library may find it elsewhere.
    let code = "import os\nkey = os.getenv(\"STRIPE_SECRET_KEY\")\n";
    assert!(with_env("", code).of_rule("env-unset").is_empty());
}
