/* ---
title: Active access granted without end
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: event
reads: [break_glass, permanent_grant]
keys: [request_id]
lookback: 1d
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.003]
message: "{{ requester_name or requester_upn or requester_id or 'Somebody unknown' }} gave {{ subject_name or subject_upn
  or subject_id }} active access without end {% if access %}as {{ access }} of{% else %}as{% endif %} {{ target_name or target_id }}"
why: "The active assignment of {{ occurred_at | utc }} has no end: it works at all hours, without activation, approval or a
  ticket.{% if permitted %} The policy permits that.{% elif permitted == false %} The policy in force forbids that.{% endif
  %}{% if justification %} The justification says: {{ justification }}{% endif %}"
remediation: Ask who gave it whether it must be active. If not, replace it by an eligible assignment with an end; if nobody
  vouches for it, remove it and look at what both accounts have done since.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - service accounts that cannot activate, where the organisation accepts that
blind_spots:
  - what was assigned around PIM is grant.outside_pim's matter, what stood before collection began posture.standing_role's
  - an emergency account's is not told of here, since breakglass.touched does so
tests:
  - name: a role
    given:
      pim_request: &role
        - {request_id: r1, surface: entra_role, request_kind: active, action: adminAssign, outcome: completed, permanent: true, requester_id: a1, requester_name: Anna Keller, subject_id: p1, subject_name: Zoe Zürcher, target_id: t1, target_name: Security Reader, scope: "/", requested_at: "2026-10-12T12:14:14Z", completed_at: "2026-10-12T12:14:16Z", event_ids: [e1, e2]}
    expect:
      - request_id: r1
        occurred_at: "2026-10-12T12:14:16Z"
        permitted: null
        event_ids: [e1, e2]
        message: Anna Keller gave Zoe Zürcher active access without end as Security Reader
        why: "The active assignment of 2026-10-12 12:14 UTC has no end: it works at all hours, without activation, approval or a ticket."
  - name: a group's member and its owner, judged by the policy of each
    given:
      pim_request:
        - {request_id: r1, surface: group, access: member, request_kind: active, outcome: completed, permanent: true, subject_id: p1, target_id: g1, target_name: sg-sap, completed_at: "2026-10-12T12:14:16Z"}
        - {request_id: r2, surface: group, access: owner, request_kind: active, outcome: completed, permanent: true, subject_id: p1, target_id: g1, target_name: sg-sap, completed_at: "2026-10-12T12:14:16Z"}
      policy:
        - {surface: group, target_id: g1, access: member, permanent_active_allowed: true, valid_from: "2026-01-01T00:00:00Z"}
        - {surface: group, target_id: g1, access: owner, permanent_active_allowed: false, valid_from: "2026-01-01T00:00:00Z"}
    expect:
      - {request_id: r1, permitted: true, message: Somebody unknown gave p1 active access without end as member of sg-sap}
      - {request_id: r2, permitted: false}
  - name: a name in an attacker's hands stays a name
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: active, outcome: completed, permanent: true, requester_name: "{{ 7*7 }}", subject_name: "<img src=x>", subject_id: p1, target_id: t1, target_name: "a\nb", completed_at: "2026-10-12T12:14:16Z"}]
    expect: [{message: "{{ 7*7 }} gave <img src=x> active access without end as a b"}]
  - name: with an end
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: active, outcome: completed, permanent: false, subject_id: p1, target_id: t1, completed_at: "2026-10-12T12:14:16Z"}]
    expect: []
  - name: whether it has an end is not known
    near: true
    given:
      pim_request: [{request_id: r1, surface: group, access: member, request_kind: active, outcome: completed, subject_id: p1, target_id: g1, completed_at: "2026-10-12T12:14:16Z"}]
    expect: []
  - name: eligible without end is another rule's
    near: true
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, permanent: true, subject_id: p1, target_id: t1, completed_at: "2026-10-12T12:14:16Z"}]
    expect: []
  - name: asked for and not done
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: active, outcome: failed, permanent: true, subject_id: p1, target_id: t1, completed_at: "2026-10-12T12:14:16Z"}
        - {request_id: r2, surface: entra_role, request_kind: active, outcome: canceled, permanent: true, subject_id: p1, target_id: t1, requested_at: "2026-10-12T12:14:16Z"}
    expect: []
  - name: an emergency account has to be permanently active
    near: true
    given:
      pim_request: *role
      break_glass: [{member: bg1@contoso.example, principal_id: P1}]
    expect: []
  - name: judged before, and not yet
    near: true
    since: "2026-10-01T00:00:00Z"
    as_of: "2026-10-12T12:14:15Z"
    given: {pim_request: *role}
    expect: []
--- */
SELECT g.request_id, g.occurred_at, g.surface, g.requester_id, g.requester_name, g.requester_upn, g.subject_id, g.subject_name,
    g.subject_upn, g.target_id, g.target_name, g.access, g.scope, g.action, g.justification, g.event_ids, g.permitted
FROM permanent_grant AS g
WHERE g.request_kind = 'active' AND g.occurred_at BETWEEN $since AND $until
    AND NOT EXISTS (SELECT 1 FROM break_glass AS b WHERE lower(b.principal_id) = lower(g.subject_id))
ORDER BY g.occurred_at, g.request_id
