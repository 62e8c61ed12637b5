/* ---
title: Access granted to oneself
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: event
reads: [group_edge, pim_request]
keys: [request_id]
lookback: 1d
tactics: [PrivilegeEscalation, Persistence]
techniques: [T1098.003]
message: "{{ requester_name or requester_upn or requester_id }} granted {% if through == 'own account' %}themselves{% else %}a
  group of their own, {{ subject_name or subject_id }},{% endif %} {{ request_kind }} access as {% if access %}{{ access }} of {%
  endif %}{{ target_name or target_id }}"
why: "Who gave the {{ request_kind }} assignment of {{ occurred_at | utc }} is also who got it{% if through != 'own account' %}, as
  {{ through }} of the group it was given to{% endif %}: no second person was asked.{% if approver_name %} {{ approver_name }}
  approved it.{% endif %}{% if justification %} The justification says: {{ justification }}{% endif %}"
remediation: Ask another administrator whether this was agreed. If nobody agreed to it, remove the assignment, end its activations
  and treat the account as taken over until shown otherwise.
controls: [iso27001:A.5.3, iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - the first administrator of a new tenant, who has nobody else to ask
blind_spots:
  - "who gives it to a second account of their own is not recognised"
  - "self-granted around PIM: grant.outside_pim says so in its sentence"
  - whether somebody was in a group is known from the first snapshot on, and in nested groups not at all
tests:
  - name: a role, to oneself
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: eligible, action: adminAssign, outcome: completed, requester_id: A1, requester_name: Walter Wyss, requester_kind: user, subject_id: a1, subject_name: Walter Wyss, target_id: t1, target_name: Exchange Administrator, completed_at: "2026-10-14T08:00:05Z", event_ids: [e1]}
    expect:
      - request_id: r1
        through: own account
        message: Walter Wyss granted themselves eligible access as Exchange Administrator
        why: "Who gave the eligible assignment of 2026-10-14 08:00 UTC is also who got it: no second person was asked."
  - name: a group's owner, active, to oneself
    given:
      pim_request: [{request_id: r1, surface: group, access: owner, request_kind: active, outcome: completed, requester_id: a1, requester_name: Walter, subject_id: a1, target_id: g1, target_name: sg-sap, completed_at: "2026-10-14T08:00:05Z"}]
    expect: [{request_id: r1, message: Walter granted themselves active access as owner of sg-sap}]
  - name: to a group one belongs to
    given:
      pim_request: &nested [{request_id: r1, surface: group, access: member, request_kind: eligible, outcome: completed, requester_id: a1, requester_name: Walter, subject_id: g2, subject_kind: group, subject_name: sg-team, target_id: g1, target_name: sg-sap, completed_at: "2026-10-14T08:00:05Z"}]
      group_edge:
        - {group_id: g2, member_id: A1, edge: member, valid_from: "2026-10-01T00:00:00Z"}
        - {group_id: g2, member_id: a1, edge: owner, valid_from: "2026-10-01T00:00:00Z"}
    expect: [{request_id: r1, through: member and owner, message: "Walter granted a group of their own, sg-team, eligible access as member of sg-sap"}]
  - name: to a group one belonged to, or came to later, or others belong to
    near: true
    given:
      pim_request: *nested
      group_edge:
        - {group_id: g2, member_id: a1, edge: member, valid_from: "2026-10-01T00:00:00Z", valid_to: "2026-10-14T08:00:05Z"}
        - {group_id: g2, member_id: a1, edge: member, valid_from: "2026-10-14T08:00:06Z"}
        - {group_id: g2, member_id: a2, edge: member, valid_from: "2026-10-01T00:00:00Z"}
    expect: []
  - name: to somebody else
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}]
    expect: []
  - name: an activation is asked for by oneself, as is an extension that another agrees to
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, action: selfActivate, outcome: completed, requester_id: p1, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
        - {request_id: r2, surface: entra_role, request_kind: eligible, action: selfExtend, outcome: completed, requester_id: p1, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
        - {request_id: r3, surface: group, access: member, request_kind: active, action: selfRenew, outcome: completed, requester_id: p1, subject_id: p1, target_id: g1, completed_at: "2026-10-14T08:00:05Z"}
    expect: []
  - name: who asked or who got it is not known
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
        - {request_id: r2, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
    expect: []
  - name: refused
    near: true
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: failed, requester_id: a1, subject_id: a1, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}]
    expect: []
  - name: an Azure resource is another matter
    near: true
    given:
      pim_request: [{request_id: r1, surface: azure_resource, request_kind: eligible, outcome: completed, requester_id: a1, subject_id: a1, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}]
    expect: []
--- */
WITH granted AS (
    SELECT r.*, coalesce(r.completed_at, r.requested_at, r.starts_at) AS occurred_at
    FROM pim_request AS r
    WHERE r.request_kind IN ('eligible', 'active') AND r.outcome = 'completed' AND r.surface IN ('entra_role', 'group')
        AND NOT coalesce(starts_with(lower(r.action), 'self'), false)
),
belongs AS (
    SELECT g.request_id, string_agg(DISTINCT e.edge, ' and ' ORDER BY e.edge) AS edges
    FROM granted AS g
    JOIN group_edge AS e ON lower(e.group_id) = lower(g.subject_id) AND lower(e.member_id) = lower(g.requester_id)
        AND e.valid_from <= g.occurred_at AND (e.valid_to IS NULL OR e.valid_to > g.occurred_at)
    WHERE g.occurred_at >= $since
    GROUP BY g.request_id
)
SELECT g.request_id, g.occurred_at, g.surface, g.requester_id, g.requester_name, g.requester_upn, g.requester_kind,
    g.subject_id, g.subject_name, g.subject_upn, g.subject_kind, g.target_id, g.target_name, g.access, g.scope,
    g.request_kind, g.permanent, g.justification, g.approver_name, g.actor_ip, g.event_ids,
    coalesce(b.edges, 'own account') AS through
FROM granted AS g
LEFT JOIN belongs AS b ON b.request_id = g.request_id
WHERE g.occurred_at >= $since AND g.occurred_at <= $until
    AND (lower(g.subject_id) = lower(g.requester_id) OR b.edges IS NOT NULL)
ORDER BY g.occurred_at, g.request_id
