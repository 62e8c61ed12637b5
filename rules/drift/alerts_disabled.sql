/* ---
title: PIM alerts or notifications switched off
version: 1.0.0
severity: high
confidence: 0.85
status: stable
surface: [entra_role, group]
kind: event
reads: [audit_event, audit_target, policy]
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
      policy: &silenced
        - {policy_id: p1, surface: entra_role, target_id: t1, target_name: Global Administrator, notify_on_eligible: true, notify_on_active: true, notify_on_activation: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z", basis: observed}
        - {policy_id: p1, surface: entra_role, target_id: t1, target_name: Global Administrator, notify_on_eligible: false, notify_on_active: true, notify_on_activation: false, valid_from: "2026-11-01T06:15:00Z", basis: observed}
      audit_event:
        - {event_id: e0, activity: Update role setting in PIM, surface: entra_role, result: success, occurred_at: "2026-10-16T08:00:00Z", actor_id: a0, actor_name: Before, target_role_id: t1}
        - {event_id: e1, activity: Update role setting in PIM, surface: entra_role, result: success, occurred_at: "2026-10-23T08:00:00Z", actor_id: a1, actor_name: Anna Keller, target_role_id: T1}
        - {event_id: e2, activity: Update role setting in PIM, surface: entra_role, result: success, occurred_at: "2026-10-24T08:00:00Z", actor_id: a2, actor_name: Another, target_role_id: t2}
    expect:
      - change_id: entra_role/t1//2026-11-01T06:15:00Z
        occurred_at: "2026-10-23T08:00:00Z"
        event_ids: [e1]
        message: Anna Keller switched off PIM's messages about new eligible assignments and activations for Global Administrator
  - name: the messages about a group's owners, by nobody known
    given:
      policy:
        - {policy_id: p1, surface: group, access: owner, target_id: g1, target_name: sg-sap, notify_on_activation: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z", basis: observed}
        - {policy_id: p1, surface: group, access: owner, target_id: g1, target_name: sg-sap, notify_on_activation: false, valid_from: "2026-11-01T06:15:00Z", basis: observed}
      audit_event:
        - {event_id: e1, activity: Update role setting in PIM, surface: group, result: success, occurred_at: "2026-10-23T08:00:00Z", actor_name: Of members, target_group_id: g1, target_role_name: Member}
    expect: [{message: "Somebody unknown switched off PIM's messages about activations for owner of sg-sap", occurred_at: "2026-11-01T06:15:00Z", event_ids: []}]
  - name: switched on, or unknown before or after
    near: true
    given:
      policy:
        - {policy_id: p1, surface: entra_role, target_id: t1, notify_on_eligible: false, notify_on_active: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {policy_id: p1, surface: entra_role, target_id: t1, notify_on_eligible: true, notify_on_activation: false, valid_from: "2026-11-01T06:15:00Z"}
    expect: []
  - name: off from the first snapshot on
    near: true
    given:
      policy: [{policy_id: p1, surface: entra_role, target_id: t1, notify_on_eligible: false, valid_from: "2026-10-17T06:15:00Z"}]
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
history AS (
    SELECT p.surface, lower(p.target_id) AS target_id, p.target_name, p.access, p.valid_from, p.notify_on_eligible,
        p.notify_on_active, p.notify_on_activation, lag(p.valid_from) OVER earlier AS previous_snapshot,
        lag(p.notify_on_eligible) OVER earlier AS eligible_before, lag(p.notify_on_active) OVER earlier AS active_before,
        lag(p.notify_on_activation) OVER earlier AS activation_before
    FROM policy AS p
    WHERE p.surface IN ('entra_role', 'group')
    WINDOW earlier AS (PARTITION BY p.surface, lower(p.target_id), p.access ORDER BY p.valid_from)
),
silenced AS (
    SELECT h.*, list_filter([
        CASE WHEN h.eligible_before AND NOT h.notify_on_eligible THEN 'new eligible assignments' END,
        CASE WHEN h.active_before AND NOT h.notify_on_active THEN 'new active assignments' END,
        CASE WHEN h.activation_before AND NOT h.notify_on_activation THEN 'activations' END
    ], lambda what: what IS NOT NULL) AS silenced
    FROM history AS h
    WHERE h.previous_snapshot IS NOT NULL AND h.valid_from BETWEEN $since AND $until
),
-- Who: the last change of this target's settings between the two snapshots.
changer AS (
    SELECT s.surface, s.target_id, s.access, s.valid_from, max(e.occurred_at) AS changed_at,
        arg_max(e.event_id, e.occurred_at) AS event_id, arg_max(e.actor_id, e.occurred_at) AS actor_id,
        arg_max(e.actor_name, e.occurred_at) AS actor_name, arg_max(e.actor_upn, e.occurred_at) AS actor_upn,
        arg_max(e.actor_ip, e.occurred_at) AS actor_ip
    FROM silenced AS s
    JOIN audit_event AS e ON e.activity = 'Update role setting in PIM' AND e.surface = s.surface
        AND lower(CASE WHEN s.surface = 'group' THEN e.target_group_id ELSE e.target_role_id END) = s.target_id
        AND (s.surface <> 'group' OR coalesce(lower(e.target_role_name) NOT IN ('member', 'owner'), true)
            OR lower(e.target_role_name) = s.access)
        AND e.occurred_at > s.previous_snapshot AND e.occurred_at <= s.valid_from
        AND lower(coalesce(e.result, 'success')) = 'success'
    WHERE len(s.silenced) > 0
    GROUP BY s.surface, s.target_id, s.access, s.valid_from
)
SELECT e.event_id AS change_id, e.occurred_at, 'entra_role' AS surface, NULL AS target_id, NULL AS target_name, NULL AS access,
    coalesce(a.pim_alert_name, 'of unknown name') AS pim_alert_name, CAST([] AS VARCHAR[]) AS silenced,
    e.actor_id AS actor_object_id, e.actor_name, e.actor_upn, e.actor_ip, NULL AS previous_snapshot, NULL AS seen_at,
    [e.event_id] AS event_ids
FROM alert_off AS a
JOIN audit_event AS e ON e.event_id = a.event_id AND e.occurred_at BETWEEN $since AND $until
UNION ALL
SELECT concat_ws('/', s.surface, s.target_id, coalesce(s.access, ''), strftime(s.valid_from AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')),
    coalesce(c.changed_at, s.valid_from), s.surface, s.target_id, s.target_name, s.access,
    NULL, s.silenced, c.actor_id, c.actor_name, c.actor_upn, c.actor_ip, s.previous_snapshot, s.valid_from,
    CASE WHEN c.event_id IS NULL THEN [] ELSE [c.event_id] END
FROM silenced AS s
LEFT JOIN changer AS c ON c.surface = s.surface AND c.target_id = s.target_id
    AND coalesce(c.access, '') = coalesce(s.access, '') AND c.valid_from = s.valid_from
WHERE len(s.silenced) > 0
ORDER BY occurred_at, change_id
