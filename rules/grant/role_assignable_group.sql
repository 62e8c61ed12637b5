/* ---
title: Role-assignable group created or its keepers changed
version: 1.0.0
severity: medium
confidence: 0.75
status: stable
surface: [group]
kind: event
reads: [audit_event, audit_target, entra_group]
keys: [event_id]
lookback: 1d
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098, T1136.003]
message: "{{ actor_name or actor_upn or actor_object_id or 'Somebody unknown' }} {% if what == 'created' %}created the role-assignable group {{
  target_name or target_id }}{% elif what == 'owner added' %}made {{ subject_name or subject_upn or subject_id or 'somebody' }} owner of the
  role-assignable group {{ target_name or target_id }}{% elif what == 'owner removed' %}took the ownership of the role-assignable group {{
  target_name or target_id }} from {{ subject_name or subject_upn or subject_id or 'somebody' }}{% else %}changed the membership rule of {{
  target_name or target_id }}{% endif %}"
why: "{% if what == 'rule changed' %}Who is in the group follows from the rule; it was {{ rule_before or 'not there' }} and is {{ rule_after
  or 'gone' }}.{% else %}A role-assignable group can hold roles of the directory, and its owners decide who is in it.{% endif %}"
remediation: Ask for the request behind it. Put a new group into PIM before it is given a role, and let nobody own it standing.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - groups made for a new delegation that was agreed
blind_spots:
  - a group created and deleted between two snapshots is recognised only if the event says that it is role-assignable
  - an owner added to a group that is in PIM or holds a role is told of by grant.outside_pim as well, as the graver matter
tests:
  - name: created, by what the event says
    given:
      audit_event: [{event_id: e1, activity: Add group, service: Core Directory, category: GroupManagement, surface: group, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, actor_id: a1, actor_name: Walter Wyss, target_group_id: G1}]
      audit_target:
        - {event_id: e1, occurred_at: "2026-10-14T08:00:00Z", type: Group, id: G1, property: DisplayName, new: '["sg-new-admins"]'}
        - {event_id: e1, occurred_at: "2026-10-14T08:00:00Z", type: Group, id: G1, property: IsAssignableToRole, new: "[true]"}
    expect:
      - event_id: e1
        surface: group
        target_id: g1
        what: created
        message: Walter Wyss created the role-assignable group sg-new-admins
  - name: owners come and go in a group that snapshots show to be role-assignable
    given:
      audit_event:
        - {event_id: e1, activity: Add owner to group, service: Core Directory, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, actor_name: Walter, target_user_id: p1, target_user_name: Jan, target_group_id: g1}
        - {event_id: e2, activity: Remove owner from group, service: Core Directory, result: success, occurred_at: "2026-10-14T09:00:00Z", actor_kind: user, actor_name: Walter, target_user_id: p2, target_group_id: G1}
      entra_group: &assignable [{group_id: g1, name: sg-tier0, is_role_assignable: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - {event_id: e1, message: Walter made Jan owner of the role-assignable group sg-tier0}
      - {event_id: e2, message: Walter took the ownership of the role-assignable group sg-tier0 from p2}
  - name: its membership rule
    given:
      audit_event: [{event_id: e1, activity: Update group, service: Core Directory, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, actor_name: Walter, target_group_id: g1}]
      audit_target: [{event_id: e1, occurred_at: "2026-10-14T08:00:00Z", type: Group, id: g1, property: MembershipRule, old: '["user.department -eq \"IT\""]', new: '["true"]'}]
      entra_group: *assignable
    expect: [{what: rule changed, message: Walter changed the membership rule of sg-tier0}]
  - name: what PIM does when an owner activates
    near: true
    given:
      audit_event: [{event_id: e1, activity: Add owner to group, service: Core Directory, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: system, actor_name: MS-PIM, target_user_id: p1, target_group_id: g1}]
      entra_group: *assignable
    expect: []
  - name: an ordinary group, and one of which it is not known
    near: true
    given:
      audit_event:
        - {event_id: e1, activity: Add group, service: Core Directory, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, target_group_id: g2}
        - {event_id: e2, activity: Add owner to group, service: Core Directory, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, target_group_id: g3}
      audit_target: [{event_id: e1, occurred_at: "2026-10-14T08:00:00Z", type: Group, id: g2, property: IsAssignableToRole, new: "[false]"}]
      entra_group: [{group_id: g2, is_role_assignable: false, valid_from: "2026-10-17T06:15:00Z"}, {group_id: g3, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: another property, the same rule written again, and what failed
    near: true
    given:
      audit_event:
        - {event_id: e1, activity: Update group, service: Core Directory, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, target_group_id: g1}
        - {event_id: e2, activity: Update group, service: Core Directory, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, target_group_id: g1}
        - {event_id: e3, activity: Remove owner from group, service: Core Directory, result: failure, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, target_group_id: g1}
      audit_target:
        - {event_id: e1, occurred_at: "2026-10-14T08:00:00Z", type: Group, id: g1, property: Description, old: a, new: b}
        - {event_id: e2, occurred_at: "2026-10-14T08:00:00Z", type: Group, id: g1, property: MembershipRule, old: a, new: a}
      entra_group: *assignable
    expect: []
  - name: a member
    given:
      audit_event: [{event_id: e1, activity: Add member to group, service: Core Directory, result: success, occurred_at: "2026-10-14T08:00:00Z", actor_kind: user, target_group_id: g1}]
      entra_group: *assignable
    expect: []
--- */
WITH act AS (
    SELECT e.* FROM audit_event AS e
    WHERE e.activity IN ('Add group', 'Update group', 'Add owner to group', 'Remove owner from group')
        AND coalesce(e.actor_kind, 'user') <> 'system' AND lower(coalesce(e.result, 'success')) = 'success'
        AND e.occurred_at BETWEEN $since AND $until
),
said AS (
    SELECT a.event_id,
        bool_or(lower(t.property) = 'isassignabletorole' AND contains(lower(t.new), 'true')) AS assignable,
        bool_or(lower(t.property) = 'membershiprule' AND t.old IS DISTINCT FROM t.new) AS rule_changed,
        trim(max(t.new) FILTER (lower(t.property) = 'displayname'), '[]"') AS given_name,
        max(t.old) FILTER (lower(t.property) = 'membershiprule') AS rule_before,
        max(t.new) FILTER (lower(t.property) = 'membershiprule') AS rule_after
    FROM act AS a
    JOIN audit_target AS t ON t.event_id = a.event_id AND t.occurred_at = a.occurred_at
    GROUP BY a.event_id
),
known AS (
    SELECT lower(g.group_id) AS group_id, bool_or(g.is_role_assignable) AS assignable, arg_max(g.name, g.valid_from) AS name
    FROM entra_group AS g
    GROUP BY lower(g.group_id)
)
SELECT a.event_id, a.occurred_at, 'group' AS surface, lower(a.target_group_id) AS target_id,
    coalesce(a.target_group_name, k.name, s.given_name) AS target_name, lower(a.target_user_id) AS subject_id,
    a.target_user_name AS subject_name, a.target_user_upn AS subject_upn,
    a.actor_id AS actor_object_id, a.actor_name, a.actor_upn, a.actor_ip, [a.event_id] AS event_ids, s.rule_before, s.rule_after,
    CASE a.activity WHEN 'Add group' THEN 'created' WHEN 'Add owner to group' THEN 'owner added'
        WHEN 'Remove owner from group' THEN 'owner removed' ELSE 'rule changed' END AS what
FROM act AS a
LEFT JOIN said AS s ON s.event_id = a.event_id
LEFT JOIN known AS k ON k.group_id = lower(a.target_group_id)
WHERE (s.assignable OR k.assignable) AND (a.activity <> 'Update group' OR s.rule_changed)
ORDER BY a.occurred_at, a.event_id
