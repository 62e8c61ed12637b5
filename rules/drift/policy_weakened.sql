/* ---
title: PIM settings weakened
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: event
reads: [audit_event, policy]
keys: [surface, target_id, access, seen_at]
lookback: 1d
tactics: [DefenseEvasion, Persistence]
techniques: [T1562, T1556]
message: "{{ actor_name or actor_upn or actor_object_id or 'Somebody unknown' }} weakened the PIM settings of {% if access %}{{ access }}
  of {% endif %}{{ target_name or target_id }}: {{ weaker | listed }}"
why: "Seen between the snapshots of {{ previous_snapshot | utc }} and {{ seen_at | utc }}.{% if changes == 1 %} The settings were
  changed at {{ occurred_at | utc }}.{% elif changes %} The settings were changed {{ changes | number }} times meanwhile; the last is
  named here.{% else %} No event tells who changed them.{% endif %}{% if stronger %} Stronger became: {{ stronger | listed }}.{% endif %}"
remediation: Set the setting back unless the change was agreed, and look at who was granted or activated this since. Who changes
  the rules before using them is the usual story.
controls: [iso27001:A.8.9, iso27001:A.8.2, iso27001:A.8.32, nis2:21.2.e, nis2:21.2.i, finma:2023-1]
false_positives:
  - changes that were agreed; hardening alone raises nothing
blind_spots:
  - what was weakened and set back between two snapshots shows in the audit log only
  - one authentication context in place of another, and other approvers, are not judged
  - notifications switched off are drift.alerts_disabled's matter
tests:
  - name: a role, several settings, and by whom
    given:
      policy:
        - &before {policy_id: p1, surface: entra_role, target_id: T1, target_name: Global Administrator, max_activation: 14400, auth_context_id: c1, requires_mfa: false, requires_justification: true, requires_ticket: true, requires_approval: true, permanent_eligible_allowed: false, permanent_active_allowed: false, max_eligible: 7776000, max_active: 86400, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z", basis: observed}
        - {policy_id: p1, surface: entra_role, target_id: t1, target_name: Global Administrator, max_activation: 43200, requires_mfa: false, requires_justification: false, requires_ticket: false, requires_approval: false, permanent_eligible_allowed: true, permanent_active_allowed: true, max_eligible: null, max_active: null, valid_from: "2026-11-01T06:15:00Z", basis: observed}
      audit_event:
        - {event_id: e1, activity: Update role setting in PIM, surface: entra_role, result: success, occurred_at: "2026-10-23T08:00:00Z", actor_id: a1, actor_name: Anna Keller, target_role_id: T1}
        - {event_id: e2, activity: Update role setting in PIM, surface: entra_role, result: success, occurred_at: "2026-10-23T08:00:00Z", actor_id: a2, actor_name: Another, target_role_id: t2}
        - {event_id: e3, activity: Update role setting in PIM, surface: entra_role, result: success, occurred_at: "2026-10-17T06:15:00Z", actor_id: a2, actor_name: Another, target_role_id: t1}
    expect:
      - surface: entra_role
        target_id: t1
        access: null
        seen_at: "2026-11-01T06:15:00Z"
        occurred_at: "2026-10-23T08:00:00Z"
        event_ids: [e1]
        message: "Anna Keller weakened the PIM settings of Global Administrator: activation for 12 h instead of 4 h, no authentication context instead of c1, no justification, no ticket, no approval, eligible without end allowed and active without end allowed"
        why: Seen between the snapshots of 2026-10-17 06:15 UTC and 2026-11-01 06:15 UTC. The settings were changed at 2026-10-23 08:00 UTC.
  - name: a group's owners, by nobody known, while something else became stronger
    given:
      policy:
        - {policy_id: p1, surface: group, access: owner, target_id: g1, target_name: sg-sap, max_activation: 3600, requires_mfa: false, requires_approval: true, max_eligible: 86400, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {policy_id: p1, surface: group, access: owner, target_id: g1, target_name: sg-sap, max_activation: 5400, requires_mfa: true, requires_approval: true, max_eligible: 172800, valid_from: "2026-11-01T06:15:00Z"}
      audit_event:
        - {event_id: e1, activity: Update role setting in PIM, surface: group, result: success, occurred_at: "2026-10-23T08:00:00Z", actor_name: Of members, target_group_id: g1, target_role_name: Member}
    expect:
      - occurred_at: "2026-11-01T06:15:00Z"
        stronger: [MFA]
        message: "Somebody unknown weakened the PIM settings of owner of sg-sap: activation for 1.5 h instead of 1 h and eligible for 2 days instead of 1 day"
        why: "Seen between the snapshots of 2026-10-17 06:15 UTC and 2026-11-01 06:15 UTC. No event tells who changed them. Stronger became: MFA."
  - name: MFA instead of an authentication context
    given:
      policy:
        - *before
        - {policy_id: p1, surface: entra_role, target_id: t1, max_activation: 14400, requires_mfa: true, requires_justification: true, requires_ticket: true, requires_approval: true, permanent_eligible_allowed: false, permanent_active_allowed: false, max_eligible: 7776000, max_active: 86400, valid_from: "2026-11-01T06:15:00Z"}
    expect: [{weaker: [MFA instead of authentication context c1]}]
  - name: two weakenings are two findings
    given:
      policy:
        - {policy_id: p1, surface: group, access: member, target_id: g1, max_activation: 3600, valid_from: "2026-10-01T00:00:00Z", valid_to: "2026-10-02T00:00:00Z"}
        - {policy_id: p1, surface: group, access: member, target_id: g1, max_activation: 7200, valid_from: "2026-10-02T00:00:00Z", valid_to: "2026-10-03T00:00:00Z"}
        - {policy_id: p1, surface: group, access: member, target_id: g1, max_activation: null, valid_from: "2026-10-03T00:00:00Z"}
    expect:
      - {seen_at: "2026-10-02T00:00:00Z", weaker: [activation for 2 h instead of 1 h]}
      - {seen_at: "2026-10-03T00:00:00Z", weaker: [activation without limit instead of 2 h]}
  - name: hardened
    near: true
    given:
      policy:
        - {policy_id: p1, surface: entra_role, target_id: t1, max_activation: null, requires_mfa: false, requires_approval: false, permanent_eligible_allowed: true, max_eligible: null, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {policy_id: p1, surface: entra_role, target_id: t1, max_activation: 14400, requires_mfa: true, requires_approval: true, permanent_eligible_allowed: false, max_eligible: 7776000, valid_from: "2026-11-01T06:15:00Z"}
    expect: []
  - name: an authentication context in place of MFA, or in place of another
    near: true
    given:
      policy:
        - {policy_id: p1, surface: entra_role, target_id: t1, requires_mfa: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}
        - {policy_id: p1, surface: entra_role, target_id: t1, requires_mfa: false, auth_context_id: c1, valid_from: "2026-10-18T06:15:00Z", valid_to: "2026-10-19T06:15:00Z"}
        - {policy_id: p1, surface: entra_role, target_id: t1, requires_mfa: false, auth_context_id: c2, valid_from: "2026-10-19T06:15:00Z"}
    expect: []
  - name: unknown before or after
    near: true
    given:
      policy:
        - {policy_id: p1, surface: entra_role, target_id: t1, requires_mfa: true, requires_ticket: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}
        - {policy_id: p1, surface: entra_role, target_id: t1, permanent_active_allowed: true, valid_from: "2026-10-18T06:15:00Z"}
    expect: []
  - name: members' settings are not owners', nor one target's another's
    near: true
    given:
      policy:
        - {policy_id: p1, surface: group, access: member, target_id: g1, requires_approval: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}
        - {policy_id: p2, surface: group, access: owner, target_id: g1, requires_approval: false, valid_from: "2026-10-18T06:15:00Z"}
        - {policy_id: p3, surface: group, access: member, target_id: g2, requires_approval: false, valid_from: "2026-10-18T06:15:00Z"}
    expect: []
  - name: what was seen first
    given:
      policy: [{policy_id: p1, surface: entra_role, target_id: t1, requires_mfa: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
--- */
WITH history AS (
    SELECT p.*, lower(p.target_id) AS target_key, lag(p.valid_from) OVER earlier AS previous_snapshot,
        lag(p.max_activation) OVER earlier AS max_activation_before, lag(p.requires_mfa) OVER earlier AS mfa_before,
        lag(p.auth_context_id) OVER earlier AS context_before, lag(p.requires_justification) OVER earlier AS justification_before,
        lag(p.requires_ticket) OVER earlier AS ticket_before, lag(p.requires_approval) OVER earlier AS approval_before,
        lag(p.permanent_eligible_allowed) OVER earlier AS eligible_forever_before,
        lag(p.permanent_active_allowed) OVER earlier AS active_forever_before,
        lag(p.max_eligible) OVER earlier AS max_eligible_before, lag(p.max_active) OVER earlier AS max_active_before
    FROM policy AS p
    WHERE p.surface IN ('entra_role', 'group')
    WINDOW earlier AS (PARTITION BY p.surface, lower(p.target_id), p.access ORDER BY p.valid_from)
),
compared AS (
    SELECT h.surface, h.target_key AS target_id, h.target_name, h.access, h.valid_from AS seen_at, h.previous_snapshot,
        list_filter([
            CASE WHEN h.max_activation_before IS NULL THEN NULL
                WHEN h.max_activation IS NULL
                    THEN 'activation without limit instead of ' || (round(h.max_activation_before / 3600, 1)) || ' h'
                WHEN h.max_activation > h.max_activation_before
                    THEN 'activation for ' || (round(h.max_activation / 3600, 1)) || ' h instead of '
                        || (round(h.max_activation_before / 3600, 1)) || ' h' END,
            CASE WHEN h.context_before IS NULL OR h.auth_context_id IS NOT NULL THEN NULL
                WHEN h.requires_mfa THEN 'MFA instead of authentication context ' || h.context_before
                ELSE 'no authentication context instead of ' || h.context_before END,
            CASE WHEN h.mfa_before AND NOT h.requires_mfa AND h.auth_context_id IS NULL THEN 'no MFA' END,
            CASE WHEN h.justification_before AND NOT h.requires_justification THEN 'no justification' END,
            CASE WHEN h.ticket_before AND NOT h.requires_ticket THEN 'no ticket' END,
            CASE WHEN h.approval_before AND NOT h.requires_approval THEN 'no approval' END,
            CASE WHEN NOT h.eligible_forever_before AND h.permanent_eligible_allowed THEN 'eligible without end allowed' END,
            CASE WHEN NOT h.active_forever_before AND h.permanent_active_allowed THEN 'active without end allowed' END,
            CASE WHEN h.max_eligible > h.max_eligible_before
                THEN 'eligible for ' || (round(h.max_eligible / 86400, 1)) || ' days instead of '
                    || (round(h.max_eligible_before / 86400, 1)) || ' days' END,
            CASE WHEN h.max_active > h.max_active_before
                THEN 'active for ' || (round(h.max_active / 86400, 1)) || ' days instead of '
                    || (round(h.max_active_before / 86400, 1)) || ' days' END
        ], lambda what: what IS NOT NULL) AS weaker,
        list_filter([
            CASE WHEN h.max_activation < h.max_activation_before OR (h.max_activation_before IS NULL AND h.max_activation IS NOT NULL)
                THEN 'the longest activation' END,
            CASE WHEN h.context_before IS NULL AND h.auth_context_id IS NOT NULL THEN 'authentication context' END,
            CASE WHEN NOT h.mfa_before AND h.requires_mfa AND h.context_before IS NULL THEN 'MFA' END,
            CASE WHEN NOT h.justification_before AND h.requires_justification THEN 'justification' END,
            CASE WHEN NOT h.ticket_before AND h.requires_ticket THEN 'ticket' END,
            CASE WHEN NOT h.approval_before AND h.requires_approval THEN 'approval' END,
            CASE WHEN h.eligible_forever_before AND NOT h.permanent_eligible_allowed THEN 'the end of eligibility' END,
            CASE WHEN h.active_forever_before AND NOT h.permanent_active_allowed THEN 'the end of active assignments' END
        ], lambda what: what IS NOT NULL) AS stronger
    FROM history AS h
    WHERE h.previous_snapshot IS NOT NULL AND h.valid_from BETWEEN $since AND $until
),
weakened AS (
    SELECT * FROM compared WHERE len(weaker) > 0
),
-- Who: the last change of this target's settings between the two snapshots.
changer AS (
    SELECT w.surface, w.target_id, w.access, w.seen_at, count(*) AS changes, max(e.occurred_at) AS changed_at,
        list_sort(list(e.event_id)) AS event_ids, arg_max(e.actor_id, e.occurred_at) AS actor_id,
        arg_max(e.actor_name, e.occurred_at) AS actor_name, arg_max(e.actor_upn, e.occurred_at) AS actor_upn,
        arg_max(e.actor_ip, e.occurred_at) AS actor_ip
    FROM weakened AS w
    JOIN audit_event AS e ON e.activity = 'Update role setting in PIM' AND e.surface = w.surface
        AND lower(CASE WHEN w.surface = 'group' THEN e.target_group_id ELSE e.target_role_id END) = w.target_id
        AND (w.surface <> 'group' OR coalesce(lower(e.target_role_name) NOT IN ('member', 'owner'), true)
            OR lower(e.target_role_name) = w.access)
        AND e.occurred_at > w.previous_snapshot AND e.occurred_at <= w.seen_at
        AND lower(coalesce(e.result, 'success')) = 'success'
    GROUP BY w.surface, w.target_id, w.access, w.seen_at
)
SELECT w.surface, w.target_id, w.target_name, w.access, w.seen_at, w.previous_snapshot, w.stronger,
    list_transform(w.weaker, lambda what: regexp_replace(replace(what, '.0 ', ' '), '\b1 days', '1 day', 'g')) AS weaker,
    coalesce(c.changed_at, w.seen_at) AS occurred_at, coalesce(c.changes, 0) AS changes,
    c.actor_id AS actor_object_id, c.actor_name, c.actor_upn, c.actor_ip,
    coalesce(c.event_ids, CAST([] AS VARCHAR[])) AS event_ids
FROM weakened AS w
LEFT JOIN changer AS c ON c.surface = w.surface AND c.target_id = w.target_id
    AND coalesce(c.access, '') = coalesce(w.access, '') AND c.seen_at = w.seen_at
ORDER BY occurred_at, w.surface, w.target_id, w.access
