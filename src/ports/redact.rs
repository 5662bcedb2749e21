//! Makes a stranger's command line fit to be shown: short, printable, without what looks like a secret.

/// In characters; what names a process fits, and a table stays readable.
const LONGEST: usize = 120;
const MASK: &str = "***";
/// Parts of argument names whose values are not shown.
const SECRET_NAMES: [&str; 9] =
    ["pass", "pwd", "secret", "token", "key", "auth", "credential", "cookie", "private"];

/// The arguments as one line.
pub(super) fn command(arguments: &[String]) -> String {
    let mut shown: Vec<String> = Vec::new();
    let mut masks_next = false;
    for argument in arguments {
        // An option is not the value of the one before it: `--token-file --port 80`.
        if masks_next && !argument.starts_with('-') {
            shown.push(MASK.to_owned());
            masks_next = false;
            continue;
        }
        masks_next = names_a_secret(argument) && argument.starts_with('-') && !argument.contains('=');
        shown.push(printable(&without_secrets(argument)));
    }
    shorten(&shown.join(" "))
}

/// `text` with every control character replaced: it may come from anyone and ends up on a terminal.
pub(super) fn printable(text: &str) -> String {
    text.trim_end().chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

fn names_a_secret(argument: &str) -> bool {
    let name = argument.split('=').next().unwrap_or_default().to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// One argument may be a header (`Authorization: Bearer …`) or a whole script (`sh -c …`).
fn without_secrets(argument: &str) -> String {
    let mut shown: Vec<String> = Vec::new();
    for word in argument.split_whitespace() {
        match word.split_once('=') {
            Some((name, _)) if names_a_secret(name) => shown.push(format!("{name}={MASK}")),
            _ if word.ends_with(':') && names_a_secret(word) => {
                shown.extend([word.to_owned(), MASK.to_owned()]);
                break;
            }
            _ => shown.push(without_password(word)),
        }
    }
    shown.join(" ")
}

/// `scheme://user:password@host` without the password.
fn without_password(argument: &str) -> String {
    let Some((scheme, rest)) = argument.split_once("://") else { return argument.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((login, host)) = authority.rsplit_once('@') else { return argument.to_owned() };
    let user = login.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:{MASK}@{host}{}", &rest[authority.len()..])
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(arguments: &[&str]) -> String {
        command(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_names_the_process_stays() {
        assert_eq!(shown(&["python3", "-m", "http.server", "8000"]), "python3 -m http.server 8000");
        assert_eq!(shown(&["node", "server.js", "--port=80"]), "node server.js --port=80");
    }

    #[test]
    fn values_of_secret_options_are_masked() {
        assert_eq!(shown(&["srv", "--password", "hunter2", "x"]), "srv --password *** x");
        assert_eq!(shown(&["srv", "--api-key=hunter2"]), "srv --api-key=***");
        assert_eq!(shown(&["env", "AUTH_SECRET=hunter2"]), "env AUTH_SECRET=***");
        assert_eq!(shown(&["sh", "-c", "TOKEN=hunter2 exec srv"]), "sh -c TOKEN=*** exec srv");
        assert_eq!(shown(&["curl", "-H", "Authorization: Bearer hunter2"]), "curl -H Authorization: ***");
        assert_eq!(shown(&["srv", "--token", "--port", "80"]), "srv --token --port 80");
    }

    #[test]
    fn passwords_in_addresses_are_masked() {
        let masked = "psql postgres://me:***@db/app?x=1";
        assert_eq!(shown(&["psql", "postgres://me:hunt@er2@db/app?x=1"]), masked);
        assert_eq!(shown(&["curl", "http://host/a@b"]), "curl http://host/a@b");
    }

    #[test]
    fn control_characters_and_length_are_tamed() {
        assert_eq!(shown(&["a\u{1b}[2Jb\n"]), "a\u{FFFD}[2Jb");
        let long = shown(&["ä".repeat(500).as_str()]);
        assert_eq!(long.chars().count(), LONGEST + 1);
    }
}
