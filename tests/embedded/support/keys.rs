//! Key pairs of the kinds that an auth service may sign with, and their public halves as JSON Web Keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::{Value, json};

/// A key pair that signs tokens.
pub(crate) trait Key {
    /// Its name in a set of keys.
    fn kid(&self) -> &str;
    fn algorithm(&self) -> &'static str;
    fn sign(&self, text: &[u8]) -> Vec<u8>;
    /// The public half.
    fn jwk(&self) -> Value;
}

/// EdDSA on Ed25519.
pub(crate) struct EdKey {
    kid: String,
    pair: Ed25519KeyPair,
}

/// ES256.
pub(crate) struct P256Key {
    kid: String,
    pair: EcdsaKeyPair,
}

/// RS256. Always the same key, since making one takes seconds: it protects nothing.
pub(crate) struct RsaKey {
    kid: String,
    pair: RsaKeyPair,
}

impl EdKey {
    pub(crate) fn new(kid: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { kid: kid.to_owned(), pair: Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap() }
    }
}

impl P256Key {
    pub(crate) fn new(kid: &str) -> Self {
        let (scheme, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(scheme, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(scheme, document.as_ref(), &random).unwrap();
        Self { kid: kid.to_owned(), pair }
    }
}

impl RsaKey {
    pub(crate) fn new(kid: &str) -> Self {
        let pair = RsaKeyPair::from_pkcs8(include_bytes!("rsa-for-tests.pk8")).unwrap();
        Self { kid: kid.to_owned(), pair }
    }
}

impl Key for EdKey {
    fn kid(&self) -> &str {
        &self.kid
    }

    fn algorithm(&self) -> &'static str {
        "EdDSA"
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }

    fn jwk(&self) -> Value {
        let x = text(self.pair.public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": self.kid, "x": x })
    }
}

impl Key for P256Key {
    fn kid(&self) -> &str {
        &self.kid
    }

    fn algorithm(&self) -> &'static str {
        "ES256"
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec()
    }

    fn jwk(&self) -> Value {
        // One byte says that both coordinates follow.
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": self.kid, "x": text(x), "y": text(y) })
    }
}

impl Key for RsaKey {
    fn kid(&self) -> &str {
        &self.kid
    }

    fn algorithm(&self) -> &'static str {
        "RS256"
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
        signature
    }

    fn jwk(&self) -> Value {
        let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(self.pair.public());
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": text(&n), "e": text(&e) })
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
