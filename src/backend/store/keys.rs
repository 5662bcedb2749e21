//! The key pairs that tokens are signed with.

use super::database::{Database, on_pool};
use super::{StoreError, new_id};
use crate::backend::clock::Timestamp;

/// A kept key pair. The private half is encrypted by whoever keeps it.
#[derive(Clone)]
pub(in crate::backend) struct SigningKey {
    pub(in crate::backend) id: String,
    pub(in crate::backend) public_key: String,
    pub(in crate::backend) private_key: String,
}

/// The kept key pairs.
#[derive(Clone)]
pub(in crate::backend) struct SigningKeys {
    database: Database,
}

impl SigningKeys {
    pub(in crate::backend) fn of(database: Database) -> Self {
        Self { database }
    }

    /// All of them, newest first.
    pub(in crate::backend) async fn all(&self) -> Result<Vec<SigningKey>, StoreError> {
        const ALL: &str =
            "SELECT id, public_key, private_key FROM portolan_signing_keys ORDER BY created_at DESC, id DESC";
        let rows: Vec<(String, String, String)> =
            on_pool!(self.database.reader(), pool => sqlx::query_as(ALL).fetch_all(pool).await)?;
        let key = |(id, public_key, private_key)| SigningKey { id, public_key, private_key };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Keeps a new pair; its id is the `kid` of its tokens.
    pub(in crate::backend) async fn add(
        &self,
        public_key: String,
        private_key: String,
    ) -> Result<SigningKey, StoreError> {
        const ADD: &str = "INSERT INTO portolan_signing_keys (id, public_key, private_key, created_at) \
             VALUES ($1, $2, $3, $4)";
        let now = Timestamp::now();
        let id = new_id(now)?;
        on_pool!(self.database.writer(), pool => {
            let add = sqlx::query(ADD).bind(&id).bind(&public_key).bind(&private_key).bind(now.0);
            add.execute(pool).await.map(drop)
        })?;
        Ok(SigningKey { id, public_key, private_key })
    }
}
