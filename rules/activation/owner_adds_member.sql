/* ---
title: Owner access activated, then people added to the group
version: 1.0.0
severity: high
confidence: 0.8
status: stable
surface: [group]
kind: event
reads: [activation, audit_event]
keys: [request_id]
lookback: 1d
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.003, T1098]
params:
  after_minutes: {type: integer, default: 10, min: 0, max: 1440, doc: "minutes after the activation's end that still count"}
message: "{{ subject_name or subject_upn or subject_id }} activated owner of {{ target_name or target_id }} and added {{ added | listed }}"
why: "The ownership was held from {{ occurred_at | utc }}{% if until %} to {{ until | utc }}{% endif %}; the first was added at {{ first_at | utc }}.
  Whoever is added as an owner does so stays outside PIM: no end, no approval, no activation.{% if adds_self %} The person added
  themselves.{% endif %}{% if justification %} The justification says: {{ justification }}{% endif %}"
remediation: Remove those who were added and make them eligible through PIM if they need it. Ask the person for the change behind it; if there is
  none, reset the account.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i]
false_positives:
  - a group whose owners are meant to keep its members, outside PIM
blind_spots:
  - who was added by another account, or through a group that is a member
  - a standing owner needs no activation; see posture.standing_group_member
tests:
  - name: an owner and two whom they added, one of them as an owner
    given:
      activation: &owner [{request_id: r1, surface: group, access: owner, subject_id: P1, subject_name: Gabriela, target_id: g1, target_name: sg-sap, starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T10:00:00Z", event_ids: [e1]}]
      audit_event:
        - {event_id: e2, activity: Add member to group, service: Core Directory, category: GroupManagement, result: success, actor_kind: user, actor_id: p1, target_group_id: G1, target_user_id: p2, target_user_name: Mallory, occurred_at: "2026-11-05T08:20:00Z"}
        - {event_id: e3, activity: Add owner to group, service: Core Directory, category: GroupManagement, result: success, actor_kind: user, actor_id: p1, target_group_id: g1, target_user_id: p1, target_user_name: Gabriela, occurred_at: "2026-11-05T08:30:00Z"}
    expect:
      - request_id: r1
        adds_self: true
        event_ids: [e1, e2, e3]
        message: "Gabriela activated owner of sg-sap and added Gabriela (owner) and Mallory (member)"
  - name: found once the first is added, though the activation was judged before
    since: "2026-11-05T08:10:00Z"
    given:
      activation: *owner
      audit_event: &added [{event_id: e2, activity: Add member to group, result: success, actor_kind: user, actor_id: p1, target_group_id: g1, target_user_id: p2, occurred_at: "2026-11-05T08:20:00Z"}]
    expect: [{request_id: r1, adds_self: false}]
  - name: exactly ten minutes after the end, and a second more
    given:
      activation:
        - {request_id: r1, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-11-05T06:00:00Z", expires_at: "2026-11-05T10:00:00Z", ended_at: "2026-11-05T08:10:00Z"}
        - {request_id: r2, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-11-05T06:00:00Z", ended_at: "2026-11-05T08:09:59Z"}
      audit_event: *added
    expect: [{request_id: r1}]
  - name: no activation of an owner
    given:
      audit_event: *added
    expect: []
  - name: the member's access was activated, not the owner's
    near: true
    given:
      activation: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T10:00:00Z"}]
      audit_event: *added
    expect: []
  - name: PIM itself, another person, another group, before, and in vain
    near: true
    given:
      activation: *owner
      audit_event:
        - {event_id: x1, activity: Add owner to group, result: success, actor_kind: system, actor_id: ms-pim, target_group_id: g1, target_user_id: p1, occurred_at: "2026-11-05T08:00:40Z"}
        - {event_id: x2, activity: Add member to group, result: success, actor_kind: user, actor_id: p9, target_group_id: g1, target_user_id: p2, occurred_at: "2026-11-05T08:20:00Z"}
        - {event_id: x3, activity: Add member to group, result: success, actor_kind: user, actor_id: p1, target_group_id: g2, target_user_id: p2, occurred_at: "2026-11-05T08:20:00Z"}
        - {event_id: x4, activity: Add member to group, result: success, actor_kind: user, actor_id: p1, target_group_id: g1, target_user_id: p2, occurred_at: "2026-11-05T07:59:59Z"}
        - {event_id: x5, activity: Add member to group, result: failure, actor_kind: user, actor_id: p1, target_group_id: g1, target_user_id: p2, occurred_at: "2026-11-05T08:20:00Z"}
        - {event_id: x6, activity: Remove member from group, result: success, actor_kind: user, actor_id: p1, target_group_id: g1, target_user_id: p2, occurred_at: "2026-11-05T08:20:00Z"}
    expect: []
--- */
WITH owned AS (
    SELECT *, coalesce(ended_at, expires_at) AS until
    FROM activation
    WHERE surface = 'group' AND access = 'owner' AND starts_at <= CAST($until AS TIMESTAMPTZ)
        AND starts_at >= CAST($since AS TIMESTAMPTZ) - INTERVAL 3 DAY
),
additions AS (
    SELECT event_id, occurred_at, lower(actor_id) AS actor_id, lower(target_group_id) AS group_id,
        lower(target_user_id) AS person_id, coalesce(target_user_name, target_user_upn, target_user_id, 'somebody unknown')
            || CASE WHEN activity = 'Add owner to group' THEN ' (owner)' ELSE ' (member)' END AS added
    FROM audit_event
    WHERE activity IN ('Add member to group', 'Add owner to group') AND lower(result) = 'success' AND actor_kind = 'user'
        AND occurred_at >= CAST($since AS TIMESTAMPTZ) - INTERVAL 3 DAY AND occurred_at <= CAST($until AS TIMESTAMPTZ)
),
-- An activation whose end is not known counts for the longest there is, a day.
matched AS (
    SELECT o.request_id, min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at,
        list_sort(list(DISTINCT e.added)) AS added, list(e.event_id) AS added_event_ids,
        bool_or(e.person_id = lower(o.subject_id)) IS TRUE AS adds_self
    FROM owned AS o
    JOIN additions AS e
        ON e.actor_id = lower(o.subject_id) AND e.group_id = lower(o.target_id) AND e.occurred_at >= o.starts_at
        AND e.occurred_at <= coalesce(o.until, o.starts_at + INTERVAL 1 DAY) + to_minutes(CAST($after_minutes AS INTEGER))
    GROUP BY o.request_id
)
SELECT o.request_id, o.starts_at AS occurred_at, o.surface, o.subject_id, o.subject_name, o.subject_upn,
    o.target_id, o.target_name, o.access, o.justification, o.until, m.added, m.first_at, m.last_at, m.adds_self,
    list_sort(list_distinct(list_concat(coalesce(o.event_ids, CAST([] AS VARCHAR[])), m.added_event_ids))) AS event_ids
FROM owned AS o
JOIN matched AS m ON m.request_id = o.request_id
WHERE greatest(o.starts_at, m.last_at) >= CAST($since AS TIMESTAMPTZ)
ORDER BY o.starts_at, o.request_id
