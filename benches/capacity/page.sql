-- PostgresEventStore::page, the newest 50.
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock(111559182283891);
SELECT seq, id, at, kind, details, actor, actor_id, subject, session_id, address, request_id
FROM events ORDER BY seq DESC LIMIT 50;
COMMIT;
