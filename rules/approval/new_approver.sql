/* ---
title: Approved by somebody who has just become an approver
version: 1.1.0
severity: high
confidence: 0.7
status: stable
surface: [entra_role, group]
kind: event
reads: [audit_event, pim_request, policy, policy_approver]
keys: [request_id]
lookback: 2d
tactics: [PrivilegeEscalation, DefenseEvasion]
techniques: [T1098, T1484]
params:
  days: {type: integer, default: 7, min: 1, max: 90, doc: "days as an approver before which an approval is found"}
  back_days: {type: integer, default: 30, min: 0, max: 366, doc: "somebody who approved here until so many days before is no new approver"}
message: "{{ approver_name or approver_upn or approver_id }} approved {% if access %}{{ access }} of {% endif %}{{ target_name or target_id }} for {{
  subject_name or subject_upn or subject_id }}, and is an approver only since {{ since_text }}"
why: "The approvers read at {{ known_at | utc }} did not have them, those read at {{ approver_since | utc }} did; the approval came at {{
  occurred_at | utc }}.{% if changed_at %} {{ changed_by or 'Somebody unknown' }} changed the settings at {{ changed_at | utc }}.{% else %} Who
  changed the settings is not on record.{% endif %}{% if changed_self %} That is the one who received the access.{% endif %}"
remediation: Ask whoever owns the role or group whether the new approver was meant. If not, take them out, end the activation and look at who
  changed the settings.
controls: [iso27001:A.5.3, iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i]
false_positives:
  - a new lead, or a stand-in for a holiday
blind_spots:
  - somebody who became a member of a group of approvers
  - an approver put in and taken out again between two snapshots
tests:
  - name: an approver of a role added three days before
    given:
      policy: &seen [{policy_id: x1, surface: entra_role, target_id: t1, requires_approval: true, basis: observed, valid_from: "2026-10-17T06:15:00Z"}]
      policy_approver: &added
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: a1, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: B1, approver_name: Beat Frei, valid_from: "2026-11-02T06:15:00Z"}
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, subject_name: Eva, approver_id: b1, approver_name: Beat Frei, target_id: t1, target_name: Global Administrator, decided_at: "2026-11-05T08:00:00Z", event_ids: [e1]}]
      audit_event: [{event_id: e2, activity: Update role setting in PIM, surface: entra_role, target_role_id: t1, actor_id: P1, actor_name: Eva, occurred_at: "2026-11-02T05:30:00Z"}]
    expect:
      - request_id: r1
        changed_self: true
        event_ids: [e1, e2]
        message: "Beat Frei approved Global Administrator for Eva, and is an approver only since 2026-11-02"
        why: The approvers read at 2026-10-17 06:15 UTC did not have them, those read at 2026-11-02 06:15 UTC did; the approval came at 2026-11-05 08:00 UTC. Eva changed the settings at 2026-11-02 05:30 UTC. That is the one who received the access.
  - name: of a group, seen as an approver only an hour after the approval
    given:
      policy: [{policy_id: x2, surface: group, access: owner, target_id: g1, requires_approval: true, basis: observed, valid_from: "2026-10-17T06:15:00Z"}]
      policy_approver: [{policy_id: x2, access: owner, target_id: g1, approver_kind: user, approver_id: b1, valid_from: "2026-11-05T09:00:00Z"}]
      pim_request: [{request_id: r1, surface: group, access: owner, request_kind: activation, decision: approved, subject_id: p1, approver_id: b1, target_id: g1, decided_at: "2026-11-05T08:00:00Z"}]
    expect: [{request_id: r1, changed_at: null}]
  - name: taken out and put back within thirty days, and one put back later
    given:
      policy: *seen
      policy_approver:
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: b1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-24T06:15:00Z"}
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: B1, valid_from: "2026-11-02T06:15:00Z"}
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: c1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-24T06:15:00Z"}
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: c1, valid_from: "2026-11-24T06:15:00Z"}
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: b1, target_id: t1, decided_at: "2026-11-05T08:00:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: c1, target_id: t1, decided_at: "2026-11-25T08:00:00Z"}
    as_of: "2026-12-01T00:00:00Z"
    expect: [{request_id: r2}]
  - name: exactly seven days, and a second more
    given:
      policy: *seen
      policy_approver: *added
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: b1, target_id: t1, decided_at: "2026-11-09T06:15:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: b1, target_id: t1, decided_at: "2026-11-09T06:15:01Z"}
    expect: [{request_id: r1}]
  - name: an approver since the first snapshot, which may be for years
    near: true
    given:
      policy: *seen
      policy_approver: *added
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: a1, target_id: t1, decided_at: "2026-10-18T08:00:00Z"}]
    expect: []
  - name: approval itself is new, and so are all approvers
    near: true
    given:
      policy:
        - {policy_id: x1, surface: entra_role, target_id: t1, requires_approval: false, basis: observed, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-02T06:15:00Z"}
        - {policy_id: x1, surface: entra_role, target_id: t1, requires_approval: true, basis: observed, valid_from: "2026-11-02T06:15:00Z"}
      policy_approver: *added
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: b1, target_id: t1, decided_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: an approver who was one before, and is again
    given:
      policy: *seen
      policy_approver:
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: b1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: b1, valid_from: "2026-11-02T06:15:00Z"}
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: b1, target_id: t1, decided_at: "2026-10-30T08:00:00Z"}]
    expect: []
  - name: denied by the new approver
    given:
      policy: *seen
      policy_approver: *added
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, decision: denied, subject_id: p1, approver_id: b1, target_id: t1, decided_at: "2026-11-05T08:00:00Z"}]
    expect: []
--- */
WITH approved AS (
    SELECT *
    FROM pim_request
    WHERE decision = 'approved' AND approver_id IS NOT NULL AND surface IN ('entra_role', 'group')
        AND decided_at >= CAST($since AS TIMESTAMPTZ) AND decided_at <= CAST($until AS TIMESTAMPTZ)
),
-- When approval was first seen to be asked for: whoever stood there then may have stood there for years.
asked AS (
    SELECT policy_id, surface, target_id, access, min(valid_from) AS known_at
    FROM policy
    WHERE requires_approval AND basis = 'observed'
    GROUP BY policy_id, surface, target_id, access
),
fresh AS (
    SELECT a.*, k.known_at, r.valid_from AS approver_since, row_number() OVER (
            PARTITION BY a.request_id ORDER BY r.valid_from DESC, r.policy_id) AS back
    FROM approved AS a
    JOIN asked AS k
        ON k.surface = a.surface AND k.target_id = a.target_id AND coalesce(k.access, '') = coalesce(a.access, '')
    JOIN policy_approver AS r
        ON r.policy_id = k.policy_id AND lower(r.approver_id) = lower(a.approver_id) AND r.valid_from > k.known_at
        AND r.valid_from >= a.decided_at - to_days(CAST($days AS INTEGER))
        AND r.valid_from <= a.decided_at + INTERVAL 1 DAY
    WHERE NOT EXISTS (
        SELECT 1
        FROM policy_approver AS o
        WHERE o.policy_id = r.policy_id AND lower(o.approver_id) = lower(a.approver_id)
            AND o.valid_from <= a.decided_at AND (o.valid_to > a.decided_at OR o.valid_to IS NULL)
            AND o.valid_from < r.valid_from)
        -- Settings put back bring back those who approved before.
        AND NOT EXISTS (
            SELECT 1
            FROM policy_approver AS o
            WHERE o.policy_id = r.policy_id AND lower(o.approver_id) = lower(a.approver_id)
                AND o.valid_to <= r.valid_from AND o.valid_to >= r.valid_from - to_days(CAST($back_days AS INTEGER)))
),
changes AS (
    SELECT f.request_id, e.event_id, e.occurred_at AS changed_at, coalesce(e.actor_name, e.actor_upn, e.actor_id) AS changed_by,
        lower(e.actor_id) = lower(f.subject_id) AS changed_self,
        row_number() OVER (PARTITION BY f.request_id ORDER BY e.occurred_at DESC, e.event_id) AS back
    FROM fresh AS f
    JOIN audit_event AS e
        ON e.surface = f.surface AND lower(coalesce(e.target_group_id, e.target_role_id)) = lower(f.target_id)
        AND e.occurred_at <= f.approver_since AND e.occurred_at > f.known_at
    WHERE e.activity = 'Update role setting in PIM' AND f.back = 1
)
SELECT f.request_id, f.decided_at AS occurred_at, f.surface, f.approver_id, f.approver_name, f.approver_upn,
    f.approver_id AS actor_object_id, f.approver_name AS actor_name, f.approver_upn AS actor_upn, 'User' AS actor_type,
    f.subject_id, f.subject_name, f.subject_upn, f.target_id, f.target_name, f.access, f.scope, f.justification, f.known_at,
    f.approver_since, strftime(f.approver_since AT TIME ZONE 'UTC', '%Y-%m-%d') AS since_text,
    c.changed_at, c.changed_by, c.changed_self IS TRUE AS changed_self,
    CASE WHEN c.event_id IS NULL THEN f.event_ids ELSE list_concat(coalesce(f.event_ids, CAST([] AS VARCHAR[])), [c.event_id]) END AS event_ids
FROM fresh AS f
LEFT JOIN changes AS c ON c.request_id = f.request_id AND c.back = 1
WHERE f.back = 1
ORDER BY f.decided_at, f.request_id
