//! Go: main packages that serve something.

use std::collections::BTreeSet;

use crate::draft::service::Said;

use super::code;
use super::folder::{Folder, is_below, parent};
use super::guess::{Guess, name};

const FRAMEWORKS: [(&str, &str); 6] = [
    ("github.com/gin-gonic/gin", "Gin"),
    ("github.com/labstack/echo", "Echo"),
    ("github.com/gofiber/fiber", "Fiber"),
    ("github.com/go-chi/chi", "chi"),
    ("google.golang.org/grpc", "gRPC"),
    ("net/http", "Go"),
];

/// The Go services.
pub(super) fn find(folder: &Folder) -> Vec<Guess> {
    let mut guesses = Vec::new();
    for (path, _) in folder.named("go.mod") {
        let module = parent(path);
        let files = folder.ending(module, &["go"]);
        let mains: BTreeSet<&str> = files
            .iter()
            .filter(|(_, text)| {
                text.lines().any(|line| line.trim_end() == "package main") && text.contains("func main()")
            })
            .map(|(path, _)| parent(path))
            .collect();
        for main in &mains {
            // What stands beside and below the program, and what the module shares.
            let own: Vec<(&str, &str)> = files
                .iter()
                .copied()
                .filter(|(path, _)| is_below(path, main) || !mains.iter().any(|other| is_below(path, other)))
                .collect();
            let serves = |text: &str| {
                ["ListenAndServe", ".Run(", ".Start(", ".Listen(", "net.Listen("]
                    .iter()
                    .any(|call| text.contains(call))
            };
            if !own.iter().any(|(_, text)| serves(text)) {
                continue;
            }
            let kind =
                FRAMEWORKS.iter().find(|(import, _)| own.iter().any(|(_, text)| text.contains(import)));
            let relative = main.strip_prefix(module).unwrap_or(main).trim_start_matches('/');
            let call =
                if relative.is_empty() { "go run .".to_owned() } else { format!("go run ./{relative}") };
            let shown = if main.is_empty() { "this folder" } else { main };
            let file = own.iter().find(|(path, _)| parent(path) == *main).map_or(path, |(path, _)| path);
            let reason = format!("package main in {shown}");
            let own_name =
                if relative.is_empty() { name(module, "server") } else { name(relative, "server") };
            let mut guess = Guess::new(
                module,
                own_name,
                kind.map_or("Go", |(_, kind)| kind),
                file,
                Said::guessed(call, reason),
            );
            guess.set_port(code::port(&own), None);
            guess.set_health(code::health(&own));
            guesses.push(guess);
        }
    }
    guesses
}
