//! What an embedded service is told by its environment, checked before anything is served. Every problem is told at
//! once, and never the text of a secret.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::edge::RateLimit;
use super::neighbours::Neighbours;
use super::secret::Secret;
use super::store::DatabaseAddress;

/// What the documents demand of the shared secret, in characters.
const SHORTEST_SECRET: usize = 32;

/// The secret that auth and backend share.
const SECRET: &str = "BETTER_AUTH_SECRET";

/// How long one request may take, in seconds, and the least and most that may be asked for.
const REQUEST_TIME: u64 = 15;
const REQUEST_TIMES: std::ops::RangeInclusive<u64> = 1..=3_600;

/// What every service is told.
pub(super) struct Settings {
    pub(super) neighbours: Arc<Neighbours>,
    pub(super) rate: RateLimit,
    /// How long one request may take.
    pub(super) time: Duration,
}

/// The settings of a service that keeps data and knows the secret.
pub(super) struct Keeping {
    pub(super) secret: Secret,
    pub(super) database: DatabaseAddress,
}

impl Settings {
    /// Settings of any service.
    pub(super) fn read(env: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut problems = Vec::new();
        let settings = Self::collect(env, &mut problems);
        if problems.is_empty() { Ok(settings) } else { Err(in_words(&problems)) }
    }

    /// Settings of a service that keeps data, too.
    pub(super) fn read_keeping(env: &BTreeMap<String, String>) -> Result<(Self, Keeping), String> {
        let mut problems = Vec::new();
        let settings = Self::collect(env, &mut problems);
        let secret = env.get(SECRET).filter(|secret| !secret.is_empty());
        let length = secret.map_or(0, |secret| secret.chars().count());
        if secret.is_none() {
            problems.push(format!("{SECRET} is not set"));
        } else if length < SHORTEST_SECRET {
            problems.push(format!("{SECRET} has {length} characters, needs {SHORTEST_SECRET}"));
        }
        let url = env.get("DATABASE_URL").map(String::as_str);
        let database = DatabaseAddress::read(url).map_err(|problem| problems.push(problem)).ok();
        match (secret, database) {
            (Some(secret), Some(database)) if problems.is_empty() => {
                Ok((settings, Keeping { secret: Secret::new(secret.clone()), database }))
            }
            _ => Err(in_words(&problems)),
        }
    }

    fn collect(env: &BTreeMap<String, String>, problems: &mut Vec<String>) -> Self {
        let neighbours = Arc::new(Neighbours::read(env, problems));
        let rate = RateLimit::read(env.get("RATE_LIMIT").map(String::as_str), problems);
        let seconds = match env.get("REQUEST_TIMEOUT").map(|text| text.trim()).filter(|text| !text.is_empty())
        {
            None => REQUEST_TIME,
            Some(text) => {
                text.parse().ok().filter(|seconds| REQUEST_TIMES.contains(seconds)).unwrap_or_else(|| {
                    problems.push("REQUEST_TIMEOUT must be a whole number of seconds, from 1 to 3600".into());
                    REQUEST_TIME
                })
            }
        };
        Self { neighbours, rate, time: Duration::from_secs(seconds) }
    }
}

fn in_words(problems: &[String]) -> String {
    format!("refused to start: {}", problems.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(env: &[(&str, &str)]) -> String {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::read_keeping(&env).err().unwrap_or_default()
    }

    #[test]
    fn a_secret_shorter_than_32_characters_is_refused_without_its_text() {
        assert_eq!(refusal(&[]), "refused to start: BETTER_AUTH_SECRET is not set");
        let short = "0123456789012345678901234567890";
        let text = refusal(&[(SECRET, short)]);
        assert_eq!(text, "refused to start: BETTER_AUTH_SECRET has 31 characters, needs 32");
        assert_eq!(refusal(&[(SECRET, "01234567890123456789012345678901")]), "");
        // Characters, not bytes.
        assert!(!refusal(&[(SECRET, &"ä".repeat(31))]).is_empty());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let text = refusal(&[
            ("DATABASE_URL", "mysql://u:hunter2@h/d"),
            ("AUTH_URL", "x"),
            ("RATE_LIMIT", "-1"),
            ("REQUEST_TIMEOUT", "0"),
        ]);
        for part in ["BETTER_AUTH_SECRET", "DATABASE_URL", "AUTH_URL", "RATE_LIMIT", "REQUEST_TIMEOUT"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("hunter2"));
    }
}
