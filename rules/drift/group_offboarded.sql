/* ---
title: Group taken out of PIM
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [group, tenant]
kind: event
reads: [audit_event, entra_group]
keys: [surface, target_id, day]
lookback: 4d
tactics: [DefenseEvasion, Persistence]
techniques: [T1562, T1098]
params:
  wait_hours: {type: integer, default: 24, min: 0, max: 72, doc: how long to wait for an event before a group missing from PIM's list is told of alone}
message: "{% if whole_tenant %}PIM was taken out of the whole tenant{% else %}{{ actor_name or actor_upn or actor_object_id or 'Somebody unknown'
  }} took {{ target_name or target_id }} out of PIM{% endif %} at {{ occurred_at | utc }}"
why: "{% if told_by == 'snapshot' %}The group stood in PIM's list until {{ occurred_at | utc }} and no event says why it left.{% else
  %}The audit log says: {{ activities | listed }}.{% endif %} Without PIM members and owners are added directly, for ever, with neither
  approval nor a trace in PIM; who is in the group stays in."
remediation: Bring the group back into PIM, set its two policies again, and go through its members and owners for those that came
  meanwhile.
controls: [iso27001:A.8.2, iso27001:A.5.18, iso27001:A.8.9, nis2:21.2.i, finma:2023-1]
false_positives:
  - groups that are being dissolved; end their assignments first
blind_spots:
  - a group deleted as a whole is not told of
  - where PIM is left out of a licence the list of groups cannot be read, and only an event tells
tests:
  - name: told by the log, in several rows
    given:
      audit_event:
        - {event_id: e1, activity: PIM policy removed, category: GroupManagement, surface: group, result: success, occurred_at: "2026-10-23T08:00:00Z", actor_kind: user, actor_id: a1, actor_name: Walter Wyss, target_group_id: G1, target_group_name: sg-sap}
        - {event_id: e2, activity: Offboarded resource from PIM, category: GroupManagement, surface: group, result: success, occurred_at: "2026-10-23T08:00:02Z", actor_kind: user, actor_id: a1, actor_name: Walter Wyss, target_group_id: g1, target_group_name: sg-sap}
    expect:
      - surface: group
        target_id: g1
        day: 2026-10-23
        occurred_at: "2026-10-23T08:00:00Z"
        event_ids: [e1, e2]
        message: Walter Wyss took sg-sap out of PIM at 2026-10-23 08:00 UTC
        why: "The audit log says: Offboarded resource from PIM and PIM policy removed. Without PIM members and owners are added directly, for ever, with neither approval nor a trace in PIM; who is in the group stays in."
  - name: the whole tenant
    given:
      audit_event: [{event_id: e1, activity: Tenant offboarded from PIM, category: RoleManagement, surface: entra_role, result: success, occurred_at: "2026-10-23T08:00:00Z", actor_kind: system, actor_name: Azure AD PIM}]
    expect: [{surface: null, target_id: null, whole_tenant: true, message: "PIM was taken out of the whole tenant at 2026-10-23 08:00 UTC"}]
  - name: seen in the list alone, a day later
    as_of: "2026-11-02T06:15:00Z"
    given: &gone
      entra_group:
        - {group_id: g1, name: sg-sap, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {group_id: g1, name: sg-sap, is_onboarded: false, valid_from: "2026-11-01T06:15:00Z"}
    expect: [{target_id: g1, told_by: snapshot, message: Somebody unknown took sg-sap out of PIM at 2026-11-01 06:15 UTC}]
  - name: seen in the list, and the log may still tell
    near: true
    as_of: "2026-11-02T06:14:59Z"
    given: *gone
    expect: []
  - name: the log and the list tell of one act
    as_of: "2026-11-05T06:15:00Z"
    given:
      <<: *gone
      audit_event: [{event_id: e1, activity: Offboarded resource from PIM, surface: group, result: success, occurred_at: "2026-10-23T08:00:00Z", actor_name: Walter, target_group_id: g1}]
    expect: [{day: 2026-10-23, told_by: log, message: Walter took sg-sap out of PIM at 2026-10-23 08:00 UTC}]
  - name: a group that came, one that was deleted, one of which it is no longer known, and an Azure subscription
    near: true
    as_of: "2026-11-05T06:15:00Z"
    given:
      entra_group:
        - {group_id: g1, name: came, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {group_id: g1, name: came, is_onboarded: true, valid_from: "2026-11-01T06:15:00Z"}
        - {group_id: g2, name: deleted, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {group_id: g3, name: unknown, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {group_id: g3, name: unknown, valid_from: "2026-11-01T06:15:00Z"}
      audit_event:
        - {event_id: e1, activity: Offboarded resource from PIM, surface: azure_resource, result: success, occurred_at: "2026-10-23T08:00:00Z"}
        - {event_id: e2, activity: Offboarded resource from PIM, surface: group, result: failure, occurred_at: "2026-10-23T08:00:00Z", target_group_id: g1}
    expect: []
  - name: brought into PIM
    given:
      audit_event: [{event_id: e1, activity: Onboarded resource to PIM, surface: group, result: success, occurred_at: "2026-10-23T08:00:00Z", target_group_id: g1}]
    expect: []
--- */
WITH logged AS (
    SELECT e.*, e.activity = 'Tenant offboarded from PIM' AS whole_tenant,
        CASE WHEN e.activity <> 'Tenant offboarded from PIM' THEN 'group' END AS plane,
        CASE WHEN e.activity <> 'Tenant offboarded from PIM' THEN lower(e.target_group_id) END AS group_id
    FROM audit_event AS e
    WHERE e.occurred_at BETWEEN $since AND $until AND lower(coalesce(e.result, 'success')) = 'success'
        AND ((e.activity IN ('Offboarded resource from PIM', 'PIM policy removed') AND e.surface = 'group')
            OR (e.activity = 'Tenant offboarded from PIM' AND coalesce(e.surface, '') <> 'azure_resource'))
),
history AS (
    SELECT lower(g.group_id) AS group_id, g.name, g.is_onboarded, g.valid_from,
        lag(g.is_onboarded) OVER earlier AS onboarded_before, lag(g.valid_from) OVER earlier AS before_from
    FROM entra_group AS g
    WINDOW earlier AS (PARTITION BY lower(g.group_id) ORDER BY g.valid_from)
),
-- Told by the list alone: the log had its time, and says nothing between the two snapshots.
missing AS (
    SELECT h.*
    FROM history AS h
    WHERE h.onboarded_before AND NOT h.is_onboarded AND h.name IS NOT NULL
        AND h.valid_from BETWEEN $since AND CAST($until AS TIMESTAMPTZ) - to_hours($wait_hours)
        AND NOT EXISTS (
            SELECT 1 FROM audit_event AS e
            WHERE e.activity = 'Offboarded resource from PIM' AND lower(e.target_group_id) = h.group_id
                AND e.occurred_at > h.before_from AND e.occurred_at <= h.valid_from
        )
),
named AS (
    SELECT lower(g.group_id) AS group_id, arg_max(g.name, g.valid_from) AS name FROM entra_group AS g GROUP BY lower(g.group_id)
),
told AS (
    SELECT l.plane AS surface, l.group_id AS target_id, coalesce(max(l.target_group_name), max(n.name)) AS target_name,
        strftime(l.occurred_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day, min(l.occurred_at) AS occurred_at, 'log' AS told_by,
        bool_or(l.whole_tenant) AS whole_tenant, list_sort(list_distinct(list(l.activity))) AS activities,
        list_sort(list(l.event_id)) AS event_ids, arg_min(l.actor_id, l.occurred_at) AS actor_object_id,
        arg_min(l.actor_name, l.occurred_at) AS actor_name, arg_min(l.actor_upn, l.occurred_at) AS actor_upn,
        arg_min(l.actor_ip, l.occurred_at) AS actor_ip
    FROM logged AS l
    LEFT JOIN named AS n ON n.group_id = l.group_id
    GROUP BY l.plane, l.group_id, strftime(l.occurred_at AT TIME ZONE 'UTC', '%Y-%m-%d')
    UNION ALL
    SELECT 'group', m.group_id, m.name, strftime(m.valid_from AT TIME ZONE 'UTC', '%Y-%m-%d'), m.valid_from, 'snapshot', false,
        CAST([] AS VARCHAR[]), CAST([] AS VARCHAR[]), NULL, NULL, NULL, NULL
    FROM missing AS m
)
SELECT * FROM told ORDER BY occurred_at, target_id
