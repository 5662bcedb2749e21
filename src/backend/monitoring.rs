//! How the backend is: whether it reaches its database and the auth service, and since when it runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::clock;
use super::neighbours::{Neighbour, Neighbours};
use super::outgoing::client;
use super::store::Database;

/// How long one attempt may take, and the pauses between attempts.
const TIME_LIMIT: Duration = Duration::from_millis(1_500);
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

/// How long all of them may take.
const ALTOGETHER: Duration = Duration::from_secs(3);

/// Asks the backend's surroundings how they are.
pub(super) struct Monitoring {
    begun: Instant,
    database: Database,
    neighbours: Arc<Neighbours>,
    client: Option<reqwest::Client>,
}

impl Monitoring {
    pub(super) fn new(database: Database, neighbours: Arc<Neighbours>) -> Self {
        Self { begun: clock::instant(), database, neighbours, client: client(TIME_LIMIT).ok() }
    }

    /// The report: `ok`, or `degraded` while something is out of reach. Either is an answer: the backend itself is there.
    pub(super) async fn report(&self, service: &str) -> Value {
        let (database, auth) = tokio::join!(self.database(), self.auth());
        let well = [&database, &auth].iter().all(|part| part.get("reachable") == Some(&Value::Bool(true)));
        json!({
            "status": if well { "ok" } else { "degraded" },
            "service": service,
            "version": env!("CARGO_PKG_VERSION"),
            "uptime_seconds": self.begun.elapsed().as_secs(),
            "database": database,
            "auth": auth,
        })
    }

    async fn database(&self) -> Map<String, Value> {
        let begun = clock::instant();
        let mut report = Map::from_iter([("kind".to_owned(), json!(self.database.word()))]);
        match tokio::time::timeout(ALTOGETHER, self.database.version()).await {
            Ok(Ok(version)) => {
                report.insert("reachable".into(), json!(true));
                report.insert("latency_ms".into(), json!(milliseconds(begun)));
                report.insert("version".into(), json!(version));
            }
            Ok(Err(error)) => out_of_reach(&mut report, &format!("failed to {error}")),
            Err(_) => out_of_reach(&mut report, "no answer in time"),
        }
        report
    }

    /// Tries the auth service up to three times, with growing pauses.
    async fn auth(&self) -> Map<String, Value> {
        let mut report = Map::new();
        let place = self.neighbours.find(Neighbour::Auth);
        report.insert("url".into(), json!(place.as_ref().map(|place| &place.url)));
        let (Some(place), Some(client)) = (place, &self.client) else {
            out_of_reach(&mut report, "nobody says where it is: AUTH_SERVICE_URL is not set");
            return report;
        };
        let begun = clock::instant();
        let mut pauses = PAUSES.into_iter();
        for attempt in 1.. {
            let reason = match ask(client, &place.url).await {
                Ok(latency) => {
                    report.insert("reachable".into(), json!(true));
                    report.insert("latency_ms".into(), json!(latency));
                    report.insert("attempts".into(), json!(attempt));
                    break;
                }
                Err(reason) => reason,
            };
            match pauses.next().filter(|_| begun.elapsed() < ALTOGETHER) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    out_of_reach(&mut report, &reason);
                    report.insert("attempts".into(), json!(attempt));
                    break;
                }
            }
        }
        report
    }
}

/// Whether somebody answers there; an answer that it is unwell is none.
async fn ask(client: &reqwest::Client, base: &str) -> Result<f64, String> {
    let begun = clock::instant();
    let response = client.get(format!("{base}/health")).send().await.map_err(|error| {
        if error.is_timeout() {
            "no answer in time".to_owned()
        } else if error.is_connect() {
            "nobody listens there".to_owned()
        } else {
            error.without_url().to_string()
        }
    })?;
    match response.status() {
        status if status.is_server_error() => Err(format!("it answers {}", status.as_u16())),
        _ => Ok(milliseconds(begun)),
    }
}

fn out_of_reach(report: &mut Map<String, Value>, reason: &str) {
    report.insert("reachable".into(), json!(false));
    report.insert("error".into(), json!(reason));
}

fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 10_000.0).round() / 10.0
}
