//! Where the embedded services keep data: SQLite in the stack's state folder, or PostgreSQL where DATABASE_URL says so.
//!
//! The same statements run on both; what differs is kept in `database`. Times are milliseconds since 1970.

mod accounts;
mod address;
mod database;
mod error;
mod ids;
mod keys;
mod migrations;
mod stamp;
mod tasks;

pub(super) use accounts::{Accounts, NewUser, Session, User};
pub(super) use address::DatabaseAddress;
pub(super) use database::Database;
pub(super) use error::StoreError;
pub(super) use ids::{new_id, random_text};
pub(super) use keys::SigningKeys;
pub(super) use stamp::Stamp;
pub(super) use tasks::{Change, Created, NewTask, Order, Page, Retry, Task, TaskStore, Written};
