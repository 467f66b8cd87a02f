-- Identifiers are UUIDs of version 7. Moments are kept to the microsecond.

CREATE TABLE users (
    id            uuid        NOT NULL PRIMARY KEY,
    -- In the canonical form of RFC 8265 UsernameCaseMapped, so that plain equality is the comparison it asks for. "C" orders
    -- by code points, whatever the database's language, and lets a prefix be searched along the index.
    username      text        NOT NULL COLLATE "C" CONSTRAINT users_username_key UNIQUE,
    password_hash text        NOT NULL,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);

-- What a user may do beyond what every user may.
CREATE TABLE user_roles (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role    text NOT NULL,
    PRIMARY KEY (user_id, role)
);

-- For the few that administer, among many who do not.
CREATE INDEX user_roles_by_role ON user_roles (role);

CREATE TABLE sessions (
    id                uuid        NOT NULL PRIMARY KEY,
    user_id           uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    delivery          text        NOT NULL,
    remember          boolean     NOT NULL,
    csrf_token        text        NOT NULL,
    created_at        timestamptz NOT NULL,
    authenticated_at  timestamptz NOT NULL,
    -- When the living refresh token expires, and with it the session.
    expires_at        timestamptz NOT NULL,
    -- When the session was opened or its refresh token rotated, and where from: what its user knows a device by.
    last_used_at      timestamptz NOT NULL,
    -- As text, which is read back as it was written; nothing is searched by it.
    address           text,
    user_agent        text,
    revoked_at        timestamptz,
    revocation_reason text,
    CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
);

CREATE INDEX sessions_by_user ON sessions (user_id);
-- A user's list of devices, and the end of all of them; ended sessions may be many more.
CREATE INDEX sessions_living ON sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
-- For those who ask twice a second what has been revoked lately.
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    id            uuid        NOT NULL PRIMARY KEY,
    session_id    uuid        NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    predecessor   uuid,
    issued_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    first_used_at timestamptz
);

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, first_used_at);
-- A session has one living refresh token; the database itself forbids a second.
CREATE UNIQUE INDEX refresh_tokens_living ON refresh_tokens (session_id) WHERE first_used_at IS NULL;
