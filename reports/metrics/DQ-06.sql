/* ---
title: Late arrival
question: Did events reach the record when their time was first read, or only on a later reading?
type: period
criterion: no event was missing when its window was first read, unless it came within the limit
criterion_source: the parameter below; it equals the overlap with which windows are read again
population: audit events of the period, counted by day and delay
numerator: events first seen later than the limit, on a repeated reading of their time
denominator: audit events of the period
counts: exceptions
weight: events
measures:
  median_minutes: {label: median delay, unit: minutes}
  p95_minutes: {label: 95th percentile, unit: minutes}
  longest_minutes: {label: longest delay, unit: minutes}
needs: [directory_audits]
reads: [audit_event, "window"]
params:
  limit_minutes: {type: integer, default: 120, doc: minutes after the activity within which an event is in time, source: pimtrail default}
blind_spots:
  - events that the first collection fetched long after they happened were not late, so they carry no delay
tests:
  - name: in time, late, and first reading
    since: 2026-11-01T00:00:00Z
    until: 2026-11-02T00:00:00Z
    given:
      audit_event:
        - {event_id: a, occurred_at: 2026-11-01T10:00:00Z, ingested_at: 2026-11-01T10:10:00Z}
        - {event_id: b, occurred_at: 2026-11-01T10:00:00Z, ingested_at: 2026-11-01T20:00:00Z}
        - {event_id: c, occurred_at: 2026-11-01T11:30:00Z, ingested_at: 2026-11-01T23:00:00Z}
      "window":
        - {since: 2026-11-01T09:00:00Z, until: 2026-11-01T10:15:00Z, finished_at: 2026-11-01T10:16:00Z}
    expect:
      - {delay: at once, events: 1, passes: true, median_minutes: 305}
      - {delay: late, events: 1, passes: false, longest_minutes: 600}
      - {delay: first collection, events: 1, passes: true}
--- */
WITH seen AS (
    SELECT occurred_at, ingested_at, date_diff('second', occurred_at, ingested_at) / 60.0 AS minutes
    FROM audit_event
    WHERE occurred_at >= $since AND occurred_at < $until
),
judged AS (
    SELECT s.*, s.minutes <= $limit_minutes OR s.minutes IS NULL AS in_time,
        s.minutes > $limit_minutes AND EXISTS (
            SELECT 1 FROM "window" w
            WHERE w.since <= s.occurred_at AND w.until >= s.occurred_at AND w.finished_at < s.ingested_at) AS late
    FROM seen s
),
delays AS (
    SELECT
        round(quantile_cont(minutes, 0.5), 1) AS median_minutes,
        round(quantile_cont(minutes, 0.95), 1) AS p95_minutes,
        round(max(minutes), 1) AS longest_minutes
    FROM judged WHERE in_time OR late
),
grouped AS (
    SELECT
        CAST(occurred_at AT TIME ZONE 'UTC' AS DATE) AS day,
        CASE
            WHEN late THEN 'late'
            WHEN NOT in_time THEN 'first collection'
            WHEN minutes <= 15 THEN 'at once'
            ELSE 'within the limit'
        END AS delay,
        count(*) AS events
    FROM judged GROUP BY ALL
)
SELECT
    strftime(g.day, '%Y-%m-%d') || ' ' || g.delay AS row_id,
    g.day,
    g.delay,
    g.events,
    CASE WHEN g.delay = 'late' THEN 'missing when their time was first read' END AS reason,
    d.median_minutes,
    d.p95_minutes,
    d.longest_minutes,
    g.delay <> 'late' AS passes
FROM grouped g CROSS JOIN delays d
ORDER BY g.day, g.delay
