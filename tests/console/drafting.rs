//! `portolan init` at a terminal: it asks about what it found, and writes what was answered.

use crate::desk::Home;

const SERVER: &str = "import os\nfrom http.server import HTTPServer, SimpleHTTPRequestHandler\n\
HTTPServer((\"127.0.0.1\", int(os.environ.get(\"PORT\", \"8000\"))), SimpleHTTPRequestHandler).serve_forever()\n";

fn home() -> Home {
    let home = Home::empty();
    home.project.write("api/server.py", SERVER);
    home.project.write("api/requirements.txt", "");
    home.project.write("web/package.json", r#"{"name": "web", "scripts": {"dev": "vite"}}"#);
    home.project.write(".gitignore", "dist\n");
    home
}

#[test]
fn it_asks_about_each_service_and_writes_the_answers() {
    let home = home();
    let mut desk = home.sit_down(&["init"]);
    desk.until("name of the stack [stack]:");
    desk.press("shop\r", "keep web? [Y/n]:");
    desk.press("n\r", "keep api? [Y/n]:");
    desk.press("\r", "port of api [8000]:");
    desk.press("8123\r", "add .service_discovery/ to .gitignore? [Y/n]:");
    desk.press("n\r", "wrote portolan.toml with 1 service: api");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    let toml = home.project.read("portolan.toml");
    assert!(toml.contains("name = \"shop\"") && toml.contains("8123") && !toml.contains("web"), "{toml}");
    assert_eq!(home.project.read(".gitignore"), "dist\n");
}

#[test]
fn who_leaves_in_the_middle_has_nothing_written() {
    let home = home();
    let mut desk = home.sit_down(&["init"]);
    desk.until("name of the stack");
    desk.press("\r", "keep web?");
    desk.type_in("\x04");
    assert_eq!(desk.ended(), 1, "{desk:?}");
    assert!(!home.project.path("portolan.toml").exists());
}
