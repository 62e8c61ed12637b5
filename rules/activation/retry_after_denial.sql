/* ---
title: Asked again after a refusal
version: 1.1.0
severity: medium
confidence: 0.6
status: stable
surface: [entra_role, group]
kind: event
reads: [pim_request]
keys: [surface, subject_id, target_id, access, day]
lookback: 2d
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  minutes: {type: integer, default: 60, min: 1, max: 1440, doc: minutes from a refusal in which another request counts as asked again}
  other_hours: {type: integer, default: 24, min: 1, max: 168, doc: hours from a denial in which approval by somebody else is found}
message: "{{ subject_name or subject_upn or subject_id }} asked again{% if asked > 1 %} {{ asked | number }} times{% endif %} for {% if access
  %}{{ access }} of {% endif %}{{ target_name or target_id }} on {{ day }}{% if approved_by_other %} and got it from another approver{%
  elif granted %} and got it{% endif %}"
why: "Before that it was {{ refusals | listed }}, first at {{ refused_at | utc }}; another request came within {{ soonest_minutes | number }}
  minutes.{% if approved_by_other %} {{ denied_by |
  listed }} had denied it, {{ approved_by_other | listed }} approved it.{% elif granted %} The last of them took effect at {{ granted_at
  | utc }}.{% if by_same %} Whoever had denied it approved it.{% endif %}{% else %} None of them took effect.{% endif %}"
remediation: Ask the approvers and, by another way than e-mail or chat, the person. If the person knows nothing of it, end the activation and
  reset the account.
controls: [iso27001:A.5.3, iso27001:A.8.2, iso27001:A.8.16, nis2:21.2.i]
false_positives:
  - an approver who sent a request back with a word on what to change, as one does, and approved what came then; found as low
blind_spots:
  - another target asked for instead
  - where the log does not tell who denied, nobody can be said to be another
tests:
  - name: denied, asked again after exactly an hour and approved by somebody else; twice
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: denied, decision: denied, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Global Administrator, requested_at: "2026-11-05T07:00:00Z", decided_at: "2026-11-05T08:00:00Z", approver_id: a1, approver_name: Anna, event_ids: [e1]}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: completed, decision: approved, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Global Administrator, requested_at: "2026-11-05T09:00:00Z", decided_at: "2026-11-05T09:10:00Z", completed_at: "2026-11-05T09:10:00Z", approver_id: b1, approver_name: Beat, event_ids: [e2]}
    expect:
      - subject_id: p1
        day: 2026-11-05
        severity: null
        event_ids: [e1, e2]
        message: Eva Schmid asked again for Global Administrator on 2026-11-05 and got it from another approver
        why: "Before that it was denied once, first at 2026-11-05 08:00 UTC; another request came within 60 minutes. Anna had denied it, Beat approved it."
  - name: a group, denied twice and asked a third time
    given: &group
      pim_request:
        - {request_id: r1, surface: group, access: member, request_kind: activation, outcome: denied, subject_id: p1, target_id: g1, target_name: sg-sap, requested_at: "2026-11-05T08:00:00Z", decided_at: "2026-11-05T08:05:00Z", approver_name: Anna}
        - {request_id: r2, surface: group, access: member, request_kind: activation, outcome: denied, subject_id: p1, target_id: g1, target_name: sg-sap, requested_at: "2026-11-05T08:10:00Z", decided_at: "2026-11-05T08:15:00Z", approver_name: Anna}
        - {request_id: r3, surface: group, access: member, request_kind: activation, outcome: pending, subject_id: p1, target_id: g1, target_name: sg-sap, requested_at: "2026-11-05T08:40:00Z"}
    expect: [{access: member, severity: null, asked: 2, soonest_minutes: 5, message: p1 asked again 2 times for member of sg-sap on 2026-11-05}]
  - name: sent back once and approved by whoever had sent it back is low, and settles it for the next approver
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: denied, decision: denied, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:00:00Z", decided_at: "2026-11-05T08:05:00Z", approver_id: a1, approver_name: Anna}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: completed, decision: approved, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:20:00Z", decided_at: "2026-11-05T08:25:00Z", completed_at: "2026-11-05T08:25:00Z", approver_id: A1, approver_name: Anna}
        - {request_id: r3, surface: entra_role, request_kind: activation, outcome: completed, decision: approved, subject_id: p1, target_id: t1, requested_at: "2026-11-05T15:00:00Z", decided_at: "2026-11-05T15:05:00Z", completed_at: "2026-11-05T15:05:00Z", approver_id: b1, approver_name: Beat}
    expect: [{severity: low, asked: 1, approved_by_other: null, why: "Before that it was denied once, first at 2026-11-05 08:05 UTC; another request came within 15 minutes. The last of them took effect at 2026-11-05 08:25 UTC. Whoever had denied it approved it."}]
  - name: sent back twice by one who then approves is not
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: denied, decision: denied, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:00:00Z", decided_at: "2026-11-05T08:05:00Z", approver_id: a1}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: denied, decision: denied, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:10:00Z", decided_at: "2026-11-05T08:15:00Z", approver_id: a1}
        - {request_id: r3, surface: entra_role, request_kind: activation, outcome: completed, decision: approved, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:20:00Z", decided_at: "2026-11-05T08:25:00Z", completed_at: "2026-11-05T08:25:00Z", approver_id: a1}
    expect: [{severity: null, asked: 2}]
  - name: canceled by the person or left to expire, and asked again, is low
    given:
      pim_request:
        - {request_id: r1, surface: group, access: owner, request_kind: activation, outcome: canceled, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:00:00Z", completed_at: "2026-11-05T08:00:30Z"}
        - {request_id: r2, surface: group, access: owner, request_kind: activation, outcome: completed, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:01:00Z", completed_at: "2026-11-05T08:02:00Z"}
    expect: [{severity: low, granted: true}]
  - name: a second over the hour
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: denied, subject_id: p1, target_id: t1, decided_at: "2026-11-05T08:00:00Z", approver_id: a1}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, requested_at: "2026-11-05T09:00:01Z", decision: approved, approver_id: A1, completed_at: "2026-11-05T09:00:01Z"}
    expect: []
  - name: hours later from another approver, and from one who is not known to be another
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: denied, subject_id: p1, target_id: t1, decided_at: "2026-11-05T08:00:00Z", approver_id: a1}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, requested_at: "2026-11-06T08:00:00Z", decision: approved, approver_id: b1, completed_at: "2026-11-06T08:10:00Z"}
        - {request_id: r3, surface: entra_role, request_kind: activation, outcome: denied, subject_id: p2, target_id: t1, decided_at: "2026-11-05T08:00:00Z"}
        - {request_id: r4, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p2, target_id: t1, requested_at: "2026-11-05T18:00:00Z", decision: approved, approver_id: b1, completed_at: "2026-11-05T18:10:00Z"}
    expect: [{subject_id: p1, day: 2026-11-06, approved_by_other: [b1]}]
  - name: the refusal came after the second request, or was of another target, access or person
    near: true
    given:
      pim_request:
        - {request_id: r1, surface: group, access: member, request_kind: activation, outcome: denied, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:00:00Z", decided_at: "2026-11-05T08:30:00Z"}
        - {request_id: r2, surface: group, access: member, request_kind: activation, outcome: pending, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:10:00Z"}
        - {request_id: r3, surface: group, access: owner, request_kind: activation, outcome: pending, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:40:00Z"}
        - {request_id: r4, surface: group, access: member, request_kind: activation, outcome: pending, subject_id: p2, target_id: g1, requested_at: "2026-11-05T08:40:00Z"}
        - {request_id: r5, surface: group, access: member, request_kind: activation, outcome: pending, subject_id: p1, target_id: g2, requested_at: "2026-11-05T08:40:00Z"}
    expect: []
  - name: a request that failed on a condition is no refusal
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: failed, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:00:00Z", completed_at: "2026-11-05T08:00:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, requested_at: "2026-11-05T08:01:00Z", completed_at: "2026-11-05T08:02:00Z"}
    expect: []
--- */
WITH told AS (
    SELECT *, coalesce(requested_at, completed_at, decided_at) AS asked_at, lower(coalesce(approver_id, approver_upn)) AS approver,
        coalesce(approver_name, approver_upn, approver_id) AS approver_told
    FROM pim_request
    WHERE request_kind = 'activation' AND surface IN ('entra_role', 'group') AND subject_id IS NOT NULL
        AND coalesce(requested_at, completed_at, decided_at) >= CAST($since AS TIMESTAMPTZ) - INTERVAL 9 DAY
        AND coalesce(requested_at, completed_at, decided_at) <= CAST($until AS TIMESTAMPTZ)
),
refused AS (
    SELECT *, coalesce(decided_at, completed_at, ended_at, asked_at) AS refused_at
    FROM told
    WHERE outcome IN ('denied', 'canceled', 'expired')
),
pairs AS (
    SELECT n.*, r.request_id AS refused_id, r.outcome AS refusal, r.refused_at, r.approver_told AS refused_by,
        r.event_ids AS refused_event_ids, epoch_ms(n.asked_at) - epoch_ms(r.refused_at) AS waited_ms,
        strftime(n.asked_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
        coalesce(r.outcome = 'denied' AND n.decision = 'approved' AND n.approver <> r.approver, false) AS by_other,
        coalesce(r.outcome = 'denied' AND n.decision = 'approved' AND n.approver = r.approver, false) AS by_same
    FROM told AS n
    JOIN refused AS r
        ON r.subject_id = n.subject_id AND r.surface = n.surface AND r.target_id = n.target_id
        AND coalesce(r.access, '') = coalesce(n.access, '') AND r.request_id <> n.request_id
        AND n.asked_at >= r.refused_at
        AND n.asked_at <= r.refused_at + to_hours(CAST($other_hours AS INTEGER) + 1)
    -- Whoever denied it has approved it since: what comes later is another piece of work.
    WHERE NOT EXISTS (
        SELECT 1 FROM told AS s
        WHERE s.subject_id = n.subject_id AND s.surface = n.surface AND s.target_id = n.target_id
            AND coalesce(s.access, '') = coalesce(n.access, '') AND s.request_id <> n.request_id
            AND s.decision = 'approved' AND s.approver = r.approver AND s.asked_at >= r.refused_at AND s.asked_at < n.asked_at)
),
-- A day is told whole, also where only its last hour is new.
found AS (
    SELECT *
    FROM pairs
    WHERE (waited_ms <= $minutes * 60000 OR (by_other AND waited_ms <= $other_hours * 3600000))
        AND asked_at >= date_trunc('day', CAST($since AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
)
SELECT surface, subject_id, target_id, access, day, max(asked_at) AS occurred_at,
    CASE WHEN NOT bool_or(refusal = 'denied') THEN 'low'
        WHEN bool_and(refusal <> 'denied' OR by_same) AND count(DISTINCT refused_id) FILTER (WHERE refusal = 'denied') = 1
        THEN 'low' END AS severity,
    max(subject_name) AS subject_name, max(subject_upn) AS subject_upn, subject_id AS actor_object_id,
    max(subject_name) AS actor_name, max(subject_upn) AS actor_upn, 'User' AS actor_type,
    max(target_name) AS target_name, max(scope) AS scope, count(DISTINCT request_id) AS asked,
    list_filter([
        CASE WHEN bool_or(refusal = 'denied') THEN 'denied ' || CASE count(DISTINCT refused_id) FILTER (WHERE refusal = 'denied')
            WHEN 1 THEN 'once' ELSE count(DISTINCT refused_id) FILTER (WHERE refusal = 'denied') || ' times' END END,
        CASE WHEN bool_or(refusal = 'canceled') THEN 'canceled ' || CASE count(DISTINCT refused_id) FILTER (WHERE refusal = 'canceled')
            WHEN 1 THEN 'once' ELSE count(DISTINCT refused_id) FILTER (WHERE refusal = 'canceled') || ' times' END END,
        CASE WHEN bool_or(refusal = 'expired') THEN 'left to expire ' || CASE count(DISTINCT refused_id) FILTER (WHERE refusal = 'expired')
            WHEN 1 THEN 'once' ELSE count(DISTINCT refused_id) FILTER (WHERE refusal = 'expired') || ' times' END END],
        lambda told: told IS NOT NULL) AS refusals, min(refused_at) AS refused_at,
    ceil(min(waited_ms) / 60000.0) AS soonest_minutes, bool_or(outcome = 'completed') AS granted,
    bool_or(by_same) AS by_same,
    max(coalesce(starts_at, completed_at)) FILTER (WHERE outcome = 'completed') AS granted_at,
    list_sort(list(DISTINCT refused_by) FILTER (WHERE by_other)) AS denied_by,
    list_sort(list(DISTINCT approver_told) FILTER (WHERE by_other)) AS approved_by_other,
    list_sort(list_distinct(list_concat(
        coalesce(flatten(list(event_ids) FILTER (WHERE event_ids IS NOT NULL)), CAST([] AS VARCHAR[])),
        coalesce(flatten(list(refused_event_ids) FILTER (WHERE refused_event_ids IS NOT NULL)), CAST([] AS VARCHAR[]))
    ))) AS event_ids
FROM found
GROUP BY surface, subject_id, target_id, access, day
HAVING max(asked_at) >= CAST($since AS TIMESTAMPTZ)
ORDER BY day, surface, subject_id, target_id, access
