-- sessions::rotate of store-postgres, when the token that is shown lives.
\set n random(1, :rows)
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT * FROM sessions WHERE id = id_of(2, :n) FOR NO KEY UPDATE;
SELECT id AS living FROM refresh_tokens WHERE session_id = id_of(2, :n) AND first_used_at IS NULL LIMIT 1 \gset
UPDATE refresh_tokens SET first_used_at = now() WHERE id = :living;
INSERT INTO refresh_tokens
VALUES (gen_random_uuid(), id_of(2, :n), :living, now(), now() + interval '30 days', NULL);
DELETE FROM refresh_tokens WHERE session_id = id_of(2, :n) AND first_used_at < now() - interval '70 seconds';
UPDATE sessions SET expires_at = now() + interval '30 days', last_used_at = now(), address = '203.0.113.8',
    user_agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
WHERE id = id_of(2, :n);
COMMIT;
