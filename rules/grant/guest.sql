/* ---
title: Access granted to a guest
version: 1.0.0
severity: high
confidence: 0.85
status: stable
surface: [entra_role, group]
kind: event
reads: [pim_request, principal]
keys: [request_id]
lookback: 1d
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.003, T1078.004]
message: "{{ requester_name or requester_upn or requester_id or 'Somebody unknown' }} granted the guest {{ subject_name or
  subject_upn or subject_id }} {{ request_kind }} access as {% if access %}{{ access }} of {% endif %}{{ target_name or target_id }}"
why: "{% if known_by == 'name' %}The name to sign in with, {{ subject_upn }}, is that of an invited guest.{% else %}The account is
  a guest in this directory.{% endif %} Its password, its methods and whether its owner still works there are another
  organisation's matter.{% if permanent %} The assignment has no end.{% endif %}{% if justification %} The justification says:
  {{ justification }}{% endif %}"
remediation: Ask for the contract and the person in charge of the guest. Without both remove the assignment; with both give it an
  end and an approver.
controls: [iso27001:A.5.18, iso27001:A.5.19, iso27001:A.8.2, nis2:21.2.d, nis2:21.2.i, finma:2023-1]
false_positives:
  - partners who run the tenant under contract
blind_spots:
  - partners invited as members of the directory are no guests
  - a guest in an ordinary group that was given this is not looked for here
tests:
  - name: a role
    given: &chen
      pim_request: &reader
        - {request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, permanent: true, requester_id: a1, requester_name: Anna Keller, subject_id: P1, subject_name: Li Chen, subject_upn: li_partner.example#EXT#@contoso.example, target_id: t1, target_name: Global Reader, completed_at: "2026-10-27T14:45:01Z", event_ids: [e1]}
      principal: [{principal_id: p1, kind: user, user_type: Guest, valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - request_id: r1
        known_by: directory
        event_ids: [e1]
        message: Anna Keller granted the guest Li Chen eligible access as Global Reader
        why: "The account is a guest in this directory. Its password, its methods and whether its owner still works there are another organisation's matter. The assignment has no end."
  - name: a group, to a guest known by the name only
    given:
      pim_request: [{request_id: r1, surface: group, access: member, request_kind: active, outcome: completed, subject_id: p1, subject_upn: li_partner.example#ext#@contoso.example, target_id: g1, target_name: sg-sap, completed_at: "2026-10-27T14:45:01Z"}]
    expect: [{known_by: name, message: "Somebody unknown granted the guest li_partner.example#ext#@contoso.example active access as member of sg-sap"}]
  - name: a guest then, made a member since
    given:
      pim_request: *reader
      principal:
        - {principal_id: p1, kind: user, user_type: Guest, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {principal_id: p1, kind: user, user_type: Member, valid_from: "2026-11-01T06:15:00Z"}
    expect: [{request_id: r1, known_by: directory}]
  - name: before the first snapshot the earliest holds
    given:
      pim_request: *reader
      principal: [{principal_id: p1, kind: user, user_type: Guest, valid_from: "2026-11-01T06:15:00Z"}]
    expect: [{request_id: r1, known_by: directory}]
  - name: an invited account made a member of the directory
    near: true
    given:
      pim_request: *reader
      principal: [{principal_id: p1, kind: user, user_type: Member, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: a member
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, subject_upn: eva@contoso.example, target_id: t1, completed_at: "2026-10-27T14:45:01Z"}]
      principal: [{principal_id: p1, kind: user, user_type: Member, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: what it is is not known
    near: true
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, subject_upn: ext@contoso.example, target_id: t1, completed_at: "2026-10-27T14:45:01Z"}]
      principal: [{principal_id: p1, kind: user, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: a guest who activates, or whose grant was canceled
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-27T14:45:01Z"}
        - {request_id: r2, surface: group, access: member, request_kind: eligible, outcome: canceled, subject_id: p1, target_id: g1, requested_at: "2026-10-27T14:45:01Z"}
      principal: [{principal_id: p1, kind: user, user_type: Guest, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: judged before, and not yet
    near: true
    since: "2026-10-27T14:45:02Z"
    as_of: "2026-11-01T00:00:00Z"
    given: *chen
    expect: []
--- */
WITH granted AS (
    SELECT r.*, coalesce(r.completed_at, r.requested_at, r.starts_at) AS occurred_at
    FROM pim_request AS r
    WHERE r.request_kind IN ('eligible', 'active') AND r.outcome = 'completed' AND r.surface IN ('entra_role', 'group')
        AND coalesce(r.completed_at, r.requested_at, r.starts_at) BETWEEN $since AND $until
),
-- What the directory called the account then; before its first snapshot, what it called it first.
typed AS (
    SELECT g.request_id,
        coalesce(
            max(p.user_type) FILTER (p.valid_from <= g.occurred_at AND (p.valid_to IS NULL OR p.valid_to > g.occurred_at)),
            arg_min(p.user_type, p.valid_from)
        ) AS user_type
    FROM granted AS g
    JOIN principal AS p ON lower(p.principal_id) = lower(g.subject_id)
    GROUP BY g.request_id
)
SELECT g.request_id, g.occurred_at, g.surface, g.requester_id, g.requester_name, g.requester_upn,
    g.subject_id, g.subject_name, g.subject_upn, g.subject_kind, g.target_id, g.target_name, g.access, g.scope,
    g.request_kind, g.permanent, g.justification, g.event_ids,
    CASE WHEN t.user_type IS NULL THEN 'name' ELSE 'directory' END AS known_by
FROM granted AS g
LEFT JOIN typed AS t ON t.request_id = g.request_id
WHERE lower(t.user_type) = 'guest' OR (t.user_type IS NULL AND contains(lower(g.subject_upn), '#ext#@'))
ORDER BY g.occurred_at, g.request_id
