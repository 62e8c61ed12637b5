-- What a back-fill read does not count as the beginning of what is collected from now on: the watermark is about the latter.
ALTER TABLE "window" ADD COLUMN backfill BOOLEAN DEFAULT false;

-- Windows that were asked and did not finish, one row each time. A later window over the same span settles it: what is still open is
-- what no window with a higher `seq` covers.
CREATE TABLE unfinished (
    tenant_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    reason VARCHAR NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);
