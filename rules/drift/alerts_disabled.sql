/* ---
title: PIM alerts or notifications switched off
version: 1.0.0
severity: high
confidence: 0.85
status: stable
surface: [entra_role, group]
kind: event
reads: [audit_event, audit_target, policy_change]
keys: [change_id]
lookback: 1d
tactics: [DefenseEvasion]
techniques: [T1562.001, T1562.008]
message: "{{ actor_name or actor_upn or actor_object_id or 'Somebody unknown' }} switched off {% if pim_alert_name %}the PIM alert {{ pim_alert_name }}{% else
  %}PIM's messages about {{ silenced | listed }}{% endif %}{% if target_name or target_id %} {% if pim_alert_name %}of{% else %}for{% endif %}
  {% if access %}{{ access }} of {% endif %}{{ target_name or target_id }}{% endif %}"
why: "{% if pim_alert_name %}PIM no longer watches for this in Entra roles.{% else %}Between the snapshots of {{ previous_snapshot | utc }} and
  {{ seen_at | utc }} the setting went from on to off: administrators are no longer told.{% endif %} Whoever prepares something switches
  off first what would tell of it."
remediation: Ask who switched it off why, and switch it on again. Look at what else this account changed on the same day.
controls: [iso27001:A.8.15, iso27001:A.8.16, nis2:21.2.b, finma:2023-1]
false_positives:
  - alerts switched off because another product watches for the same
blind_spots:
  - "an alert whose thresholds were raised (Update PIM alert setting) is not told of, since the log does not say from what to what"
  - what was switched off and on again between two snapshots
  - PIM has no alerts for groups; only their notifications are looked at
tests:
  - name: an alert
    given:
      audit_event: [{event_id: e1, activity: Disable PIM alert, service: PIM, surface: entra_role, result: success, occurred_at: "2026-10-16T09:38:44Z", actor_kind: user, actor_id: a1, actor_name: Anna Keller}]
      audit_target:
        - {event_id: e1, occurred_at: "2026-10-16T09:38:44Z", type: Other, id: TooManyGlobalAdmins, name: There are too many global administrators}
    expect:
      - change_id: e1
        event_ids: [e1]
        message: Anna Keller switched off the PIM alert There are too many global administrators
        why: PIM no longer watches for this in Entra roles. Whoever prepares something switches off first what would tell of it.
  - name: the messages about a role, and who changed the settings meanwhile
    given:
      policy_change:
        - &role {surface: entra_role, target_id: T1, target_name: Global Administrator, changed_after: "2026-10-17T06:15:00Z", valid_from: "2026-11-01T06:15:00Z", changed_at: "2026-10-23T08:00:00Z", event_id: e1, actor_id: a1, actor_name: Anna Keller, property: notify_on_activation, old_value: "true", new_value: "false", weaker: true}
        - {<<: *role, property: notify_on_eligible}
    expect:
      - change_id: entra_role/t1//2026-11-01T06:15:00Z
        occurred_at: "2026-10-23T08:00:00Z"
        event_ids: [e1]
        message: Anna Keller switched off PIM's messages about new eligible assignments and activations for Global Administrator
  - name: the messages about a group's owners, and to those who approve, by nobody known
    given:
      policy_change:
        - &owner {surface: group, access: owner, target_id: g1, target_name: sg-sap, changed_after: "2026-10-17T06:15:00Z", valid_from: "2026-11-01T06:15:00Z", property: notify_on_activation, old_value: "true", new_value: "false", weaker: true}
        - {<<: *owner, property: notify_approver_on_activation}
    expect: [{message: "Somebody unknown switched off PIM's messages about activations and requests to approve for owner of sg-sap", occurred_at: "2026-11-01T06:15:00Z", event_ids: []}]
  - name: switched on, to whoever asked only, or another setting
    near: true
    given:
      policy_change:
        - {<<: *role, old_value: "false", new_value: "true", weaker: false}
        - {<<: *role, property: notify_requestor_on_activation}
        - {<<: *role, property: requires_mfa}
    expect: []
  - name: seen before
    near: true
    since: "2026-11-01T06:15:01Z"
    given: {policy_change: [*role]}
    expect: []
  - name: an alert switched on, refreshed, or of Azure resources
    given:
      audit_event:
        - {event_id: e1, activity: Enable PIM alert, surface: entra_role, result: success, occurred_at: "2026-10-16T09:38:44Z"}
        - {event_id: e2, activity: Refresh PIM alert, surface: entra_role, result: success, occurred_at: "2026-10-16T09:38:44Z"}
        - {event_id: e3, activity: Disable PIM alert, surface: azure_resource, result: success, occurred_at: "2026-10-16T09:38:44Z"}
        - {event_id: e4, activity: Disable PIM alert, surface: entra_role, result: failure, occurred_at: "2026-10-16T09:38:44Z"}
    expect: []
--- */
WITH alert_off AS (
    SELECT e.event_id, max(coalesce(t.name, t.id)) FILTER (lower(coalesce(t.type, 'other')) = 'other') AS pim_alert_name
    FROM audit_event AS e
    LEFT JOIN audit_target AS t ON t.event_id = e.event_id AND t.occurred_at = e.occurred_at
    WHERE e.activity IN ('Disable PIM alert', 'Deactivate PIM alert') AND coalesce(e.surface, 'entra_role') = 'entra_role'
        AND lower(coalesce(e.result, 'success')) = 'success' AND e.occurred_at BETWEEN $since AND $until
    GROUP BY e.event_id
),
silenced AS (
    SELECT c.surface, lower(c.target_id) AS target_id, c.target_name, c.access, c.valid_from, c.changed_after AS previous_snapshot,
        c.changed_at, c.event_id, c.actor_id, c.actor_name, c.actor_upn, c.actor_ip, t.what, t.place
    FROM policy_change AS c
    JOIN (VALUES ('notify_on_eligible', 'new eligible assignments', 1), ('notify_on_active', 'new active assignments', 2),
        ('notify_on_activation', 'activations', 3), ('notify_approver_on_activation', 'requests to approve', 4))
        AS t (property, what, place) ON t.property = c.property
    WHERE c.surface IN ('entra_role', 'group') AND c.weaker AND c.valid_from BETWEEN $since AND $until
),
quiet AS (
    SELECT surface, target_id, access, valid_from, max(target_name) AS target_name, max(previous_snapshot) AS previous_snapshot,
        list(what ORDER BY place) AS silenced, max(changed_at) AS changed_at, arg_max(event_id, changed_at) AS event_id,
        arg_max(actor_id, changed_at) AS actor_id, arg_max(actor_name, changed_at) AS actor_name,
        arg_max(actor_upn, changed_at) AS actor_upn, arg_max(actor_ip, changed_at) AS actor_ip
    FROM silenced
    GROUP BY surface, target_id, access, valid_from
)
SELECT e.event_id AS change_id, e.occurred_at, 'entra_role' AS surface, NULL AS target_id, NULL AS target_name, NULL AS access,
    coalesce(a.pim_alert_name, 'of unknown name') AS pim_alert_name, CAST([] AS VARCHAR[]) AS silenced,
    e.actor_id AS actor_object_id, e.actor_name, e.actor_upn, e.actor_ip, NULL AS previous_snapshot, NULL AS seen_at,
    [e.event_id] AS event_ids
FROM alert_off AS a
JOIN audit_event AS e ON e.event_id = a.event_id AND e.occurred_at BETWEEN $since AND $until
UNION ALL
SELECT concat_ws('/', s.surface, s.target_id, coalesce(s.access, ''), strftime(s.valid_from AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')),
    coalesce(s.changed_at, s.valid_from), s.surface, s.target_id, s.target_name, s.access,
    NULL, s.silenced, s.actor_id, s.actor_name, s.actor_upn, s.actor_ip, s.previous_snapshot, s.valid_from,
    CASE WHEN s.event_id IS NULL THEN [] ELSE [s.event_id] END
FROM quiet AS s
ORDER BY occurred_at, change_id
