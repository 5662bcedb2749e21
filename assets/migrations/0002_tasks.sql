-- Tasks of the embedded backend. An owner is the subject of a token, which may come from another auth service: it
-- refers to no row of ours.

CREATE TABLE portolan_tasks (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    completed BOOLEAN NOT NULL,
    -- For search and order, since the two databases disagree about whose letters have which case.
    lower_title TEXT NOT NULL,
    lower_description TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE INDEX portolan_tasks_by_owner ON portolan_tasks (owner, created_at, id);

-- Creations that may be asked for again, each with the answer that it was given.
CREATE TABLE portolan_idempotency_keys (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (owner, key)
);
