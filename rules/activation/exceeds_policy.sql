/* ---
title: Activation longer than the policy permits
version: 1.0.0
severity: high
confidence: 0.8
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, audit_event, policy]
keys: [request_id]
lookback: 1d
tactics: [PrivilegeEscalation, DefenseEvasion]
techniques: [T1548.005]
params:
  tolerance_minutes: {type: integer, default: 15, min: 0, max: 1440, doc: minutes above the policy's maximum that are not found}
message: "{{ subject_name or subject_upn or subject_id }} {{ verb }} {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }} for {{ lasted }} where {{ permitted }} were permitted"
why: "The policy in force when it was asked for, at {{ asked_at | utc }}, permits {{ permitted }}{% if assumed %} (read later, and taken to
  have held before){% endif %}. The activation {% if by_end %}ended at {{ ended_at | utc }}{% else %}was given until {{ expires_at | utc
  }}{% endif %}. The service does not allow this."
remediation: End the activation. Then look for a change of the policy around that time, and ask Microsoft's support if there is none.
controls: [iso27001:A.8.2, iso27001:A.8.16, nis2:21.2.i]
false_positives:
  - a policy that was changed twice between two snapshots without an event on record
blind_spots:
  - a policy that nobody has read yet, and a time between a change of settings and the next snapshot, are unknown
  - an activation whose end is not known cannot be measured
tests:
  - name: ten hours of a role where eight are permitted
    given:
      activation: &ten [{request_id: r1, surface: entra_role, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, requested_at: "2026-11-05T08:00:00Z", starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T18:00:00Z", event_ids: [e1]}]
      policy: &eight [{surface: entra_role, target_id: t1, max_activation: 28800, valid_from: "2026-10-17T06:15:00Z", basis: observed}]
    expect:
      - request_id: r1
        event_ids: [e1]
        message: Eva Schmid was given Teams Administrator for 10 h where 8 h were permitted
        why: The policy in force when it was asked for, at 2026-11-05 08:00 UTC, permits 8 h. The activation was given until 2026-11-05 18:00 UTC. The service does not allow this.
  - name: a group's membership that outlived its end
    given:
      activation: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, target_name: sg-sap, starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T09:00:00Z", ended_at: "2026-11-05T10:30:00Z"}]
      policy: &one [{surface: group, target_id: g1, access: member, max_activation: 3600, valid_from: "2026-01-01T00:00:00Z", basis: assumed}]
    expect: [{request_id: r1, by_end: true, assumed: true, message: p1 held member of sg-sap for 2 h 30 min where 1 h were permitted}]
  - name: exactly the maximum and its tolerance, and a second more
    given:
      activation:
        - {request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T09:15:00Z"}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T09:15:01Z"}
      policy: *one
    expect: [{request_id: r2}]
  - name: as long as permitted
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T16:00:00Z"}]
      policy: *eight
    expect: []
  - name: the owners' policy is another one
    near: true
    given:
      activation: [{request_id: r1, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T12:00:00Z"}]
      policy: *one
    expect: []
  - name: a maximum that is not known, or none
    near: true
    given:
      activation: *ten
      policy: [{surface: entra_role, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: the policy of then, not that of today
    near: true
    given:
      activation: *ten
      policy:
        - {surface: entra_role, target_id: t1, max_activation: 36000, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-06T06:15:00Z"}
        - {surface: entra_role, target_id: t1, max_activation: 28800, valid_from: "2026-11-06T06:15:00Z"}
    expect: []
  - name: the settings were changed since the policy was read
    near: true
    given:
      activation: *ten
      policy:
        - {surface: entra_role, target_id: t1, max_activation: 28800, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-06T06:15:00Z"}
        - {surface: entra_role, target_id: t1, max_activation: 36000, valid_from: "2026-11-06T06:15:00Z"}
      audit_event: [{event_id: e9, activity: Update role setting in PIM, surface: entra_role, target_role_id: T1, occurred_at: "2026-11-05T07:00:00Z"}]
    expect: []
  - name: a change of another target's settings explains nothing
    given:
      activation: *ten
      policy: *eight
      audit_event: [{event_id: e9, activity: Update role setting in PIM, surface: entra_role, target_role_id: t2, occurred_at: "2026-11-05T07:00:00Z"}]
    expect: [{request_id: r1}]
  - name: an end that is not known
    near: true
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z"}]
      policy: *eight
    expect: []
--- */
WITH measured AS (
    SELECT a.*, coalesce(a.requested_at, a.starts_at) AS asked_at,
        greatest(coalesce(a.ended_at, a.expires_at), coalesce(a.expires_at, a.ended_at)) AS last_at,
        a.ended_at > coalesce(a.expires_at, a.starts_at) AS by_end
    FROM activation AS a
    WHERE coalesce(a.ended_at, a.starts_at) >= CAST($since AS TIMESTAMPTZ)
        AND a.starts_at >= CAST($since AS TIMESTAMPTZ) - INTERVAL 3 DAY
        AND a.starts_at <= CAST($until AS TIMESTAMPTZ) AND coalesce(a.ended_at, a.expires_at) IS NOT NULL
),
-- The widest of what held then; a settings change that no snapshot has shown yet makes it unknown.
bounded AS (
    SELECT m.request_id, max(p.max_activation) AS permitted_seconds, bool_and(p.basis = 'assumed') AS assumed,
        max(p.valid_from) AS read_at
    FROM measured AS m
    JOIN policy AS p
        ON p.surface = m.surface AND p.target_id = m.target_id AND coalesce(p.access, '') = coalesce(m.access, '')
        AND p.valid_from <= m.asked_at AND (p.valid_to IS NULL OR p.valid_to > m.asked_at)
    GROUP BY m.request_id
    HAVING count(*) = count(p.max_activation)
),
beyond AS (
    SELECT m.*, b.permitted_seconds, coalesce(b.assumed, false) AS assumed, b.read_at,
        date_diff('second', m.starts_at, m.last_at) AS seconds
    FROM measured AS m
    JOIN bounded AS b ON b.request_id = m.request_id
    WHERE date_diff('second', m.starts_at, m.last_at) > b.permitted_seconds + 60 * $tolerance_minutes
),
spoken AS (
    SELECT b.*, seconds // 3600 AS hours, (seconds % 3600) // 60 AS minutes,
        permitted_seconds // 3600 AS most_hours, (permitted_seconds % 3600) // 60 AS most_minutes
    FROM beyond AS b
    WHERE NOT EXISTS (
        SELECT 1
        FROM audit_event AS e
        WHERE e.activity = 'Update role setting in PIM' AND e.surface = b.surface
            AND lower(coalesce(e.target_group_id, e.target_role_id)) = lower(b.target_id)
            AND e.occurred_at > b.read_at AND e.occurred_at <= b.asked_at)
)
SELECT request_id, starts_at AS occurred_at, surface, subject_id, subject_name, subject_upn, target_id, target_name, access,
    scope, justification, event_ids, asked_at, expires_at, ended_at, by_end IS TRUE AS by_end, assumed, seconds, permitted_seconds,
    CASE WHEN by_end THEN 'held' ELSE 'was given' END AS verb,
    CASE WHEN hours = 0 THEN minutes || ' min' WHEN minutes = 0 THEN hours || ' h'
        ELSE hours || ' h ' || minutes || ' min' END AS lasted,
    CASE WHEN most_hours = 0 THEN most_minutes || ' min' WHEN most_minutes = 0 THEN most_hours || ' h'
        ELSE most_hours || ' h ' || most_minutes || ' min' END AS permitted
FROM spoken
ORDER BY starts_at, request_id
