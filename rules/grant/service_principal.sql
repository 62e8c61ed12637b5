/* ---
title: Access granted to an application
version: 1.0.0
severity: medium
confidence: 0.85
status: stable
surface: [entra_role, group]
kind: event
reads: [pim_request, principal, tier]
keys: [request_id]
lookback: 1d
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.003, T1078.004]
message: "{{ requester_name or requester_upn or requester_id or 'Somebody unknown' }} granted the application {{ application_name or
  subject_id }} {{ request_kind }} access as {% if access %}{{ access }} of {% endif %}{{ target_name or target_id }}"
why: "An application signs in with a key or a certificate, without a second factor and at all hours; whoever may give it a new key
  has what it has.{% if request_kind == 'eligible' %} Nor can it activate what it is eligible for.{% endif %}{% if tier %} The
  target is {{ tier }}.{% endif %}{% if permanent %} The assignment has no end.{% endif %}{% if justification %} The justification
  says: {{ justification }}{% endif %}"
remediation: Ask the application's owner what it needs. Give it the one permission of the API it calls instead of a role, look at who
  owns it and at its keys, and set an end.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - deployment pipelines and backup products that were approved
blind_spots:
  - application permissions (app roles) are not given through PIM and are not looked at here
  - a role given to an application around PIM is grant.outside_pim's matter
tests:
  - name: a role
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: active, outcome: completed, permanent: true, requester_id: a1, requester_name: Anna Keller, subject_id: s1, subject_kind: service_principal, subject_name: backup-agent, target_id: t1, target_name: Exchange Administrator, completed_at: "2026-10-14T08:00:05Z", event_ids: [e1]}
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect:
      - request_id: r1
        tier: tier1
        event_ids: [e1]
        message: Anna Keller granted the application backup-agent active access as Exchange Administrator
        why: "An application signs in with a key or a certificate, without a second factor and at all hours; whoever may give it a new key has what it has. The target is tier1. The assignment has no end."
  - name: a group's owner, known to be an application by the directory alone
    given:
      pim_request: [{request_id: r1, surface: group, access: owner, request_kind: eligible, outcome: completed, subject_id: S1, target_id: g1, target_name: sg-sap, completed_at: "2026-10-14T08:00:05Z"}]
      principal: [{principal_id: s1, kind: service_principal, name: pipeline, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{message: Somebody unknown granted the application pipeline eligible access as owner of sg-sap}]
  - name: a person, a group
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: active, outcome: completed, subject_id: p1, subject_kind: user, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
        - {request_id: r2, surface: group, access: member, request_kind: eligible, outcome: completed, subject_id: g2, subject_kind: group, target_id: g1, completed_at: "2026-10-14T08:00:05Z"}
    expect: []
  - name: a person called like an application, and something not known
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: active, outcome: completed, subject_id: p1, subject_kind: user, subject_name: MS-PIM, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
        - {request_id: r2, surface: entra_role, request_kind: active, outcome: completed, subject_id: p2, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
      principal: [{principal_id: p1, kind: user, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: taken from it, refused, or of an Azure resource
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: removal, outcome: completed, subject_id: s1, subject_kind: service_principal, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
        - {request_id: r2, surface: entra_role, request_kind: active, outcome: failed, subject_id: s1, subject_kind: service_principal, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
        - {request_id: r3, surface: azure_resource, request_kind: active, outcome: completed, subject_id: s1, subject_kind: service_principal, target_id: t1, completed_at: "2026-10-14T08:00:05Z"}
    expect: []
--- */
WITH granted AS (
    SELECT r.*, coalesce(r.completed_at, r.requested_at, r.starts_at) AS occurred_at
    FROM pim_request AS r
    WHERE r.request_kind IN ('eligible', 'active') AND r.outcome = 'completed' AND r.surface IN ('entra_role', 'group')
        AND coalesce(r.completed_at, r.requested_at, r.starts_at) BETWEEN $since AND $until
),
kinds AS (
    SELECT lower(p.principal_id) AS principal_id, arg_max(p.kind, p.valid_from) AS kind, arg_max(p.name, p.valid_from) AS name
    FROM principal AS p
    GROUP BY lower(p.principal_id)
),
tiers AS (
    SELECT t.surface, t.target_id, min(t.tier) AS tier FROM tier AS t GROUP BY t.surface, t.target_id
)
SELECT g.request_id, g.occurred_at, g.surface, g.requester_id, g.requester_name, g.requester_upn,
    g.subject_id, coalesce(g.subject_name, k.name) AS application_name, 'service_principal' AS subject_kind,
    g.target_id, g.target_name, g.access, g.scope, g.request_kind, g.permanent, g.justification, g.event_ids, t.tier
FROM granted AS g
LEFT JOIN kinds AS k ON k.principal_id = lower(g.subject_id)
LEFT JOIN tiers AS t ON t.surface = g.surface AND t.target_id = g.target_id
WHERE coalesce(g.subject_kind, k.kind) = 'service_principal'
ORDER BY g.occurred_at, g.request_id
