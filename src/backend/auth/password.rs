//! Passwords as Argon2id, off the async threads and few at a time: each takes seven megabytes and tens of milliseconds.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::backend::edge::Fault;
use crate::backend::store::random_text;

/// One of the settings that OWASP's Password Storage Cheat Sheet holds to be equally strong; of these the one with the
/// least memory, since it is the memory of a launcher.
const KIBIBYTES: u32 = 7168;
const PASSES: u32 = 5;
const LANES: u32 = 1;

/// Hashes at the same time.
const AT_ONCE: usize = 2;

/// Hashes passwords and compares them.
pub(super) struct Passwords {
    argon: Arc<Argon2<'static>>,
    turns: Arc<Semaphore>,
    /// Of a password that nobody has: compared with where there is no user, so that this takes as long.
    nobodys: String,
}

impl Passwords {
    pub(super) async fn new() -> Result<Self, String> {
        let params = Params::new(KIBIBYTES, PASSES, LANES, None).map_err(|error| error.to_string())?;
        let argon = Arc::new(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
        let unknown = random_text(32).map_err(|error| error.to_string())?;
        let mut passwords = Self { argon, turns: Arc::new(Semaphore::new(AT_ONCE)), nobodys: String::new() };
        let hashed = passwords.hash(unknown).await;
        passwords.nobodys = hashed.map_err(|_| "passwords cannot be hashed here".to_owned())?;
        Ok(passwords)
    }

    /// The hash of a password, as a PHC string.
    pub(super) async fn hash(&self, password: String) -> Result<String, Fault> {
        let argon = Arc::clone(&self.argon);
        self.in_turn(move || argon.hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok())
            .await?
            .ok_or_else(|| Fault::internal("a password could not be hashed"))
    }

    /// Whether the password has that hash. Without a hash the answer is no, and takes as long.
    pub(super) async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, Fault> {
        let (argon, exists) = (Arc::clone(&self.argon), hash.is_some());
        let hash = hash.unwrap_or_else(|| self.nobodys.clone());
        let matches = self
            .in_turn(move || {
                let hash = PasswordHash::new(&hash);
                hash.is_ok_and(|hash| argon.verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(matches && exists)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        // Goes into the work: whoever does not wait any more must not let in somebody else while it goes on.
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| Fault::internal("nobody hashes any more"))?;
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Fault::internal("the thread that hashes has ended"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let passwords = Passwords::new().await.unwrap();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{hash}");
        assert!(passwords.matches("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.matches("Correct horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.matches("correct horse".into(), Some("no hash".into())).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Passwords::new().await.unwrap();
        assert!(!passwords.matches(String::new(), None).await.unwrap());
        // The comparison is a real one: with a hash of the same cost.
        assert!(passwords.nobodys.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
    }
}
