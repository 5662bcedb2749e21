//! What the handlers of auth share.

use std::net::TcpListener;
use std::sync::Arc;

use super::attempts::Attempts;
use super::cookies::TokenSeal;
use super::origin::Origins;
use super::password::Passwords;
use crate::backend::clock::Timestamp;
use crate::backend::settings::{Keeping, Settings};
use crate::backend::store::{Accounts, Database, SigningKeys};
use crate::backend::token::Signer;

/// What handlers of auth share.
pub(super) struct Auth {
    pub(super) accounts: Accounts,
    pub(super) passwords: Passwords,
    pub(super) attempts: Attempts,
    pub(super) seal: TokenSeal,
    pub(super) signer: Signer,
    pub(super) origins: Origins,
    /// Its own address: who issues tokens, and for whom they are.
    pub(super) base: String,
}

impl Auth {
    /// Auth as it is when it begins to serve on `listener`. The error is why it cannot.
    pub(super) async fn open(
        settings: &Settings,
        keeping: &Keeping,
        database: Database,
        listener: &TcpListener,
    ) -> Result<Self, String> {
        let address = listener.local_addr().map_err(|error| format!("the socket has no address: {error}"))?;
        let base = format!("http://{address}");
        let accounts = Accounts::of(database.clone());
        accounts.sweep_sessions(Timestamp::now()).await.map_err(|error| format!("failed to {error}"))?;
        let signer = Signer::open(&keeping.secret, &SigningKeys::of(database)).await;
        Ok(Self {
            accounts,
            passwords: Passwords::new().await?,
            attempts: Attempts::default(),
            seal: TokenSeal::new(&keeping.secret),
            signer: signer.map_err(|error| format!("failed to {error}"))?,
            origins: Origins::new(&base, Arc::clone(&settings.neighbours)),
            base,
        })
    }
}
