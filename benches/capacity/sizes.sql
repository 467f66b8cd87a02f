-- What a row costs: itself and in each index; together with the maps that Postgres keeps of both.
SELECT tables.relname AS "table", tables.reltuples::bigint AS rows, parts.relname AS part,
    round(pg_relation_size(parts.oid) / tables.reltuples) AS bytes_a_row
FROM pg_class AS tables
JOIN LATERAL (
    SELECT tables.oid, '(the rows)'::name AS relname, 0 AS place
    UNION ALL
    SELECT indexes.oid, indexes.relname, 1 FROM pg_index JOIN pg_class AS indexes ON indexes.oid = indexrelid
    WHERE indrelid = tables.oid
    UNION ALL
    SELECT NULL, 'together', 2
) AS parts ON parts.oid IS NOT NULL
WHERE tables.relkind = 'r' AND tables.relnamespace = 'public'::regnamespace AND tables.reltuples > 1000
UNION ALL
SELECT relname, reltuples::bigint, 'together', round(pg_total_relation_size(oid) / reltuples)
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 1000
ORDER BY 1, 4;
