-- What happened, who did it and to whom. Rows are added and never changed or removed, and outlive the users and sessions
-- they name: there are no foreign keys.
CREATE TABLE events (
    -- Their order. It is given under a lock that readers wait for, until the row can be seen: so they meet rows in it.
    seq        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         uuid        NOT NULL UNIQUE,
    at         timestamptz NOT NULL,
    kind       text        NOT NULL,
    -- A flat object: texts, whole numbers, lists of texts.
    details    jsonb       NOT NULL CHECK (jsonb_typeof(details) = 'object'),
    actor      text        NOT NULL,
    actor_id   uuid,
    subject    uuid,
    session_id uuid,
    address    text,
    request_id text,
    CHECK ((actor = 'user') = (actor_id IS NOT NULL))
);

-- For those who read what one user did, what was done to them, and all events of a kind; in order, page by page.
CREATE INDEX events_by_actor ON events (actor_id, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX events_by_subject ON events (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX events_by_kind ON events (kind, seq);

CREATE FUNCTION refuse_to_change_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'events are never changed';
    END IF;
    RAISE EXCEPTION 'events are never removed';
END;
$$;

CREATE TRIGGER events_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_events();
