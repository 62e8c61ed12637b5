/* ---
title: Eligibility that is never used
version: 1.0.0
severity: low
confidence: 0.8
status: test
surface: [entra_role, group]
kind: state
reads: [activation, assignment, break_glass, principal, window]
needs: [role_eligibility_instances, group_eligibility_instances, users]
keys: [surface, principal_id, target_id, access, scope]
tactics: [Persistence]
techniques: [T1078.004]
params:
  unused_days: {type: integer, default: 90, min: 14, max: 730, doc: days without an activation after which an eligibility counts as unused}
  new_account_days: {type: integer, default: 30, min: 0, max: 365, doc: accounts younger than this are left alone}
message: "{{ principal_name or principal_upn or principal_id }} has not activated {% if access %}{{ access }} of {% endif %}{{
  target_name or target_id }} for {{ days }} days"
why: "{% if last_used %}It was last activated at {{ last_used | utc }}.{% else %}No activation is on record since {{ covered_since
  | utc }}, and the log is whole since then.{% endif %} The eligibility is there since {{ occurred_at | utc }}{% if endless %} and
  has no end{% endif %}."
remediation: Ask whether it is still needed; if nobody says why, remove it. It can be granted again when it is.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - roles that are needed once a year, and deputies
  - people on long leave
blind_spots:
  - it stays silent until collection covers the whole time without a hole
  - eligibilities of groups are not told, since nobody activates as a group
tests:
  - name: a role
    as_of: "2026-11-01T06:15:00Z"
    given: &unused
      window: &covered [{source: directory_audits, since: "2026-06-01T00:00:00Z", until: "2026-09-01T00:00:00Z"}, {source: directory_audits, since: "2026-08-31T00:00:00Z", until: "2026-11-01T06:15:00Z"}]
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, principal_kind: user, principal_name: Urs, target_id: t1, target_name: License Administrator, scope: "/", starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-06-01T06:15:00Z"}]
      principal: &old [{principal_id: p1, kind: user, created_at: "2022-01-01T00:00:00Z", valid_from: "2026-06-01T06:15:00Z"}]
    expect:
      - principal_id: p1
        target_id: t1
        occurred_at: "2026-04-01T07:30:00Z"
        days: 153
        message: Urs has not activated License Administrator for 153 days
        why: "No activation is on record since 2026-06-01 00:00 UTC, and the log is whole since then. The eligibility is there since 2026-04-01 07:30 UTC and has no end."
  - name: a group's owner, used once long ago, and as a member since
    as_of: "2026-11-01T06:15:00Z"
    given:
      window: *covered
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: owner, principal_id: p1, principal_kind: user, target_id: g1, target_name: sg-sap, ends_at: "2027-04-01T07:30:00Z", starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-06-01T06:15:00Z"}]
      principal: *old
      activation:
        - {request_id: r1, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-08-02T06:15:00Z"}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-30T06:15:00Z"}
    expect: [{access: owner, days: 91, why: "It was last activated at 2026-08-02 06:15 UTC. The eligibility is there since 2026-04-01 07:30 UTC."}]
  - name: used within the time
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *unused
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-20T06:15:00Z"}]
    expect: []
  - name: exactly as long ago as allowed
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *unused
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-03T06:15:00Z"}]
    expect: []
  - name: the log has a hole, or does not go back far enough
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *unused
      window: [{source: directory_audits, since: "2026-06-01T00:00:00Z", until: "2026-08-30T00:00:00Z"}, {source: directory_audits, since: "2026-08-31T00:00:00Z", until: "2026-11-01T06:15:00Z"}]
    expect: []
  - name: the eligibility is new
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *unused
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, principal_kind: user, target_id: t1, starts_at: "2026-09-01T07:30:00Z", valid_from: "2026-09-01T07:30:00Z"}]
    expect: []
  - name: the account is new
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *unused
      principal: [{principal_id: p1, kind: user, created_at: "2026-10-03T00:00:00Z", valid_from: "2026-06-01T06:15:00Z"}]
    expect: []
  - name: an emergency account, and a group
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *unused
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, principal_kind: user, target_id: t1, valid_from: "2026-06-01T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: g1, principal_kind: group, target_id: t1, valid_from: "2026-06-01T06:15:00Z"}
      break_glass: [{member: bg1@contoso.example, principal_id: p1}]
    expect: []
--- */
WITH ordered AS (
    SELECT since, until,
        max(until) OVER (ORDER BY since, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM "window"
    WHERE source = 'directory_audits'
),
-- Since when the log is whole: the newest window that begins after everything before it has ended.
covered AS (
    SELECT max(since) AS since
    FROM ordered
    WHERE reached IS NULL OR since > reached
),
used AS (
    SELECT surface, subject_id, target_id, coalesce(access, '') AS access, max(starts_at) AS last_used
    FROM activation
    GROUP BY surface, subject_id, target_id, coalesce(access, '')
),
held AS (
    SELECT a.*, coalesce(a.starts_at, a.valid_from) AS since, u.last_used, c.since AS covered_since
    FROM assignment AS a
    CROSS JOIN covered AS c
    JOIN principal AS p ON p.principal_id = a.principal_id AND p.valid_to IS NULL AND p.kind = 'user'
    LEFT JOIN used AS u ON u.surface = a.surface AND u.subject_id = a.principal_id AND u.target_id = a.target_id
        AND u.access = coalesce(a.access, '')
    WHERE a.kind = 'eligible' AND a.valid_to IS NULL AND a.surface IN ('entra_role', 'group')
        AND coalesce(a.member_type, 'direct') = 'direct'
        AND p.created_at <= CAST($as_of AS TIMESTAMPTZ) - to_days($new_account_days)
        AND NOT EXISTS (SELECT 1 FROM break_glass AS b WHERE b.principal_id = a.principal_id)
)
SELECT surface, principal_id, principal_kind, principal_name, principal_upn, target_id, target_name, access, scope,
    since AS occurred_at, last_used, covered_since, ends_at IS NULL AS endless, list_value(assignment_id) AS event_ids,
    date_diff('day', coalesce(last_used, greatest(since, covered_since)), CAST($as_of AS TIMESTAMPTZ)) AS days
FROM held
WHERE greatest(since, covered_since) < CAST($as_of AS TIMESTAMPTZ) - to_days($unused_days)
    AND (last_used IS NULL OR last_used < CAST($as_of AS TIMESTAMPTZ) - to_days($unused_days))
ORDER BY surface, target_id, access, principal_id, scope
