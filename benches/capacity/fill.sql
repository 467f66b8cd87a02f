-- Rows as a year of use leaves them: widths are those of real values. Ids are in the order of time, as UUIDs of version 7 are,
-- and follow from a number, so that the statements that are timed can name one.

CREATE FUNCTION id_of(kind int, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(1760000000000 + number), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8'
        || lpad(to_hex(number), 15, '0'))::uuid
$$;

-- Base64 of as many random bytes as a CSRF token has: 43 characters.
CREATE FUNCTION letters(seed text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(translate(encode(sha256(seed::bytea), 'base64'), '+/=', '-_'), 43)
$$;

-- Names come in no order. A hash is one of argon2id with 16 bytes of salt and 32 of output.
INSERT INTO users
SELECT id_of(1, n), left(md5(n::text), 11),
    '$argon2id$v=19$m=19456,t=2,p=1$' || left(letters('salt' || n), 22) || '$' || letters('hash' || n),
    now() - interval '1 year' + n * interval '30 seconds', NULL
FROM generate_series(1::bigint, :rows) AS n;

-- A few in ten thousand administer.
INSERT INTO user_roles SELECT id_of(1, n), 'admin' FROM generate_series(1::bigint, :rows, 5000) AS n;

INSERT INTO sessions
SELECT id_of(2, n), id_of(1, 1 + (n * 7919) % :rows), 'cookie', n % 2 = 0, letters('csrf' || n),
    now() - random() * interval '30 days', now() - interval '1 day', now() + random() * interval '30 days',
    now() - random() * interval '12 minutes', '203.0.113.' || n % 250,
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    NULL, NULL
FROM generate_series(1::bigint, :rows) AS n;

-- A session in use has two rows: the token that lives, and the one before it.
INSERT INTO refresh_tokens
SELECT id_of(3, n), id_of(2, n), NULL, now() - interval '24 minutes', now() + interval '30 days',
    now() - interval '12 minutes'
FROM generate_series(1::bigint, :rows) AS n;
INSERT INTO refresh_tokens
SELECT id_of(4, n), id_of(2, n), id_of(3, n), now() - interval '12 minutes', now() + interval '30 days', NULL
FROM generate_series(1::bigint, :rows) AS n;

-- Mostly logins, some of which failed.
INSERT INTO events (id, at, kind, details, actor, actor_id, subject, session_id, address, request_id)
SELECT id_of(5, n), now() - interval '1 year' + n * interval '30 seconds',
    CASE WHEN n % 10 = 0 THEN 'login_failed' ELSE 'login_succeeded' END,
    CASE WHEN n % 10 = 0 THEN '{"reason": "wrong_password"}' ELSE '{}' END::jsonb,
    CASE WHEN n % 10 = 0 THEN 'anonymous' ELSE 'user' END,
    CASE WHEN n % 10 > 0 THEN id_of(1, 1 + (n * 7919) % :rows) END, id_of(1, 1 + (n * 7919) % :rows),
    CASE WHEN n % 10 > 0 THEN id_of(2, n) END, '203.0.113.' || n % 250, left(md5(n::text), 16) || '-' || to_hex(n % 4096)
FROM generate_series(1::bigint, :rows) AS n;

VACUUM (FREEZE, ANALYZE);
