/* ---
title: Approved faster than one can read
version: 1.0.0
severity: low
confidence: 0.5
status: stable
surface: [entra_role, group]
kind: event
reads: [pim_request]
keys: [approver_id, week]
lookback: 8d
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  seconds: {type: integer, default: 10, min: 1, max: 3600, doc: "seconds from request to approval, the last one included"}
  minimum: {type: integer, default: 2, min: 1, max: 1000, doc: such approvals in a week below which nothing is found}
message: "{{ approver_name or approver_upn or approver_id }} approved {{ fast | number }} of {{ approved | number }} requests within {{ seconds }} seconds
  in the week of {{ week }}"
why: "The quickest took {{ quickest | number }} s, half of all took at most {{ usual | number }} s. Approved so: {{ what | listed }}."
remediation: Talk to the approver. Where requests need no thought, drop the approval; where they do, name an approver who has the time.
controls: [iso27001:A.5.3, iso27001:A.8.2, nis2:21.2.i]
false_positives:
  - people who agree beforehand and press the button together
  - approvals that a tool of the organisation gives after checks of its own
blind_spots:
  - an approver who waits half a minute before approving without a look
tests:
  - name: two of three in a week, a role and a group
    given:
      pim_request: &week
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, subject_name: Eva, target_id: t1, target_name: Global Administrator, approver_id: a1, approver_name: Anna Keller, requested_at: "2026-11-02T00:00:00Z", decided_at: "2026-11-02T00:00:04Z", event_ids: [e1]}
        - {request_id: r2, surface: group, access: member, request_kind: activation, decision: approved, subject_id: p2, subject_name: Beat, target_id: g1, target_name: sg-sap, approver_id: a1, approver_name: Anna Keller, requested_at: "2026-11-08T23:59:40Z", decided_at: "2026-11-08T23:59:50Z", event_ids: [e2]}
        - {request_id: r3, surface: group, access: member, request_kind: activation, decision: approved, subject_id: p2, target_id: g1, approver_id: a1, requested_at: "2026-11-05T08:00:00Z", decided_at: "2026-11-05T08:03:00Z", event_ids: [e3]}
    expect:
      - approver_id: a1
        week: 2026-11-02
        fast: 2
        surface: null
        event_ids: [e1, e2]
        message: Anna Keller approved 2 of 3 requests within 10 seconds in the week of 2026-11-02
        why: "The quickest took 4 s, half of all took at most 10 s. Approved so: Beat for member of sg-sap and Eva for Global Administrator."
  - name: the week is told whole when only its end is new
    since: "2026-11-08T00:00:00Z"
    given:
      pim_request: *week
    expect: [{week: 2026-11-02, fast: 2}]
  - name: a role, and a group, each quick enough for one approver
    params: {minimum: 1}
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, target_id: t1, approver_id: a1, requested_at: "2026-11-02T08:00:00Z", decided_at: "2026-11-02T08:00:01Z"}
        - {request_id: r2, surface: group, access: owner, request_kind: activation, decision: approved, subject_id: p1, target_id: g1, approver_id: a2, requested_at: "2026-11-02T08:00:00Z", decided_at: "2026-11-02T08:00:01Z"}
    expect: [{approver_id: a1, surface: entra_role}, {approver_id: a2, surface: group}]
  - name: ten seconds and a half are too slow, one alone is too few, and Monday is another week
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, target_id: t1, approver_id: a1, requested_at: "2026-11-08T08:00:00Z", decided_at: "2026-11-08T08:00:03Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, target_id: t1, approver_id: a1, requested_at: "2026-11-09T08:00:00Z", decided_at: "2026-11-09T08:00:03Z"}
        - {request_id: r3, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, target_id: t1, approver_id: a1, requested_at: "2026-11-08T09:00:00Z", decided_at: "2026-11-08T09:00:10.5Z"}
    expect: []
  - name: denied quickly
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: denied, subject_id: p1, target_id: t1, approver_id: a1, requested_at: "2026-11-08T08:00:00Z", decided_at: "2026-11-08T08:00:03Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, decision: denied, subject_id: p1, target_id: t1, approver_id: a1, requested_at: "2026-11-08T09:00:00Z", decided_at: "2026-11-08T09:00:03Z"}
    expect: []
  - name: when it was asked for, or who approved, is not known
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, target_id: t1, approver_id: a1, decided_at: "2026-11-08T08:00:03Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, target_id: t1, approver_id: a1, decided_at: "2026-11-08T09:00:03Z"}
        - {request_id: r3, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, target_id: t1, requested_at: "2026-11-08T08:00:00Z", decided_at: "2026-11-08T08:00:03Z"}
    expect: []
--- */
WITH decided AS (
    SELECT *, date_trunc('week', decided_at AT TIME ZONE 'UTC') AS monday,
        epoch_ms(decided_at) - epoch_ms(requested_at) AS took_ms
    FROM pim_request
    WHERE decision = 'approved' AND approver_id IS NOT NULL AND requested_at IS NOT NULL
        AND surface IN ('entra_role', 'group') AND decided_at <= CAST($until AS TIMESTAMPTZ)
        AND decided_at >= date_trunc('week', CAST($since AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
),
judged AS (
    SELECT *, took_ms BETWEEN 0 AND $seconds * 1000 AS fast
    FROM decided
)
SELECT approver_id, strftime(monday, '%Y-%m-%d') AS week, max(decided_at) FILTER (WHERE fast) AS occurred_at,
    CASE WHEN count(DISTINCT surface) FILTER (WHERE fast) = 1 THEN min(surface) FILTER (WHERE fast) END AS surface,
    max(approver_name) AS approver_name, max(approver_upn) AS approver_upn, approver_id AS actor_object_id,
    max(approver_name) AS actor_name, max(approver_upn) AS actor_upn, 'User' AS actor_type,
    $seconds AS seconds, count(*) FILTER (WHERE fast) AS fast, count(*) AS approved,
    round(min(took_ms) / 1000.0, 1) AS quickest, round(quantile_disc(took_ms, 0.5) / 1000.0, 1) AS usual,
    list_sort(list(DISTINCT coalesce(subject_name, subject_upn, subject_id) || ' for ' || coalesce(access || ' of ', '')
        || coalesce(target_name, target_id)) FILTER (WHERE fast)) AS what,
    list_sort(list_distinct(flatten(list(event_ids) FILTER (WHERE fast AND event_ids IS NOT NULL)))) AS event_ids
FROM judged
GROUP BY approver_id, monday
HAVING count(*) FILTER (WHERE fast) >= $minimum AND max(decided_at) FILTER (WHERE fast) >= CAST($since AS TIMESTAMPTZ)
ORDER BY monday, approver_id
