/* ---
title: Access granted around PIM
version: 1.0.0
severity: high
confidence: 0.85
status: stable
surface: [entra_role, group]
kind: event
reads: [assignment, audit_event, audit_target, entra_group, licence, principal]
keys: [surface, subject_id, target_id, access, day]
lookback: 2d
tactics: [Persistence, PrivilegeEscalation, DefenseEvasion]
techniques: [T1098.003]
params:
  trusted_actors: {type: strings, default: [], doc: "object ids of accounts or applications that may add members around PIM, such as the provisioning of access packages"}
message: "{{ requester_name or requester_upn or requester_id or 'Somebody unknown' }} made {% if to_self %}themselves{% else %}{{
  subject_name or subject_upn or subject_id }}{% endif %} {% if access %}{{ access }} of {% endif %}{{ target_name or target_id }}
  around PIM at {{ occurred_at | utc }}"
why: "{% if surface == 'entra_role' %}The role was assigned directly and not through PIM{% else %}The group {{ guarded_because }};
  nevertheless the {{ access }} was added directly and not through PIM{% endif %}: no activation, no approval, no ticket, no end.{%
  if to_self %} Who did it is who got it.{% endif %}{% if pim_told %} PIM noticed it as well.{% endif %}"
remediation: Remove the assignment and have it asked for through PIM. If nobody can say why it was done so, end both accounts'
  sessions and look at what they did.
controls: [iso27001:A.5.18, iso27001:A.8.2, iso27001:A.8.16, nis2:21.2.i, finma:2023-1]
false_positives:
  - "provisioning by access packages or an identity system: name its object id in trusted_actors"
  - roles that the organisation does not manage with PIM although it could
blind_spots:
  - whether a group was in PIM or held a role at that moment is known from its snapshots and from the events of its coming into PIM
  - a role held through a second group is not seen from the first
  - a tenant whose licences do not contain PIM has nothing to go around, and is left alone
  - what left no audit event shows in drift.unexplained_change
tests:
  - name: a role, told twice and one act
    given:
      audit_event:
        - {event_id: e1, activity: Add member to role, service: Core Directory, category: RoleManagement, result: success, actor_kind: user, actor_id: A1, actor_name: Walter Wyss, target_user_id: P1, target_user_name: Karin Steiner, target_role_id: T1, target_role_name: User Administrator, occurred_at: "2026-10-21T10:15:30Z"}
        - {event_id: e2, activity: Add member to role outside of PIM (permanent), service: PIM, category: RoleManagement, surface: entra_role, result: success, actor_kind: system, actor_id: s1, actor_name: Azure AD PIM, target_user_id: p1, target_user_name: Karin Steiner, target_role_id: t1, target_role_name: User Administrator, occurred_at: "2026-10-21T10:15:38Z"}
    expect:
      - surface: entra_role
        subject_id: p1
        target_id: t1
        access: null
        day: 2026-10-21
        requester_name: Walter Wyss
        event_ids: [e1, e2]
        message: Walter Wyss made Karin Steiner User Administrator around PIM at 2026-10-21 10:15 UTC
        why: "The role was assigned directly and not through PIM: no activation, no approval, no ticket, no end. PIM noticed it as well."
  - name: told by PIM alone, so by whom is not known
    given:
      audit_event: [{event_id: e2, activity: Add member to role outside of PIM (permanent), service: PIM, surface: entra_role, result: success, actor_kind: system, actor_name: Azure AD PIM, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-21T10:15:38Z"}]
    expect: [{requester_name: null, pim_told: true, message: "Somebody unknown made p1 t1 around PIM at 2026-10-21 10:15 UTC"}]
  - name: a member of a group in PIM
    given: &joined
      audit_event:
        - {event_id: e1, activity: Add member to group, service: Core Directory, category: GroupManagement, result: success, actor_kind: user, actor_id: a1, actor_name: Beat, target_user_id: p1, target_user_name: Jan, target_group_id: G1, target_group_name: sg-sap, occurred_at: "2026-10-20T08:00:00Z"}
      entra_group:
        - {group_id: g1, name: sg-sap, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z"}
    expect:
      - {surface: group, subject_id: p1, target_id: g1, access: member, message: Beat made Jan member of sg-sap around PIM at 2026-10-20 08:00 UTC, why: "The group is in PIM; nevertheless the member was added directly and not through PIM: no activation, no approval, no ticket, no end."}
  - name: the owner of a group that holds a role, to oneself
    given:
      audit_event:
        - {event_id: e1, activity: Add owner to group, service: Core Directory, result: success, actor_kind: user, actor_id: P1, actor_name: Jan, target_user_id: p1, target_group_id: g1, target_group_name: sg-legacy, occurred_at: "2026-10-20T08:00:00Z"}
      assignment:
        - {surface: entra_role, kind: active, principal_id: g1, target_id: t1, target_name: User Administrator, valid_from: "2026-10-17T06:15:00Z"}
    expect: [{access: owner, to_self: true, guarded_because: holds User Administrator, message: Jan made themselves owner of sg-legacy around PIM at 2026-10-20 08:00 UTC}]
  - name: a group nested in a group in PIM, by an application
    given:
      audit_event:
        - {event_id: e1, activity: Add member to group, service: Core Directory, result: success, actor_kind: service_principal, actor_id: a1, actor_name: deploy, target_group_id: g1, occurred_at: "2026-10-20T08:00:00Z"}
      audit_target:
        - {event_id: e1, occurred_at: "2026-10-20T08:00:00Z", type: Group, id: g2, name: sg-team, property: Group.ObjectID, new: '"g1"'}
        - {event_id: e1, occurred_at: "2026-10-20T08:00:00Z", type: Group, id: g1, name: sg-sap}
      entra_group: [{group_id: g1, name: sg-sap, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{subject_id: g2, subject_kind: group, target_id: g1, message: deploy made sg-team member of sg-sap around PIM at 2026-10-20 08:00 UTC}]
  - name: between coming into PIM and the next snapshot
    given:
      audit_event:
        - {event_id: e0, activity: Onboarded resource to PIM, service: PIM, surface: group, result: success, target_group_id: g1, occurred_at: "2026-10-22T07:12:40Z"}
        - {event_id: e1, activity: Add member to group, service: Core Directory, result: success, actor_kind: user, actor_id: a1, target_user_id: before, target_group_id: g1, occurred_at: "2026-10-22T07:12:39Z"}
        - {event_id: e2, activity: Add member to group, service: Core Directory, result: success, actor_kind: user, actor_id: a1, target_user_id: after, target_group_id: g1, occurred_at: "2026-10-22T07:12:41Z"}
      entra_group:
        - {group_id: g1, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {group_id: g1, is_onboarded: true, valid_from: "2026-11-01T06:15:00Z"}
    expect: [{subject_id: after}]
  - name: before the first snapshot, unless it came into PIM in between
    given:
      audit_event:
        - {event_id: e0, activity: Onboarded resource to PIM, service: PIM, surface: group, result: success, target_group_id: g2, occurred_at: "2026-10-15T08:00:00Z"}
        - {event_id: e1, activity: Add member to group, service: Core Directory, result: success, actor_kind: user, actor_id: a1, target_user_id: p1, target_group_id: g1, occurred_at: "2026-10-14T08:00:00Z"}
        - {event_id: e2, activity: Add member to group, service: Core Directory, result: success, actor_kind: user, actor_id: a1, target_user_id: p1, target_group_id: g2, occurred_at: "2026-10-14T08:00:00Z"}
      entra_group:
        - {group_id: g1, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g2, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z"}
    expect: [{target_id: g1}]
  - name: an application that only calls itself MS-PIM
    given:
      audit_event: [{event_id: e1, activity: Add member to role, service: Core Directory, result: success, actor_kind: system, actor_id: s9, actor_name: MS-PIM, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-21T10:15:30Z"}]
      principal: [{principal_id: s9, kind: service_principal, name: MS-PIM, app_id: 11111111-1111-1111-1111-111111111111, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{requester_name: MS-PIM, requester_kind: service_principal}]
  - name: what PIM itself writes when it grants or activates
    near: true
    given:
      audit_event:
        - {event_id: e1, activity: Add member to role, service: Core Directory, result: success, actor_kind: system, actor_id: s1, actor_name: MS-PIM, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-21T10:15:30Z"}
        - {event_id: e2, activity: Add member to group, service: Core Directory, result: success, actor_kind: system, actor_id: s1, actor_name: MS-PIM, target_user_id: p1, target_group_id: g1, occurred_at: "2026-10-21T10:15:30Z"}
        - {event_id: e3, activity: Add owner to group, service: Core Directory, result: success, actor_kind: system, actor_name: MS-PIM, target_user_id: p1, target_group_id: g1, occurred_at: "2026-10-21T10:15:30Z"}
      principal: [{principal_id: S1, kind: service_principal, app_id: 01FC33A7-78ba-4d2f-a4b7-768e336e890e, valid_from: "2026-10-17T06:15:00Z"}]
      entra_group: [{group_id: g1, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: an ordinary group, a failure, and a group of which nothing is known
    near: true
    given:
      audit_event:
        - {event_id: e1, activity: Add member to group, service: Core Directory, result: success, actor_kind: user, actor_id: a1, target_user_id: p1, target_group_id: g1, occurred_at: "2026-10-20T08:00:00Z"}
        - {event_id: e2, activity: Add member to role, service: Core Directory, result: failure, actor_kind: user, actor_id: a1, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-20T08:00:00Z"}
        - {event_id: e3, activity: Add member to group, service: Core Directory, result: success, actor_kind: user, actor_id: a1, target_user_id: p1, target_group_id: g3, occurred_at: "2026-10-20T08:00:00Z"}
        - {event_id: e4, activity: Remove member from role, service: Core Directory, result: success, actor_kind: user, actor_id: a1, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-20T08:00:00Z"}
      entra_group:
        - {group_id: g1, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g3, valid_from: "2026-10-17T06:15:00Z"}
      assignment:
        - {surface: entra_role, kind: active, principal_id: g1, target_id: t1, valid_from: "2026-10-20T08:00:01Z"}
        - {surface: entra_role, kind: active, principal_id: g3, target_id: t1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-19T06:15:00Z"}
    expect: []
  - name: a tenant that has no licence for PIM
    near: true
    given:
      audit_event: [{event_id: e1, activity: Add member to role, service: Core Directory, result: success, actor_kind: user, actor_id: a1, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-20T08:00:00Z"}]
      licence: [{sku_id: s1, has_p2: false, has_governance: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: through PIM
    given:
      audit_event: [{event_id: e1, activity: Add member to role in PIM completed (permanent), service: PIM, surface: entra_role, result: success, actor_kind: user, actor_id: a1, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-20T08:00:00Z"}]
    expect: []
  - name: an account that is trusted to
    near: true
    params: {trusted_actors: [A1]}
    given: *joined
    expect: []
  - name: judged before, and not yet
    near: true
    since: "2026-10-20T08:00:01Z"
    as_of: "2026-11-01T00:00:00Z"
    given: *joined
    expect: []
--- */
WITH ms_pim AS (
    SELECT lower(p.principal_id) AS principal_id,
        bool_or(lower(p.app_id) = '01fc33a7-78ba-4d2f-a4b7-768e336e890e') AS genuine
    FROM principal AS p
    WHERE p.kind = 'service_principal' AND p.app_id IS NOT NULL
    GROUP BY lower(p.principal_id)
),
act AS (
    SELECT e.*, e.activity = 'Add member to role outside of PIM (permanent)' AS by_pim,
        CASE WHEN e.activity IN ('Add member to group', 'Add owner to group') THEN 'group' ELSE 'entra_role' END AS plane,
        CASE e.activity WHEN 'Add member to group' THEN 'member' WHEN 'Add owner to group' THEN 'owner' END AS given_access
    FROM audit_event AS e
    WHERE e.activity IN ('Add member to role', 'Add scoped member to role',
            'Add member to role scoped over Restricted Management Administrative Unit',
            'Add member to role outside of PIM (permanent)', 'Add member to group', 'Add owner to group')
        AND lower(coalesce(e.result, 'success')) = 'success' AND coalesce(e.surface, 'entra_role') = 'entra_role'
        AND e.occurred_at BETWEEN $since AND $until
        AND NOT coalesce(list_contains(list_transform($trusted_actors, lambda id: lower(id)), lower(e.actor_id)), false)
),
-- PIM's own rows in Core Directory carry its name, which anybody may give an application: its id tells, where it is known.
around AS (
    SELECT a.*, coalesce(m.genuine, true) AS genuine
    FROM act AS a
    LEFT JOIN ms_pim AS m ON m.principal_id = lower(a.actor_id)
    WHERE a.by_pim OR coalesce(a.actor_kind, 'user') <> 'system' OR NOT coalesce(m.genuine, true)
),
-- A group added to a group stands among the targets beside it.
nested AS (
    SELECT a.event_id, max(lower(t.id)) AS id, max(t.name) AS name
    FROM around AS a
    JOIN audit_target AS t ON t.event_id = a.event_id AND t.occurred_at = a.occurred_at
    WHERE a.plane = 'group' AND lower(t.type) = 'group' AND lower(t.id) <> lower(a.target_group_id)
    GROUP BY a.event_id
),
told AS (
    SELECT a.event_id, a.occurred_at, a.plane AS surface, a.given_access AS access, a.by_pim, a.actor_ip, a.genuine,
        lower(a.actor_id) AS actor_id, a.actor_name, a.actor_upn, a.actor_kind,
        lower(coalesce(a.target_user_id, a.target_app_id, n.id, CASE WHEN a.plane = 'entra_role' THEN a.target_group_id END))
            AS subject_id,
        coalesce(a.target_user_name, a.target_app_name, n.name, CASE WHEN a.plane = 'entra_role' THEN a.target_group_name END)
            AS subject_name,
        a.target_user_upn AS subject_upn,
        CASE WHEN a.target_user_id IS NOT NULL THEN 'user' WHEN a.target_app_id IS NOT NULL THEN 'service_principal'
            WHEN n.id IS NOT NULL OR a.plane = 'entra_role' THEN 'group' END AS subject_kind,
        lower(CASE WHEN a.plane = 'group' THEN a.target_group_id ELSE a.target_role_id END) AS target_id,
        CASE WHEN a.plane = 'group' THEN a.target_group_name ELSE a.target_role_name END AS target_name
    FROM around AS a
    LEFT JOIN nested AS n ON n.event_id = a.event_id
),
-- When a group was seen to be in PIM or not, by snapshot or by event.
seen AS (
    SELECT lower(g.group_id) AS group_id, g.valid_from AS seen_at, g.is_onboarded AS onboarded, g.is_onboarded AS before
    FROM entra_group AS g
    WHERE g.is_onboarded IS NOT NULL
    UNION ALL
    SELECT lower(e.target_group_id), e.occurred_at, e.activity = 'Onboarded resource to PIM',
        e.activity <> 'Onboarded resource to PIM'
    FROM audit_event AS e
    WHERE e.activity IN ('Onboarded resource to PIM', 'Offboarded resource from PIM') AND e.surface = 'group'
        AND lower(coalesce(e.result, 'success')) = 'success'
),
guarded AS (
    SELECT t.event_id,
        coalesce(
            arg_max(s.onboarded, s.seen_at) FILTER (s.seen_at <= t.occurred_at),
            arg_min(s.before, s.seen_at)
        ) AS onboarded
    FROM told AS t
    JOIN seen AS s ON s.group_id = t.target_id
    WHERE t.surface = 'group'
    GROUP BY t.event_id
),
earliest AS (
    SELECT min(valid_from) AS valid_from FROM assignment WHERE surface = 'entra_role'
),
holding AS (
    SELECT t.event_id, min(coalesce(a.target_name, a.target_id)) AS role_name
    FROM told AS t
    JOIN assignment AS a ON a.surface = 'entra_role' AND lower(a.principal_id) = t.target_id
    CROSS JOIN earliest AS f
    WHERE t.surface = 'group' AND (a.valid_from <= t.occurred_at OR a.valid_from = f.valid_from)
        AND (a.starts_at IS NULL OR a.starts_at <= t.occurred_at)
        AND (a.valid_to IS NULL OR a.valid_to > t.occurred_at)
    GROUP BY t.event_id
),
licensed AS (
    SELECT coalesce(bool_or(l.has_p2 OR l.has_governance), true) AS possible FROM licence AS l WHERE l.valid_to IS NULL
),
named AS (
    SELECT lower(g.group_id) AS group_id, arg_max(g.name, g.valid_from) AS name FROM entra_group AS g GROUP BY lower(g.group_id)
),
-- Core Directory and PIM tell of one act within seconds: one person, one target, one day is one finding.
gathered AS (
    SELECT t.surface, t.subject_id, t.target_id, t.access, strftime(t.occurred_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
        min(t.occurred_at) AS occurred_at, bool_or(t.by_pim) AS pim_told,
        max(t.subject_name) AS subject_name, max(t.subject_upn) AS subject_upn, max(t.subject_kind) AS subject_kind,
        coalesce(max(t.target_name), max(n.name)) AS target_name,
        arg_min(t.actor_id, t.occurred_at) FILTER (NOT t.by_pim) AS requester_id,
        arg_min(t.actor_name, t.occurred_at) FILTER (NOT t.by_pim) AS requester_name,
        arg_min(t.actor_upn, t.occurred_at) FILTER (NOT t.by_pim) AS requester_upn,
        arg_min(CASE WHEN t.genuine THEN t.actor_kind ELSE 'service_principal' END, t.occurred_at)
            FILTER (NOT t.by_pim) AS requester_kind,
        arg_min(t.actor_ip, t.occurred_at) FILTER (NOT t.by_pim) AS actor_ip,
        list_sort(list(t.event_id)) AS event_ids,
        CASE WHEN bool_or(g.onboarded) THEN 'is in PIM' ELSE 'holds ' || min(h.role_name) END AS guarded_because
    FROM told AS t
    LEFT JOIN guarded AS g ON g.event_id = t.event_id
    LEFT JOIN holding AS h ON h.event_id = t.event_id
    LEFT JOIN named AS n ON n.group_id = t.target_id
    WHERE t.subject_id IS NOT NULL AND t.target_id IS NOT NULL
        AND (t.surface = 'entra_role' OR g.onboarded OR h.role_name IS NOT NULL)
    GROUP BY t.surface, t.subject_id, t.target_id, t.access, strftime(t.occurred_at AT TIME ZONE 'UTC', '%Y-%m-%d')
)
SELECT *, coalesce(requester_id = subject_id, false) AS to_self
FROM gathered
WHERE (SELECT possible FROM licensed)
ORDER BY occurred_at, subject_id, target_id
