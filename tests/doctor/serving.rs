//! Ports written by hand, and health paths that nothing answers.

use super::project::{NODE, PYTHON, Project};

#[test]
fn ports_written_in_commands_and_code_are_found() {
    let toml = "[services.api]\ncommand = \"python3 -m http.server\\\n\"\n";
    let _ = toml;
    let by_hand = PYTHON.replace("python3 main.py", "python3 -m flask run --port 18000");
    let project = Project::of(&[("portolan.toml", &by_hand), ("api/main.py", "")]);
    let found = project.one("hard-wired-port");
    assert!(!found.is_error() && found.place() == "portolan.toml:2", "{found:?}");

    let project =
        Project::of(&[("portolan.toml", NODE), ("web/server.js", "const x = 1;\napp.listen(13000);\n")]);
    assert_eq!(project.one("hard-wired-port").place(), "web/server.js:2");

    let code = "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run(app, port=18000)\n";
    let project = Project::of(&[("portolan.toml", PYTHON), ("api/main.py", code)]);
    assert_eq!(project.one("hard-wired-port").place(), "api/main.py:3");
    // That block does not run here.
    let served = PYTHON.replace("python3 main.py", "python3 -m uvicorn main:app --port {port}");
    project.write("portolan.toml", &served);
    assert!(project.of_rule("hard-wired-port").is_empty());
}

#[test]
fn ports_that_are_given_are_no_finding() {
    let project = Project::of(&[
        ("portolan.toml", &format!("{NODE}{PYTHON}")),
        ("web/server.js", "app.listen(process.env.PORT || 13000);\nother.listen(9229);\n"),
        ("api/main.py", "import os\napp.run(port=int(os.environ.get('PORT', 18000)))\n"),
    ]);
    assert!(project.of_rule("hard-wired-port").is_empty(), "{:#?}", project.findings());
}

#[test]
fn a_script_that_names_the_port_is_found_unless_the_command_overrides_it() {
    let toml = "[services.web]\ncommand = \"npm run dev\"\ndirectory = \"web\"\nport = \"13000-13010\"\n";
    let package = "{\n  \"scripts\": {\n    \"dev\": \"vite --port 13000\"\n  }\n}\n";
    let project = Project::of(&[("portolan.toml", toml), ("web/package.json", package)]);
    assert_eq!(project.one("hard-wired-port").place(), "web/package.json:3");
    project.write("portolan.toml", &toml.replace("run dev", "run dev -- --port {port}"));
    assert!(project.of_rule("hard-wired-port").is_empty());
}

#[test]
fn a_health_path_without_a_route_is_found_with_what_there_is() {
    let toml = format!("{PYTHON}health = \"/health\"\n");
    let project =
        Project::of(&[("portolan.toml", &toml), ("api/main.py", "@app.get('/healthz')\ndef h(): ...\n")]);
    // The word is there, in a way.
    assert!(project.of_rule("health-without-route").is_empty());
    project.write("api/main.py", "@app.get('/status')\ndef h(): ...\n@app.get('/items')\ndef i(): ...\n");
    let found = project.one("health-without-route");
    assert!(!found.is_error() && found.place() == "portolan.toml:1", "{found:?}");
    assert!(found.evidence().contains("/status") && !found.evidence().contains("/items"), "{found:?}");
}

#[test]
fn routes_that_cannot_be_seen_are_not_missed() {
    let toml = format!("{PYTHON}health = \"/health\"\n");
    for code in [
        "print('no routes')\n",
        "@app.get('/items')\n...\nROUTES = ['health']\n",
        "@router.get('/items')\n...\napp.add_route('/health', h)\n",
    ] {
        let project = Project::of(&[("portolan.toml", &toml), ("api/main.py", code)]);
        assert!(project.of_rule("health-without-route").is_empty(), "{code}");
    }
}
