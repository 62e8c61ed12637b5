/* ---
title: First activation of a role or group
version: 1.0.0
severity: low
confidence: 0.4
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, window]
keys: [request_id]
history: 90d
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  days: {type: integer, default: 90, min: 7, max: 366, doc: days without an activation after which the next one is a first}
message: "{{ subject_name or subject_upn or subject_id }} activated {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }} for the first time at {{ occurred_at | utc }}"
why: "{% if previous_at %}The activation before was on {{ previous_at | day }}, more than {{ days }} days ago.{% else %}There is
  none before it{% if known_days %} in {{ known_days | number }} days on record{% endif %}.{% endif %}{% if other_targets
  %} Until then this person had activated {% if other_targets == 1 %}one
  other role or group{% else %}{{ other_targets | number }} other roles and groups{% endif %} in that time.{% else %} It is this
  person's first activation of anything in that time.{% endif %}{% if justification %} The justification says: {{
  justification }}{% endif %}"
remediation: Compare with the person's job. If it does not explain the use, ask them; if they know nothing of it, end the activation and
  reset the account.
controls: [iso27001:A.8.16, iso27001:A.8.2, nis2:21.2.i]
false_positives:
  - new colleagues, new eligibilities, and work that comes once a quarter
blind_spots:
  - a role used before over another administrative unit counts as used before
  - what was activated before collection began, or in a gap, is not known
  - whoever takes over an account uses first what the account uses every day
tests:
  - name: a role never activated before, by somebody who activates another every day
    as_of: "2026-12-01T00:00:00Z"
    given:
      window: &covered [{source: directory_audits, since: "2026-10-01T00:00:00Z", until: "2026-11-01T00:00:00Z"}, {source: directory_audits, since: "2026-11-01T00:00:00Z", until: "2026-12-01T00:00:00Z"}]
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-05T08:00:00Z"}
        - {request_id: r2, surface: entra_role, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-06T08:00:00Z"}
        - {request_id: r3, surface: entra_role, subject_id: p1, subject_name: Eva Schmid, target_id: t2, target_name: Intune Administrator, starts_at: "2026-11-30T08:00:00Z", justification: "<b>Wave 3</b>", event_ids: [e1]}
    since: "2026-11-06T00:00:00Z"
    expect:
      - request_id: r3
        known_days: 60
        previous_at: null
        event_ids: [e1]
        message: Eva Schmid activated Intune Administrator for the first time at 2026-11-30 08:00 UTC
        why: "There is none before it in 60 days on record. Until then this person had activated one other role or group in that time. The justification says: <b>Wave 3</b>"
  - name: a group's member, though its owner before; and another person's use is not one's own
    given:
      activation:
        - {request_id: r1, surface: group, access: owner, subject_id: p1, target_id: g1, target_name: sg-sap, starts_at: "2026-11-05T08:00:00Z"}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, target_name: sg-sap, starts_at: "2026-11-06T08:00:00Z"}
        - {request_id: r3, surface: group, access: member, subject_id: p2, target_id: g1, target_name: sg-sap, starts_at: "2026-11-07T08:00:00Z"}
    since: "2026-11-06T00:00:00Z"
    expect:
      - request_id: r2
        access: member
        message: p1 activated member of sg-sap for the first time at 2026-11-06 08:00 UTC
      - request_id: r3
        why: There is none before it. It is this person's first activation of anything in that time.
  - name: exactly 90 days before is still within them, a second more is not
    given:
      activation:
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-01T08:00:00Z"}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-30T08:00:00Z"}
        - {request_id: b1, surface: entra_role, subject_id: p2, target_id: t1, starts_at: "2026-08-01T07:59:59Z"}
        - {request_id: b2, surface: entra_role, subject_id: p2, target_id: t1, starts_at: "2026-10-30T08:00:00Z"}
    since: "2026-10-01T00:00:00Z"
    expect: [{request_id: b2, previous_at: "2026-08-01T07:59:59Z", why: "The activation before was on 2026-08-01, more than 90 days ago. It is this person's first activation of anything in that time."}]
  - name: used last week
    given:
      activation: &again-rows
        - {request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z"}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-12T08:00:00Z"}
    since: "2026-11-06T00:00:00Z"
    expect: []
  - name: two that begin in the same moment are one first
    given:
      activation:
        - {request_id: r2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z"}
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z"}
    expect: [{request_id: r1}]
  - name: with fewer days the same is a first, though not at exactly so many
    given:
      activation:
        - *again-rows
        - {request_id: r3, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-19T08:00:01Z"}
    params: {days: 7}
    since: "2026-11-06T00:00:00Z"
    expect: [{request_id: r3}]
  - name: what has not begun yet is not judged
    near: true
    as_of: "2026-11-05T07:59:59Z"
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, requested_at: "2026-11-05T07:00:00Z", starts_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: of nobody known there is no first
    near: true
    given:
      activation: [{request_id: r1, surface: entra_role, target_id: t1, starts_at: "2026-11-05T08:00:00Z"}]
    expect: []
--- */
WITH coverage AS (
    SELECT min(since) AS since
    FROM (
        SELECT since, sum(begins) OVER (ORDER BY since, until) AS island
        FROM (
            SELECT since, until,
                CASE WHEN since <= max(until) OVER (
                    ORDER BY since, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins
            FROM "window"
            WHERE source = 'directory_audits'
        ) AS edges
    ) AS islands
    GROUP BY island
),
begun AS (
    SELECT a.request_id, a.subject_id, a.surface, a.target_id, coalesce(a.access, '') AS reached, a.starts_at,
        lag(a.starts_at) OVER (
            PARTITION BY a.subject_id, a.surface, a.target_id, coalesce(a.access, '')
            ORDER BY a.starts_at, a.request_id) AS previous_at
    FROM activation AS a
    WHERE a.subject_id IS NOT NULL AND a.target_id IS NOT NULL AND a.starts_at <= CAST($until AS TIMESTAMPTZ)
),
firsts AS (
    SELECT *
    FROM begun
    WHERE starts_at >= CAST($since AS TIMESTAMPTZ)
        AND (previous_at IS NULL OR previous_at < starts_at - to_days(CAST($days AS INTEGER)))
),
known AS (
    SELECT f.request_id, max(c.since) AS since
    FROM firsts AS f
    JOIN coverage AS c ON c.since <= f.starts_at
    GROUP BY f.request_id
),
-- What else the person used in that time: nothing at all is another story than a tenth role.
elsewhere AS (
    SELECT f.request_id, count(DISTINCT b.surface || b.target_id || b.reached) AS targets
    FROM firsts AS f
    JOIN begun AS b
        ON b.subject_id = f.subject_id AND b.starts_at < f.starts_at
        AND b.starts_at >= f.starts_at - to_days(CAST($days AS INTEGER))
    GROUP BY f.request_id
)
SELECT f.request_id, f.starts_at AS occurred_at, a.surface, a.subject_id, a.subject_name, a.subject_upn,
    a.target_id, a.target_name, a.access, a.scope, a.justification, a.event_ids, f.previous_at, $days AS days,
    CASE WHEN k.since IS NOT NULL THEN least($days, date_diff('day', k.since, f.starts_at)) END AS known_days, coalesce(e.targets, 0) AS other_targets
FROM firsts AS f
JOIN activation AS a ON a.request_id = f.request_id
LEFT JOIN known AS k ON k.request_id = f.request_id
LEFT JOIN elsewhere AS e ON e.request_id = f.request_id
ORDER BY f.starts_at, f.request_id
