//! Makes tokens: HS256 with the shared secret, EdDSA with a key pair whose public half anyone may have.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use ring::{aead, digest};
use serde_json::{Value, json};

use super::claims::Claims;
use super::crypto;
use crate::backend::secret::Secret;
use crate::backend::store::{SigningKeys, StoreError};

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub(in crate::backend) enum TokenError {
    /// The keys cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of the cryptography failed, which has no reasons to give.
    #[error("make a key pair")]
    Crypto,
    /// The token could not be written.
    #[error("sign a token: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

/// Signs tokens.
pub(in crate::backend) struct Signer {
    shared: EncodingKey,
    own: EncodingKey,
    /// The public keys that tokens may still be signed with, the current one first.
    published: Vec<(String, String)>,
}

impl Signer {
    /// A signer with the newest kept key pair that this secret opens, or else with a new one.
    pub(in crate::backend) async fn open(secret: &Secret, keys: &SigningKeys) -> Result<Self, TokenError> {
        crypto::install();
        // A pair that this secret does not open is one of another secret, which may have been given up for a reason.
        let kept = keys.all().await?.into_iter();
        let opened = kept.filter_map(|key| unseal(secret, &key.private_key).map(|private| (key, private)));
        let mut opened: Vec<_> = opened.collect();
        if opened.is_empty() {
            let pkcs8 =
                Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| TokenError::Crypto)?;
            let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).map_err(|_| TokenError::Crypto)?;
            let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
            let sealed = seal(secret, pkcs8.as_ref()).ok_or(TokenError::Crypto)?;
            opened.push((keys.add(public, sealed).await?, pkcs8.as_ref().to_vec()));
        }
        let own =
            opened.first().map(|(_, private)| EncodingKey::from_ed_der(private)).ok_or(TokenError::Crypto)?;
        let published = opened.into_iter().map(|(key, _)| (key.id, key.public_key)).collect();
        Ok(Self { shared: EncodingKey::from_secret(secret.reveal().as_bytes()), own, published })
    }

    /// An HS256 token.
    pub(in crate::backend) fn hs256(&self, claims: &Claims<'_>) -> Result<String, TokenError> {
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.shared)?)
    }

    /// An EdDSA token, whose key is named in its header.
    pub(in crate::backend) fn eddsa(&self, claims: &Claims<'_>) -> Result<String, TokenError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = self.published.first().map(|(id, _)| id.clone());
        Ok(jsonwebtoken::encode(&header, claims, &self.own)?)
    }

    /// The public keys, as a JSON Web Key Set (RFC 7517, RFC 8037).
    pub(in crate::backend) fn jwks(&self) -> Value {
        let key = |(kid, x): &(String, String)| json!({ "alg": "EdDSA", "crv": "Ed25519", "kid": kid, "kty": "OKP", "x": x });
        json!({ "keys": self.published.iter().map(key).collect::<Vec<_>>() })
    }
}

/// What the private keys are encrypted with: of its own, so that it is of no use for signing.
fn sealing_key(secret: &Secret) -> Option<aead::LessSafeKey> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"portolan signing keys\0");
    context.update(secret.reveal().as_bytes());
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, context.finish().as_ref()).ok()?;
    Some(aead::LessSafeKey::new(key))
}

/// Encrypts a private key with AES-256-GCM under a random nonce, which stands before it.
fn seal(secret: &Secret, private: &[u8]) -> Option<String> {
    let mut nonce = [0; aead::NONCE_LEN];
    getrandom::fill(&mut nonce).ok()?;
    let mut sealed = private.to_vec();
    let unique = aead::Nonce::assume_unique_for_key(nonce);
    sealing_key(secret)?.seal_in_place_append_tag(unique, aead::Aad::empty(), &mut sealed).ok()?;
    Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

/// Decrypts it; `None` if the secret is another one by now.
fn unseal(secret: &Secret, sealed: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, rest) = bytes.split_at_checked(aead::NONCE_LEN)?;
    let nonce = aead::Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut rest = rest.to_vec();
    let private = sealing_key(secret)?.open_in_place(nonce, aead::Aad::empty(), &mut rest).ok()?;
    Some(private.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_opens_with_its_secret_and_no_other() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let sealed = seal(&secret("one secret"), b"private").unwrap();
        assert_eq!(unseal(&secret("one secret"), &sealed).as_deref(), Some(b"private".as_slice()));
        assert_eq!(unseal(&secret("another"), &sealed), None);
        for broken in ["", "AAAA", &sealed[1..]] {
            assert_eq!(unseal(&secret("one secret"), broken), None);
        }
    }
}
