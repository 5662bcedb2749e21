//! compose.yaml and docker-compose.yml.
//!
//! A service stays compose's own: the draft has `docker compose up SERVICE` start it in the foreground, so that image,
//! volumes, networks and secrets keep being said in one place. Where a service builds the code of a folder and says a
//! plain command for it, the command runs here instead, if nothing of it depends on being in a container.

mod contained;
mod health;
mod local;
mod need;
mod ports;
mod read;
mod shape;

pub(in crate::draft) use read::contexts;
pub(super) use read::read;
