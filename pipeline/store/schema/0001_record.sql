-- The pipeline's own record: what was asked, what came, what is missing. All but `run` and `rule_run` derive from the raw index.

CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL);

CREATE TABLE run (
    tenant_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    command VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    exit_code INTEGER,
    version VARCHAR NOT NULL,
    operator VARCHAR,          -- account the process ran as
    host VARCHAR,
    config_sha256 VARCHAR,
    server_time TIMESTAMPTZ,   -- Graph's clock, from the Date header
    clock_drift_seconds DOUBLE,
    chain_head VARCHAR,        -- of the raw index when the run ended
    summary VARCHAR            -- JSON: the cycle's counts
);

CREATE TABLE segment (
    tenant_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,     -- stream | snapshot | import
    run_id VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL,
    since TIMESTAMPTZ,
    until TIMESTAMPTZ,
    items BIGINT NOT NULL,
    new_items BIGINT NOT NULL,
    content VARCHAR NOT NULL,         -- hash over the items
    answers INTEGER NOT NULL,         -- pages; their rows in segment_page may stand under same_as
    answers_sha256 VARCHAR NOT NULL,
    path VARCHAR,              -- relative to raw/; null where same_as says which earlier segment is equal
    same_as BIGINT,
    refers_to BIGINT[] NOT NULL,
    sha256 VARCHAR,
    bytes BIGINT NOT NULL,
    file_sha256 VARCHAR,       -- of an imported file's content, on the last segment of it: all of the file is in
    assume_tenant BOOLEAN NOT NULL DEFAULT false -- imported rows are the tenant's, whatever tenant they name
);

CREATE TABLE segment_page (
    tenant_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    page INTEGER NOT NULL,
    url VARCHAR NOT NULL,
    status INTEGER NOT NULL,
    server_time TIMESTAMPTZ NOT NULL,
    request_id VARCHAR,
    length BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    items INTEGER NOT NULL,
    parent VARCHAR             -- group a per-group answer belongs to
);

-- A finished window of a stream. Unfinished ones leave no row: the watermark is the end of the last contiguous one.
CREATE TABLE "window" (
    tenant_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL,
    seq BIGINT NOT NULL,
    pages INTEGER NOT NULL,
    items BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);

CREATE TABLE gap (
    tenant_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    reason VARCHAR NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

CREATE TABLE quarantine (
    tenant_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,   -- no_id | id_conflict | foreign_tenant | malformed | …
    detail VARCHAR NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL,
    origin VARCHAR,            -- file or URL
    line BIGINT,
    segment BIGINT,
    page INTEGER,
    ordinal INTEGER,
    path VARCHAR,
    sha256 VARCHAR
);

CREATE TABLE skipped (
    tenant_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

CREATE TABLE rule_run (
    tenant_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    rule_sha256 VARCHAR NOT NULL,
    as_of TIMESTAMPTZ NOT NULL,
    since TIMESTAMPTZ,
    until TIMESTAMPTZ,
    judged_to BIGINT,          -- last segment sequence the rule has seen
    status VARCHAR NOT NULL,   -- finished | failed | disabled | waiting (not enough history)
    found INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    seconds DOUBLE NOT NULL,
    error VARCHAR
);
