//! JSON Web Tokens: made by auth, believed by backend.

mod claims;
mod crypto;
mod jwks;
mod signer;
mod verifier;

pub(super) use claims::Claims;
pub(super) use jwks::{Keyring, PAUSE};
pub(super) use signer::{Signer, TokenError};
pub(super) use verifier::{Refusal, Verifier, Who};
