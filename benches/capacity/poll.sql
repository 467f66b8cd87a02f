-- PostgresSessionStore::revoked_since, which every server asks twice a second.
SELECT id, revoked_at FROM sessions WHERE revoked_at >= now() - interval '1 hour';
