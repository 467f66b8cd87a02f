-- PostgresEventStore::append.
\set n random(1, :rows)
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock_shared(111559182283891);
INSERT INTO events (id, at, kind, details, actor, actor_id, subject, session_id, address, request_id)
VALUES (gen_random_uuid(), now(), 'login_succeeded', '{}', 'user', id_of(1, :n), id_of(1, :n), id_of(2, :n),
    '203.0.113.7', '1537ca832a11ce96-d');
COMMIT;
