-- Sessions that ended within the time that a poll looks back over.
UPDATE sessions SET revoked_at = now(), revocation_reason = 'logout'
WHERE id IN (SELECT id_of(2, n) FROM generate_series(1, :revoked) AS n);
