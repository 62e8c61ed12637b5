-- What was found, raised and sent. Not derivable: `rebuild` keeps these tables.

CREATE TABLE finding (
    tenant_id VARCHAR NOT NULL,
    finding_id VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,              -- event | state
    keys VARCHAR NOT NULL,              -- JSON object of the identifying columns
    status VARCHAR NOT NULL,            -- open | resolved
    revision INTEGER NOT NULL,
    severity VARCHAR NOT NULL,          -- informational | low | medium | high
    confidence DOUBLE,
    occurred_at TIMESTAMPTZ NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL, -- as_of of the run that found it
    last_seen_at TIMESTAMPTZ NOT NULL,
    resolved_at TIMESTAMPTZ,
    resolved_reason VARCHAR,            -- gone | waived | rule disabled
    waived_by VARCHAR,                  -- which waiver covers it; such findings raise no alert
    onboarding BOOLEAN NOT NULL,        -- found by the rule's first run
    suppressed VARCHAR,                 -- why no alert was raised: older than max_age, below min_severity, over the cap
    run_id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,             -- AlertName
    why VARCHAR NOT NULL,               -- AlertDescription
    surface VARCHAR,
    subject_id VARCHAR,
    subject_name VARCHAR,
    target_id VARCHAR,
    target_name VARCHAR,
    record VARCHAR NOT NULL             -- JSON: the alert record of the newest revision
);

CREATE TABLE alert (
    tenant_id VARCHAR NOT NULL,
    alert_id VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    rule_id VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    status VARCHAR NOT NULL,            -- New | Resolved
    occurred_at TIMESTAMPTZ NOT NULL,
    raised_at TIMESTAMPTZ NOT NULL,     -- = TimeGenerated
    run_id VARCHAR NOT NULL,
    record VARCHAR NOT NULL             -- JSON, frozen: the bytes every sink gets
);

CREATE TABLE outbox (
    tenant_id VARCHAR NOT NULL,
    sink VARCHAR NOT NULL,              -- sentinel | jsonl
    alert_id VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    state VARCHAR NOT NULL,             -- pending | sent | quarantined
    enqueued_at TIMESTAMPTZ NOT NULL,
    attempts INTEGER NOT NULL,
    sent_at TIMESTAMPTZ,
    error VARCHAR
);

CREATE TABLE waiver (
    tenant_id VARCHAR NOT NULL,
    waiver_id VARCHAR NOT NULL,         -- file:line
    matches VARCHAR NOT NULL,           -- JSON object of field: value
    reason VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    ticket VARCHAR,
    expires DATE NOT NULL
);
