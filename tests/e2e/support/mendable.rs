//! A service that fails for a reason which Portolan finds, and which the finding's own action does away with.

use super::Project;

/// Found by a rule of the project: the action makes the file that is missing, in the service's own directory.
const RULE: &str = r#"
[[rule]]
id = "data-missing"
words = ["no data file"]
match = ['no data file (?P<file>[\w.]+)']
title = "the file {file} is missing"
remedy = "make it"
action = "portolan run api -- sh -c 'MAKE'"

[[rule.example]]
text = "no data file data.txt"
captures = { file = "data.txt" }
"#;

/// Makes `project` a stack of `api`, which fails once because `api/data.txt` is missing. `make` is what the action runs
/// in a shell, without quotes; `true` mends nothing.
pub(crate) fn mendable(project: &Project, port: u16, make: &str) {
    project.write(".portolan/findings/data.toml", RULE.replace("MAKE", make));
    project.script(
        "api/server",
        "if [ ! -f data.txt ]; then echo 'no data file data.txt' >&2; exit 1; fi\nexec FIXTURE http",
    );
    project.configure(&format!(
        "[stack]\nname = 'mendable'\n[services.api]\ncommand = './server'\ndirectory = 'api'\nport = {port}\n\
         health = '/health'\nrestart = 'no'\n[services.worker]\ncommand = 'FIXTURE sleep'\n"
    ));
}
