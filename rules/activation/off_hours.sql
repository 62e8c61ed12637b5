/* ---
title: Activation outside working hours
version: 1.0.0
severity: medium
confidence: 0.7
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, calendar, holiday, on_call, person_calendar, window]
keys: [request_id]
lookback: 1d
tactics: [PrivilegeEscalation, Persistence]
techniques: [T1078.004]
params:
  grace_minutes: {type: integer, default: 0, min: 0, max: 240, doc: minutes tolerated before and after working hours}
message: "{{ subject_name or subject_upn or subject_id }} activated {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }} at {{ occurred_at | utc }} ({{ local_time }} {{ zone }})"
why: "{{ weekday }} {{ local_clock }} is outside {{ working_hours }} of the {{ calendar_scope }}'s calendar ({{ zone }}){% if
  holiday %}; the day is a holiday, {{ holiday }}{% endif %}.{% if first_in_90_days %} It is this person's first activation
  outside working hours in {{ known_days }} days on record.{% elif previous_off_hours %} The one before was on {{
  previous_off_hours | day }}.{% endif %}"
remediation: Ask the person or their lead. If nobody knows of it, end the activation, revoke the account's sessions and reset it.
controls: [iso27001:A.8.16, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - "people on call: give them an on-call calendar"
  - "people who work elsewhere or at other hours: give them, or a group of them, a calendar of their own"
blind_spots:
  - a person without a calendar is judged by the tenant's
  - calendars and group members are those of today, also for an activation long ago
  - whoever steals an account in the afternoon works in the afternoon
tests:
  - name: 03:12 on a Tuesday is found
    given: &tuesday
      calendar: &office
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon-fri 07:00-19:00", weekday: 1, opens_minute: 420, closes_minute: 1140, shift_offset: 0}
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon-fri 07:00-19:00", weekday: 2, opens_minute: 420, closes_minute: 1140, shift_offset: 0}
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon-fri 07:00-19:00", weekday: 3, opens_minute: 420, closes_minute: 1140, shift_offset: 0}
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon-fri 07:00-19:00", weekday: 4, opens_minute: 420, closes_minute: 1140, shift_offset: 0}
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon-fri 07:00-19:00", weekday: 5, opens_minute: 420, closes_minute: 1140, shift_offset: 0}
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, subject_name: Chiara Rossi, target_id: t1, target_name: Security Administrator, starts_at: "2026-09-29T01:12:07Z", event_ids: [e1, e2]}
    expect:
      - request_id: r1
        local_time: 2026-09-29 03:12
        zone: Europe/Zurich
        first_in_90_days: null
        event_ids: [e1, e2]
        message: Chiara Rossi activated Security Administrator at 2026-09-29 01:12 UTC (2026-09-29 03:12 Europe/Zurich)
        why: Tuesday 03:12 is outside mon-fri 07:00-19:00 of the tenant's calendar (Europe/Zurich).
  - name: a group's member and its owner are found alike
    given:
      calendar: *office
      activation:
        - {request_id: r1, surface: group, access: member, subject_id: p1, subject_name: Hamza, target_id: g1, target_name: sg-rdp-prod, starts_at: "2026-10-03T12:20:31Z"}
        - {request_id: r2, surface: group, access: owner, subject_id: p2, subject_name: Gabriela, target_id: g1, target_name: sg-rdp-prod, starts_at: "2026-10-07T20:45:02Z"}
    expect:
      - {request_id: r1, surface: group, access: member}
      - {request_id: r2, message: "Gabriela activated owner of sg-rdp-prod at 2026-10-07 20:45 UTC (2026-10-07 22:45 Europe/Zurich)"}
  - name: noon is not
    given:
      calendar: *office
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-09-29T10:00:00Z"}]
    expect: []
  - name: 07:00:00 is at work and 19:00:00 is not, since hours are half-open
    near: true
    given:
      calendar: *office
      activation:
        - {request_id: opening, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T05:00:00Z"}
        - {request_id: last, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-08T16:59:59Z"}
    expect: []
  - name: 19:00:00 is found
    given:
      calendar: *office
      activation: [{request_id: closing, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T17:00:00Z"}]
    expect: [{request_id: closing}]
  - name: 05:30Z is 07:30 in summer time and 06:30 after it
    given:
      calendar: *office
      activation:
        - {request_id: summer, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-23T05:30:00Z"}
        - {request_id: winter, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-27T05:30:00Z"}
    expect: [{request_id: winter, local_time: 2026-10-27 06:30}]
  - name: the hour that comes twice and the hour that never comes
    given:
      calendar: [{calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "sun 02:00-03:00", weekday: 7, opens_minute: 120, closes_minute: 180, shift_offset: 0}]
      activation:
        - {request_id: twice-1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-25T00:30:00Z"}
        - {request_id: twice-2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-25T01:30:00Z"}
        - {request_id: before, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2027-03-28T00:59:59Z"}
        - {request_id: after, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2027-03-28T01:00:00Z"}
    expect: [{request_id: before, local_clock: "01:59"}, {request_id: after, local_clock: "03:00"}]
  - name: a shift over midnight belongs to the day it began
    given:
      calendar: &night
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon,fri 22:00-06:00", weekday: 1, opens_minute: 1320, closes_minute: 1440, shift_offset: 0}
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon,fri 22:00-06:00", weekday: 2, opens_minute: 0, closes_minute: 360, shift_offset: -1}
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon,fri 22:00-06:00", weekday: 5, opens_minute: 1320, closes_minute: 1440, shift_offset: 0}
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Zurich, working_hours: "mon,fri 22:00-06:00", weekday: 6, opens_minute: 0, closes_minute: 360, shift_offset: -1}
      activation:
        - {request_id: monday-night, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-12T21:30:00Z"}
        - {request_id: friday-shift, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-10T01:00:00Z"}
        - {request_id: sunday-shift, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-12T01:00:00Z"}
    expect: [{request_id: sunday-shift}]
  - name: a holiday is off, and takes with it the part of its shift after midnight
    given:
      calendar: *night
      holiday: [{calendar_id: 0, day: 2026-10-12, name: Founding Day}]
      activation:
        - {request_id: evening, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-12T21:30:00Z"}
        - {request_id: next-morning, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-13T01:00:00Z"}
        - {request_id: friday, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-16T21:30:00Z"}
    expect: [{request_id: evening, holiday: Founding Day}, {request_id: next-morning, holiday: null}]
  - name: another calendar's holiday is no holiday
    near: true
    given:
      calendar: *office
      holiday: [{calendar_id: 7, day: 2026-10-26, name: Nationalfeiertag}]
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-26T09:00:00Z"}]
    expect: []
  - name: several spans a day, the pause between them is off
    given:
      calendar:
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Rome, working_hours: "fri 08:00-12:00, fri 14:00-18:00", weekday: 5, opens_minute: 480, closes_minute: 720, shift_offset: 0}
        - {calendar_id: 0, calendar_scope: tenant, zone: Europe/Rome, working_hours: "fri 08:00-12:00, fri 14:00-18:00", weekday: 5, opens_minute: 840, closes_minute: 1080, shift_offset: 0}
      activation:
        - {request_id: morning, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-16T07:00:00Z"}
        - {request_id: pause, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-16T11:00:00Z"}
        - {request_id: afternoon, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-16T13:00:00Z"}
    expect: [{request_id: pause}]
  - name: whoever has a calendar of their own is judged by it
    given:
      calendar:
        - *office
        - {calendar_id: 1, calendar_scope: person, zone: Asia/Singapore, working_hours: "thu 08:00-20:00", weekday: 4, opens_minute: 480, closes_minute: 1200, shift_offset: 0}
      person_calendar: [{principal_id: mei, calendar_id: 1}, {principal_id: zoe, calendar_id: 0}]
      activation:
        - {request_id: mei-day, surface: entra_role, subject_id: mei, target_id: t1, starts_at: "2026-10-01T01:30:15Z"}
        - {request_id: mei-night, surface: entra_role, subject_id: mei, target_id: t1, starts_at: "2026-10-01T14:30:20Z"}
        - {request_id: zoe-day, surface: entra_role, subject_id: zoe, target_id: t1, starts_at: "2026-10-01T14:30:20Z"}
    expect: [{request_id: mei-night, zone: Asia/Singapore, calendar_scope: person, local_time: 2026-10-01 22:30}]
  - name: on call is no finding, the moment after it is one
    given:
      calendar: *office
      on_call: [{calendar_id: 0, starts_at: "2026-10-19T00:00:00Z", ends_at: "2026-10-26T00:00:00Z"}]
      activation:
        - {request_id: on-call, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-25T23:59:59Z"}
        - {request_id: after, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-26T00:00:00Z"}
    expect: [{request_id: after}]
  - name: on call by name, whatever calendar else holds
    near: true
    given:
      calendar: *office
      on_call: [{calendar_id: 9, member: jonas@contoso.example, starts_at: "2026-10-19T00:00:00Z", ends_at: "2026-10-26T00:00:00Z"}]
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, subject_upn: Jonas@contoso.example, target_id: t1, starts_at: "2026-10-20T01:00:00Z"}]
    expect: []
  - name: minutes of grace
    params: {grace_minutes: 15}
    given:
      calendar: *office
      activation:
        - {request_id: r0645, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T04:45:00Z"}
        - {request_id: r0644, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T04:44:59Z"}
        - {request_id: r1914, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T17:14:59Z"}
        - {request_id: r1915, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T17:15:00Z"}
    expect: [{request_id: r0644}, {request_id: r1915}]
  - name: never at work
    given:
      calendar: [{calendar_id: 0, calendar_scope: tenant, zone: UTC, working_hours: never}]
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T10:00:00Z"}]
    expect: [{request_id: r1}]
  - name: without any calendar nobody is judged
    near: true
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T01:00:00Z"}]
    expect: []
  - name: the first in 90 days, the second, and a first that cannot be known
    given:
      calendar: *office
      window: [{source: directory_audits, since: "2026-06-01T00:00:00Z", until: "2026-08-01T00:00:00Z"}, {source: directory_audits, since: "2026-08-01T00:00:00Z", until: "2026-11-01T00:00:00Z"}]
      activation:
        - {request_id: early, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-06-20T01:00:00Z"}
        - {request_id: first, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T01:00:00Z"}
        - {request_id: second, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-09T01:00:00Z"}
        - {request_id: other, surface: entra_role, subject_id: p2, target_id: t1, starts_at: "2026-08-05T01:00:00Z"}
    expect:
      - {request_id: early, first_in_90_days: null}
      - {request_id: first, first_in_90_days: true, known_days: 90}
      - request_id: second
        first_in_90_days: false
        previous_off_hours: "2026-10-08T01:00:00Z"
        why: Friday 03:00 is outside mon-fri 07:00-19:00 of the tenant's calendar (Europe/Zurich). The one before was on 2026-10-08.
      - {request_id: other, first_in_90_days: true, known_days: 65}
  - name: a scheduled activation is judged once it has begun, by when it begins
    as_of: "2026-10-22T18:00:00Z"
    near: true
    given:
      calendar: *office
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, requested_at: "2026-10-22T14:05:10Z", starts_at: "2026-10-22T19:00:00Z"}]
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
zones AS (
    SELECT calendar_id, min(zone) AS zone, min(working_hours) AS working_hours, min(calendar_scope) AS calendar_scope
    FROM calendar
    GROUP BY calendar_id
),
-- Judged are those since $since; the 90 days before tell whether it is the first.
begun AS (
    SELECT a.request_id, a.subject_id, a.subject_upn, a.starts_at, z.calendar_id, z.zone, z.working_hours,
        z.calendar_scope
    FROM activation AS a
    LEFT JOIN person_calendar AS p ON p.principal_id = a.subject_id
    JOIN zones AS z ON z.calendar_id = coalesce(p.calendar_id, 0)
    WHERE a.starts_at >= CAST($since AS TIMESTAMPTZ) - INTERVAL 90 DAY AND a.starts_at <= CAST($until AS TIMESTAMPTZ)
),
-- With grace a moment counts as at work when it, or one so many minutes later or earlier, is.
moments AS (
    SELECT b.request_id, b.calendar_id,
        (b.starts_at + to_minutes(CAST(g.minutes AS INTEGER))) AT TIME ZONE b.zone AS local
    FROM begun AS b
    CROSS JOIN (SELECT DISTINCT unnest([0, $grace_minutes, -$grace_minutes]) AS minutes) AS g
),
at_work AS (
    SELECT DISTINCT m.request_id
    FROM moments AS m
    JOIN calendar AS c
        ON c.calendar_id = m.calendar_id
        AND c.weekday = isodow(m.local)
        AND date_part('hour', m.local) * 60 + date_part('minute', m.local) >= c.opens_minute
        AND date_part('hour', m.local) * 60 + date_part('minute', m.local) < c.closes_minute
    LEFT JOIN holiday AS h ON h.calendar_id = m.calendar_id AND h.day = CAST(m.local AS DATE) + c.shift_offset
    WHERE h.day IS NULL
),
on_duty AS (
    SELECT b.request_id
    FROM begun AS b
    JOIN on_call AS o
        ON (o.calendar_id = b.calendar_id OR o.member = lower(b.subject_upn) OR o.member = lower(b.subject_id))
        AND b.starts_at >= o.starts_at AND b.starts_at < o.ends_at
),
off AS (
    SELECT b.*, b.starts_at AT TIME ZONE b.zone AS local,
        lag(b.starts_at) OVER (PARTITION BY b.subject_id ORDER BY b.starts_at, b.request_id) AS previous
    FROM begun AS b
    WHERE b.request_id NOT IN (SELECT request_id FROM at_work)
        AND b.request_id NOT IN (SELECT request_id FROM on_duty)
),
known AS (
    SELECT o.request_id, max(c.since) AS since
    FROM off AS o
    JOIN coverage AS c ON c.since <= o.starts_at
    GROUP BY o.request_id
)
SELECT o.request_id, o.starts_at AS occurred_at, a.surface, a.subject_id, a.subject_name, a.subject_upn,
    a.target_id, a.target_name, a.access, a.scope, a.event_ids, true AS out_of_hours, o.zone, o.working_hours, o.calendar_scope,
    strftime(o.local, '%Y-%m-%d %H:%M') AS local_time, strftime(o.local, '%H:%M') AS local_clock,
    strftime(o.local, '%A') AS weekday, h.name AS holiday,
    CASE WHEN o.previous >= o.starts_at - INTERVAL 90 DAY THEN false
        WHEN k.since <= o.starts_at - INTERVAL 30 DAY THEN true END AS first_in_90_days,
    CASE WHEN o.previous >= o.starts_at - INTERVAL 90 DAY THEN o.previous END AS previous_off_hours,
    least(90, date_diff('day', k.since, o.starts_at)) AS known_days
FROM off AS o
JOIN activation AS a ON a.request_id = o.request_id
LEFT JOIN known AS k ON k.request_id = o.request_id
LEFT JOIN holiday AS h ON h.calendar_id = o.calendar_id AND h.day = CAST(o.local AS DATE)
WHERE o.starts_at >= CAST($since AS TIMESTAMPTZ)
ORDER BY o.starts_at, o.request_id
