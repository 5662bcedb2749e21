//! The table of keys itself: portolan.toml from top to bottom.

use super::keys::{Key, Kind, MapKey};

use Kind::{
    Bool, Choice, Either, HttpTarget, List, Map, Port, PortRange, Regex, Secret, Signal, StatusRange, Table,
    Template, Text, Time, TimeOrZero, Url, Variable, Whole,
};

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, doc, default: None }
}

const fn key_or(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { name, kind, doc, default: Some(default) }
}

/// The whole file.
pub(super) static ROOT: Kind = Table(&[
    key("stack", Table(STACK), "The stack as a whole."),
    key(
        "env",
        Map(MapKey::Variable, &Table(ENV_RULE)),
        "Rules for environment variables, checked before anything starts.",
    ),
    key("services", Map(MapKey::Service, &Table(SERVICE)), "The services, by name."),
    key("console", Table(CONSOLE), "How the console looks and behaves."),
    key(
        "highlight",
        Map(MapKey::Name, &Either(&[Regex, Table(HIGHLIGHT)])),
        "What to light in log lines, by a name of your choice: a regular expression, or a table.",
    ),
    key(
        "filters",
        Map(MapKey::Name, &Text),
        "Saved filters, by a name of your choice, written as for `portolan logs --grep`.",
    ),
    key(
        "keys",
        Map(MapKey::Name, &Either(&[Text, List(&Text)])),
        "Keys of the console, by action: one key, a list, or an empty list for none.",
    ),
]);

const CONSOLE: &[Key] = &[
    key_or(
        "theme",
        Choice(&["auto", "dark", "light", "high-contrast", "terminal"]),
        r#""auto""#,
        "The colours: those that fit the terminal's background, or one theme.",
    ),
    key_or("mouse", Bool, "true", "Whether the console takes the mouse, or leaves it to the terminal."),
    key_or("motion", Bool, "true", "Whether anything in the console moves by itself."),
    key_or(
        "timestamps",
        Choice(&["absolute", "relative", "off"]),
        r#""absolute""#,
        "How the times of log lines are shown at first.",
    ),
    key_or("wrap", Bool, "false", "Whether long log lines are wrapped at first."),
];

const HIGHLIGHT: &[Key] = &[
    key("pattern", Regex, "A regular expression, for one line."),
    key("level", Choice(&["warn", "error"]), "Show matches as a warning or an error."),
    key(
        "color",
        Choice(&["red", "green", "yellow", "blue", "magenta", "cyan"]),
        "Show matches in this colour; without it and level, as a match of a search.",
    ),
];

const STACK: &[Key] = &[
    key("name", Text, "The stack's display name; by default the folder's name."),
    key_or(
        "env_files",
        Either(&[Text, List(&Text)]),
        r#"[".env", ".env.local"]"#,
        "Environment files for every service, lowest first, relative to portolan.toml. A listed file must exist.",
    ),
];

const ENV_RULE: &[Key] = &[
    key_or("required", Bool, "false", "Every service must get a value."),
    key_or("secret", Bool, "false", "The value is masked wherever it would be shown."),
    key("min_length", Whole(1, 65_536), "The least number of characters."),
    key(
        "format",
        Either(&[Choice(&["url", "port", "int", "bool"]), Table(ENV_FORMAT)]),
        "What the value must look like: url, port, int, bool or { regex = \"…\" }.",
    ),
    key("default", Secret, "The value when nothing else gives one."),
    key(
        "generate",
        Either(&[Bool, Whole(1, 4096)]),
        "Make a random value once when nothing gives one: true for 32 characters, or their number.",
    ),
];

const ENV_FORMAT: &[Key] = &[key("regex", Regex, "A regular expression that the whole value must match.")];

const COMMAND: Kind = Either(&[Template, List(&Template)]);

const SERVICE: &[Key] = &[
    key_or(
        "mode",
        Choice(&["local", "shared", "embedded", "disabled"]),
        r#""local""#,
        "Where the service comes from: a process of this stack, somewhere else, inside Portolan, or not at all.",
    ),
    key("command", COMMAND, "What to start: shell words (no shell unless shell = true), or a list."),
    key_or(
        "shell",
        Bool,
        "false",
        "Whether command, prepare and health.exec, given as strings, go through a shell.",
    ),
    key_or(
        "directory",
        Text,
        r#"".""#,
        "The working directory, relative to portolan.toml. A command that contains / is relative to it.",
    ),
    key(
        "port",
        Either(&[Port, PortRange, Table(PORT)]),
        "The port it listens on: a preferred port, a range whose first is preferred, or a table.",
    ),
    key("url", Template, "The address of a shared service, or the pattern of a local one's."),
    key(
        "health",
        Either(&[HttpTarget, Table(HEALTH)]),
        "How to tell that it is healthy: a path to ask over HTTP, or a table. An embedded service has \"/health\".",
    ),
    key(
        "needs",
        Either(&[List(&Text), Map(MapKey::Service, &Either(&[Bool, Table(NEED)]))]),
        "What must be up before it starts: a list of services, or a table of them with conditions.",
    ),
    key("env", Map(MapKey::Variable, &Secret), "Environment variables; values may hold placeholders."),
    key(
        "env_files",
        Either(&[Text, List(&Text)]),
        "Environment files of its own, relative to portolan.toml; by default .env in its directory, if there is one.",
    ),
    key("embedded", Choice(&["auth", "backend", "frontend"]), "The service that Portolan itself serves."),
    key(
        "restart",
        Either(&[Choice(RESTARTS), Table(RESTART)]),
        "When it is started again after it ended by itself.",
    ),
    key("stop", Either(&[Signal, Table(STOP)]), "How it is asked to stop."),
    key(
        "prepare",
        Either(&[Template, List(&COMMAND)]),
        "Commands to run before each start, after the needs are met: one string, or a list with one item a command.",
    ),
    key("profiles", List(&Text), "Left out unless one of these is selected with --profile."),
    key_or("tty", Bool, "false", "Whether it runs in a pseudo-terminal."),
];

const PORT: &[Key] = &[
    key("prefer", Port, "The port to take when it is free; by default the first of the range."),
    key("range", PortRange, "Where to look when the preferred port is taken; without one, any free port."),
    key_or("env", Variable, r#""PORT""#, "The variable that tells the service its port."),
    key_or(
        "conflict",
        Choice(&["next", "fail", "kill"]),
        r#""next""#,
        "When the preferred port is taken: take the next, fail, or end its holder.",
    ),
    key_or(
        "reserve",
        Choice(&["hold", "release"]),
        r#""hold""#,
        "Whether the port stays reserved while the service runs, or is released just before its start.",
    ),
    key(
        "owner",
        Choice(&["tree", "any"]),
        "Whose listener counts: a process of the service, or anybody (the default for docker and podman).",
    ),
];

const HEALTH: &[Key] = &[
    key("http", HttpTarget, "A path to ask over HTTP; a whole URL for a shared service."),
    key("tcp", Bool, "Whether an accepted TCP connection is enough."),
    key("exec", COMMAND, "A command that exits with 0 when the service is healthy."),
    key("log", Regex, "A regular expression that a line of its output matches once it is ready."),
    key_or(
        "status",
        Either(&[Whole(100, 599), StatusRange, List(&Either(&[Whole(100, 599), StatusRange]))]),
        r#""200-399""#,
        "Accepted HTTP status codes.",
    ),
    key("headers", Map(MapKey::Header, &Secret), "Extra headers of the HTTP request."),
    key("body", Regex, "A regular expression that the HTTP answer's body must match."),
    key_or("timeout", Time, "5", "How long one answer may take."),
    key_or("interval", Time, "10", "Between two probes of a healthy service."),
    key_or(
        "start_interval",
        Time,
        r#""25ms""#,
        "Between two probes while it starts, after the first second.",
    ),
    key_or("unhealthy_interval", Time, "1", "Between two probes of an unhealthy service."),
    key_or("start_timeout", Time, "60", "How long it may take to become healthy for the first time."),
    key_or("failures", Whole(1, 1_000_000), "3", "Failures in a row that make a healthy service unhealthy."),
];

const NEED: &[Key] = &[
    key_or(
        "until",
        Choice(&["started", "healthy", "completed"]),
        r#""healthy""#,
        "What must have happened to the needed service.",
    ),
    key_or("timeout", Time, "60", "How long to wait for that."),
    key("fallback", Url, "The address to use when the time is over; without one the dependent fails."),
    key_or("restart", Bool, "false", "Whether to restart whenever the needed service does."),
];

const RESTARTS: &[&str] = &["no", "on-failure", "always"];

const RESTART: &[Key] = &[
    key_or("policy", Choice(RESTARTS), r#""on-failure""#, "After which endings it is started again."),
    key_or(
        "max",
        Either(&[Whole(0, 1_000_000), Choice(&["unlimited"])]),
        "5",
        "How many restarts in a row before it counts as failed; 0 for none, or \"unlimited\".",
    ),
    key_or(
        "backoff",
        TimeOrZero,
        r#""500ms""#,
        "The pause before the first restart; doubled for each further one.",
    ),
    key_or("backoff_max", TimeOrZero, "30", "The longest pause."),
    key_or("reset", TimeOrZero, "30", "After being up this long the count starts anew."),
];

const STOP: &[Key] = &[
    key_or("signal", Signal, r#""TERM""#, "The signal sent to its process group."),
    key_or("grace", TimeOrZero, "10", "How long it may take before it is killed."),
];
