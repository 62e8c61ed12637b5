/* ---
title: PIM settings weakened
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: event
reads: [policy_change]
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
  - one authentication context in place of another, and approvers who came or were replaced, are not judged; who approves soon after is
    approval.new_approver's matter
  - notifications switched off are drift.alerts_disabled's matter
tests:
  - name: a role, several settings, and by whom
    given:
      policy_change:
        - &role {surface: entra_role, target_id: T1, target_name: Global Administrator, changed_after: "2026-10-17T06:15:00Z", valid_from: "2026-11-01T06:15:00Z", changed_at: "2026-10-23T08:00:00Z", event_id: e1, event_ids: [e1], actor_id: a1, actor_name: "Anna\u202e Keller", property: max_activation, old_value: "14400", new_value: "43200", weaker: true}
        - {<<: *role, property: auth_context, old_value: c1, new_value: none}
        - {<<: *role, property: requires_justification, old_value: "true", new_value: "false"}
        - {<<: *role, property: requires_ticket, old_value: "true", new_value: "false"}
        - {<<: *role, property: requires_approval, old_value: "true", new_value: "false"}
        - {<<: *role, property: permanent_eligible_allowed, old_value: "false", new_value: "true"}
        - {<<: *role, property: permanent_active_allowed, old_value: "false", new_value: "true"}
    expect:
      - surface: entra_role
        target_id: t1
        access: null
        severity: null
        seen_at: "2026-11-01T06:15:00Z"
        occurred_at: "2026-10-23T08:00:00Z"
        event_ids: [e1]
        message: "Anna\u202e Keller weakened the PIM settings of Global Administrator: activation for 12 h instead of 4 h, no authentication context instead of c1, no justification, no ticket, no approval, eligible without end allowed and active without end allowed"
        why: Seen between the snapshots of 2026-10-17 06:15 UTC and 2026-11-01 06:15 UTC. The settings were changed at 2026-10-23 08:00 UTC.
  - name: a group's owners, by nobody known, while something else became stronger
    given:
      policy_change:
        - &owner {surface: group, access: owner, target_id: g1, target_name: sg-sap, changed_after: "2026-10-17T06:15:00Z", valid_from: "2026-11-01T06:15:00Z", event_ids: [], property: max_activation, old_value: "3600", new_value: "5400", weaker: true}
        - {<<: *owner, property: max_eligible, old_value: "86400", new_value: "172800"}
        - {<<: *owner, property: requires_mfa, old_value: "false", new_value: "true", weaker: false}
    expect:
      - occurred_at: "2026-11-01T06:15:00Z"
        stronger: [MFA]
        event_ids: []
        message: "Somebody unknown weakened the PIM settings of owner of sg-sap: activation for 1.5 h instead of 1 h and eligible for 2 days instead of 1 day"
        why: "Seen between the snapshots of 2026-10-17 06:15 UTC and 2026-11-01 06:15 UTC. No event tells who changed them. Stronger became: MFA."
  - name: MFA instead of an authentication context, changed twice
    given:
      policy_change:
        - {<<: *role, event_ids: [e0, e1], property: auth_context, old_value: c1, new_value: none}
        - {<<: *role, event_ids: [e0, e1], property: requires_mfa, old_value: "false", new_value: "true", weaker: false}
    expect: [{weaker: [MFA instead of authentication context c1], stronger: [], changes: 2, event_ids: [e0, e1]}]
  - name: two weakenings are two findings, the second without any limit
    given:
      policy_change:
        - {<<: *owner, old_value: "3600", new_value: "7200", valid_from: "2026-10-20T00:00:00Z"}
        - {<<: *owner, old_value: "7200", new_value: none}
    expect:
      - {seen_at: "2026-10-20T00:00:00Z", weaker: [activation for 2 h instead of 1 h]}
      - {seen_at: "2026-11-01T06:15:00Z", weaker: [activation without limit instead of 2 h]}
  - name: one of three approvers left is less grave than all of them, and than anything else beside it
    given:
      policy_change:
        - {<<: *owner, property: approvers, old_value: "Anna, Beat, Gabriela", new_value: "Anna, Beat"}
        - {<<: *owner, access: member, property: approvers, old_value: "Anna", new_value: none}
        - {<<: *role, property: approvers, old_value: "Anna, Beat", new_value: "Anna"}
        - {<<: *role, property: requires_ticket, old_value: "true", new_value: "false"}
    expect:
      - {access: owner, severity: medium, weaker: ["Anna, Beat to approve instead of Anna, Beat, Gabriela"]}
      - {access: member, severity: null, weaker: [nobody named to approve instead of Anna]}
      - {surface: entra_role, severity: null, weaker: [no ticket, "Anna to approve instead of Anna, Beat"]}
  - name: what is asked of who grants, of the approver, and before an extension
    given:
      policy_change:
        - {<<: *role, property: eligible_requires, old_value: "Justification, MultiFactorAuthentication", new_value: Justification}
        - {<<: *role, property: active_requires, old_value: Justification, new_value: none}
        - {<<: *role, property: requires_approver_justification, old_value: "true", new_value: "false"}
        - {<<: *role, property: requires_approval_for_extension, old_value: "true", new_value: "false"}
    expect:
      - weaker:
          - to make eligible Justification instead of Justification, MultiFactorAuthentication
          - to assign none instead of Justification
          - approval without a justification
          - extension without approval
  - name: hardened, or another context, or other approvers
    near: true
    given:
      policy_change:
        - {<<: *role, property: requires_mfa, old_value: "false", new_value: "true", weaker: false}
        - {<<: *role, property: auth_context, old_value: c1, new_value: c2, weaker: null}
        - {<<: *role, property: approvers, old_value: Anna, new_value: Beat, weaker: null}
    expect: []
  - name: who is told is another rule's matter
    near: true
    given:
      policy_change:
        - {<<: *role, property: notify_on_eligible, old_value: "true", new_value: "false"}
        - {<<: *role, property: notification_recipients, old_value: "a@x.example", new_value: none}
    expect: []
  - name: seen before, and after
    near: true
    since: "2026-11-01T06:15:01Z"
    given: {policy_change: [*role]}
    expect: []
  - name: nothing changed
    given: {policy_change: []}
    expect: []
--- */
WITH said AS (
    SELECT c.surface, lower(c.target_id) AS target_id, c.target_name, c.access, c.valid_from AS seen_at, c.changed_after, c.property,
        c.weaker, c.old_value, c.new_value, c.changed_at, c.actor_id, c.actor_name, c.actor_upn, c.actor_ip, c.event_ids,
        bool_or(c.property = 'requires_mfa' AND c.new_value = 'true') OVER of_change AS mfa_now,
        bool_or(c.property = 'auth_context' AND c.weaker) OVER of_change AS context_gone
    FROM policy_change AS c
    WHERE c.surface IN ('entra_role', 'group') AND c.valid_from BETWEEN $since AND $until
    WINDOW of_change AS (PARTITION BY c.surface, lower(c.target_id), c.access, c.valid_from)
),
worded AS (
    SELECT *, CASE property
            WHEN 'max_activation' THEN CASE WHEN new_value = 'none' THEN 'activation without limit instead of '
                ELSE 'activation for ' || round(try_cast(new_value AS BIGINT) / 3600, 1) || ' h instead of ' END
                || round(try_cast(old_value AS BIGINT) / 3600, 1) || ' h'
            WHEN 'auth_context' THEN CASE WHEN mfa_now THEN 'MFA' ELSE 'no authentication context' END || ' instead of '
                || CASE WHEN mfa_now THEN 'authentication context ' ELSE '' END || old_value
            WHEN 'requires_mfa' THEN 'no MFA'
            WHEN 'requires_justification' THEN 'no justification'
            WHEN 'requires_ticket' THEN 'no ticket'
            WHEN 'requires_approval' THEN 'no approval'
            WHEN 'permanent_eligible_allowed' THEN 'eligible without end allowed'
            WHEN 'permanent_active_allowed' THEN 'active without end allowed'
            WHEN 'max_eligible' THEN 'eligible for ' || round(try_cast(new_value AS BIGINT) / 86400, 1) || ' days instead of '
                || round(try_cast(old_value AS BIGINT) / 86400, 1) || ' days'
            WHEN 'max_active' THEN 'active for ' || round(try_cast(new_value AS BIGINT) / 86400, 1) || ' days instead of '
                || round(try_cast(old_value AS BIGINT) / 86400, 1) || ' days'
            WHEN 'eligible_requires' THEN 'to make eligible ' || new_value || ' instead of ' || old_value
            WHEN 'active_requires' THEN 'to assign ' || new_value || ' instead of ' || old_value
            WHEN 'requires_approver_justification' THEN 'approval without a justification'
            WHEN 'requires_approval_for_extension' THEN 'extension without approval'
            WHEN 'approvers' THEN CASE new_value WHEN 'none' THEN 'nobody named' ELSE new_value END
                || ' to approve instead of ' || old_value
        END AS weakening,
        CASE property WHEN 'max_activation' THEN 'the longest activation' WHEN 'auth_context' THEN 'authentication context'
            WHEN 'requires_mfa' THEN CASE WHEN NOT coalesce(context_gone, false) THEN 'MFA' END
            WHEN 'requires_justification' THEN 'justification' WHEN 'requires_ticket' THEN 'ticket'
            WHEN 'requires_approval' THEN 'approval' WHEN 'permanent_eligible_allowed' THEN 'the end of eligibility'
            WHEN 'permanent_active_allowed' THEN 'the end of active assignments' END AS strengthening,
        list_position(['max_activation', 'auth_context', 'requires_mfa', 'requires_justification', 'requires_ticket',
            'requires_approval', 'permanent_eligible_allowed', 'permanent_active_allowed', 'max_eligible', 'max_active',
            'eligible_requires', 'active_requires', 'requires_approver_justification', 'requires_approval_for_extension',
            'approvers'], property) AS place
    FROM said
),
gathered AS (
    SELECT surface, target_id, access, seen_at, max(target_name) AS target_name, max(changed_after) AS previous_snapshot,
        coalesce(list(weakening ORDER BY place) FILTER (weaker AND weakening IS NOT NULL), CAST([] AS VARCHAR[])) AS weaker,
        coalesce(list(strengthening ORDER BY place) FILTER (NOT weaker AND strengthening IS NOT NULL), CAST([] AS VARCHAR[])) AS stronger,
        bool_and(property = 'approvers' AND new_value <> 'none') FILTER (weaker AND weakening IS NOT NULL) AS approvers_only,
        max(changed_at) AS changed_at, arg_max(actor_id, changed_at) AS actor_id, arg_max(actor_name, changed_at) AS actor_name,
        arg_max(actor_upn, changed_at) AS actor_upn, arg_max(actor_ip, changed_at) AS actor_ip,
        list_sort(list_distinct(flatten(list(event_ids)))) AS event_ids
    FROM worded
    GROUP BY surface, target_id, access, seen_at
)
SELECT surface, target_id, target_name, access, seen_at, previous_snapshot, stronger,
    list_transform(weaker, lambda what: regexp_replace(replace(what, '.0 ', ' '), '\b1 days', '1 day', 'g')) AS weaker,
    CASE WHEN approvers_only THEN 'medium' END AS severity, coalesce(changed_at, seen_at) AS occurred_at, len(event_ids) AS changes,
    actor_id AS actor_object_id, actor_name, actor_upn, actor_ip, event_ids
FROM gathered
WHERE len(weaker) > 0
ORDER BY occurred_at, surface, target_id, access
