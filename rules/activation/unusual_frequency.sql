/* ---
title: Unusually many activations
version: 1.2.0
severity: medium
confidence: 0.6
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, assignment, calendar, group_edge, person_calendar, window]
keys: [subject_id, local_day]
lookback: 2d
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  ceiling: {type: integer, default: 8, min: 2, max: 1000, doc: "activations within 24 hours that are too many for anybody who is not known to make as many; twice as many are too many for everybody"}
  minimum: {type: integer, default: 3, min: 2, max: 1000, doc: "activations in a day below which nothing is unusual"}
  history_days: {type: integer, default: 56, min: 14, max: 366, doc: days before the judged one that tell what is usual}
  peer_days: {type: integer, default: 10, min: 1, max: 366, doc: own days that the others' average weighs as much as}
  dispersion: {type: number, default: 4, min: 1, max: 20, doc: "how evenly a person's days go, until enough days are known to estimate it each month: high is even, 1 is very uneven"}
  low_chance: {type: number, default: 0.0019, min: 1.0e-9, max: 0.1, doc: a day rarer than this is a finding}
  medium_chance: {type: number, default: 0.0001, min: 1.0e-9, max: 0.1, doc: "a day rarer than this is more than low, and tells nothing about what is usual"}
  habit_chance: {type: number, default: 0.0005, min: 1.0e-9, max: 1, doc: "who is expected, by their own days and their peers', to reach the ceiling no more rarely than this is not held to it"}
message: "{{ subject_name or subject_upn or subject_id }} made {{ made }} activations on {{ local_day }}"
why: "{{ made }} that day{% if chance_in %}; usual {{ usual | number }} on {{ day_kind }} ({{ own_days }} own days{% if
  left_out %}, without {{ left_out }} that stood out,{% endif %}{% if prior_days %} + {{ prior_days }} of {{ peers }} {{ peer_kind }}{% endif %}); chance {% if rarer %}less than {% endif %}1 in
  {{ chance_in | number }}{% endif %}{% if ceiling_reached %}; {{ in_24h }} within 24 hours, where {{ ceiling }} are too many for
  {% if beyond_habit %}everybody{% else %}anybody{% endif %}{% endif %}{% if newcomer and chance_in %}; few days of their own, so others are the measure{% endif %}."
remediation: Look at what was done in those hours. If it was one piece of work, lengthen the activation; if nobody knows of it, end the
  activations and reset the account.
controls: [iso27001:A.8.16, iso27001:A.8.2, nis2:21.2.i]
false_positives:
  - an incident, a migration or the first day after a holiday
  - maximum durations so short that work has to be activated again and again, later than ten minutes after the end
blind_spots:
  - many roles activated in one go count as many
  - where collection covers fewer than 14 days, or only files are imported, only the ceiling speaks
  - days of leave count as days without activations
  - eligibility through a group inside a group is not seen
  - a slow rise over weeks becomes usual, and so does a new habit after some days
  - who is known to make as many as the ceiling is held to their own days, and to twice the ceiling
tests:
  - name: eight in 24 hours are too many, whatever is usual
    given:
      activation:
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T06:10:00Z", subject_name: Beat Frei, event_ids: [e1]}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T07:10:00Z", subject_name: Beat Frei, event_ids: [e1]}
        - {request_id: a3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T08:10:00Z", subject_name: Beat Frei, event_ids: [e1]}
        - {request_id: a4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T09:10:00Z", subject_name: Beat Frei, event_ids: [e1]}
        - {request_id: a5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T10:10:00Z", subject_name: Beat Frei, event_ids: [e1]}
        - {request_id: a6, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T11:10:00Z", subject_name: Beat Frei, event_ids: [e1]}
        - {request_id: a7, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T12:10:00Z", subject_name: Beat Frei, event_ids: [e1]}
        - {request_id: a8, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T13:10:00Z", subject_name: Beat Frei, event_ids: [e1]}
    expect:
      - subject_id: p1
        local_day: 2026-09-29
        severity: null
        made: 8
        ceiling_reached: true
        surface: entra_role
        chance_in: null
        message: Beat Frei made 8 activations on 2026-09-29
        why: 8 that day; 8 within 24 hours, where 8 are too many for anybody.
  - name: seven in 24 hours are not
    near: true
    given:
      activation:
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T06:10:00Z"}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T07:10:00Z"}
        - {request_id: a3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T08:10:00Z"}
        - {request_id: a4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T09:10:00Z"}
        - {request_id: a5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T10:10:00Z"}
        - {request_id: a6, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T11:10:00Z"}
        - {request_id: a7, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T12:10:00Z"}
        - {request_id: b1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T08:11:00Z"}
    expect: []
  - name: what prolongs an activation is no further one
    near: true
    given:
      activation:
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T06:10:00Z"}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T07:10:00Z"}
        - {request_id: a3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T08:10:00Z"}
        - {request_id: a4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T09:10:00Z"}
        - {request_id: a5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T10:10:00Z"}
        - {request_id: a6, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T11:10:00Z"}
        - {request_id: a7, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T12:10:00Z"}
        - {request_id: b1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T13:10:00Z", renews: a7}
        - {request_id: b2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T14:10:00Z", renews: a7}
        - {request_id: b3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T15:10:00Z", renews: a7}
        - {request_id: b4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T16:10:00Z", renews: a7}
        - {request_id: b5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T17:10:00Z", renews: a7}
    expect: []
  - name: a burst over midnight belongs to the day that fills it, and only to that
    given:
      activation:
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T20:00:00Z"}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T20:30:00Z"}
        - {request_id: a3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T21:00:00Z"}
        - {request_id: a4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T21:30:00Z"}
        - {request_id: a5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T22:00:00Z"}
        - {request_id: b1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T00:05:00Z"}
        - {request_id: b2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T00:30:00Z"}
        - {request_id: b3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T01:00:00Z"}
        - {request_id: b4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T02:00:00Z"}
    expect: [{subject_id: p1, local_day: 2026-09-30, made: 4, in_24h: 9}]
  - name: the day is that of the person's calendar
    given:
      calendar:
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: never}
        - {calendar_id: 1, calendar_scope: person, zone: Asia/Singapore, working_hours: never}
      person_calendar: [{principal_id: p1, calendar_id: 1}]
      activation:
        - {request_id: a1, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-09-29T16:00:00Z"}
        - {request_id: a2, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-09-29T16:10:00Z"}
        - {request_id: a3, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-09-29T16:20:00Z"}
        - {request_id: a4, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-09-29T16:30:00Z"}
        - {request_id: a5, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-09-29T16:40:00Z"}
        - {request_id: a6, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-09-29T16:50:00Z"}
        - {request_id: a7, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-09-29T17:00:00Z"}
        - {request_id: a8, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-09-29T17:10:00Z"}
    expect: [{subject_id: p1, local_day: 2026-09-30, surface: group, zone: Asia/Singapore}]
  - name: six by somebody who made one in eight weeks, roles and groups together
    as_of: "2026-10-01T00:00:00Z"
    given:
      window: &weeks
        - {source: directory_audits, since: "2026-07-01T00:00:00Z", until: "2026-08-20T00:00:00Z"}
        - {source: directory_audits, since: "2026-08-20T00:00:00Z", until: "2026-10-01T00:00:00Z"}
      assignment: &crew
        - {surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, starts_at: "2025-01-01T00:00:00Z", valid_from: "2026-09-20T00:00:00Z"}
        - {surface: entra_role, kind: eligible, principal_id: crew, principal_kind: group, target_id: t1, starts_at: "2025-01-01T00:00:00Z", valid_from: "2026-09-20T00:00:00Z"}
        - {surface: group, access: member, kind: eligible, principal_id: p1, target_id: g1, starts_at: "2025-01-01T00:00:00Z", valid_from: "2026-09-20T00:00:00Z"}
        - {surface: group, access: member, kind: eligible, principal_id: q9, target_id: g1, starts_at: "2025-01-01T00:00:00Z", valid_from: "2026-09-20T00:00:00Z"}
      group_edge: &members
        - {group_id: crew, member_id: q1, edge: member, valid_from: "2026-09-20T00:00:00Z"}
        - {group_id: crew, member_id: q2, edge: member, valid_from: "2026-09-20T00:00:00Z"}
        - {group_id: crew, member_id: q3, edge: member, valid_from: "2026-09-20T00:00:00Z"}
        - {group_id: crew, member_id: q4, edge: member, valid_from: "2026-09-20T00:00:00Z"}
        - {group_id: crew, member_id: q5, edge: member, valid_from: "2026-09-20T00:00:00Z"}
        - {group_id: crew, member_id: q6, edge: owner, valid_from: "2026-09-20T00:00:00Z"}
      activation:
        - {request_id: old1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-01T08:00:00Z"}
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T06:10:00Z"}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T07:10:00Z"}
        - {request_id: a3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T08:10:00Z"}
        - {request_id: a4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T09:10:00Z"}
        - {request_id: g1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-09-30T10:10:00Z"}
        - {request_id: g2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-09-30T11:10:00Z"}
    expect:
      - subject_id: p1
        local_day: 2026-09-30
        severity: null
        surface: null
        own_days: 40
        peers: 5
        newcomer: false
        targets: [g1, t1]
        why: 6 that day; usual 0 on weekdays (40 own days + 10 of 5 peers); chance less than 1 in 1,000,000.
  - name: the same by somebody who has been eligible for four days is low
    as_of: "2026-10-01T00:00:00Z"
    given:
      window: *weeks
      assignment:
        - {surface: group, access: member, kind: eligible, principal_id: p1, target_id: g1, starts_at: "2026-09-26T12:00:00Z", valid_from: "2026-09-27T00:00:00Z"}
        - {surface: group, access: member, kind: eligible, principal_id: q9, target_id: g1, starts_at: "2025-01-01T00:00:00Z", valid_from: "2026-09-20T00:00:00Z"}
      activation:
        - {request_id: a1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-09-30T06:10:00Z"}
        - {request_id: a2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-09-30T07:10:00Z"}
        - {request_id: a3, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-09-30T08:10:00Z"}
        - {request_id: a4, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-09-30T09:10:00Z"}
        - {request_id: a5, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-09-30T10:10:00Z"}
        - {request_id: a6, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-09-30T11:10:00Z"}
    expect:
      - subject_id: p1
        severity: low
        newcomer: true
        own_days: 2
        peers: 1
        peer_kind: others in the tenant
        why: 6 that day; usual 0 on weekdays (2 own days + 10 of 1 others in the tenant); chance less than 1 in 1,000,000; few days of their own, so others are the measure.
  - name: three in a day are within reach of somebody who makes one on most Mondays
    as_of: "2026-10-01T00:00:00Z"
    near: true
    given:
      window: *weeks
      assignment: *crew
      group_edge: *members
      activation:
        - {request_id: w0x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-10T08:00:00Z"}
        - {request_id: w1x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-17T08:00:00Z"}
        - {request_id: w2x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-24T08:00:00Z"}
        - {request_id: w3x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-31T08:00:00Z"}
        - {request_id: w4x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-07T08:00:00Z"}
        - {request_id: w5x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-14T08:00:00Z"}
        - {request_id: w6x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-21T08:00:00Z"}
        - {request_id: w7x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-12T08:00:00Z"}
        - {request_id: w8x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-19T08:00:00Z"}
        - {request_id: w9x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-08-26T08:00:00Z"}
        - {request_id: w10x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-02T08:00:00Z"}
        - {request_id: w11x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-09T08:00:00Z"}
        - {request_id: w12x1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-16T08:00:00Z"}
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T06:10:00Z"}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T07:10:00Z"}
        - {request_id: a3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T08:10:00Z"}
    expect: []
  - name: six on a day, where collection covers only twelve days
    as_of: "2026-10-01T00:00:00Z"
    near: true
    given:
      window: [{source: directory_audits, since: "2026-09-17T12:00:00Z", until: "2026-10-01T00:00:00Z"}]
      assignment: *crew
      activation:
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T06:10:00Z"}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T07:10:00Z"}
        - {request_id: a3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T08:10:00Z"}
        - {request_id: a4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T09:10:00Z"}
        - {request_id: a5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T10:10:00Z"}
        - {request_id: a6, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T11:10:00Z"}
    expect: []
  - name: two are never unusual
    as_of: "2026-10-01T00:00:00Z"
    given:
      window: *weeks
      assignment: *crew
      activation:
        - {request_id: a1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T06:10:00Z"}
        - {request_id: a2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-30T07:10:00Z"}
    expect: []
--- */
WITH zones AS (
    SELECT calendar_id, min(zone) AS zone
    FROM calendar
    GROUP BY calendar_id
),
home AS (
    SELECT coalesce(max(zone), 'UTC') AS zone
    FROM zones
    WHERE calendar_id = 0
),
-- Days collection covers from midnight to midnight, in the tenant's zone.
islands AS (
    SELECT min(since) AS since, max(until) AS until
    FROM (
        SELECT since, until, sum(begins) OVER (ORDER BY since, until) AS island
        FROM (
            SELECT since, until,
                CASE WHEN since <= max(until) OVER (
                    ORDER BY since, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins
            FROM "window"
            WHERE source = 'directory_audits'
                AND until >= CAST($since AS TIMESTAMPTZ) - to_days(CAST($history_days AS INTEGER) + 34)
        ) AS edges
    ) AS numbered
    GROUP BY island
),
covered AS (
    SELECT CAST(d.day AS DATE) AS day, isodow(d.day) >= 6 AS weekend
    FROM home AS h
    CROSS JOIN islands AS i
    CROSS JOIN LATERAL (
        SELECT unnest(range(
            date_trunc('day', i.since AT TIME ZONE h.zone), i.until AT TIME ZONE h.zone, INTERVAL 1 DAY)) AS day
    ) AS d
    WHERE d.day AT TIME ZONE h.zone >= i.since AND (d.day + INTERVAL 1 DAY) AT TIME ZONE h.zone <= i.until
),
-- What was prolonged is one piece of work with what it prolongs.
begun AS (
    SELECT a.request_id, a.subject_id, a.surface, a.target_id, coalesce(a.access, '') AS access, a.starts_at,
        coalesce(z.zone, 'UTC') AS zone, CAST(a.starts_at AT TIME ZONE coalesce(z.zone, 'UTC') AS DATE) AS day
    FROM activation AS a
    LEFT JOIN person_calendar AS p ON p.principal_id = a.subject_id
    LEFT JOIN zones AS z ON z.calendar_id = coalesce(p.calendar_id, 0)
    WHERE a.renews IS NULL AND a.subject_id IS NOT NULL AND a.starts_at <= $until
        AND a.starts_at >= CAST($since AS TIMESTAMPTZ) - to_days(CAST($history_days AS INTEGER) + 34)
),
rolling AS (
    SELECT subject_id, day, starts_at, request_id, zone, count(*) OVER (
        PARTITION BY subject_id ORDER BY starts_at RANGE BETWEEN INTERVAL 24 HOUR PRECEDING AND CURRENT ROW) AS in_24h
    FROM begun
),
counted AS (
    SELECT subject_id, day, starts_at, zone, in_24h, in_24h >= $ceiling AND coalesce(
        lag(in_24h) OVER (PARTITION BY subject_id ORDER BY starts_at, request_id), 0) < $ceiling AS reaches
    FROM rolling
),
daily AS (
    SELECT subject_id, day, isodow(day) >= 6 AS weekend, count(*) AS made, max(in_24h) AS in_24h,
        bool_or(reaches) OR count(*) >= $ceiling AS ceiling_reached, max(starts_at) AS last_at, max(zone) AS zone
    FROM counted
    GROUP BY subject_id, day
),
candidate AS (
    SELECT *, CAST(date_trunc('month', day) AS DATE) AS month
    FROM daily
    WHERE last_at >= $since AND (made >= $minimum OR ceiling_reached)
),
-- The days that tell what is usual, and what was made on them; of others a day counts at most as the ceiling.
needed AS (
    SELECT c.day, c.weekend
    FROM covered AS c
    WHERE c.day >= (SELECT min(month) - $history_days FROM candidate) AND c.day < (SELECT max(day) FROM candidate)
),
past AS (
    SELECT d.subject_id, d.day, d.weekend, d.made AS whole, least(d.made, $ceiling) AS made
    FROM daily AS d
    JOIN needed AS n ON n.day = d.day
),
-- Who could activate what, when: by assignment, through a group, or, where none is on record, because they did.
assigned AS (
    SELECT a.surface, a.target_id, coalesce(a.access, '') AS access, a.principal_id AS holder_id,
        coalesce(a.principal_kind, 'user') AS holder_kind,
        CAST(coalesce(a.starts_at, a.valid_from) AT TIME ZONE h.zone AS DATE) AS from_day,
        coalesce(CAST(least(a.ends_at, a.valid_to) AT TIME ZONE h.zone AS DATE), DATE '9999-12-31') AS to_day
    FROM assignment AS a
    CROSS JOIN home AS h
    WHERE a.kind = 'eligible'
),
held AS (
    SELECT surface, target_id, access, holder_id AS person, from_day, to_day
    FROM assigned
    WHERE holder_kind = 'user'
    UNION
    SELECT a.surface, a.target_id, a.access, e.member_id, a.from_day,
        least(a.to_day, CAST(e.valid_to AT TIME ZONE h.zone AS DATE))
    FROM assigned AS a
    JOIN group_edge AS e ON e.group_id = a.holder_id AND e.edge = 'member'
    CROSS JOIN home AS h
),
span AS (
    SELECT surface, target_id, access, person, from_day, to_day
    FROM held
    UNION ALL
    SELECT b.surface, b.target_id, b.access, b.subject_id, min(b.day), max(b.day) + 1
    FROM begun AS b
    WHERE NOT EXISTS (
        SELECT 1 FROM held AS e
        WHERE e.person = b.subject_id AND e.surface = b.surface AND e.target_id = b.target_id AND e.access = b.access)
    GROUP BY b.surface, b.target_id, b.access, b.subject_id
),
-- The person's own days, each once however many targets they were eligible for.
own_day AS (
    SELECT DISTINCT c.subject_id, c.day, n.day AS past_day, n.weekend = c.weekend AS alike
    FROM candidate AS c
    JOIN span AS s ON s.person = c.subject_id
    JOIN needed AS n
        ON n.day < c.day AND n.day >= c.day - $history_days AND n.day >= s.from_day AND n.day < s.to_day
),
-- The others: everybody in the tenant, and those who share a target. From first to last day of eligibility, gaps
-- included.
reach AS (
    SELECT surface, target_id, access, person, min(from_day) AS from_day, max(to_day) AS to_day
    FROM span
    GROUP BY surface, target_id, access, person
),
sought AS (
    SELECT DISTINCT c.subject_id, c.day, c.weekend, b.surface, b.target_id, b.access
    FROM candidate AS c
    JOIN begun AS b ON b.subject_id = c.subject_id AND b.day = c.day
),
circle AS (
    SELECT r.surface, r.target_id, r.access, r.person, r.from_day, r.to_day
    FROM reach AS r
    JOIN (SELECT DISTINCT surface, target_id, access FROM sought) AS o
        ON o.surface = r.surface AND o.target_id = r.target_id AND o.access = r.access
    UNION ALL
    SELECT '', '', '', person, min(from_day), max(to_day)
    FROM reach
    GROUP BY person
),
-- How many belonged to a circle on each day: one more from the first day, one less from the last.
steps AS (
    SELECT surface, target_id, access, from_day AS day, count(*) AS change
    FROM circle
    GROUP BY surface, target_id, access, from_day
    UNION ALL
    SELECT surface, target_id, access, to_day, -count(*)
    FROM circle
    GROUP BY surface, target_id, access, to_day
    UNION ALL
    SELECT c.surface, c.target_id, c.access, n.day, 0
    FROM (SELECT DISTINCT surface, target_id, access FROM circle) AS c
    CROSS JOIN needed AS n
),
sizes AS (
    SELECT DISTINCT surface, target_id, access, day, sum(change) OVER (
        PARTITION BY surface, target_id, access
        ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS persons
    FROM steps
),
sums AS (
    SELECT c.surface, c.target_id, c.access, p.day, sum(p.made) AS made
    FROM circle AS c
    JOIN past AS p ON p.subject_id = c.person AND p.day >= c.from_day AND p.day < c.to_day
    GROUP BY c.surface, c.target_id, c.access, p.day
),
circle_day AS (
    SELECT z.surface, z.target_id, z.access, z.day, n.weekend, z.persons, coalesce(s.made, 0) AS made
    FROM sizes AS z
    JOIN needed AS n ON n.day = z.day
    LEFT JOIN sums AS s
        ON s.surface = z.surface AND s.target_id = z.target_id AND s.access = z.access AND s.day = z.day
),
others AS (
    SELECT o.subject_id, o.day, o.surface, o.target_id, o.access,
        max(d.persons - CASE WHEN m.person IS NULL THEN 0 ELSE 1 END) AS persons,
        sum(d.persons - CASE WHEN m.person IS NULL THEN 0 ELSE 1 END) AS days,
        sum(d.made - CASE WHEN m.person IS NULL THEN 0 ELSE coalesce(p.made, 0) END) AS made
    FROM (
        SELECT subject_id, day, weekend, surface, target_id, access FROM sought
        UNION ALL
        SELECT subject_id, day, weekend, '', '', '' FROM candidate
    ) AS o
    JOIN circle_day AS d
        ON d.surface = o.surface AND d.target_id = o.target_id AND d.access = o.access
        AND d.weekend = o.weekend AND d.day < o.day AND d.day >= o.day - $history_days
    LEFT JOIN circle AS m
        ON m.surface = o.surface AND m.target_id = o.target_id AND m.access = o.access
        AND m.person = o.subject_id AND d.day >= m.from_day AND d.day < m.to_day
    LEFT JOIN past AS p ON p.subject_id = o.subject_id AND p.day = d.day
    GROUP BY o.subject_id, o.day, o.surface, o.target_id, o.access
),
-- Peers are those eligible for what was activated: of several targets the one that fewest share, but five at least,
-- else the tenant.
peers AS (
    SELECT subject_id, day, persons, days, made, target_id = '' AS everybody,
        row_number() OVER (
            PARTITION BY subject_id, day ORDER BY target_id = '', persons, surface, target_id, access) AS choice
    FROM others
    WHERE days > 0 AND (persons >= 5 OR target_id = '')
),
covering AS (
    SELECT c.subject_id, c.day, count(*) AS days
    FROM candidate AS c
    JOIN covered AS v ON v.day < c.day AND v.day >= c.day - $history_days
    GROUP BY c.subject_id, c.day
),
-- How uneven people's days are is estimated once for each month, from the days before it: so that a day is judged alike
-- whenever it is judged. A day counts there at most as the 99th percentile of all days of all people, its zeros included.
month_day AS (
    SELECT m.month, n.day, n.weekend
    FROM (SELECT DISTINCT month FROM candidate) AS m
    JOIN needed AS n ON n.day < m.month AND n.day >= m.month - $history_days
),
known AS (
    SELECT d.month, d.weekend, e.person, count(*) AS days
    FROM circle AS e
    JOIN month_day AS d ON d.day >= e.from_day AND d.day < e.to_day
    WHERE e.target_id = ''
    GROUP BY d.month, d.weekend, e.person
    HAVING count(*) >= 14
),
person_month AS (
    SELECT k.month, k.weekend, k.person, k.days, sum(p.made) AS made
    FROM known AS k
    JOIN month_day AS d ON d.month = k.month AND d.weekend = k.weekend
    JOIN past AS p ON p.subject_id = k.person AND p.day = d.day
    GROUP BY k.month, k.weekend, k.person, k.days
),
level AS (
    SELECT n.month, n.weekend, n.person_days, CAST(sum(m.made) AS DOUBLE) / n.person_days AS mean
    FROM (SELECT month, weekend, sum(days) AS person_days FROM known GROUP BY month, weekend) AS n
    JOIN person_month AS m ON m.month = n.month AND m.weekend = n.weekend
    GROUP BY n.month, n.weekend, n.person_days
),
-- Here too a day that stands out among the person's others says nothing about how uneven ordinary days are.
calm AS (
    SELECT m.month, m.weekend, m.person, m.days, p.whole
    FROM (
        SELECT t.*, l.mean AS everybodys
        FROM person_month AS t
        JOIN level AS l ON l.month = t.month AND l.weekend = t.weekend
    ) AS m
    JOIN month_day AS d ON d.month = m.month AND d.weekend = m.weekend
    JOIN past AS p ON p.subject_id = m.person AND p.day = d.day
    WHERE p.whole < $minimum OR 1 - list_sum(list_transform(range(least(p.whole, 300)), lambda k:
        exp(lgamma(k + $dispersion) - lgamma(k + 1) - lgamma($dispersion)
            + $dispersion * ln($dispersion / ($dispersion + greatest(1e-9,
                ($peer_days * m.everybodys + m.made - p.made) / ($peer_days + m.days - 1))))
            + k * ln(greatest(1e-9, ($peer_days * m.everybodys + m.made - p.made) / ($peer_days + m.days - 1))
                / ($dispersion + greatest(1e-9, ($peer_days * m.everybodys + m.made - p.made) / ($peer_days + m.days - 1)))
            )))) >= $medium_chance
),
placed AS (
    SELECT month, weekend, whole, row_number() OVER (PARTITION BY month, weekend ORDER BY whole DESC) AS place
    FROM calm
),
capped AS (
    SELECT n.month, n.weekend,
        greatest($minimum, coalesce(max(p.whole) FILTER (p.place = floor(n.person_days * 0.01) + 1), 0)) AS cap
    FROM level AS n
    JOIN placed AS p ON p.month = n.month AND p.weekend = n.weekend
    GROUP BY n.month, n.weekend
),
moments AS (
    SELECT c.month, sum(least(c.whole, k.cap)) AS made, CAST(sum(least(c.whole, k.cap)) AS DOUBLE) / c.days AS mean, c.days,
        (sum(least(c.whole, k.cap) * least(c.whole, k.cap))
            - CAST(sum(least(c.whole, k.cap)) AS DOUBLE) * sum(least(c.whole, k.cap)) / c.days) / (c.days - 1) AS variance
    FROM calm AS c
    JOIN capped AS k ON k.month = c.month AND k.weekend = c.weekend
    GROUP BY c.month, c.weekend, c.person, c.days
),
-- By moments: the variance of a negative binomial is its mean and the mean's square by the dispersion.
estimated AS (
    SELECT month, sum(made) AS made, sum(days * (mean * mean - variance / days)) AS squared,
        sum(days * (variance - mean)) AS beyond
    FROM moments
    GROUP BY month
),
dispersed AS (
    SELECT month, CASE WHEN made < 100 THEN $dispersion WHEN beyond <= 0 THEN 20
        ELSE least(20, greatest(1, round(squared / beyond, 2))) END AS spread
    FROM estimated
),
usual AS (
    SELECT c.*, v.days AS covered_days, p.persons AS peers, p.everybody, coalesce(r.spread, $dispersion) AS spread,
        CASE WHEN p.days > 0 THEN $peer_days ELSE 0 END AS prior_days,
        coalesce(CAST(p.made AS DOUBLE) / nullif(p.days, 0), 0) AS peer_rate
    FROM candidate AS c
    JOIN covering AS v ON v.subject_id = c.subject_id AND v.day = c.day AND v.days >= 14
    LEFT JOIN peers AS p ON p.subject_id = c.subject_id AND p.day = c.day AND p.choice = 1
    LEFT JOIN dispersed AS r ON r.month = c.month
),
-- The person's own days, the ones like the judged one; each counts at most as their 99th percentile or everybody's.
own_made AS (
    SELECT o.subject_id, o.day, o.past_day, o.alike, coalesce(p.whole, 0) AS whole
    FROM own_day AS o
    LEFT JOIN past AS p ON p.subject_id = o.subject_id AND p.day = o.past_day
),
own_sum AS (
    SELECT o.subject_id, o.day, count(*) AS all_days, count(*) FILTER (o.alike) AS days,
        greatest(quantile_cont(o.whole, 0.99) FILTER (o.alike), max(coalesce(k.cap, $ceiling))) AS cap,
        sum(o.whole) FILTER (o.alike) AS made
    FROM own_made AS o
    JOIN candidate AS c ON c.subject_id = o.subject_id AND c.day = o.day
    LEFT JOIN capped AS k ON k.month = c.month AND k.weekend = c.weekend
    GROUP BY o.subject_id, o.day
),
-- Days that stood out would make the next one usual: each is held against the others, and left out where it is more than
-- a low finding itself. What is rarer only by little happens to busy people too: without it, they would seem calmer than
-- they are. What has become a habit does not stand out.
past_rate AS (
    SELECT o.subject_id, o.day, o.past_day, o.whole, least(o.whole, s.cap) AS made, u.spread,
        greatest(1e-9, (u.prior_days * u.peer_rate + s.made - o.whole) / (u.prior_days + s.days - 1)) AS rate
    FROM own_made AS o
    JOIN own_sum AS s ON s.subject_id = o.subject_id AND s.day = o.day
    JOIN usual AS u ON u.subject_id = o.subject_id AND u.day = o.day
    WHERE o.alike AND o.whole > 0 AND u.prior_days + s.days > 1
),
kept AS (
    SELECT *, whole >= $minimum AND whole - rate >= 2 AND 1 - list_sum(list_transform(range(least(whole, 300)), lambda k:
        exp(lgamma(k + spread) - lgamma(k + 1) - lgamma(spread)
            + spread * ln(spread / (spread + rate)) + k * ln(rate / (spread + rate))))) < $medium_chance AS stood_out
    FROM past_rate
),
own AS (
    SELECT s.subject_id, s.day, s.all_days, s.days - count(k.past_day) FILTER (k.stood_out) AS days,
        count(k.past_day) FILTER (k.stood_out) AS left_out,
        coalesce(sum(k.made) FILTER (NOT k.stood_out), 0) AS made
    FROM own_sum AS s
    LEFT JOIN kept AS k ON k.subject_id = s.subject_id AND k.day = s.day
    GROUP BY s.subject_id, s.day, s.all_days, s.days
),
rated AS (
    SELECT u.*, coalesce(o.days, 0) AS own_days, coalesce(o.left_out, 0) AS left_out,
        coalesce(o.all_days, 0) < 14 AS newcomer,
        greatest(1e-9, (u.prior_days * u.peer_rate + coalesce(o.made, 0)) / (u.prior_days + coalesce(o.days, 0))) AS rate
    FROM usual AS u
    LEFT JOIN own AS o ON o.subject_id = u.subject_id AND o.day = u.day
    WHERE u.prior_days > 0 OR coalesce(o.days, 0) >= 14
),
-- The upper tail of a negative binomial with this mean: one less the chances of 0, 1, … made - 1.
judged AS (
    SELECT *, greatest(1e-12, 1 - list_sum(list_transform(range(least(made, 300)), lambda k:
        exp(lgamma(k + spread) - lgamma(k + 1) - lgamma(spread)
            + spread * ln(spread / (spread + rate)) + k * ln(rate / (spread + rate)))))) AS chance,
        1 - list_sum(list_transform(range(least(in_24h, 300)), lambda k:
        exp(lgamma(k + spread) - lgamma(k + 1) - lgamma(spread)
            + spread * ln(spread / (spread + rate)) + k * ln(rate / (spread + rate))))) >= $habit_chance AS is_habit
    FROM rated
),
found AS (
    SELECT c.subject_id, c.day, c.weekend, c.made, c.in_24h, c.last_at, c.zone, j.rate, j.own_days, j.left_out,
        j.prior_days, j.peers, j.everybody, j.newcomer, j.covered_days, j.chance, j.spread,
        pow(10, floor(log10(1 / j.chance))) AS magnitude, coalesce(j.is_habit, false) AS is_habit,
        c.ceiling_reached AND (NOT coalesce(j.is_habit, false) OR c.in_24h >= 2 * $ceiling) AS ceiling_reached
    FROM candidate AS c
    LEFT JOIN judged AS j ON j.subject_id = c.subject_id AND j.day = c.day
    WHERE (c.ceiling_reached AND (NOT coalesce(j.is_habit, false) OR c.in_24h >= 2 * $ceiling))
        OR (j.chance < $low_chance AND c.made >= $minimum AND c.made - j.rate >= 2)
),
details AS (
    SELECT f.subject_id, f.day, arg_max(a.subject_name, a.starts_at) AS subject_name,
        arg_max(a.subject_upn, a.starts_at) AS subject_upn,
        CASE WHEN count(DISTINCT a.surface) = 1 THEN min(a.surface) END AS surface,
        list_sort(list(DISTINCT coalesce(a.target_name, a.target_id))) AS targets,
        list_sort(flatten(list(a.event_ids))) AS event_ids
    FROM found AS f
    JOIN begun AS b ON b.subject_id = f.subject_id AND b.day = f.day
    JOIN activation AS a ON a.request_id = b.request_id
    GROUP BY f.subject_id, f.day
)
SELECT f.subject_id, strftime(f.day, '%Y-%m-%d') AS local_day, f.last_at AS occurred_at,
    CASE WHEN NOT f.ceiling_reached AND (f.chance >= $medium_chance OR f.newcomer) THEN 'low' END AS severity,
    d.surface, d.subject_name, d.subject_upn, f.subject_id AS actor_object_id, d.subject_name AS actor_name,
    d.subject_upn AS actor_upn, 'User' AS actor_type, f.made, f.in_24h, f.ceiling_reached, f.is_habit AS beyond_habit,
    CASE WHEN f.is_habit THEN 2 * $ceiling ELSE $ceiling END AS ceiling, f.zone,
    round(f.rate, 1) AS usual, CASE WHEN f.weekend THEN 'weekend days' ELSE 'weekdays' END AS day_kind,
    f.own_days, f.left_out, f.prior_days, f.peers, f.spread,
    CASE WHEN f.everybody THEN 'others in the tenant' ELSE 'peers' END AS peer_kind,
    f.newcomer, f.covered_days, f.chance,
    CASE WHEN f.chance < 0.000001 THEN 1000000
        ELSE CAST(round(1 / f.chance / f.magnitude) * f.magnitude AS BIGINT) END AS chance_in,
    f.chance < 0.000001 AS rarer,
    d.targets, d.event_ids
FROM found AS f
JOIN details AS d ON d.subject_id = f.subject_id AND d.day = f.day
ORDER BY f.day, f.subject_id
