/* ---
title: Request approved by whoever made it
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: event
reads: [pim_request]
keys: [request_id]
lookback: 1d
tactics: [PrivilegeEscalation, DefenseEvasion]
techniques: [T1548.005]
message: "{{ approver_name or approver_upn or approver_id }} approved their own request for {% if access %}{{ access }} of {% endif %}{{
  target_name or target_id }} at {{ occurred_at | utc }}"
why: "The approver is {{ role_of_approver }}. The service refuses this, so either it changed or the log was made to say so.{% if
  justification %} The justification says: {{ justification }}{% endif %}"
remediation: End what was approved, look at the event itself in the portal, and have both accounts' recent sign-ins examined.
controls: [iso27001:A.5.3, iso27001:A.8.2, nis2:21.2.i]
false_positives:
  - none known; an extension that an administrator asks for and grants alone would be one
blind_spots:
  - one person with two accounts, or two people at one desk
tests:
  - name: a role
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: approved, outcome: completed, requester_id: p1, subject_id: p1, subject_name: Eva, approver_id: P1, approver_name: Eva Schmid, target_id: t1, target_name: Global Administrator, decided_at: "2026-11-05T08:00:00Z", justification: "it is\nfine", event_ids: [e1]}]
    expect:
      - request_id: r1
        event_ids: [e1]
        message: Eva Schmid approved their own request for Global Administrator at 2026-11-05 08:00 UTC
        why: "The approver is the one who asked and receives. The service refuses this, so either it changed or the log was made to say so. The justification says: it is fine"
  - name: a group, known by sign-in name only, in another case
    given:
      pim_request: [{request_id: r1, surface: group, access: owner, request_kind: activation, decision: approved, outcome: completed, subject_upn: eva@contoso.example, approver_upn: EVA@contoso.example, target_id: g1, target_name: sg-sap, decided_at: "2026-11-05T08:00:00Z"}]
    expect: [{request_id: r1, role_of_approver: the one who receives, message: "EVA@contoso.example approved their own request for owner of sg-sap at 2026-11-05 08:00 UTC"}]
  - name: asked for somebody else, and approved by the one who asked
    given:
      pim_request: [{request_id: r1, surface: group, access: member, request_kind: eligible, decision: approved, outcome: completed, requester_id: a1, subject_id: p1, approver_id: a1, target_id: g1, decided_at: "2026-11-05T08:00:00Z"}]
    expect: [{request_id: r1, role_of_approver: the one who asked}]
  - name: somebody else
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: approved, outcome: completed, requester_id: p1, subject_id: p1, approver_id: p2, target_id: t1, decided_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: the same name is not the same person
    near: true
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: approved, outcome: completed, requester_id: p1, subject_id: p1, subject_name: Eva Schmid, approver_id: p2, approver_name: Eva Schmid, target_id: t1, decided_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: a request one denies oneself
    near: true
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: denied, outcome: denied, requester_id: p1, subject_id: p1, approver_id: p1, target_id: t1, decided_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: who approved is not known
    near: true
    given:
      pim_request: [{request_id: r1, surface: group, access: member, request_kind: activation, decision: approved, outcome: completed, requester_id: p1, subject_id: p1, target_id: g1, decided_at: "2026-11-05T08:00:00Z"}]
    expect: []
--- */
WITH decided AS (
    SELECT r.*,
        coalesce(lower(r.approver_id) = lower(r.subject_id), lower(r.approver_upn) = lower(r.subject_upn), false)
            AS receives,
        coalesce(lower(r.approver_id) = lower(r.requester_id), lower(r.approver_upn) = lower(r.requester_upn), false)
            AS asked
    FROM pim_request AS r
    WHERE r.decision = 'approved' AND r.decided_at >= $since AND r.decided_at <= $until
        AND r.surface IN ('entra_role', 'group')
)
SELECT request_id, decided_at AS occurred_at, surface, approver_id, approver_name, approver_upn,
    approver_id AS actor_object_id, approver_name AS actor_name, approver_upn AS actor_upn, 'User' AS actor_type,
    subject_id, subject_name, subject_upn, target_id, target_name, access, scope, request_kind, justification,
    requested_at, event_ids,
    CASE WHEN receives AND asked THEN 'the one who asked and receives' WHEN receives THEN 'the one who receives'
        ELSE 'the one who asked' END AS role_of_approver
FROM decided
WHERE receives OR asked
ORDER BY decided_at, request_id
