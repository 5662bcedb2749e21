//! Users and their sessions.

use super::database::{Database, on_pool};
use super::{StoreError, new_id, random_text};
use crate::backend::clock::Timestamp;

/// The letters of a session's token; Better Auth has as many.
const TOKEN_LENGTH: usize = 32;

/// Someone who signed up.
#[derive(Clone, Debug)]
pub(in crate::backend) struct User {
    pub(in crate::backend) id: String,
    /// In lower case.
    pub(in crate::backend) email: String,
    pub(in crate::backend) name: String,
    pub(in crate::backend) image: Option<String>,
    pub(in crate::backend) created_at: Timestamp,
    pub(in crate::backend) updated_at: Timestamp,
}

/// Someone who is about to.
pub(in crate::backend) struct NewUser {
    pub(in crate::backend) email: String,
    pub(in crate::backend) name: String,
    pub(in crate::backend) image: Option<String>,
    /// A PHC string.
    pub(in crate::backend) password_hash: String,
}

/// That someone is signed in.
#[derive(Clone)]
pub(in crate::backend) struct Session {
    pub(in crate::backend) id: String,
    /// Whoever has it is that user.
    pub(in crate::backend) token: String,
    pub(in crate::backend) user_id: String,
    pub(in crate::backend) expires_at: Timestamp,
    pub(in crate::backend) created_at: Timestamp,
    pub(in crate::backend) updated_at: Timestamp,
    pub(in crate::backend) ip_address: Option<String>,
    pub(in crate::backend) user_agent: Option<String>,
}

/// Users and sessions.
#[derive(Clone)]
pub(in crate::backend) struct Accounts {
    database: Database,
}

type UserRow = (String, String, String, Option<String>, i64, i64);
type SessionRow = (String, String, String, i64, i64, i64, Option<String>, Option<String>);

impl Accounts {
    pub(in crate::backend) fn of(database: Database) -> Self {
        Self { database }
    }

    /// Adds a user; `None` if the address is taken, also by somebody who signs up in the same moment.
    pub(in crate::backend) async fn add_user(&self, new: NewUser) -> Result<Option<User>, StoreError> {
        const ADD: &str = "INSERT INTO portolan_users \
             (id, email, name, image, password_hash, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (email) DO NOTHING";
        let now = Timestamp::now();
        let id = new_id(now)?;
        let NewUser { email, name, image, password_hash } = new;
        let added = on_pool!(self.database.writer(), pool => {
            let add = sqlx::query(ADD).bind(&id).bind(&email).bind(&name).bind(&image).bind(&password_hash).bind(now.0);
            add.execute(pool).await.map(|done| done.rows_affected())
        })?;
        let user = User { id, email, name, image, created_at: now, updated_at: now };
        Ok((added == 1).then_some(user))
    }

    /// The user of that address, in lower case, and the hash of the password.
    pub(in crate::backend) async fn user_by_email(
        &self,
        email: &str,
    ) -> Result<Option<(User, String)>, StoreError> {
        const FIND: &str = "SELECT id, email, name, image, created_at, updated_at, password_hash \
             FROM portolan_users WHERE email = $1";
        type Row = (String, String, String, Option<String>, i64, i64, String);
        let row: Option<Row> = on_pool!(self.database.reader(), pool => {
            sqlx::query_as(FIND).bind(email).fetch_optional(pool).await
        })?;
        Ok(row.map(|(id, email, name, image, created, updated, hash)| {
            (user((id, email, name, image, created, updated)), hash)
        }))
    }

    /// Begins a session that ends at `expires_at`.
    pub(in crate::backend) async fn add_session(
        &self,
        user_id: &str,
        expires_at: Timestamp,
        ip_address: Option<String>,
        user_agent: Option<String>,
    ) -> Result<Session, StoreError> {
        const ADD: &str = "INSERT INTO portolan_sessions \
             (id, token, user_id, expires_at, created_at, updated_at, ip_address, user_agent) \
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7)";
        let now = Timestamp::now();
        let (id, token) = (new_id(now)?, random_text(TOKEN_LENGTH)?);
        on_pool!(self.database.writer(), pool => {
            let add = sqlx::query(ADD).bind(&id).bind(&token).bind(user_id).bind(expires_at.0).bind(now.0);
            add.bind(&ip_address).bind(&user_agent).execute(pool).await.map(drop)
        })?;
        let user_id = user_id.to_owned();
        Ok(Session {
            id,
            token,
            user_id,
            expires_at,
            created_at: now,
            updated_at: now,
            ip_address,
            user_agent,
        })
    }

    /// The session of that token and its user, if it has not ended by `now`.
    pub(in crate::backend) async fn session(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(Session, User)>, StoreError> {
        const FIND: &str = "SELECT id, token, user_id, expires_at, created_at, updated_at, ip_address, user_agent \
             FROM portolan_sessions WHERE token = $1 AND expires_at > $2";
        const USER: &str =
            "SELECT id, email, name, image, created_at, updated_at FROM portolan_users WHERE id = $1";
        let row: Option<SessionRow> = on_pool!(self.database.reader(), pool => {
            sqlx::query_as(FIND).bind(token).bind(now.0).fetch_optional(pool).await
        })?;
        let Some(session) = row.map(session) else { return Ok(None) };
        let row: Option<UserRow> = on_pool!(self.database.reader(), pool => {
            sqlx::query_as(USER).bind(&session.user_id).fetch_optional(pool).await
        })?;
        Ok(row.map(|row| (session, user(row))))
    }

    /// Moves the end of a session.
    pub(in crate::backend) async fn extend_session(
        &self,
        session: &mut Session,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const EXTEND: &str = "UPDATE portolan_sessions SET expires_at = $1, updated_at = $2 WHERE id = $3";
        on_pool!(self.database.writer(), pool => {
            let extend = sqlx::query(EXTEND).bind(expires_at.0).bind(now.0).bind(&session.id);
            extend.execute(pool).await.map(drop)
        })?;
        session.expires_at = expires_at;
        session.updated_at = now;
        Ok(())
    }

    /// Ends a session.
    pub(in crate::backend) async fn end_session(&self, token: &str) -> Result<(), StoreError> {
        const END: &str = "DELETE FROM portolan_sessions WHERE token = $1";
        on_pool!(self.database.writer(), pool => sqlx::query(END).bind(token).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Forgets sessions that ended before `now`.
    pub(in crate::backend) async fn sweep_sessions(&self, now: Timestamp) -> Result<(), StoreError> {
        const SWEEP: &str = "DELETE FROM portolan_sessions WHERE expires_at <= $1";
        on_pool!(self.database.writer(), pool => sqlx::query(SWEEP).bind(now.0).execute(pool).await.map(drop))?;
        Ok(())
    }
}

fn user((id, email, name, image, created, updated): UserRow) -> User {
    User { id, email, name, image, created_at: Timestamp(created), updated_at: Timestamp(updated) }
}

fn session(row: SessionRow) -> Session {
    let (id, token, user_id, expires, created, updated, ip_address, user_agent) = row;
    Session {
        id,
        token,
        user_id,
        expires_at: Timestamp(expires),
        created_at: Timestamp(created),
        updated_at: Timestamp(updated),
        ip_address,
        user_agent,
    }
}
