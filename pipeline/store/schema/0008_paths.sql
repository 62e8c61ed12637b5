-- Who can reach what, through which chain. Filled each run from the newest snapshots; one row is one way, the shortest of those alike.
CREATE TABLE privilege_path (
    tenant_id VARCHAR NOT NULL,
    principal_id VARCHAR NOT NULL,      -- a person, an application, or a group
    principal_kind VARCHAR,             -- user | service_principal | group; null: not in the directory
    principal_name VARCHAR,
    principal_upn VARCHAR,
    surface VARCHAR NOT NULL,           -- entra_role | group, of the target
    target_id VARCHAR NOT NULL,         -- a role, or a group that is in PIM, role-assignable, holds a role or is named in the configuration
    target_name VARCHAR,
    target_tier VARCHAR,                -- null: in no tier
    access VARCHAR,                     -- member | owner of a target that is a group
    scope VARCHAR,                      -- of a role: "/" or an administrative unit
    how VARCHAR NOT NULL,               -- standing: nothing has to be activated | eligible: at least one step has
    hops INTEGER NOT NULL,              -- 1: holds the target itself
    activations INTEGER NOT NULL,       -- steps that have to be activated
    path VARCHAR NOT NULL,              -- "Eva Schmid → eligible member of sg-a → holds Global Administrator"
    path_ids VARCHAR[] NOT NULL,        -- principal, groups on the way, target
    group_ids VARCHAR[] NOT NULL,       -- groups on the way, without principal and target
    entry_id VARCHAR NOT NULL,          -- what the principal holds: the first group, or the target itself
    entry_access VARCHAR,
    entry_how VARCHAR NOT NULL,
    entry_ends_at TIMESTAMPTZ,          -- null: without end
    holder_id VARCHAR NOT NULL,         -- who holds the target: the last group, or the principal itself
    holder_how VARCHAR NOT NULL,
    by_ownership BOOLEAN NOT NULL,      -- through owning a group on the way: its owner can become its member
    ends_at TIMESTAMPTZ,                -- the first end on the way; null: the way stands without end
    -- Of the steps that have to be activated: what every one of them asks for. All null for a standing way, null where a policy is unknown.
    weakest_requires_approval BOOLEAN,
    weakest_requires_mfa BOOLEAN,
    weakest_requires_auth_context BOOLEAN,
    weakest_requires_justification BOOLEAN,
    weakest_requires_ticket BOOLEAN,
    -- What at least one of them asks for. False for a standing way.
    demands_approval BOOLEAN,
    demands_mfa BOOLEAN,
    demands_auth_context BOOLEAN,
    auth_context_ids VARCHAR[] NOT NULL
);

CREATE TABLE on_premises (
    tenant_id VARCHAR NOT NULL,
    named VARCHAR NOT NULL,
    target_id VARCHAR                   -- null: no such group found
);
