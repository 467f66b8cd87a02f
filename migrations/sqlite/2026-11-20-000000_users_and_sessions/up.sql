-- Identifiers are UUIDs of version 7 as text; moments are microseconds since the Unix epoch, in UTC.

CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    -- In the canonical form of RFC 8265 UsernameCaseMapped, so that plain equality is the comparison it asks for.
    username      TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT;

-- What a user may do beyond what every user may.
CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    PRIMARY KEY (user_id, role)
) STRICT;

CREATE TABLE sessions (
    id                TEXT    NOT NULL PRIMARY KEY,
    user_id           TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    delivery          TEXT    NOT NULL,
    remember          INTEGER NOT NULL,
    csrf_token        TEXT    NOT NULL,
    created_at        INTEGER NOT NULL,
    authenticated_at  INTEGER NOT NULL,
    -- When the living refresh token expires, and with it the session.
    expires_at        INTEGER NOT NULL,
    -- When the session was opened or its refresh token rotated, and where from: what its user knows a device by.
    last_used_at      INTEGER NOT NULL,
    address           TEXT,
    user_agent        TEXT,
    revoked_at        INTEGER,
    revocation_reason TEXT,
    CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);
-- A user's list of devices, and the end of all of them; ended sessions may be many more.
CREATE INDEX sessions_living ON sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
-- For those who ask twice a second what has been revoked lately.
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    id            TEXT    NOT NULL PRIMARY KEY,
    session_id    TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    predecessor   TEXT,
    issued_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    first_used_at INTEGER
) STRICT;

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, first_used_at);
-- A session has one living refresh token; the database itself forbids a second.
CREATE UNIQUE INDEX refresh_tokens_living ON refresh_tokens (session_id) WHERE first_used_at IS NULL;
