-- Accounts, sessions and signing keys of the embedded auth service. Written so that SQLite and PostgreSQL read the same;
-- times are milliseconds since 1970. Names begin with portolan_, since DATABASE_URL may name somebody's own database.

CREATE TABLE portolan_users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    image TEXT,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE portolan_sessions (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES portolan_users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ip_address TEXT,
    user_agent TEXT
);

CREATE INDEX portolan_sessions_by_user ON portolan_sessions (user_id);
CREATE INDEX portolan_sessions_by_end ON portolan_sessions (expires_at);

-- Key pairs for tokens. The private half is encrypted with the shared secret.
CREATE TABLE portolan_signing_keys (
    id TEXT PRIMARY KEY,
    public_key TEXT NOT NULL,
    private_key TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
