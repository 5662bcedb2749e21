//! Tasks over HTTP: each user's own, behind a bearer token.

mod cache;
mod caller;
mod input;
mod item;
mod listing;
mod routes;
mod shown;
mod state;
mod tags;

pub(super) use routes::routes;
