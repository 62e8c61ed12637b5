/* ---
title: Request denied
version: 1.0.0
severity: medium
confidence: 0.6
status: stable
surface: [entra_role, group]
kind: event
reads: [pim_request]
keys: [surface, subject_id, target_id, access, day]
lookback: 1d
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  repeated: {type: integer, default: 3, min: 2, max: 100, doc: denials in a day that are more than a misunderstanding}
  used_days: {type: integer, default: 90, min: 1, max: 366, doc: days in which an earlier activation of the same target makes one denial a low finding}
message: "{{ approvers | listed or 'Somebody unknown' }} denied {{ subject_name or subject_upn or subject_id }} {% if access %}{{ access }} of {%
  endif %}{{ target_name or target_id }}{% if denials > 1 %} {{ denials | number }} times{% endif %} on {{ day }}"
why: "The {% if denials > 1 %}last {% endif %}request was denied at {{ occurred_at | utc }}.{% if used_at %} The person had used it before,
  the last time on {{ used_at | day }}.{% else %} No earlier use of it by this person is on record.{% endif %}{% if justifications %} The
  justification said: {{ justifications | listed }}{% endif %}"
remediation: Ask the approver what was wrong. If the person knows nothing of the request, the account is in other hands. Reset it.
controls: [iso27001:A.8.2, iso27001:A.5.18, iso27001:A.8.16, nis2:21.2.i]
false_positives:
  - a request with the wrong duration, ticket or target, which the approver sent back
blind_spots:
  - a request that nobody answers expires and is not denied
  - what an approver thought is not in the log, only what they wrote
tests:
  - name: a role the person had never used
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, outcome: denied, decision: denied, requester_id: p1, subject_id: p1, subject_name: Eva Schmid, approver_id: a1, approver_name: Anna Keller, target_id: t1, target_name: Global Administrator, requested_at: "2026-11-05T08:00:00Z", decided_at: "2026-11-05T08:10:00Z", justification: "Please\e[31m", event_ids: [e1]}]
    expect:
      - subject_id: p1
        day: 2026-11-05
        severity: null
        event_ids: [e1]
        message: Anna Keller denied Eva Schmid Global Administrator on 2026-11-05
  - name: membership of a group, three times in a day, once ownership
    given:
      pim_request:
        - {request_id: r0, surface: group, access: member, request_kind: activation, outcome: completed, subject_id: p1, target_id: g1, requested_at: "2026-11-01T08:00:00Z", completed_at: "2026-11-01T08:00:00Z"}
        - {request_id: r1, surface: group, access: member, request_kind: activation, outcome: denied, subject_id: p1, approver_name: Anna, target_id: g1, target_name: sg-sap, decided_at: "2026-11-05T08:10:00Z", event_ids: [e1]}
        - {request_id: r2, surface: group, access: member, request_kind: activation, outcome: denied, subject_id: p1, approver_name: Beat, target_id: g1, target_name: sg-sap, decided_at: "2026-11-05T09:10:00Z", event_ids: [e2]}
        - {request_id: r3, surface: group, access: member, request_kind: activation, outcome: denied, subject_id: p1, approver_name: Anna, target_id: g1, target_name: sg-sap, decided_at: "2026-11-05T23:59:59Z", event_ids: [e3]}
        - {request_id: r4, surface: group, access: owner, request_kind: activation, outcome: denied, subject_id: p1, target_id: g1, target_name: sg-sap, decided_at: "2026-11-05T10:10:00Z"}
    expect:
      - {access: member, severity: null, denials: 3, event_ids: [e1, e2, e3], message: "Anna and Beat denied p1 member of sg-sap 3 times on 2026-11-05", why: "The last request was denied at 2026-11-05 23:59 UTC. The person had used it before, the last time on 2026-11-01."}
      - {access: owner, severity: null, denials: 1, message: Somebody unknown denied p1 owner of sg-sap on 2026-11-05}
  - name: twice, by somebody who uses it, is low
    given:
      pim_request: &used
        - {request_id: r0, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-29T08:00:00Z"}
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: denied, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:00:00Z", decided_at: "2026-11-05T08:10:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: denied, subject_id: p1, target_id: t1, requested_at: "2026-11-05T09:00:00Z", decided_at: "2026-11-05T09:10:00Z"}
    expect: [{severity: low, denials: 2, used_at: "2026-10-29T08:00:00Z"}]
  - name: used longer ago than counts, or only afterwards
    given:
      pim_request:
        - {request_id: r0, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-08-07T08:09:59Z"}
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: denied, subject_id: p1, target_id: t1, decided_at: "2026-11-05T08:10:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-11-05T09:00:00Z"}
    expect: [{severity: null, used_at: null}]
  - name: an extension that was denied
    given:
      pim_request: [{request_id: r1, surface: group, access: member, request_kind: eligible, outcome: denied, subject_id: p1, target_id: g1, decided_at: "2026-11-05T08:10:00Z"}]
    expect: [{request_kinds: [eligible]}]
  - name: approved
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: activation, outcome: completed, decision: approved, subject_id: p1, target_id: t1, decided_at: "2026-11-05T08:10:00Z"}]
    expect: []
  - name: canceled by the person, expired, failed
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: canceled, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:10:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: expired, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:10:00Z"}
        - {request_id: r3, surface: group, access: member, request_kind: activation, outcome: failed, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:10:00Z"}
    expect: []
--- */
WITH denied AS (
    SELECT r.*, coalesce(r.decided_at, r.completed_at, r.requested_at) AS denied_at
    FROM pim_request AS r
    WHERE r.outcome = 'denied' AND r.surface IN ('entra_role', 'group')
),
-- A day is counted whole, also where only its last hour is new.
days AS (
    SELECT surface, subject_id, target_id, access, strftime(denied_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
        count(*) AS denials, min(denied_at) AS first_at, max(denied_at) AS last_at,
        max(subject_name) AS subject_name, max(subject_upn) AS subject_upn, max(target_name) AS target_name,
        max(scope) AS scope, arg_max(approver_id, denied_at) AS approver_id,
        list_sort(list(DISTINCT coalesce(approver_name, approver_upn, approver_id))
            FILTER (WHERE coalesce(approver_name, approver_upn, approver_id) IS NOT NULL)) AS approvers,
        list_sort(list(DISTINCT left(justification, 200)) FILTER (WHERE justification <> '')) AS justifications,
        list_sort(list(DISTINCT request_kind) FILTER (WHERE request_kind IS NOT NULL)) AS request_kinds,
        list_sort(list_distinct(flatten(list(event_ids) FILTER (WHERE event_ids IS NOT NULL)))) AS event_ids
    FROM denied
    WHERE denied_at >= date_trunc('day', CAST($since AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
        AND denied_at <= CAST($until AS TIMESTAMPTZ)
    GROUP BY surface, subject_id, target_id, access, day
),
used AS (
    SELECT d.surface, d.subject_id, d.target_id, d.access, d.day,
        max(coalesce(r.starts_at, r.completed_at)) AS used_at
    FROM days AS d
    JOIN pim_request AS r
        ON r.subject_id = d.subject_id AND r.surface = d.surface AND r.target_id = d.target_id
        AND coalesce(r.access, '') = coalesce(d.access, '')
        AND r.request_kind = 'activation' AND r.outcome = 'completed'
        AND coalesce(r.starts_at, r.completed_at) < d.first_at
        AND coalesce(r.starts_at, r.completed_at) >= d.first_at - to_days(CAST($used_days AS INTEGER))
    GROUP BY d.surface, d.subject_id, d.target_id, d.access, d.day
)
SELECT d.surface, d.subject_id, d.target_id, d.access, d.day, d.last_at AS occurred_at,
    CASE WHEN u.used_at IS NOT NULL AND d.denials < $repeated THEN 'low' END AS severity,
    d.subject_name, d.subject_upn, d.subject_id AS actor_object_id, d.subject_name AS actor_name, d.subject_upn AS actor_upn,
    'User' AS actor_type, d.target_name, d.scope, d.denials, d.first_at, d.approver_id, d.approvers, d.justifications,
    d.request_kinds, u.used_at, d.event_ids
FROM days AS d
LEFT JOIN used AS u
    ON u.surface = d.surface AND u.subject_id = d.subject_id AND u.target_id = d.target_id
    AND u.access IS NOT DISTINCT FROM d.access AND u.day = d.day
WHERE d.last_at >= CAST($since AS TIMESTAMPTZ)
ORDER BY d.last_at, d.surface, d.subject_id, d.target_id, d.access
