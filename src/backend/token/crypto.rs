//! The cryptography of tokens: jsonwebtoken's seam for it, filled by ring, which TLS brings along. Its own providers would
//! bring a second library, one of them with an advisory that is open (RUSTSEC-2023-0071 in rsa).

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::hmac;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, Ed25519KeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // They derive a JWK from a private key, which nothing here asks for.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Has jsonwebtoken use ring. Must come before any token; more than once is as good.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Only an earlier installation would refuse, and there is none.
        let _ = PROVIDER.install_default();
    });
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hmac(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())))),
        Algorithm::EdDSA => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.as_bytes());
            Ok(Box::new(Pair(pair.map_err(|_| ErrorKind::InvalidKeyFormat)?)))
        }
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    // A public key must never be taken for a shared secret: its bytes are known to everyone.
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    match algorithm.family() {
        AlgorithmFamily::Hmac => match algorithm {
            Algorithm::HS256 => {
                Ok(Box::new(Hmac(hmac::Key::new(hmac::HMAC_SHA256, key.try_get_as_bytes()?))))
            }
            _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
        },
        AlgorithmFamily::Ed | AlgorithmFamily::Ec => {
            let scheme: &'static dyn VerificationAlgorithm = match algorithm {
                Algorithm::EdDSA => &signature::ED25519,
                Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED,
                Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED,
                _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
            };
            let key = UnparsedPublicKey::new(scheme, key.try_get_as_bytes()?.to_vec());
            Ok(Box::new(Public { algorithm: *algorithm, key }))
        }
        AlgorithmFamily::Rsa => {
            let scheme = match algorithm {
                Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
                Algorithm::RS384 => &RSA_PKCS1_2048_8192_SHA384,
                Algorithm::RS512 => &RSA_PKCS1_2048_8192_SHA512,
                Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
                Algorithm::PS384 => &RSA_PSS_2048_8192_SHA384,
                Algorithm::PS512 => &RSA_PSS_2048_8192_SHA512,
                _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
            };
            match key.kind() {
                DecodingKeyKind::RsaModulusExponent { n, e } => {
                    let key = RsaPublicKeyComponents { n: n.clone(), e: e.clone() };
                    Ok(Box::new(Rsa { algorithm: *algorithm, scheme, key }))
                }
                DecodingKeyKind::SecretOrDer(_) => Err(ErrorKind::InvalidKeyFormat.into()),
            }
        }
    }
}

/// HS256, either way.
struct Hmac(hmac::Key);

impl ::signature::Signer<Vec<u8>> for Hmac {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, ::signature::Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl ::signature::Verifier<Vec<u8>> for Hmac {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), ::signature::Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| ::signature::Error::new())
    }
}

impl JwtSigner for Hmac {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hmac {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// EdDSA with a key pair of our own.
struct Pair(Ed25519KeyPair);

impl ::signature::Signer<Vec<u8>> for Pair {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, ::signature::Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for Pair {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

/// A public key on a curve.
struct Public {
    algorithm: Algorithm,
    key: UnparsedPublicKey<Vec<u8>>,
}

impl ::signature::Verifier<Vec<u8>> for Public {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), ::signature::Error> {
        self.key.verify(message, signature).map_err(|_| ::signature::Error::new())
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// A public key of RSA.
struct Rsa {
    algorithm: Algorithm,
    scheme: &'static RsaParameters,
    key: RsaPublicKeyComponents<Vec<u8>>,
}

impl ::signature::Verifier<Vec<u8>> for Rsa {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), ::signature::Error> {
        self.key.verify(self.scheme, message, signature).map_err(|_| ::signature::Error::new())
    }
}

impl JwtVerifier for Rsa {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
