//! The embedded services over real HTTP, in this process: each started on a port and folder of its own, on SQLite and,
//! where PORTOLAN_TEST_POSTGRES names a superuser of a server, on PostgreSQL. One file a topic; one test program, so
//! that it is linked once.
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod support;

mod accounts;
mod bodies;
mod cross_origin;
mod edge;
mod freshness;
mod guesses;
mod isolation;
mod listing;
mod monitoring;
mod openapi;
mod page;
mod public_keys;
mod repeats;
mod sessions;
mod starting;
mod stopping;
mod tasks;
mod tokens;
mod validation;
mod writers;
