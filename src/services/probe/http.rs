//! The HTTP probe: a request to the verified listener, or to a shared service, and what its answer must be.

use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use regex::bytes::Regex;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::stack::{HttpCheck, Port};

/// A body is read up to here; what a health endpoint says is said by then.
const MOST_BODY: usize = 256 << 10;

/// An HTTP probe, ready to be asked again and again.
pub(in crate::services) struct HttpProbe {
    client: reqwest::Client,
    check: HttpCheck,
    headers: HeaderMap,
    body: Option<Regex>,
    /// The base for a path when there is no listener of ours: a shared service.
    base: Option<String>,
}

impl HttpProbe {
    /// Prepares `check`; `base` is the URL of a shared service. Fails, in words, only on what the configuration has
    /// already refused.
    pub(in crate::services) fn new(check: &HttpCheck, base: Option<String>) -> Result<Self, String> {
        let https = base.as_deref().is_some_and(is_https) || is_https(&check.path);
        let client = client(https).map_err(|error| format!("the HTTP client cannot be made: {error}"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &check.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|error| error.to_string())?;
            // The value may be a secret: it is in no error text.
            let value = HeaderValue::try_from(value.as_str())
                .map_err(|_| format!("the value of {name} is no header"))?;
            headers.append(name, value);
        }
        let body = check.body.as_deref().map(Regex::new).transpose().map_err(|error| error.to_string())?;
        Ok(Self { client, check: check.clone(), headers, body, base })
    }

    pub(in crate::services) async fn ask(
        &self,
        host: Option<&str>,
        port: Option<Port>,
    ) -> Result<(), String> {
        let url = self.url(host, port)?;
        let request = self.client.get(&url).headers(self.headers.clone());
        let mut response = request.send().await.map_err(|error| describe(&error))?;
        let status = response.status().as_u16();
        if !self.check.status.iter().any(|range| range.contains(status)) {
            return Err(format!("GET {} answered {status}", self.check.path));
        }
        let Some(pattern) = &self.body else { return Ok(()) };
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| describe(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() >= MOST_BODY {
                break;
            }
        }
        if pattern.is_match(&body) {
            return Ok(());
        }
        Err(format!("GET {} answered {status} without {:?} in its body", self.check.path, pattern.as_str()))
    }

    fn url(&self, host: Option<&str>, port: Option<Port>) -> Result<String, String> {
        let path = &self.check.path;
        if path.starts_with("http://") || path.starts_with("https://") {
            return Ok(path.clone());
        }
        if let Some(base) = &self.base {
            return Ok(format!("{}{path}", base.trim_end_matches('/')));
        }
        let (Some(host), Some(port)) = (host, port) else {
            return Err("it has no port to be asked on".into());
        };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Ok(format!("http://{host}:{port}{path}"))
    }
}

fn is_https(url: &str) -> bool {
    url.starts_with("https://")
}

/// The client of every probe, one with and one without TLS: a client takes 0.1 MB and as much time as a probe.
fn client(https: bool) -> reqwest::Result<reqwest::Client> {
    static CLIENTS: Mutex<[Option<reqwest::Client>; 2]> = Mutex::new([None, None]);
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let client = &mut clients[usize::from(https)];
    match client {
        Some(client) => Ok(client.clone()),
        None => Ok(client.insert(new_client(https)?).clone()),
    }
}

/// Proxies are for the outside, redirects are answers, and a kept connection would outlive the process behind it.
fn new_client(https: bool) -> reqwest::Result<reqwest::Client> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only if somebody installed one before, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .connect_timeout(Duration::from_secs(5))
        .user_agent(concat!("portolan/", env!("CARGO_PKG_VERSION")));
    // Reading the system's certificates costs megabytes and milliseconds, for nothing where there is no TLS.
    if https { builder.build() } else { builder.tls_certs_only([]).build() }
}

/// The innermost cause, which is what tells a person something.
fn describe(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
