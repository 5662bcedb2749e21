//! The discovery records: one JSON file per service, for programs that Portolan did not start.
//!
//! A record says where a service really listens. Readers poll or watch `.service_discovery/<service>.json` beside
//! portolan.toml; each file is replaced whole, so that they see the old record or the new one and nothing between.

mod record;
mod store;

pub use record::Record;
pub use store::{DiscoveryError, RecordStore};
