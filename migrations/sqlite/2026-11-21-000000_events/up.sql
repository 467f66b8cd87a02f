-- What happened, who did it and to whom. Rows are added and never changed or removed, and outlive the users and sessions
-- they name: there are no foreign keys.
CREATE TABLE events (
    -- Their order. SQLite gives the next number to whoever holds the right to write, so rows come into view in it.
    seq        INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),
    id         TEXT    NOT NULL UNIQUE,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    -- A flat JSON object: texts, whole numbers, lists of texts.
    details    TEXT    NOT NULL CHECK (json_type(details) = 'object'),
    actor      TEXT    NOT NULL,
    actor_id   TEXT,
    subject    TEXT,
    session_id TEXT,
    address    TEXT,
    request_id TEXT,
    CHECK ((actor = 'user') = (actor_id IS NOT NULL))
) STRICT;

-- For those who read what one user did, what was done to them, and all events of a kind; in order, page by page.
CREATE INDEX events_by_actor ON events (actor_id, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX events_by_subject ON events (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX events_by_kind ON events (kind, seq);

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never changed');
END;

CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never removed');
END;

-- INSERT OR REPLACE removes what it replaces without asking the trigger above. A seq that SQLite has yet to choose is -1
-- here, which no row has.
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id OR seq = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'events are never replaced');
END;
