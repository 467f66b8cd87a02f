-- What a login reads and writes besides its event: the credentials, the session and its first token.
\set n random(1, :rows)
SELECT * FROM users LEFT JOIN user_roles ON user_id = id WHERE username = left(md5(:n::text), 11);
BEGIN ISOLATION LEVEL READ COMMITTED;
INSERT INTO sessions
VALUES (gen_random_uuid(), id_of(1, :n), 'cookie', true, letters('csrf' || :n), now(), now(), now() + interval '30 days', now(),
    '203.0.113.8', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    NULL, NULL)
RETURNING id AS session \gset
INSERT INTO refresh_tokens
VALUES (gen_random_uuid(), :session, NULL, now(), now() + interval '30 days', NULL);
COMMIT;
SELECT * FROM users LEFT JOIN user_roles ON user_id = id WHERE id = id_of(1, :n);
