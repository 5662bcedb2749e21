//! What is done with one task: created, read, replaced, changed, deleted.

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::caller::Caller;
use super::tags::{Expected, Tag};
use super::{input, shown};
use crate::backend::digest::digest;
use crate::backend::edge::{Fault, read_json};
use crate::backend::store::{Change, Created, NewTask, Retry, Task, TaskStore, Written};

const JSON: &str = "application/json";
/// What RFC 7396 calls a body that is merged. Plain JSON is taken for one, too.
const MERGE: &str = "application/merge-patch+json";

/// The id in a path. Bytes that are no text are nobody's id.
pub(super) struct Id(String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| missing())
    }
}

pub(super) async fn create(
    State(store): State<TaskStore>,
    Caller(who): Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let key = input::idempotency_key(&headers);
    let body = read_json(&headers, body, &[JSON]).await?;
    let new = input::whole(&body);
    let (key, new) = input::all(key, new)?;
    let retry = key.map(|key| Retry { key, fingerprint: fingerprint(&new) });
    let created = store.create(&who.id, new, retry, shown::text).await?;
    let (text, again) = match created {
        Created::New(task) => (shown::text(&task), false),
        Created::Again(text) => (text, true),
        Created::Other => {
            let detail = "this Idempotency-Key was used for another task; use a new key for a new task";
            return Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
    };
    let id = shown::id_of(&text);
    let mut response = (StatusCode::CREATED, [(header::CONTENT_TYPE, JSON)], text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, Tag::of_version(1).header());
    if let Ok(place) = HeaderValue::try_from(format!("/api/tasks/{id}")) {
        headers.insert(header::LOCATION, place);
    }
    if again {
        headers.insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    }
    Ok(response)
}

pub(super) async fn read(
    State(store): State<TaskStore>,
    Caller(who): Caller,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let task = known(&store, &who.id, &id).await?;
    let tag = Tag::of_version(task.version);
    if tag.is_known_to(&headers) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag.header())]).into_response());
    }
    Ok(answer(&task))
}

pub(super) async fn replace(
    State(store): State<TaskStore>,
    Caller(who): Caller,
    Id(id): Id,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let body = read_json(&headers, body, &[JSON]).await?;
    let new = input::whole(&body).map_err(Fault::invalid)?;
    write(&store, &who.id, &id, new.into(), &Expected::read(&headers)).await
}

/// Merges what is given into what is there: in one statement, so that of many at once none undoes another.
pub(super) async fn merge(
    State(store): State<TaskStore>,
    Caller(who): Caller,
    Id(id): Id,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let body = read_json(&headers, body, &[JSON, MERGE]).await?;
    let change = input::part(&body).map_err(Fault::invalid)?;
    write(&store, &who.id, &id, change, &Expected::read(&headers)).await
}

async fn write(
    store: &TaskStore,
    owner: &str,
    id: &str,
    change: Change,
    expected: &Expected,
) -> Result<Response, Fault> {
    let version = condition(store, owner, id, expected).await?;
    match store.change(owner, checked(id)?, change, version).await? {
        Written::Done(task) => Ok(answer(&task)),
        Written::Missing => Err(missing()),
        Written::Stale => Err(stale()),
    }
}

pub(super) async fn delete(
    State(store): State<TaskStore>,
    Caller(who): Caller,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<StatusCode, Fault> {
    let version = condition(&store, &who.id, &id, &Expected::read(&headers)).await?;
    match store.delete(&who.id, checked(&id)?, version).await? {
        Written::Done(()) => Ok(StatusCode::NO_CONTENT),
        Written::Missing => Err(missing()),
        Written::Stale => Err(stale()),
    }
}

fn answer(task: &Task) -> Response {
    let tag = Tag::of_version(task.version).header();
    ([(header::CONTENT_TYPE, HeaderValue::from_static(JSON)), (header::ETAG, tag)], shown::text(task))
        .into_response()
}

/// A task of the caller's. One of somebody else's is as missing as one that never was.
async fn known(store: &TaskStore, owner: &str, id: &str) -> Result<Task, Fault> {
    store.get(owner, checked(id)?).await?.ok_or_else(missing)
}

/// An id as they are made here; any other is nobody's, and not all texts can be asked for in a database.
fn checked(id: &str) -> Result<&str, Fault> {
    let made_here = id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if made_here { Ok(id) } else { Err(missing()) }
}

/// The version that a change is meant for; `None` if it is meant for whichever is there.
async fn condition(
    store: &TaskStore,
    owner: &str,
    id: &str,
    expected: &Expected,
) -> Result<Option<i64>, Fault> {
    match expected {
        Expected::Any => Ok(None),
        Expected::OneOf(versions) => match versions.as_slice() {
            [one] => Ok(Some(*one)),
            several => {
                let version = known(store, owner, id).await?.version;
                if several.contains(&version) { Ok(Some(version)) } else { Err(stale()) }
            }
        },
    }
}

fn missing() -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "there is no such task")
}

fn stale() -> Fault {
    let detail = "the task was changed since: read it again, and send If-Match with its new ETag";
    Fault::new(StatusCode::PRECONDITION_FAILED, detail)
}

/// What a creation says, whatever the order and spacing of its JSON.
fn fingerprint(new: &NewTask) -> String {
    let NewTask { title, description, completed } = new;
    // Lengths keep "ab" + "c" apart from "a" + "bc".
    let lengths = format!("{} {} {completed} ", title.len(), description.len());
    digest([lengths.as_bytes(), title.as_bytes(), description.as_bytes()], 32)
}
