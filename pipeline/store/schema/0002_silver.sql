-- Silver: what rules and reports see. Derived from raw by `normalise`; `rebuild` makes it again. No index on big tables: writes look
-- for duplicates with an anti-join bounded by occurred_at.

CREATE TABLE audit_event (
    tenant_id VARCHAR NOT NULL,
    event_id VARCHAR NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    ingested_at TIMESTAMPTZ NOT NULL,   -- server time of the answer that brought it
    source VARCHAR NOT NULL,            -- directory_audits | monitor | log_analytics
    activity VARCHAR,
    category VARCHAR,
    service VARCHAR,
    operation VARCHAR,                  -- AuditType of a PIM row, else operationType
    result VARCHAR,
    result_reason VARCHAR,
    correlation_id VARCHAR,
    request_id VARCHAR,
    surface VARCHAR,                    -- entra_role | group | azure_resource | null
    actor_kind VARCHAR,                 -- user | service_principal | system | null
    actor_id VARCHAR,
    actor_name VARCHAR,
    actor_upn VARCHAR,
    actor_ip VARCHAR,
    actor_app_id VARCHAR,
    target_user_id VARCHAR,
    target_user_name VARCHAR,
    target_user_upn VARCHAR,
    target_group_id VARCHAR,
    target_group_name VARCHAR,
    target_role_id VARCHAR,             -- role template id
    target_role_name VARCHAR,
    target_app_id VARCHAR,
    target_app_name VARCHAR,
    time_basis VARCHAR NOT NULL,        -- zoned | assumed_utc (the source gave no zone)
    segment BIGINT NOT NULL,
    page INTEGER NOT NULL,
    ordinal INTEGER NOT NULL
);

-- Children of activities the vocabulary marks as relevant; everything else stays in raw.
CREATE TABLE audit_target (
    tenant_id VARCHAR NOT NULL,
    event_id VARCHAR NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    type VARCHAR,
    id VARCHAR,
    name VARCHAR,
    upn VARCHAR,
    property VARCHAR,                   -- null: the target has no changed property
    old VARCHAR,
    new VARCHAR
);

CREATE TABLE audit_detail (
    tenant_id VARCHAR NOT NULL,
    event_id VARCHAR NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    key VARCHAR NOT NULL,
    value VARCHAR
);

-- What `pim_request` is put together from. A step is one audit event in the life of a request; Core Directory's twins are none.
CREATE TABLE pim_step (
    tenant_id VARCHAR NOT NULL,
    event_id VARCHAR NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    request_id VARCHAR,                 -- the request this is a step of; null for the end of an activation
    ends_request_id VARCHAR,            -- the activation it says it ends, where it says so
    kind VARCHAR NOT NULL,              -- as in rules/lists/activities.yaml
    phase VARCHAR NOT NULL,
    surface VARCHAR,
    result VARCHAR,
    move VARCHAR,                       -- renew | extend, of an existing assignment
    permanent BOOLEAN,
    actor_id VARCHAR,
    actor_name VARCHAR,
    actor_upn VARCHAR,
    actor_kind VARCHAR,
    actor_ip VARCHAR,
    subject_id VARCHAR,
    subject_name VARCHAR,
    subject_upn VARCHAR,
    subject_kind VARCHAR,
    target_id VARCHAR,
    target_name VARCHAR,
    access VARCHAR,
    scope VARCHAR,
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    justification VARCHAR,
    ticket_number VARCHAR,              -- null: no such key; empty: the key is there and says nothing
    ticket_system VARCHAR,
    correlation_id VARCHAR,
    ingested_at TIMESTAMPTZ NOT NULL,
    segment BIGINT NOT NULL
);

-- A group's schedule request as it was last seen; Graph forgets them, so they stay here when they leave the snapshot.
CREATE TABLE schedule_request (
    tenant_id VARCHAR NOT NULL,
    request_id VARCHAR NOT NULL,
    list VARCHAR NOT NULL,              -- assignment | eligibility
    group_id VARCHAR,
    access VARCHAR,
    principal_id VARCHAR,
    action VARCHAR,
    status VARCHAR,
    requester_id VARCHAR,
    requester_name VARCHAR,
    requester_kind VARCHAR,
    created_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    starts_at TIMESTAMPTZ,
    expiration VARCHAR,                 -- Graph's word: noExpiration | afterDateTime | afterDuration | notSpecified
    ends_at TIMESTAMPTZ,
    duration_seconds BIGINT,
    justification VARCHAR,
    ticket_number VARCHAR,
    ticket_system VARCHAR,
    ingested_at TIMESTAMPTZ NOT NULL,   -- when and by which segment it came to say this
    segment BIGINT NOT NULL
);

-- One PIM request from ask to end, joined by request id from audit events and, for groups, from the schedule request itself.
CREATE TABLE pim_request (
    tenant_id VARCHAR NOT NULL,
    request_id VARCHAR NOT NULL,
    surface VARCHAR,                    -- entra_role | group | azure_resource
    request_kind VARCHAR,               -- activation | eligible | active | removal | deactivation | other
    action VARCHAR,                     -- Graph's word: selfActivate, selfDeactivate, selfExtend, selfRenew, adminAssign, adminUpdate, adminRemove …
    permanent BOOLEAN,                  -- of a grant: without end; null where unknown
    requester_id VARCHAR,
    requester_name VARCHAR,
    requester_upn VARCHAR,
    requester_kind VARCHAR,
    subject_id VARCHAR,
    subject_name VARCHAR,
    subject_upn VARCHAR,
    subject_kind VARCHAR,               -- user | group | service_principal
    target_id VARCHAR,                  -- role template id or group id
    target_name VARCHAR,
    access VARCHAR,                     -- member | owner; null for roles
    scope VARCHAR,                      -- "/" or an administrative unit; null for groups
    requested_at TIMESTAMPTZ,
    decided_at TIMESTAMPTZ,
    decision VARCHAR,                   -- approved | denied
    approver_id VARCHAR,
    approver_name VARCHAR,
    approver_upn VARCHAR,
    starts_at TIMESTAMPTZ,              -- effective start
    completed_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,             -- planned end; null: without end or unknown
    ended_at TIMESTAMPTZ,               -- actual end
    ended_by VARCHAR,                   -- expiry | self | admin
    outcome VARCHAR NOT NULL,           -- completed | denied | canceled | expired | failed | pending
    justification VARCHAR,
    ticket_number VARCHAR,
    ticket_system VARCHAR,
    ticket_source VARCHAR,              -- request | details | justification
    ticket_state VARCHAR NOT NULL,      -- present | absent | unknown
    renews VARCHAR,                     -- request id of the activation this one prolongs (asked within ten minutes of its end)
    actor_ip VARCHAR,
    correlation_id VARCHAR,
    event_ids VARCHAR[] NOT NULL,
    ingested_at TIMESTAMPTZ NOT NULL,   -- newest of its rows
    segment BIGINT NOT NULL             -- newest segment that touched it: what `detect` judges incrementally
);

-- History of state: one row an interval in which an object stood unchanged; valid_to null = still so at the last complete snapshot.
CREATE TABLE assignment_history (
    tenant_id VARCHAR NOT NULL,
    assignment_id VARCHAR NOT NULL,
    surface VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,              -- eligible | active
    assignment_type VARCHAR,            -- assigned | activated; null for eligible
    principal_id VARCHAR NOT NULL,
    target_id VARCHAR NOT NULL,
    access VARCHAR,
    scope VARCHAR,
    member_type VARCHAR,                -- direct | group | inherited
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,                -- null = permanent
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE policy_history (
    tenant_id VARCHAR NOT NULL,
    policy_id VARCHAR NOT NULL,
    surface VARCHAR NOT NULL,
    target_id VARCHAR NOT NULL,
    access VARCHAR,
    max_activation BIGINT,              -- seconds; null: no limit
    requires_mfa BOOLEAN,
    auth_context_id VARCHAR,            -- claim value (c1 …) when switched on
    requires_justification BOOLEAN,
    requires_ticket BOOLEAN,
    requires_approval BOOLEAN,
    permanent_eligible_allowed BOOLEAN,
    permanent_active_allowed BOOLEAN,
    max_eligible BIGINT,                -- seconds; null: permanent allowed
    max_active BIGINT,
    notify_on_eligible BOOLEAN,         -- administrators are told: default recipients on, or somebody named
    notify_on_active BOOLEAN,
    notify_on_activation BOOLEAN,
    notification_recipients VARCHAR[],
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ,
    basis VARCHAR NOT NULL              -- observed | assumed (before the first snapshot)
);

CREATE TABLE policy_approver (
    tenant_id VARCHAR NOT NULL,
    policy_id VARCHAR NOT NULL,
    target_id VARCHAR NOT NULL,
    access VARCHAR,
    approver_kind VARCHAR NOT NULL,     -- user | group | manager
    approver_id VARCHAR,
    approver_name VARCHAR,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE role_history (
    tenant_id VARCHAR NOT NULL,
    role_id VARCHAR NOT NULL,           -- template id
    name VARCHAR,
    is_built_in BOOLEAN,
    is_enabled BOOLEAN,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

-- The two things seen of a group, each by its own snapshot; `entra_group_history` is both over the same intervals.
CREATE TABLE group_object (
    tenant_id VARCHAR NOT NULL,
    group_id VARCHAR NOT NULL,
    name VARCHAR,
    kind VARCHAR NOT NULL,
    is_role_assignable BOOLEAN NOT NULL,
    membership_rule VARCHAR,
    synced BOOLEAN NOT NULL,
    writeback BOOLEAN,
    created_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE group_onboarding (
    tenant_id VARCHAR NOT NULL,
    group_id VARCHAR NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

-- A group in PIM that the directory no longer has is a row with nothing but its id.
CREATE TABLE entra_group_history (
    tenant_id VARCHAR NOT NULL,
    group_id VARCHAR NOT NULL,
    name VARCHAR,
    kind VARCHAR,                       -- security | m365 | distribution; null: no directory object
    is_role_assignable BOOLEAN,
    is_onboarded BOOLEAN,               -- in PIM for Groups; null: before the first list of such groups
    membership_rule VARCHAR,            -- of a dynamic group
    synced BOOLEAN,
    writeback BOOLEAN,                  -- null: unknown
    created_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE principal_history (
    tenant_id VARCHAR NOT NULL,
    principal_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,              -- user | service_principal
    name VARCHAR,
    upn VARCHAR,
    app_id VARCHAR,
    enabled BOOLEAN,
    user_type VARCHAR,                  -- Member | Guest
    synced BOOLEAN,
    created_at TIMESTAMPTZ,
    last_sign_in_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE group_edge (
    tenant_id VARCHAR NOT NULL,
    group_id VARCHAR NOT NULL,
    member_id VARCHAR NOT NULL,
    member_kind VARCHAR,                -- user | group | service_principal | device
    edge VARCHAR NOT NULL,              -- member | owner
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE licence (
    tenant_id VARCHAR NOT NULL,
    sku_id VARCHAR NOT NULL,
    sku_name VARCHAR,
    has_p2 BOOLEAN NOT NULL,
    has_governance BOOLEAN NOT NULL,
    enabled_units BIGINT,
    consumed_units BIGINT,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

-- What the configuration says, refilled each run.
CREATE TABLE calendar (
    tenant_id VARCHAR NOT NULL,
    calendar_id INTEGER NOT NULL,       -- 0 = the tenant's own; each member of a configured calendar has one of their own
    calendar_scope VARCHAR NOT NULL,    -- tenant | group | person
    member VARCHAR,                     -- as configured, lower case; null for the tenant's
    member_id VARCHAR,                  -- the person or group it names now; null: none, or a name that several groups have
    zone VARCHAR NOT NULL,              -- IANA name
    working_hours VARCHAR NOT NULL,     -- as configured
    weekday INTEGER,                    -- ISO: 1 Monday … 7 Sunday; null: never at work
    opens_minute INTEGER,               -- minutes after local midnight
    closes_minute INTEGER,              -- exclusive, at most 1440
    shift_offset INTEGER                -- -1: the part after midnight of a shift that began the day before, else 0
);
CREATE TABLE holiday (
    tenant_id VARCHAR NOT NULL,
    calendar_id INTEGER NOT NULL,
    day DATE NOT NULL,
    name VARCHAR NOT NULL
);
CREATE TABLE on_call (
    tenant_id VARCHAR NOT NULL,
    calendar_id INTEGER NOT NULL,
    member VARCHAR,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE tier (
    tenant_id VARCHAR NOT NULL,
    surface VARCHAR NOT NULL,
    target_id VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,              -- tier0 | tier1 | tier2
    basis VARCHAR NOT NULL              -- list | holds_role | high_impact
);
CREATE TABLE break_glass (
    tenant_id VARCHAR NOT NULL,
    member VARCHAR NOT NULL,            -- as configured, lower case
    principal_id VARCHAR                -- null: no such account found
);
CREATE TABLE high_impact (
    tenant_id VARCHAR NOT NULL,
    named VARCHAR NOT NULL,
    target_id VARCHAR                   -- null: no such role or group found
);
CREATE TABLE baseline (
    tenant_id VARCHAR NOT NULL,
    principal VARCHAR NOT NULL,         -- as written in the file
    target VARCHAR NOT NULL,
    principal_id VARCHAR,
    target_id VARCHAR,
    access VARCHAR,
    reason VARCHAR NOT NULL,
    owner VARCHAR,
    ticket VARCHAR,
    expires DATE
);
CREATE TABLE setting (
    tenant_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,              -- tickets.required_tier, tickets.in_justification …; a list is several rows
    value VARCHAR NOT NULL
);

-- What rules and reports read. Current names, since a person is looked for under the name they have today.
CREATE VIEW principal AS SELECT * FROM principal_history;
CREATE VIEW entra_group AS SELECT * FROM entra_group_history;
CREATE VIEW role AS
SELECT r.*, t.tier
FROM role_history r LEFT JOIN tier t ON t.tenant_id = r.tenant_id AND t.target_id = r.role_id AND t.surface = 'entra_role';

CREATE VIEW holder AS
SELECT tenant_id, principal_id, kind, name, upn FROM principal_history WHERE valid_to IS NULL
UNION ALL
SELECT tenant_id, group_id, 'group', name, NULL FROM entra_group_history WHERE valid_to IS NULL;

CREATE VIEW target AS
SELECT tenant_id, 'entra_role' AS surface, role_id AS target_id, name FROM role_history WHERE valid_to IS NULL
UNION ALL
SELECT tenant_id, 'group', group_id, name FROM entra_group_history WHERE valid_to IS NULL;

CREATE VIEW assignment AS
SELECT a.tenant_id, a.assignment_id, a.surface, a.kind, a.assignment_type,
    a.principal_id, h.kind AS principal_kind, h.name AS principal_name, h.upn AS principal_upn,
    a.target_id, t.name AS target_name, a.access, a.scope, a.member_type, a.starts_at, a.ends_at, a.valid_from, a.valid_to
FROM assignment_history a
LEFT JOIN holder h ON h.tenant_id = a.tenant_id AND h.principal_id = a.principal_id
LEFT JOIN target t ON t.tenant_id = a.tenant_id AND t.surface = a.surface AND t.target_id = a.target_id;

CREATE VIEW policy AS
SELECT p.*, t.name AS target_name
FROM policy_history p
LEFT JOIN target t ON t.tenant_id = p.tenant_id AND t.surface = p.surface AND t.target_id = p.target_id;

-- Whose working hours hold for whom: a person's own calendar before that of a group, a group's before the tenant's (0). Members of a
-- group are those it has now, also through one nested group. Of several the one that stands first in the configuration holds.
CREATE VIEW person_calendar AS
WITH edge AS (
    SELECT tenant_id, group_id, member_id FROM group_edge WHERE edge = 'member' AND valid_to IS NULL
),
membership AS (
    SELECT tenant_id, group_id, member_id FROM edge
    UNION
    SELECT outer_edge.tenant_id, outer_edge.group_id, inner_edge.member_id
    FROM edge outer_edge
    JOIN edge inner_edge ON inner_edge.tenant_id = outer_edge.tenant_id AND inner_edge.group_id = outer_edge.member_id
),
own AS (
    SELECT DISTINCT tenant_id, calendar_id, calendar_scope, member_id FROM calendar WHERE member_id IS NOT NULL
),
chosen AS (
    SELECT tenant_id, member_id AS principal_id, calendar_id, 0 AS distance FROM own WHERE calendar_scope = 'person'
    UNION ALL
    SELECT o.tenant_id, m.member_id, o.calendar_id, 1
    FROM own o JOIN membership m ON m.tenant_id = o.tenant_id AND m.group_id = o.member_id
    WHERE o.calendar_scope = 'group'
    UNION ALL
    SELECT tenant_id, principal_id, 0, 2 FROM principal_history
    UNION ALL
    SELECT tenant_id, subject_id, 0, 2 FROM pim_request WHERE subject_id IS NOT NULL
)
SELECT tenant_id, principal_id, arg_min(calendar_id, (distance, calendar_id)) AS calendar_id
FROM chosen GROUP BY tenant_id, principal_id;

-- Activations that took effect, each once: the request, its twin in Core Directory and the completion are one row.
CREATE VIEW activation AS
SELECT r.* EXCLUDE (starts_at),
    coalesce(r.starts_at, r.completed_at) AS starts_at,
    date_diff('second', coalesce(r.starts_at, r.completed_at), coalesce(r.ended_at, r.expires_at)) AS duration_seconds,
    row_number() OVER (PARTITION BY r.tenant_id, r.subject_id, r.target_id, r.access
        ORDER BY coalesce(r.starts_at, r.completed_at), r.request_id) AS nth_of_target
FROM pim_request r
WHERE r.request_kind = 'activation' AND r.outcome = 'completed' AND r.surface IN ('entra_role', 'group');
