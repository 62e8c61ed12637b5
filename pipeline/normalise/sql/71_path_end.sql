-- Temp tables `last_step`, which leads to a target, and `way`: ways of groups to a target, those of one step to begin with. What a
-- standing step asks for is nothing.
CREATE OR REPLACE TEMP TABLE last_step AS
WITH named AS (
    SELECT target_id FROM high_impact WHERE tenant_id = $tenant UNION SELECT target_id FROM on_premises WHERE tenant_id = $tenant
), protected AS (
    SELECT group_id FROM entra_group_history g
    WHERE tenant_id = $tenant AND valid_to IS NULL AND (is_role_assignable OR is_onboarded
        OR EXISTS (FROM named n WHERE n.target_id = g.group_id)
        OR EXISTS (FROM path_edge e WHERE e.surface = 'entra_role' AND e.from_id = g.group_id))
)
SELECT 1 AS hops, from_id, surface, to_id AS target_id, access, scope, how, ends_at, false AS by_ownership,
    (how = 'eligible')::INTEGER AS activations, [from_id, to_id] AS ids, [step] AS steps,
    to_id AS entry_id, access AS entry_access, how AS entry_how, ends_at AS entry_ends_at,
    from_id AS holder_id, how AS holder_how,
    how = 'standing' OR approval AS w_approval, how = 'standing' OR mfa AS w_mfa, how = 'standing' OR context AS w_context,
    how = 'standing' OR justification AS w_justification, how = 'standing' OR ticket AS w_ticket,
    how = 'eligible' AND approval AS d_approval, how = 'eligible' AND mfa AS d_mfa, how = 'eligible' AND context AS d_context,
    contexts, is_group
FROM path_edge
WHERE surface = 'entra_role' OR to_id IN (SELECT group_id FROM protected);

CREATE OR REPLACE TEMP TABLE way AS SELECT * EXCLUDE (is_group) FROM last_step WHERE is_group;

-- What makes ways of one principal to one target different enough to be kept side by side.
CREATE OR REPLACE TEMP MACRO kind_of_way(w) AS (w.from_id, w.surface, w.target_id, w.access, w.scope, w.how, w.by_ownership,
    w.ends_at IS NULL, w.entry_how, w.holder_how, w.w_approval, w.w_mfa, w.w_context, w.d_approval, w.d_mfa, w.d_context);

-- Ways of `steps` steps, each put behind one more: of a group, or of a person or application. Null for `steps` is any number.
CREATE OR REPLACE TEMP MACRO longer_way(steps, of_group) AS TABLE
SELECT w.hops + 1 AS hops, e.from_id, w.surface, w.target_id, w.access, w.scope,
    if(e.how = 'standing', w.how, 'eligible') AS how, least(e.ends_at, w.ends_at) AS ends_at,
    w.by_ownership OR coalesce(e.access = 'owner', false) AS by_ownership,
    w.activations + (e.how = 'eligible')::INTEGER AS activations,
    list_prepend(e.from_id, w.ids) AS ids, list_prepend(e.step, w.steps) AS steps,
    e.to_id AS entry_id, e.access AS entry_access, e.how AS entry_how, e.ends_at AS entry_ends_at, w.holder_id, w.holder_how,
    w_approval AND (e.how = 'standing' OR e.approval) AS w_approval, w_mfa AND (e.how = 'standing' OR e.mfa) AS w_mfa,
    w_context AND (e.how = 'standing' OR e.context) AS w_context,
    w_justification AND (e.how = 'standing' OR e.justification) AS w_justification,
    w_ticket AND (e.how = 'standing' OR e.ticket) AS w_ticket,
    d_approval OR (e.how = 'eligible' AND e.approval) AS d_approval, d_mfa OR (e.how = 'eligible' AND e.mfa) AS d_mfa,
    d_context OR (e.how = 'eligible' AND e.context) AS d_context,
    list_sort(list_distinct(list_concat(w.contexts, e.contexts))) AS contexts
FROM way w JOIN path_edge e ON e.to_id = w.from_id AND e.surface = 'group'
WHERE (steps IS NULL OR w.hops = steps) AND e.is_group = of_group AND e.leads_on AND NOT list_contains(w.ids, e.from_id);
