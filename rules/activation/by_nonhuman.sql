/* ---
title: Activation asked for by an application
version: 1.0.0
severity: medium
confidence: 0.8
status: stable
surface: [entra_role, group]
kind: event
reads: [pim_request]
keys: [request_id]
lookback: 1d
tactics: [PrivilegeEscalation, Persistence]
techniques: [T1078.004, T1098.003]
message: "The application {{ requester_name or requester_id }} asked to activate {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }}{% if for_other %} for {{ subject_name or subject_upn or subject_id }}{% endif %} at {{ occurred_at | utc }}"
why: "Activation is for people: it proves that somebody is there, signed in and answers for it. This request came from an application{%
  if actor_ip %} at {{ actor_ip }}{% endif %} and {{ became }}."
remediation: Find out who owns the application and what it may do. If it is not meant to, revoke its credentials and its permission
  RoleAssignmentSchedule.ReadWrite or PrivilegedAssignmentSchedule.ReadWrite, and end the activation.
controls: [iso27001:A.8.2, iso27001:A.5.16, nis2:21.2.i]
false_positives:
  - an own tool that activates on behalf of people with permissions of its own; give it delegated ones instead
blind_spots:
  - a tool that runs with a person's own sign-in looks like the person
  - a row that does not tell who asked is unknown
tests:
  - name: a role
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: completed, requester_id: s1, requester_name: fleet-bot, requester_kind: service_principal, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, requested_at: "2026-11-05T08:00:00Z", actor_ip: 192.0.2.9, event_ids: [e1]}
    expect:
      - request_id: r1
        event_ids: [e1]
        message: The application fleet-bot asked to activate Teams Administrator for Eva Schmid at 2026-11-05 08:00 UTC
        why: "Activation is for people: it proves that somebody is there, signed in and answers for it. This request came from an application at 192.0.2.9 and took effect."
  - name: ownership of a group, and it was denied
    given:
      pim_request:
        - {request_id: r1, surface: group, access: owner, request_kind: activation, outcome: denied, requester_id: s1, requester_kind: service_principal, subject_id: s1, target_id: g1, target_name: sg-sap, requested_at: "2026-11-05T08:00:00Z"}
    expect: [{request_id: r1, for_other: false, became: was denied, message: "The application s1 asked to activate owner of sg-sap at 2026-11-05 08:00 UTC"}]
  - name: a person
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, outcome: completed, requester_id: p1, requester_kind: user, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: the service itself, which ends and renews things
    near: true
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, outcome: completed, requester_id: x, requester_name: Azure AD PIM, requester_kind: system, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: who asked is not known
    near: true
    given:
      pim_request: [{request_id: r1, surface: group, access: member, request_kind: activation, outcome: completed, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: an application that grants eligibility is another matter
    near: true
    given:
      pim_request: [{request_id: r1, surface: group, access: member, request_kind: eligible, outcome: completed, requester_id: s1, requester_kind: service_principal, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:00:00Z"}]
    expect: []
--- */
SELECT r.request_id, coalesce(r.requested_at, r.starts_at, r.completed_at) AS occurred_at, r.surface,
    r.requester_id, r.requester_name, r.requester_kind, r.subject_id, r.subject_name, r.subject_upn, r.subject_kind,
    r.target_id, r.target_name, r.access, r.scope, r.justification, r.actor_ip, r.event_ids, r.outcome,
    lower(r.requester_id) <> lower(r.subject_id) AS for_other,
    CASE r.outcome WHEN 'completed' THEN 'took effect' WHEN 'pending' THEN 'waits for a decision'
        WHEN 'failed' THEN 'failed' ELSE 'was ' || r.outcome END AS became
FROM pim_request AS r
WHERE r.request_kind = 'activation' AND r.requester_kind = 'service_principal' AND r.surface IN ('entra_role', 'group')
    AND coalesce(r.requested_at, r.starts_at, r.completed_at) >= $since
    AND coalesce(r.requested_at, r.starts_at, r.completed_at) <= $until
ORDER BY occurred_at, r.request_id
