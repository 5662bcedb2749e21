//! What the handlers of the backend share.

use std::sync::Arc;

use axum::extract::FromRef;

use super::cache::Listings;
use crate::backend::store::{Database, TaskStore};
use crate::backend::token::Verifier;

/// What handlers of the backend share.
#[derive(Clone, FromRef)]
pub(super) struct Tasks {
    pub(super) store: TaskStore,
    pub(super) verifier: Arc<Verifier>,
    pub(super) listings: Arc<Listings>,
}

impl Tasks {
    pub(super) fn new(database: Database, verifier: Verifier) -> Self {
        let listings = Arc::new(Listings::default());
        Self { store: TaskStore::of(database), verifier: Arc::new(verifier), listings }
    }
}
