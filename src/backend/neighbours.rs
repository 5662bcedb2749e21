//! Where the other services are: what the environment says, else their discovery records, as they are when asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Deserialize;
use url::Url;

/// The origin that a frontend has when nobody says where it is: the one of the documents.
const FRONTEND_BY_DEFAULT: &str = "http://localhost:3000";

/// The names of loopback. A developer opens a local page under any of them; to a browser those are different origins.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Who is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Neighbour {
    Auth,
    Backend,
    Frontend,
}

impl Neighbour {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Backend => "backend",
            Self::Frontend => "frontend",
        }
    }

    /// The variables that say where it is, the first of them first.
    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Auth => &["AUTH_SERVICE_URL", "AUTH_URL"],
            Self::Backend => &["BACKEND_URL"],
            Self::Frontend => &["FRONTEND_URL"],
        }
    }
}

/// Where a neighbour is, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its base URL, without a slash at the end.
    pub(super) url: String,
    /// The variable, or the name of the record.
    pub(super) source: String,
    /// The word for its state, where a record tells.
    pub(super) state: Option<String>,
    /// The name of its stack, likewise.
    pub(super) stack: Option<String>,
}

/// Looks for neighbours.
#[derive(Debug)]
pub(super) struct Neighbours {
    said: BTreeMap<Neighbour, Place>,
    records: Option<PathBuf>,
    seen: Mutex<BTreeMap<Neighbour, (Edition, Option<Place>)>>,
}

/// Which file a record is: it is replaced whole, by another file. Looking takes a microsecond, reading ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edition {
    file: u64,
    modified: Option<SystemTime>,
}

/// What is read of a record.
#[derive(Deserialize)]
struct Record {
    url: Option<String>,
    state: Option<String>,
    stack: Option<String>,
}

impl Neighbours {
    /// Neighbours as `env` tells of them; what is wrong with its values is added to `problems`.
    pub(super) fn read(env: &BTreeMap<String, String>, problems: &mut Vec<String>) -> Self {
        let mut said = BTreeMap::new();
        for neighbour in [Neighbour::Auth, Neighbour::Backend, Neighbour::Frontend] {
            let given = |name: &'static str| Some((name, env.get(name).filter(|value| !value.is_empty())?));
            let found = neighbour.variables().iter().find_map(|name| given(name));
            let Some((variable, url)) = found else { continue };
            if is_web_address(url) {
                let url = url.trim_end_matches('/').to_owned();
                said.insert(neighbour, Place { url, source: variable.to_owned(), state: None, stack: None });
            } else {
                problems.push(format!("{variable} must be a URL that begins with http:// or https://"));
            }
        }
        let records = env.get("SERVICE_DISCOVERY_PATH").filter(|path| !path.is_empty()).map(PathBuf::from);
        Self { said, records, seen: Mutex::default() }
    }

    /// Where `neighbour` is at this moment; `None` while nobody knows.
    pub(super) fn find(&self, neighbour: Neighbour) -> Option<Place> {
        if let Some(said) = self.said.get(&neighbour) {
            return Some(said.clone());
        }
        let name = format!("{}.json", neighbour.name());
        let path = self.records.as_ref()?.join(&name);
        let edition = Edition::of(&path)?;
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&neighbour).cloned();
        if let Some((seen, place)) = seen
            && seen == edition
        {
            return place;
        }
        // What is read may be newer than its edition: then it is read once more next time.
        let record = fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Record>(&text).ok());
        let place = record.and_then(|Record { url, state, stack }| {
            let url = url.filter(|url| is_web_address(url))?.trim_end_matches('/').to_owned();
            Some(Place { url, source: format!(".service_discovery/{name}"), state, stack })
        });
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(neighbour, (edition, place.clone()));
        place
    }

    /// Where `neighbour` is, or was when it was last seen: who is believed does not change because somebody is down.
    pub(super) fn last_known(&self, neighbour: Neighbour) -> Option<Place> {
        self.find(neighbour).or_else(|| {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.get(&neighbour).and_then(|(_, place)| place.clone())
        })
    }

    /// Whether a page of `origin` may use this service: the frontend's, under any name of loopback if it is local.
    pub(super) fn trusts(&self, origin: &str) -> bool {
        let frontend = self.last_known(Neighbour::Frontend).map(|place| place.url);
        aliases(frontend.as_deref().unwrap_or(FRONTEND_BY_DEFAULT)).iter().any(|alias| alias == origin)
    }
}

impl Edition {
    /// The edition that is there now, if one is.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let file = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let file = metadata.len();
        Some(Self { file, modified: metadata.modified().ok() })
    }
}

fn is_web_address(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The origins by which the service at `url` goes: all names of loopback if it is there, else its own alone.
pub(super) fn aliases(url: &str) -> Vec<String> {
    let Ok(url) = Url::parse(url) else { return Vec::new() };
    let host = url.host_str().unwrap_or_default();
    if !LOOPBACK.contains(&host) {
        return vec![url.origin().ascii_serialization()];
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    LOOPBACK.iter().map(|name| format!("{}://{name}{port}", url.scheme())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbours(env: &[(&str, &str)]) -> Neighbours {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut problems = Vec::new();
        let neighbours = Neighbours::read(&env, &mut problems);
        assert_eq!(problems, Vec::<String>::new());
        neighbours
    }

    #[test]
    fn the_environment_comes_before_records() {
        let folder = tempfile::tempdir().unwrap();
        let record = r#"{"url":"http://127.0.0.1:8083","state":"healthy"}"#;
        fs::write(folder.path().join("auth.json"), record).unwrap();
        let path = folder.path().to_str().unwrap();
        let place = |env: &[(&str, &str)]| neighbours(env).find(Neighbour::Auth).unwrap();
        let recorded = place(&[("SERVICE_DISCOVERY_PATH", path), ("AUTH_URL", "")]);
        assert_eq!(
            (recorded.url.as_str(), recorded.state.as_deref()),
            ("http://127.0.0.1:8083", Some("healthy"))
        );
        let told = place(&[("SERVICE_DISCOVERY_PATH", path), ("AUTH_URL", "https://a.example/")]);
        assert_eq!((told.url.as_str(), told.source.as_str()), ("https://a.example", "AUTH_URL"));
    }

    #[test]
    fn a_record_that_is_no_record_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{", "[]", r#"{"url":7}"#, r#"{"url":"file:///etc/passwd"}"#] {
            fs::write(folder.path().join("backend.json"), text).unwrap();
            let neighbours = neighbours(&[("SERVICE_DISCOVERY_PATH", folder.path().to_str().unwrap())]);
            assert_eq!(neighbours.find(Neighbour::Backend), None, "{text}");
        }
    }

    #[test]
    fn a_record_that_is_replaced_is_seen_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let neighbours = neighbours(&[("SERVICE_DISCOVERY_PATH", folder.path().to_str().unwrap())]);
        assert_eq!(neighbours.find(Neighbour::Backend), None);
        for port in 8000..8050 {
            let new = folder.path().join("new");
            fs::write(&new, format!(r#"{{"url":"http://127.0.0.1:{port}"}}"#)).unwrap();
            fs::rename(new, folder.path().join("backend.json")).unwrap();
            let found = neighbours.find(Neighbour::Backend).unwrap().url;
            assert_eq!(found, format!("http://127.0.0.1:{port}"));
        }
        fs::remove_file(folder.path().join("backend.json")).unwrap();
        assert_eq!(neighbours.find(Neighbour::Backend), None);
        let known = neighbours.last_known(Neighbour::Backend).map(|place| place.url);
        assert_eq!(known.as_deref(), Some("http://127.0.0.1:8049"));
    }

    #[test]
    fn who_is_trusted_does_not_change_while_the_frontend_is_down() {
        let folder = tempfile::tempdir().unwrap();
        let neighbours = neighbours(&[("SERVICE_DISCOVERY_PATH", folder.path().to_str().unwrap())]);
        let record = folder.path().join("frontend.json");
        fs::write(&record, r#"{"url":"http://127.0.0.1:3001"}"#).unwrap();
        assert!(neighbours.trusts("http://localhost:3001") && !neighbours.trusts("http://localhost:3000"));
        fs::remove_file(record).unwrap();
        assert!(neighbours.trusts("http://localhost:3001") && !neighbours.trusts("http://localhost:3000"));
    }

    #[test]
    fn the_frontend_is_trusted_under_every_name_of_loopback_and_nobody_else() {
        let told = neighbours(&[("FRONTEND_URL", "http://127.0.0.1:3004")]);
        for origin in ["http://127.0.0.1:3004", "http://localhost:3004", "http://[::1]:3004"] {
            assert!(told.trusts(origin), "{origin}");
        }
        for origin in
            ["http://localhost:3005", "https://localhost:3004", "http://localhost:3004.evil.example", "null"]
        {
            assert!(!told.trusts(origin), "{origin}");
        }
        assert!(neighbours(&[]).trusts("http://localhost:3000"));
        let elsewhere = neighbours(&[("FRONTEND_URL", "https://shop.example/app")]);
        assert!(elsewhere.trusts("https://shop.example"));
        assert!(!elsewhere.trusts("http://localhost:3000"));
    }

    #[test]
    fn a_url_that_is_none_is_a_problem_without_its_text() {
        let env = BTreeMap::from([("AUTH_SERVICE_URL".to_owned(), "user:hunter2@host".to_owned())]);
        let mut problems = Vec::new();
        Neighbours::read(&env, &mut problems);
        assert_eq!(problems, ["AUTH_SERVICE_URL must be a URL that begins with http:// or https://"]);
    }
}
