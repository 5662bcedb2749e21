//! "Did you mean": the known word nearest to an unknown one, and user text made fit for a message.

/// Words of docker compose, process-compose and the like, and what they are called here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("build", "prepare"),
    ("cmd", "command"),
    ("cwd", "directory"),
    ("depends", "needs"),
    ("depends_on", "needs"),
    ("dir", "directory"),
    ("entrypoint", "command"),
    ("environment", "env"),
    ("exec", "command"),
    ("external", "shared"),
    ("healthcheck", "health"),
    ("liveness_probe", "health"),
    ("never", "no"),
    ("path", "directory"),
    ("pre_start", "prepare"),
    ("processes", "services"),
    ("process_completed_successfully", "completed"),
    ("process_healthy", "healthy"),
    ("process_started", "started"),
    ("readiness_probe", "health"),
    ("ready", "health"),
    ("remote", "shared"),
    ("root", "directory"),
    ("run", "command"),
    ("service_completed_successfully", "completed"),
    ("service_healthy", "healthy"),
    ("service_started", "started"),
    ("shutdown", "stop"),
    ("stop_grace_period", "stop"),
    ("stop_signal", "stop"),
    ("tasks", "services"),
    ("unless_stopped", "always"),
    ("work_dir", "directory"),
    ("working_dir", "directory"),
    ("working_directory", "directory"),
];

/// The candidate that `word` was probably meant to be.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    // A distance is quadratic in the length; nothing this long was meant to be a known word.
    if lower.len() > 100 {
        return None;
    }
    let limit = (lower.chars().count() / 3).max(1);
    let begins = |candidate: &str| lower.len() > 2 && candidate.to_lowercase().starts_with(&lower);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            let near = distance <= limit && distance < candidate.chars().count();
            (near || begins(candidate)).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The known word that `word` was probably meant to be, by spelling or by its name in other tools.
pub(super) fn nearest_word<'a>(word: &str, keys: &[&'a str]) -> Option<&'a str> {
    let known_elsewhere = || {
        let (_, here) =
            ELSEWHERE.iter().find(|(there, _)| *there == word.replace('-', "_").to_lowercase())?;
        keys.iter().find(|key| *key == here).copied()
    };
    known_elsewhere().or_else(|| nearest(word, keys.iter().copied()))
}

/// Text from a file as a message may quote it: control characters escaped, at most 80 characters.
pub(super) fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    for c in text.chars().take(80) {
        if c.is_control() || is_invisible(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown.push('`');
    shown
}

/// Marks that reorder or hide what surrounds them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Words as a sentence lists them: `a`, `b` or `c`.
pub(super) fn alternatives<S: AsRef<str>>(words: &[S]) -> String {
    join(words, "or")
}

/// Words as a sentence lists them: `a`, `b` and `c`.
pub(super) fn listed<S: AsRef<str>>(words: &[S]) -> String {
    join(words, "and")
}

fn join<S: AsRef<str>>(words: &[S], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => quoted(one.as_ref()),
        [most @ .., end] => {
            let most: Vec<String> = most.iter().map(|word| quoted(word.as_ref())).collect();
            format!("{} {last} {}", most.join(", "), quoted(end.as_ref()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_names_from_other_tools_are_recognised() {
        let keys = ["command", "directory", "needs", "env", "env_files", "health"];
        assert_eq!(nearest_word("comand", &keys), Some("command"));
        assert_eq!(nearest_word("depends_on", &keys), Some("needs"));
        assert_eq!(nearest_word("working-dir", &keys), Some("directory"));
        assert_eq!(nearest_word("env_file", &keys), Some("env_files"));
        assert_eq!(nearest_word("colour", &keys), None);
        assert_eq!(nearest_word(&"x".repeat(10_000), &keys), None);
    }

    #[test]
    fn quoted_text_cannot_drive_a_terminal() {
        assert_eq!(quoted("a\u{1b}[31m\u{202e}"), "`a\\u{1b}[31m\\u{202e}`");
    }
}
