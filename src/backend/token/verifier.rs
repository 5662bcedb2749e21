//! Who is asking: the user that a bearer token proves, or why it proves nothing.

use std::collections::HashSet;
use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::crypto;
use super::jwks::{Keyring, NoKey};
use crate::backend::clock::Timestamp;
use crate::backend::neighbours::{Neighbour, Neighbours, aliases};
use crate::backend::secret::Secret;

/// How far two clocks may be apart, in seconds: as the backend of examples/notes allows.
const LEEWAY: u64 = 5;

/// The longest name of a user, in bytes: what an OpenID subject may have.
const LONGEST_SUBJECT: usize = 255;

/// The longest token that is looked at, in bytes.
const LONGEST_TOKEN: usize = 8 << 10;

/// A user, as a token proves one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) struct Who {
    /// The subject: the name by which rows are kept.
    pub(in crate::backend) id: String,
}

/// Why a token proves nothing. The words are for a developer who reads a 401, and quote nothing of the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::backend) enum Refusal {
    /// It is no token.
    #[error("it is no JSON Web Token")]
    Malformed,
    /// It is longer than any that is given here.
    #[error("it is longer than {LONGEST_TOKEN} bytes")]
    TooLong,
    /// `none`, or one that nothing here is meant for.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// It names an extension without which it must not be believed (RFC 7515, 4.1.11), and none is known here.
    #[error("it demands an extension that is not known here")]
    Extension,
    /// Signed by somebody else, or changed since.
    #[error("its signature is not from the auth service, or the two services have different secrets")]
    Signature,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet")]
    NotYet,
    /// For somebody else.
    #[error("it is for another audience")]
    Audience,
    /// From somebody else.
    #[error("it is from another issuer than the auth service")]
    Issuer,
    /// It does not say what it has to.
    #[error("it has no {0}")]
    Lacks(&'static str),
    /// The auth service has no such key.
    #[error("it is signed with a key that the auth service does not publish")]
    UnknownKey,
    /// Nobody knows yet where the auth service is, or it does not answer.
    #[error("the public keys of the auth service cannot be had at the moment")]
    NoKeys,
}

/// Believes tokens of one auth service.
pub(in crate::backend) struct Verifier {
    shared: DecodingKey,
    neighbours: Arc<Neighbours>,
    keyring: Keyring,
}

#[derive(Deserialize)]
struct Proven {
    sub: Option<String>,
    iat: Option<serde_json::Number>,
}

impl Verifier {
    pub(in crate::backend) fn new(secret: &Secret, neighbours: Arc<Neighbours>, keyring: Keyring) -> Self {
        crypto::install();
        Self { shared: DecodingKey::from_secret(secret.reveal().as_bytes()), neighbours, keyring }
    }

    /// Who has this token.
    pub(in crate::backend) async fn verify(&self, token: &str) -> Result<Who, Refusal> {
        if token.len() > LONGEST_TOKEN {
            return Err(Refusal::TooLong);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|error| match error.kind() {
            // `none` is no algorithm to the library, and so no header.
            ErrorKind::Json(_) | ErrorKind::InvalidAlgorithmName => Refusal::Algorithm,
            _ => Refusal::Malformed,
        })?;
        if header.crit.is_some() {
            return Err(Refusal::Extension);
        }
        let base = self.neighbours.last_known(Neighbour::Auth).map(|place| place.url);
        if header.alg == Algorithm::HS256 {
            return proven(token, &self.shared, Algorithm::HS256, base.as_deref());
        }
        if matches!(header.alg, Algorithm::HS384 | Algorithm::HS512) {
            return Err(Refusal::Algorithm);
        }
        let base = base.ok_or(Refusal::NoKeys)?;
        // The key is found by its name and at the auth service alone: `jku`, `jwk` and `x5u` are the sender's word.
        let kid = header.kid.ok_or(Refusal::Lacks("key id"))?;
        let known = self.keyring.key(&base, &kid).await.map_err(|missing| match missing {
            NoKey::Unknown => Refusal::UnknownKey,
            NoKey::Unreachable => Refusal::NoKeys,
        })?;
        let named = format!("{:?}", header.alg);
        if known.algorithm.is_some_and(|only| only != named) {
            return Err(Refusal::Algorithm);
        }
        proven(token, &known.key, header.alg, Some(&base))
    }
}

fn proven(token: &str, key: &DecodingKey, algorithm: Algorithm, base: Option<&str>) -> Result<Who, Refusal> {
    let mut validation = Validation::new(algorithm);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.required_spec_claims = HashSet::from(["exp".to_owned(), "sub".to_owned()]);
    match base {
        Some(base) => {
            let names: HashSet<String> = aliases(base).into_iter().collect();
            validation.required_spec_claims.extend(["iss".to_owned(), "aud".to_owned()]);
            validation.iss = Some(names.clone());
            validation.aud = Some(names);
        }
        // Nobody says who the auth service is: the secret alone has to do.
        None => validation.validate_aud = false,
    }
    let data =
        jsonwebtoken::decode::<Proven>(token, key, &validation).map_err(|error| refusal(error.kind()))?;
    let issued = data.claims.iat.and_then(|iat| iat.as_f64()).unwrap_or_default();
    // Seconds since 1970 are exact in a float for 285 million years.
    if issued > Timestamp::now().seconds() as f64 + LEEWAY as f64 {
        return Err(Refusal::NotYet);
    }
    let tame = |sub: &String| !sub.is_empty() && sub.len() <= LONGEST_SUBJECT && !sub.contains('\0');
    let id = data.claims.sub.filter(tame).ok_or(Refusal::Lacks("sub"))?;
    Ok(Who { id })
}

fn refusal(kind: &ErrorKind) -> Refusal {
    match kind {
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::ExpiredSignature => Refusal::Expired,
        ErrorKind::ImmatureSignature => Refusal::NotYet,
        ErrorKind::InvalidAudience => Refusal::Audience,
        ErrorKind::InvalidIssuer => Refusal::Issuer,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm | ErrorKind::InvalidAlgorithmName => {
            Refusal::Algorithm
        }
        ErrorKind::MissingRequiredClaim(claim) => Refusal::Lacks(match claim.as_str() {
            "exp" => "exp",
            "sub" => "sub",
            "iss" => "iss",
            "aud" => "aud",
            _ => "claim that is needed",
        }),
        _ => Refusal::Malformed,
    }
}
