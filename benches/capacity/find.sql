-- PostgresSessionStore::find, which a refresh by cookie asks first.
\set n random(1, :rows)
SELECT * FROM sessions JOIN refresh_tokens ON session_id = sessions.id
WHERE sessions.id = id_of(2, :n) AND first_used_at IS NULL LIMIT 1;
