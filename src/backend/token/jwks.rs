//! The public keys of the auth service, fetched when they are needed and kept.
//!
//! One task owns the keys and fetches them, so that any number of requests for an unknown key cause one fetch, and a
//! flood of made-up key ids causes one every few seconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::backend::clock;
use crate::backend::log::Log;
use crate::backend::outgoing::client;

/// Where Better Auth keeps them, below its base URL.
const PATH: &str = "/api/auth/jwks";

/// Between two fetches, whoever asks for whatever.
pub(in crate::backend) const PAUSE: Duration = Duration::from_secs(5);

/// After this long keys are fetched again before they are believed, so that a withdrawn one is noticed.
const FRESH: Duration = Duration::from_secs(600);

/// After this long they are not believed any more, even if the auth service is away.
const BELIEVED: Duration = Duration::from_secs(3600);

/// How long one fetch may take, and how much it may bring.
const TIME_LIMIT: Duration = Duration::from_secs(3);
const MOST_BYTES: usize = 256 << 10;

/// Requests that wait for a key.
const MOST_WAITING: usize = 64;

/// A key, and what it may be used for.
#[derive(Clone)]
pub(in crate::backend) struct Known {
    pub(super) key: Arc<DecodingKey>,
    /// The one algorithm that it is for, if the set says so.
    pub(super) algorithm: Option<String>,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The auth service has none of that name.
    Unknown,
    /// The auth service could not be asked.
    Unreachable,
}

/// The keys, and who fetches them. Dropping it ends the fetching.
pub(in crate::backend) struct Keyring {
    keys: watch::Receiver<Keys>,
    asks: mpsc::Sender<Ask>,
    task: JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Keys {
    base: String,
    fetched: Option<Instant>,
    by_id: Arc<HashMap<String, Known>>,
}

struct Ask {
    base: String,
    kid: String,
    reply: oneshot::Sender<Result<Known, NoKey>>,
}

/// The last fetch.
struct Tried {
    base: String,
    at: Instant,
    reached: bool,
}

impl Keyring {
    /// An empty keyring. Needs a tokio runtime.
    pub(in crate::backend) fn new(log: Log) -> Self {
        let (publish, keys) = watch::channel(Keys::default());
        let (asks, inbox) = mpsc::channel(MOST_WAITING);
        let task = tokio::spawn(fetch_when_asked(inbox, publish, log));
        Self { keys, asks, task }
    }

    /// The key `kid` of the auth service at `base`: at once if it is known, else after asking there.
    pub(super) async fn key(&self, base: &str, kid: &str) -> Result<Known, NoKey> {
        if let Some(known) = self.keys.borrow().believed(base, kid, FRESH) {
            return Ok(known);
        }
        let (reply, answer) = oneshot::channel();
        let ask = Ask { base: base.to_owned(), kid: kid.to_owned(), reply };
        self.asks.send(ask).await.map_err(|_| NoKey::Unreachable)?;
        answer.await.unwrap_or(Err(NoKey::Unreachable))
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Keys {
    fn believed(&self, base: &str, kid: &str, age: Duration) -> Option<Known> {
        let young = self.fetched.is_some_and(|fetched| fetched.elapsed() < age);
        self.by_id.get(kid).filter(|_| young && self.base == base).cloned()
    }
}

async fn fetch_when_asked(mut inbox: mpsc::Receiver<Ask>, publish: watch::Sender<Keys>, log: Log) {
    let client = client(TIME_LIMIT);
    let mut tried: Option<Tried> = None;
    while let Some(Ask { base, kid, reply }) = inbox.recv().await {
        if let Some(known) = publish.borrow().believed(&base, &kid, FRESH) {
            // It came with the fetch of somebody who asked before.
            let _ = reply.send(Ok(known));
            continue;
        }
        let early = tried.as_ref().filter(|tried| tried.base == base && tried.at.elapsed() < PAUSE);
        let reached = match early {
            // What was so then is so now.
            Some(tried) => tried.reached,
            None => {
                let at = clock::instant();
                let fetched = fetch(&client, &base).await;
                let reached = fetched.is_ok();
                match fetched {
                    Ok(by_id) => {
                        let (base, fetched) = (base.clone(), Some(clock::instant()));
                        publish.send_replace(Keys { base, fetched, by_id: Arc::new(by_id) });
                    }
                    Err(reason) => {
                        log.warn("public keys cannot be fetched", &[("auth", &base), ("reason", &reason)]);
                    }
                }
                tried = Some(Tried { base: base.clone(), at, reached });
                reached
            }
        };
        let missing = if reached { NoKey::Unknown } else { NoKey::Unreachable };
        let known = publish.borrow().believed(&base, &kid, BELIEVED).ok_or(missing);
        // Whoever asked may have gone.
        let _ = reply.send(known);
    }
}

async fn fetch(
    client: &Result<reqwest::Client, String>,
    base: &str,
) -> Result<HashMap<String, Known>, String> {
    let client = client.as_ref().map_err(Clone::clone)?;
    let mut response =
        client.get(format!("{base}{PATH}")).send().await.map_err(|error| error.without_url().to_string())?;
    if !response.status().is_success() {
        return Err(format!("it answered {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err("it answered too much".into());
        }
    }
    let set: JwkSet =
        serde_json::from_slice(&body).map_err(|error| format!("it answered no key set: {error}"))?;
    Ok(set.keys.iter().filter_map(usable).collect())
}

/// A key that signatures can be checked with, by its name. A symmetric key in a public set is nobody's secret.
fn usable(jwk: &Jwk) -> Option<(String, Known)> {
    use jsonwebtoken::jwk::AlgorithmParameters::{EllipticCurve, OctetKeyPair, RSA};
    let kid = jwk.common.key_id.clone()?;
    let for_signatures =
        jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let public = matches!(jwk.algorithm, RSA(_) | EllipticCurve(_) | OctetKeyPair(_));
    if !(for_signatures && public) {
        return None;
    }
    let algorithm = jwk.common.key_algorithm.as_ref().map(ToString::to_string);
    let key = Arc::new(DecodingKey::from_jwk(jwk).ok()?);
    Some((kid, Known { key, algorithm }))
}
