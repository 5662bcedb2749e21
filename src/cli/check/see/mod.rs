//! What is to be seen of a stack: looks and asks, and judges nothing.

mod addresses;
mod coming;
mod environment;
mod faults;
mod health;
mod notices;
mod owners;
mod places;
mod reach;
mod remains;

pub(super) use coming::{Arrivals, come_up};
pub(super) use environment::{env_facts, requirements};
pub(super) use faults::log_facts;
pub(super) use health::ask;
pub(super) use notices::{Notices, read_notices};
pub(super) use owners::{Owners, port_facts};
pub(super) use places::Places;
pub(super) use reach::{Given, address_facts};
pub(super) use remains::{Before, remains};
