-- Where the rows of imported files stand in them. One row is a run of rows: from `ordinal` of the page on they begin at `line`, each
-- `stride` lines below the one before.
CREATE TABLE import_line (
    tenant_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    page INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    line BIGINT NOT NULL,
    stride BIGINT NOT NULL
);

-- What could not be taken as data, each with the file (or URL) it came from and the line it begins in.
CREATE VIEW quarantined AS
SELECT
    q.* EXCLUDE (origin, line),
    CASE WHEN starts_with(q.origin, 'file:') AND q.segment IS NOT NULL
        THEN regexp_replace(q.origin[6:], '#\d+$', '') ELSE q.origin.regexp_replace('^file:', '') END AS origin,
    coalesce(q.line, l.line + (q.ordinal - l.ordinal) * l.stride) AS line
FROM quarantine q
ASOF LEFT JOIN import_line l
    ON q.tenant_id = l.tenant_id AND q.segment = l.seq AND q.page = l.page AND q.ordinal >= l.ordinal;
