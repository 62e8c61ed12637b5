/* ---
title: Activation right after the eligibility was granted
version: 1.0.0
severity: high
confidence: 0.7
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, group_edge, pim_request]
keys: [request_id]
lookback: 1d
tactics: [PrivilegeEscalation, Persistence]
techniques: [T1098.003, T1078.004]
params:
  minutes: {type: integer, default: 15, min: 1, max: 1440, doc: "minutes from grant to activation, the last one included"}
message: "{{ subject_name or subject_upn or subject_id }} activated {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }} {{ waited }} after becoming eligible"
why: "{{ granted_by or 'Somebody unknown' }} granted the eligibility at {{ granted_at | utc }}{% if granted_to_group %} to the group {{
  granted_to_group }}, of which this person is a member{% endif %}; the activation was asked for at {{ asked_at | utc }}.{% if
  self_granted %} The person granted it to themselves.{% endif %}{% if approver %} {{ approver }} approved the activation.{% else
  %} Nobody else had to approve the activation.{% endif %}"
remediation: Ask whoever granted it, by another way than e-mail or chat, whether they did and why. If not, remove the eligibility, end the
  activation and reset both accounts.
controls: [iso27001:A.8.2, iso27001:A.5.18, iso27001:A.8.16, nis2:21.2.i]
false_positives:
  - an administrator who grants a role while the colleague waits to try it out
  - an incident in which somebody was given what they lacked
blind_spots:
  - an intruder who waits longer than the minutes of this rule
  - a grant through a group inside another group
  - what was granted outside PIM is found by grant.outside_pim
tests:
  - name: a role granted to oneself and activated four minutes later
    given:
      pim_request: &grant
        - {request_id: g1, surface: entra_role, request_kind: eligible, outcome: completed, action: adminAssign, requester_id: p1, requester_name: Eva Schmid, subject_id: p1, target_id: t1, scope: "/", completed_at: "2026-11-05T08:00:00Z", event_ids: [e1]}
      activation: &used
        - {request_id: r1, surface: entra_role, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Global Administrator, scope: "/", requested_at: "2026-11-05T08:04:30Z", starts_at: "2026-11-05T08:04:30Z", event_ids: [e2, e3]}
    expect:
      - request_id: r1
        severity: null
        self_granted: true
        grant_request_id: g1
        event_ids: [e1, e2, e3]
        message: Eva Schmid activated Global Administrator 4 minutes after becoming eligible
        why: Eva Schmid granted the eligibility at 2026-11-05 08:00 UTC; the activation was asked for at 2026-11-05 08:04 UTC. The person granted it to themselves. Nobody else had to approve the activation.
  - name: ownership of a group, exactly a quarter of an hour later
    given:
      pim_request: [{request_id: g1, surface: group, access: owner, request_kind: eligible, outcome: completed, requester_id: a1, requester_upn: anna@contoso.example, subject_id: p1, target_id: g1, completed_at: "2026-11-05T08:00:00Z"}]
      activation: &owner [{request_id: r1, surface: group, access: owner, subject_id: p1, target_id: g1, target_name: sg-sap, requested_at: "2026-11-05T08:15:00Z", starts_at: "2026-11-05T08:15:00Z"}]
    expect: [{request_id: r1, self_granted: false, message: p1 activated owner of sg-sap 15 minutes after becoming eligible}]
  - name: a second more is enough time
    near: true
    given:
      pim_request: *grant
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:15:01Z", starts_at: "2026-11-05T08:15:01Z"}]
    expect: []
  - name: asked for in time and approved by a third person later
    given:
      pim_request: [{request_id: g1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_name: Anna, subject_id: p1, target_id: t1, completed_at: "2026-11-05T08:00:00Z"}]
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:04:00Z", starts_at: "2026-11-05T10:04:00Z", decision: approved, approver_id: b1, approver_name: Beat}]
    expect: [{request_id: r1, severity: medium, why: "Anna granted the eligibility at 2026-11-05 08:00 UTC; the activation was asked for at 2026-11-05 08:04 UTC. Beat approved the activation."}]
  - name: approved by the one who granted it is no second pair of eyes
    given:
      pim_request: [{request_id: g1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_name: Anna, subject_id: p1, target_id: t1, completed_at: "2026-11-05T08:00:00Z"}]
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:04:00Z", starts_at: "2026-11-05T08:05:00Z", decision: approved, approver_id: A1, approver_name: Anna}]
    expect: [{request_id: r1, severity: null}]
  - name: granted to a group the person is in
    given: &through
      pim_request: [{request_id: g1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_name: Anna, subject_id: crew, subject_name: sg-crew, subject_kind: group, target_id: t1, completed_at: "2026-11-05T08:00:00Z"}]
      group_edge: [{group_id: crew, member_id: p1, edge: member, valid_from: "2026-10-17T06:15:00Z"}]
      activation: *used
    expect: [{request_id: r1, granted_to_group: sg-crew}]
  - name: granted to a group the person has left
    near: true
    given:
      <<: *through
      group_edge: [{group_id: crew, member_id: p1, edge: member, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}]
    expect: []
  - name: granted for later, and activated once it began
    given:
      pim_request: [{request_id: g1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, subject_id: p1, target_id: t1, completed_at: "2026-11-04T08:00:00Z", starts_at: "2026-11-05T08:00:00Z"}]
      activation: *used
    expect: [{request_id: r1, waited: 4 minutes}]
  - name: prolonged, not granted
    near: true
    given:
      pim_request:
        - {request_id: g1, surface: entra_role, request_kind: eligible, action: selfExtend, outcome: completed, requester_id: p1, subject_id: p1, target_id: t1, completed_at: "2026-11-05T08:00:00Z"}
        - {request_id: g2, surface: entra_role, request_kind: eligible, action: adminUpdate, outcome: completed, requester_id: a1, subject_id: p1, target_id: t1, completed_at: "2026-11-05T08:00:00Z"}
      activation: *used
    expect: []
  - name: another target, another person, another access, asked for and not granted
    given:
      pim_request:
        - {request_id: g1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t2, completed_at: "2026-11-05T08:14:00Z"}
        - {request_id: g2, surface: group, access: owner, request_kind: eligible, outcome: completed, subject_id: p2, target_id: g1, completed_at: "2026-11-05T08:14:00Z"}
        - {request_id: g3, surface: group, access: member, request_kind: eligible, outcome: completed, subject_id: p1, target_id: g1, completed_at: "2026-11-05T08:14:00Z"}
        - {request_id: g4, surface: group, access: owner, request_kind: eligible, outcome: canceled, subject_id: p1, target_id: g1, completed_at: "2026-11-05T08:14:00Z"}
      activation: *owner
    expect: []
  - name: a role over one administrative unit says nothing of the whole directory
    near: true
    given:
      pim_request: [{request_id: g1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t1, scope: /administrativeUnits/5f11, completed_at: "2026-11-05T08:00:00Z"}]
      activation: *used
    expect: []
--- */
WITH granted AS (
    SELECT r.request_id, r.surface, r.target_id, coalesce(r.access, '') AS reached, r.scope, r.subject_id,
        r.requester_id, coalesce(r.requester_name, r.requester_upn, r.requester_id) AS granted_by, r.event_ids,
        CASE WHEN r.subject_kind = 'group' THEN coalesce(r.subject_name, r.subject_id) END AS granted_to_group,
        greatest(coalesce(r.completed_at, r.requested_at), coalesce(r.starts_at, r.completed_at, r.requested_at))
            AS granted_at
    FROM pim_request AS r
    WHERE r.request_kind = 'eligible' AND r.outcome = 'completed' AND r.surface IN ('entra_role', 'group')
        AND coalesce(r.action, 'adminAssign') NOT IN (
            'selfExtend', 'selfRenew', 'adminExtend', 'adminRenew', 'adminUpdate', 'adminRemove')
),
received AS (
    SELECT g.*, g.subject_id AS person_id, CAST(NULL AS TIMESTAMPTZ) AS member_from, CAST(NULL AS TIMESTAMPTZ) AS member_to
    FROM granted AS g
    WHERE g.granted_to_group IS NULL
    UNION ALL
    SELECT g.*, m.member_id, m.valid_from, m.valid_to
    FROM granted AS g
    JOIN group_edge AS m ON m.group_id = g.subject_id AND m.edge = 'member'
    WHERE g.granted_to_group IS NOT NULL
),
asked AS (
    SELECT *, coalesce(requested_at, starts_at) AS asked_at
    FROM activation
    WHERE starts_at >= CAST($since AS TIMESTAMPTZ) AND starts_at <= CAST($until AS TIMESTAMPTZ)
),
-- Of several grants the last one before it: the shortest time is what is told.
matched AS (
    SELECT a.request_id, a.asked_at, g.request_id AS grant_request_id, g.granted_at, g.granted_by, g.granted_to_group,
        g.requester_id, g.event_ids, row_number() OVER (
            PARTITION BY a.request_id ORDER BY g.granted_at DESC, g.request_id, g.subject_id) AS back
    FROM asked AS a
    JOIN received AS g
        ON lower(g.person_id) = lower(a.subject_id) AND g.surface = a.surface AND g.target_id = a.target_id
        AND g.reached = coalesce(a.access, '')
        AND (g.scope IS NULL OR a.scope IS NULL OR g.scope = a.scope)
        AND a.asked_at >= g.granted_at AND a.asked_at <= g.granted_at + to_minutes(CAST($minutes AS INTEGER))
        AND (g.member_from IS NULL OR g.member_from <= a.asked_at) AND (g.member_to IS NULL OR g.member_to > a.asked_at)
),
judged AS (
    SELECT a.*, m.grant_request_id, m.granted_at, m.granted_by, m.granted_to_group, m.event_ids AS grant_event_ids,
        date_diff('second', m.granted_at, m.asked_at) AS seconds, lower(m.requester_id) = lower(a.subject_id) AS self_granted,
        CASE WHEN a.decision = 'approved' THEN coalesce(a.approver_name, a.approver_upn, a.approver_id) END AS approver,
        a.decision = 'approved' AND lower(a.approver_id) <> lower(a.subject_id)
            AND lower(a.approver_id) <> lower(m.requester_id) AS third_person
    FROM asked AS a
    JOIN matched AS m ON m.request_id = a.request_id AND m.back = 1
)
SELECT request_id, starts_at AS occurred_at, CASE WHEN third_person THEN 'medium' END AS severity, surface,
    subject_id, subject_name, subject_upn, target_id, target_name, access, scope, justification, asked_at,
    grant_request_id, granted_at, granted_by, granted_to_group, self_granted, approver, seconds,
    CASE WHEN seconds < 60 THEN seconds || CASE WHEN seconds = 1 THEN ' second' ELSE ' seconds' END
        WHEN seconds < 120 THEN '1 minute' ELSE seconds // 60 || ' minutes' END AS waited,
    list_concat(coalesce(grant_event_ids, CAST([] AS VARCHAR[])), coalesce(event_ids, CAST([] AS VARCHAR[])))
        AS event_ids
FROM judged
ORDER BY starts_at, request_id
