/* ---
title: Eligibility granted without end
version: 1.0.0
severity: medium
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: event
reads: [permanent_grant]
keys: [request_id]
lookback: 1d
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.003]
message: "{{ requester_name or requester_upn or requester_id or 'Somebody unknown' }} made {{ subject_name or subject_upn
  or subject_id }} eligible without end {% if access %}as {{ access }} of{% else %}for{% endif %} {{ target_name or target_id }}"
why: "The eligible assignment of {{ occurred_at | utc }} has no end{% if permitted %}; the policy permits that{% elif permitted
  == false %}, although the policy in force forbids that{% endif %}.{% if justification %} The justification says:
  {{ justification }}{% endif %}"
remediation: Give the assignment an end, or accept it in the baseline with a reason and an owner.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - roles and groups where the organisation accepts eligibility without end
blind_spots:
  - a grant made before collection began shows only in drift.permanent_eligible
  - an assignment whose end lies a century away counts as one with an end
tests:
  - name: for a role
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: eligible, action: adminAssign, outcome: completed, permanent: true, requester_id: a1, requester_name: Anna Keller, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, scope: "/", requested_at: "2026-10-08T08:00:00Z", completed_at: "2026-10-08T08:00:05Z", event_ids: [e1, e2]}
    expect:
      - request_id: r1
        occurred_at: "2026-10-08T08:00:05Z"
        permitted: null
        event_ids: [e1, e2]
        message: Anna Keller made Eva Schmid eligible without end for Teams Administrator
        why: The eligible assignment of 2026-10-08 08:00 UTC has no end.
  - name: for a group's member and owner
    given:
      pim_request:
        - {request_id: r1, surface: group, access: member, request_kind: eligible, outcome: completed, permanent: true, subject_id: p1, target_id: g1, completed_at: "2026-10-08T08:00:05Z"}
        - {request_id: r2, surface: group, access: owner, request_kind: eligible, outcome: completed, permanent: true, subject_id: p1, target_id: g1, completed_at: "2026-10-09T08:00:05Z"}
      policy:
        - {surface: group, target_id: g1, access: member, permanent_eligible_allowed: true, valid_from: "2026-01-01T00:00:00Z"}
        - {surface: group, target_id: g1, access: owner, permanent_eligible_allowed: false, valid_from: "2026-01-01T00:00:00Z"}
    expect:
      - {request_id: r1, permitted: true, message: Somebody unknown made p1 eligible without end as member of g1}
      - {request_id: r2, permitted: false}
  - name: with an end
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, permanent: false, subject_id: p1, target_id: t1, completed_at: "2026-10-08T08:00:05Z"}]
    expect: []
  - name: whether it has an end is not known
    near: true
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-08T08:00:05Z"}]
    expect: []
  - name: an active assignment without end is another rule's
    near: true
    given:
      pim_request: [{request_id: r1, surface: group, access: member, request_kind: active, outcome: completed, permanent: true, subject_id: p1, target_id: g1, completed_at: "2026-10-08T08:00:05Z"}]
    expect: []
  - name: asked for and not done
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: eligible, outcome: failed, permanent: true, subject_id: p1, target_id: t1, requested_at: "2026-10-08T08:00:05Z", completed_at: "2026-10-08T08:00:06Z"}
        - {request_id: r2, surface: entra_role, request_kind: eligible, outcome: pending, permanent: true, subject_id: p1, target_id: t1, requested_at: "2026-10-08T08:00:05Z"}
    expect: []
  - name: taken away
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: removal, outcome: completed, permanent: true, subject_id: p1, target_id: t1, completed_at: "2026-10-08T08:00:05Z"}]
    expect: []
  - name: of an Azure resource
    near: true
    given:
      pim_request: [{request_id: r1, surface: azure_resource, request_kind: eligible, outcome: completed, permanent: true, subject_id: p1, target_id: t1, completed_at: "2026-10-08T08:00:05Z"}]
    expect: []
--- */
SELECT g.request_id, g.occurred_at, g.surface, g.requester_id, g.requester_name, g.requester_upn, g.subject_id, g.subject_name,
    g.subject_upn, g.target_id, g.target_name, g.access, g.scope, g.action, g.justification, g.event_ids, g.permitted
FROM permanent_grant AS g
WHERE g.request_kind = 'eligible' AND g.occurred_at BETWEEN $since AND $until
ORDER BY g.occurred_at, g.request_id
