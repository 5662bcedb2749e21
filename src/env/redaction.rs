//! Takes secrets out of texts: errors, notices, findings, lines of logs.
//!
//! It knows values, not names; what counts as secret is decided in `secrecy`.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;

use super::layers::ResolvedEnv;
use super::secrecy::MASK;

/// Shorter secrets are not looked for in texts: `dev` or `test` would mask half of every log and hide nothing.
const MIN_TEXT_BYTES: usize = 6;
/// Secrets masked in stored logs are at least this long.
const MIN_LOG_BYTES: usize = 8;

/// Replaces the secrets of environments by [`MASK`].
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, without duplicates.
    secrets: Vec<String>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

impl Redactor {
    /// A redactor for every secret of `environments`, hidden values included.
    pub fn new<'e>(environments: impl IntoIterator<Item = &'e ResolvedEnv>) -> Self {
        Self::of(environments.into_iter().flat_map(ResolvedEnv::secret_parts))
    }

    /// A redactor for these secrets. Of one with several lines, each line is a secret, too, since logs come in
    /// lines; but not the `-----BEGIN …` of a key.
    pub fn of<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let mut all: Vec<String> = Vec::new();
        for secret in secrets {
            all.push(secret.to_owned());
            if secret.contains('\n') {
                all.extend(
                    secret
                        .lines()
                        .map(str::trim)
                        .filter(|line| line.len() >= 2 * MIN_LOG_BYTES && !line.starts_with("-----"))
                        .map(str::to_owned),
                );
            }
            if let Some(decoded) = percent_decoded(secret) {
                all.push(decoded);
            }
        }
        all.retain(|secret| secret.len() >= MIN_TEXT_BYTES);
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        Self { secrets: all }
    }

    /// `text` with every secret masked; secrets that overlap become one mask.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found: Vec<_> = self
            .secrets
            .iter()
            .flat_map(|secret| {
                memmem::find_iter(text.as_bytes(), secret.as_bytes()).map(|at| at..at + secret.len())
            })
            .collect();
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|range| (range.start, range.end));
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for range in found {
            if range.start >= end {
                masked.push_str(&text[end..range.start]);
                masked.push_str(MASK);
            }
            end = end.max(range.end);
        }
        masked.push_str(&text[end..]);
        Cow::Owned(masked)
    }

    /// The secrets of at least 8 bytes, longest first, for the log store to mask.
    pub fn secrets(&self) -> Vec<Vec<u8>> {
        let long = self.secrets.iter().filter(|secret| secret.len() >= MIN_LOG_BYTES);
        long.map(|secret| secret.clone().into_bytes()).collect()
    }
}

/// What a password of a URL is once decoded, if it is text and differs.
fn percent_decoded(secret: &str) -> Option<String> {
    if !secret.contains('%') {
        return None;
    }
    let mut decoded = Vec::with_capacity(secret.len());
    let mut rest = secret.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex =
            (first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                rest = &after[2..];
            }
            None => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(decoded).ok().filter(|decoded| decoded != secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_and_nested_secrets_leave_nothing() {
        let redactor = Redactor::of(["abcdefgh", "efghijkl", "abcdefghij"]);
        assert_eq!(redactor.mask("x abcdefghijkl y abcdefgh."), "x ******** y ********.");
        assert_eq!(redactor.mask("nothing here"), "nothing here");
    }

    #[test]
    fn lines_of_a_key_and_decoded_passwords_are_secrets_too() {
        let redactor =
            Redactor::of(["-----BEGIN KEY-----\nMIIBVwIBADANBgkq\n-----END KEY-----", "p%40ssw0rd"]);
        assert_eq!(redactor.mask("MIIBVwIBADANBgkq p@ssw0rd"), "******** ********");
        assert_eq!(redactor.mask("-----BEGIN KEY-----"), "-----BEGIN KEY-----");
    }

    #[test]
    fn short_secrets_are_not_looked_for() {
        let redactor = Redactor::of(["dev", "sixsix", "eighteig"]);
        assert_eq!(redactor.mask("dev sixsix"), "dev ********");
        assert_eq!(redactor.secrets(), [b"eighteig".to_vec()]);
    }
}
