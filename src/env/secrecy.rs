//! What of a value is secret, and how it looks when that is masked.
//!
//! Guesses by name and shape only add to what the rules say: a value that a rule calls secret always is one.

use std::ops::Range;

use crate::stack::EnvRule;

/// What stands in the place of a secret. Its length says nothing about the secret's.
pub const MASK: &str = "********";

/// How much of a value is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Nothing.
    Public,
    /// The password inside a URL.
    UrlPassword,
    /// All of it.
    Secret,
}

impl Secrecy {
    /// How much of `value` is secret in a variable called `name`.
    pub fn of(name: &str, value: &str, rule: Option<&EnvRule>) -> Self {
        // What is made at random is made to be secret.
        let ruled = rule.is_some_and(|rule| rule.secret || rule.generate.is_some());
        if ruled || (looks_secret(name) && !is_switch(value)) {
            Self::Secret
        } else if url_password(value).is_some() {
            Self::UrlPassword
        } else {
            Self::Public
        }
    }

    /// `value` as it may be shown.
    pub fn mask(self, value: &str) -> String {
        match self {
            Self::Public => value.to_owned(),
            Self::UrlPassword => match url_password(value) {
                Some(password) => {
                    format!("{}{MASK}{}", &value[..password.start], &value[password.end..])
                }
                None => value.to_owned(),
            },
            // That nothing is there is worth seeing, and no secret.
            Self::Secret if value.is_empty() => String::new(),
            Self::Secret => MASK.to_owned(),
        }
    }

    /// The secret part of `value`.
    pub(crate) fn part(self, value: &str) -> Option<&str> {
        match self {
            Self::Public => None,
            Self::UrlPassword => url_password(value).map(|password| &value[password]),
            Self::Secret => Some(value),
        }
    }
}

/// Whether a variable of this name probably holds a secret.
pub fn looks_secret(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "PRIVATE_KEY",
        "PRIVATEKEY",
        "API_KEY",
        "APIKEY",
        "ACCESS_KEY",
        "ENCRYPTION_KEY",
        "SIGNING_KEY",
        "CREDENTIAL",
    ];
    // What is about a secret: where it lies, how long it lives, who asks for it.
    const ABOUT: &[&str] = &[
        "_PATH",
        "_FILE",
        "_DIR",
        "_URL",
        "_URI",
        "_ENDPOINT",
        "_ID",
        "_NAME",
        "_TTL",
        "_MINUTES",
        "_SECONDS",
        "_DAYS",
        "_HOURS",
        "_EXPIRY",
        "_LENGTH",
        "_ALGORITHM",
        "_ISSUER",
    ];
    let name = name.to_ascii_uppercase();
    if ABOUT.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    PARTS.iter().any(|part| name.contains(part))
        || name.split('_').any(|word| word.ends_with("TOKEN") || matches!(word, "TOKENS" | "PASS"))
}

/// Whether a value says yes, no or how many: nothing that anybody would keep secret.
fn is_switch(value: &str) -> bool {
    let known = ["true", "false", "yes", "no", "on", "off", "none", "null"];
    known.iter().any(|word| word.eq_ignore_ascii_case(value))
        || (value.len() < 6 && value.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Where the password of a URL like `scheme://user:password@host` stands.
fn url_password(value: &str) -> Option<Range<usize>> {
    let start = value.find("://")? + 3;
    let authority = &value[start..];
    // A password may hold unescaped `/` or `#` by mistake; only whitespace surely ends the URL.
    let authority = &authority[..authority.find(char::is_whitespace).unwrap_or(authority.len())];
    let host = authority.find('/').unwrap_or(authority.len());
    let at = authority[..host].rfind('@').or_else(|| authority.rfind('@'))?;
    let colon = authority[..at].find(':')?;
    let between = &authority[colon + 1..at];
    // `http://host:80/x@y` and `http://host/x:y@z`: the colon stands before a port, or in the path.
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_path =
        authority[..colon].contains('/') || between.split_once('/').is_some_and(|(port, _)| is_port(port));
    (!between.is_empty() && !is_path).then_some(start + colon + 1..start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_secrets_from_what_is_about_them() {
        for name in
            ["BETTER_AUTH_SECRET", "dbPassword", "GITHUB_TOKEN", "AUTHTOKEN", "STRIPE_API_KEY", "SMTP_PASS"]
        {
            assert!(looks_secret(name), "{name}");
        }
        for name in
            ["PWD", "TOKENIZERS_PARALLELISM", "TOKEN_URL", "SECRET_KEY_FILE", "PATH", "COMPASS", "KEYBOARD"]
        {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn only_the_password_of_a_url_is_masked() {
        let mask = |value: &str| Secrecy::of("DATABASE_URL", value, None).mask(value);
        assert_eq!(
            mask("postgresql+asyncpg://u:p/w@h:5432/db?x=1"),
            "postgresql+asyncpg://u:********@h:5432/db?x=1"
        );
        assert_eq!(mask("redis://:pw@h"), "redis://:********@h");
        for open in ["http://h:80/a@b", "http://u@h", "http://h/x:y@z", "postgres://h:5432/db", "a:b@c"] {
            assert_eq!(mask(open), open);
        }
    }
}
