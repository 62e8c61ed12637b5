-- What watches over PIM, as Graph lists it, over intervals; what is missing of the policies' seventeen rules; and snapshots that are
-- held because they lack too much of what stood before.

ALTER TABLE segment ADD COLUMN held VARCHAR;        -- why a whole answer is not taken as current; null: it is
ALTER TABLE segment ADD COLUMN accepted VARCHAR;    -- why an answer that lacks much was taken; null: it lacked little

ALTER TABLE policy_history ADD COLUMN eligible_requires VARCHAR[];          -- of who grants eligibility: Justification, MultiFactorAuthentication …
ALTER TABLE policy_history ADD COLUMN active_requires VARCHAR[];            -- of who grants an active assignment
ALTER TABLE policy_history ADD COLUMN requires_approval_for_extension BOOLEAN;
ALTER TABLE policy_history ADD COLUMN requires_approver_justification BOOLEAN;
ALTER TABLE policy_history ADD COLUMN approval_timeout_days INTEGER;
ALTER TABLE policy_history ADD COLUMN notify_requestor_on_eligible BOOLEAN;
ALTER TABLE policy_history ADD COLUMN notify_requestor_on_active BOOLEAN;
ALTER TABLE policy_history ADD COLUMN notify_requestor_on_activation BOOLEAN;
ALTER TABLE policy_history ADD COLUMN notify_approver_on_eligible BOOLEAN;
ALTER TABLE policy_history ADD COLUMN notify_approver_on_active BOOLEAN;
ALTER TABLE policy_history ADD COLUMN notify_approver_on_activation BOOLEAN;
ALTER TABLE policy_history ADD COLUMN modified_at TIMESTAMPTZ;              -- null: never changed, or unknown
ALTER TABLE policy_history ADD COLUMN modified_by VARCHAR;

ALTER TABLE group_object ADD COLUMN management_restricted BOOLEAN;          -- in a restricted management administrative unit
ALTER TABLE entra_group_history ADD COLUMN management_restricted BOOLEAN;
ALTER TABLE entra_group_history ADD COLUMN on_premises_type VARCHAR;        -- what it is written back as; null: unknown, or by default

CREATE TABLE group_writeback (
    tenant_id VARCHAR NOT NULL,
    group_id VARCHAR NOT NULL,
    is_enabled BOOLEAN,
    on_premises_type VARCHAR,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

-- Roles as they are assigned, without how that came about: all there is in a tenant without PIM.
CREATE TABLE role_assignment (
    tenant_id VARCHAR NOT NULL,
    assignment_id VARCHAR NOT NULL,
    principal_id VARCHAR NOT NULL,
    role_id VARCHAR NOT NULL,           -- template id
    scope VARCHAR,                      -- "/" or an administrative unit
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE access_review (
    tenant_id VARCHAR NOT NULL,
    review_id VARCHAR NOT NULL,
    name VARCHAR,
    status VARCHAR,
    surface VARCHAR,                    -- entra_role | group; null: of something else
    target_ids VARCHAR[] NOT NULL,      -- roles or groups it names; none where it covers all of a kind
    queries VARCHAR[] NOT NULL,         -- the scope as Graph puts it
    recurrence VARCHAR,                 -- weekly | absoluteMonthly …; null: once
    recurrence_interval INTEGER,        -- every so many of those
    duration_days INTEGER,
    auto_apply BOOLEAN,                 -- decisions are carried out when the round ends
    default_decision VARCHAR,           -- of who was not looked at; null: none
    requires_justification BOOLEAN,
    created_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE review_instance (
    tenant_id VARCHAR NOT NULL,
    review_id VARCHAR NOT NULL,
    instance_id VARCHAR NOT NULL,
    surface VARCHAR,
    target_id VARCHAR,                  -- null: it names none, or several
    status VARCHAR,                     -- NotStarted | InProgress | Completed | Applying | Applied …
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE review_decision_history (
    tenant_id VARCHAR NOT NULL,
    review_id VARCHAR NOT NULL,
    instance_id VARCHAR NOT NULL,
    decision_id VARCHAR NOT NULL,
    surface VARCHAR,
    target_id VARCHAR,
    principal_id VARCHAR,
    principal_name VARCHAR,
    principal_upn VARCHAR,
    decision VARCHAR,                   -- Approve | Deny | NotReviewed | DontKnow …
    recommendation VARCHAR,
    justification VARCHAR,
    reviewer_id VARCHAR,                -- null: nobody looked yet
    reviewer_upn VARCHAR,
    reviewed_at TIMESTAMPTZ,
    applied_at TIMESTAMPTZ,
    apply_result VARCHAR,               -- New | AppliedSuccessfully | AppliedWithUnknownFailure …
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE ca_policy_history (
    tenant_id VARCHAR NOT NULL,
    policy_id VARCHAR NOT NULL,
    name VARCHAR,
    state VARCHAR,                      -- enabled | disabled | enabledForReportingButNotEnforced
    include_users VARCHAR[],            -- ids, or All | None | GuestsOrExternalUsers; lists in order of their text
    exclude_users VARCHAR[],
    include_groups VARCHAR[],
    exclude_groups VARCHAR[],
    include_roles VARCHAR[],            -- template ids
    exclude_roles VARCHAR[],
    include_applications VARCHAR[],
    exclude_applications VARCHAR[],
    include_auth_contexts VARCHAR[],    -- claim values: c1 …
    narrowed_by VARCHAR[],              -- further conditions: client_apps, devices, locations, platforms, sign_in_risk, user_risk …
    grant_operator VARCHAR,             -- AND | OR
    grant_controls VARCHAR[],           -- block | mfa | compliantDevice …
    strength_id VARCHAR,
    strength_name VARCHAR,
    strength_combinations VARCHAR[],
    sign_in_frequency BIGINT,           -- seconds; null: not limited, or every time
    sign_in_every_time BOOLEAN,
    created_at TIMESTAMPTZ,
    modified_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE auth_strength (
    tenant_id VARCHAR NOT NULL,
    strength_id VARCHAR NOT NULL,
    name VARCHAR,
    policy_type VARCHAR,                -- builtIn | custom
    requirements VARCHAR,               -- mfa | none
    allowed_combinations VARCHAR[],
    modified_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE auth_context (
    tenant_id VARCHAR NOT NULL,
    context_id VARCHAR NOT NULL,        -- claim value: c1 …
    name VARCHAR,
    description VARCHAR,
    is_available BOOLEAN,               -- published to applications
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE pim_alert (
    tenant_id VARCHAR NOT NULL,
    alert_id VARCHAR NOT NULL,
    alert_type VARCHAR,                 -- NoMfaOnRoleActivation, StaleSignIn …
    name VARCHAR,
    severity VARCHAR,                   -- low | medium | high
    is_active BOOLEAN,
    incident_count INTEGER,
    last_scanned_at TIMESTAMPTZ,        -- by the newest snapshot
    modified_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

-- A view keeps the columns its table had when it was made.
CREATE OR REPLACE VIEW entra_group AS SELECT * FROM entra_group_history;

CREATE OR REPLACE VIEW policy AS
SELECT p.*, t.name AS target_name
FROM policy_history p
LEFT JOIN target t ON t.tenant_id = p.tenant_id AND t.surface = p.surface AND t.target_id = p.target_id;

-- Instances say more than plain assignments and hold them too; where they cannot be read, plain ones are what is known.
CREATE OR REPLACE VIEW assignment AS
WITH held AS (
    SELECT * FROM assignment_history
    UNION ALL BY NAME
    SELECT tenant_id, assignment_id, 'entra_role' AS surface, 'active' AS kind, 'assigned' AS assignment_type,
        principal_id, role_id AS target_id, scope, 'direct' AS member_type, valid_from, valid_to
    FROM role_assignment r
    WHERE NOT EXISTS (FROM segment s
        WHERE s.tenant_id = r.tenant_id AND s.source = 'role_assignment_instances' AND s.kind = 'snapshot')
)
SELECT a.tenant_id, a.assignment_id, a.surface, a.kind, a.assignment_type,
    a.principal_id, h.kind AS principal_kind, h.name AS principal_name, h.upn AS principal_upn,
    a.target_id, t.name AS target_name, a.access, a.scope, a.member_type, a.starts_at, a.ends_at, a.valid_from, a.valid_to
FROM held a
LEFT JOIN holder h ON h.tenant_id = a.tenant_id AND h.principal_id = a.principal_id
LEFT JOIN target t ON t.tenant_id = a.tenant_id AND t.surface = a.surface AND t.target_id = a.target_id;

-- A decision that does not name what it is about speaks of what its round reviews.
CREATE VIEW review_decision AS
SELECT d.* REPLACE (coalesce(d.surface, i.surface) AS surface, coalesce(d.target_id, i.target_id) AS target_id),
    i.status AS instance_status, i.starts_at AS instance_starts_at, i.ends_at AS instance_ends_at
FROM review_decision_history d
LEFT JOIN review_instance i ON i.tenant_id = d.tenant_id AND i.review_id = d.review_id
    AND i.instance_id = d.instance_id AND i.valid_to IS NULL;

-- Whether the list of policies brings the strengths along is not documented: what it lacks is looked up.
CREATE VIEW ca_policy AS
SELECT p.* REPLACE (
    coalesce(p.strength_name, s.name) AS strength_name,
    coalesce(p.strength_combinations, s.allowed_combinations) AS strength_combinations)
FROM ca_policy_history p
LEFT JOIN auth_strength s ON s.tenant_id = p.tenant_id AND s.strength_id = p.strength_id AND s.valid_to IS NULL;
