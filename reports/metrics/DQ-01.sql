/* ---
title: Collection coverage
question: Was every minute of the period inside a window of the audit log that was read to its end?
type: period
criterion: every minute of the period lies in a finished window
criterion_source: completeness of evidence; no tolerance
population: spans of the period, counted in minutes, covered or not
numerator: minutes inside a window that was read to its last page
denominator: minutes of the period
counts: passing
weight: minutes
needs: []
reads: ["window", gap]
blind_spots:
  - imported files carry no statement about what was asked, so they add no coverage
  - a window proves that Graph answered to the end, not that Graph held every event by then (see late arrival)
tests:
  - name: overlapping windows are one span and the hole between is told with its reason
    since: 2026-11-01T00:00:00Z
    until: 2026-11-02T00:00:00Z
    given:
      "window":
        - {source: directory_audits, since: 2026-10-31T20:00:00Z, until: 2026-11-01T06:00:00Z}
        - {source: directory_audits, since: 2026-11-01T04:00:00Z, until: 2026-11-01T10:00:00Z}
        - {source: directory_audits, since: 2026-11-01T12:00:00Z, until: 2026-11-02T03:00:00Z}
      gap:
        - {source: directory_audits, since: 2026-11-01T10:00:00Z, until: 2026-11-01T12:00:00Z, reason: older than the log keeps}
    expect:
      - {begins: 2026-11-01T00:00:00Z, ends: 2026-11-01T10:00:00Z, minutes: 600, passes: true}
      - {begins: 2026-11-01T10:00:00Z, minutes: 120, passes: false, reason: older than the log keeps}
      - {begins: 2026-11-01T12:00:00Z, ends: 2026-11-02T00:00:00Z, minutes: 720, passes: true}
  - name: nothing asked is one hole as long as the period
    since: 2026-11-01T00:00:00Z
    until: 2026-11-02T00:00:00Z
    given: {"window": [{source: monitor, since: 2026-11-01T00:00:00Z, until: 2026-11-02T00:00:00Z}]}
    expect: [{minutes: 1440, passes: false, reason: not collected}]
  - name: windows that meet leave no hole
    since: 2026-11-01T00:00:00Z
    until: 2026-11-02T00:00:00Z
    given:
      "window":
        - {source: directory_audits, since: 2026-11-01T00:00:00Z, until: 2026-11-01T12:00:00Z}
        - {source: directory_audits, since: 2026-11-01T12:00:00Z, until: 2026-11-02T00:00:00Z}
    expect: [{minutes: 1440, passes: true}]
--- */
WITH read_to_end AS (
    SELECT greatest(since, $since) AS begins, least(until, $until) AS ends
    FROM "window"
    WHERE source = 'directory_audits' AND until > $since AND since < $until
),
reached AS (
    SELECT begins, ends,
        max(ends) OVER (ORDER BY begins, ends ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM read_to_end
),
numbered AS (
    SELECT begins, ends,
        sum(CASE WHEN begins <= reach + INTERVAL 1 SECOND THEN 0 ELSE 1 END)
            OVER (ORDER BY begins, ends ROWS UNBOUNDED PRECEDING) AS island
    FROM reached
),
covered AS (SELECT min(begins) AS begins, max(ends) AS ends FROM numbered GROUP BY island),
holes AS (
    SELECT coalesce(lag(ends) OVER (ORDER BY begins), $since) AS begins, begins AS ends FROM covered
    UNION ALL
    SELECT coalesce(max(ends), $since), $until FROM covered
),
spans AS (
    SELECT begins, ends, true AS passes FROM covered
    UNION ALL
    SELECT begins, ends, false FROM holes WHERE begins < ends
)
SELECT
    'directory_audits:' || strftime(s.begins AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS row_id,
    'directory_audits' AS source,
    s.begins,
    s.ends,
    date_diff('minute', s.begins, s.ends) AS minutes,
    CASE WHEN NOT s.passes THEN coalesce(
        (SELECT string_agg(DISTINCT g.reason, '; ' ORDER BY g.reason) FROM gap g
         WHERE g.source = 'directory_audits' AND g.since < s.ends AND g.until > s.begins),
        'not collected') END AS reason,
    s.passes
FROM spans s
ORDER BY s.begins
