/* ---
title: Closed page chains
question: Did every collection run read each of its windows and snapshots to the last page?
type: period
criterion: no run ended with a window or snapshot unread
criterion_source: completeness of evidence; no tolerance
population: collection runs started in the period, or that read windows of it
numerator: runs in which every walk ended with its last page
denominator: runs
counts: passing
needs: []
reads: [run, segment, segment_page, "window"]
blind_spots:
  - a run that another run kept waiting, and that read nothing, is counted as not closed
tests:
  - name: finished and unfinished
    since: 2026-11-01T00:00:00Z
    until: 2026-11-02T00:00:00Z
    given:
      run:
        - {run_id: r1, command: run, started_at: 2026-11-01T01:00:00Z, finished_at: 2026-11-01T01:01:00Z, exit_code: 0}
        - {run_id: r2, command: run, started_at: 2026-11-01T02:00:00Z, finished_at: 2026-11-01T02:01:00Z, exit_code: 4}
        - {run_id: r3, command: collect, started_at: 2026-11-01T03:00:00Z}
        - {run_id: r6, command: run, started_at: 2026-11-01T05:00:00Z, exit_code: 1, summary: '{"collect": {"unfinished": []}, "exit_code": 1}'}
        - {run_id: r7, command: run, started_at: 2026-11-01T06:00:00Z, exit_code: 1, summary: '{"collect": {"unfinished": ["groups: 503"]}}'}
        - {run_id: r8, command: run, started_at: 2026-11-01T07:00:00Z, exit_code: 1, summary: '{"collect": {"unfinished": []}}'}
        - {run_id: r4, command: report, started_at: 2026-11-01T04:00:00Z}
        - {run_id: r5, command: run, started_at: 2026-11-05T00:00:00Z, exit_code: 0}
      "window": [{run_id: r6, since: 2026-11-01T00:00:00Z, until: 2026-11-01T05:00:00Z}]
      segment:
        - {seq: 1, run_id: r1, items: 20}
      segment_page:
        - {seq: 1, page: 0, status: 200}
        - {seq: 1, page: 1, status: 200}
    expect:
      - {row_id: r1, walks: 1, pages: 2, passes: true}
      - {row_id: r2, passes: false, reason: a window or snapshot was not read to its end}
      - {row_id: r3, passes: false, reason: the run left no end}
      - {row_id: r6, passes: true, reason: null}
      - {row_id: r7, passes: false, reason: a window or snapshot was not read to its end}
      - {row_id: r8, passes: false, reason: the run ended with exit code 1}
  - name: a later run that read the period counts
    since: 2026-11-01T00:00:00Z
    until: 2026-11-02T00:00:00Z
    given:
      run: [{run_id: r9, command: run, started_at: 2026-11-09T00:00:00Z, exit_code: 0}]
      "window": [{run_id: r9, since: 2026-11-01T00:00:00Z, until: 2026-11-02T00:00:00Z}]
    expect: [{row_id: r9, passes: true}]
--- */
WITH told AS (
    SELECT *,
        coalesce(regexp_matches(summary, '"unfinished": ?\[\]'), false) AS nothing_left,
        coalesce(regexp_matches(summary, '"unfinished": ?\[[^\]]'), false) OR coalesce(exit_code = 4, false) AS unread
    FROM run
),
ended AS (
    -- A later stage may fail with the pages already read: then the summary tells.
    SELECT *,
        coalesce(exit_code IN (0, 8, 10), false)
        OR (exit_code IN (1, 6, 7) AND nothing_left AND run_id IN (SELECT run_id FROM "window")) AS closed
    FROM told
),
walked AS (
    SELECT s.run_id, count(DISTINCT s.seq) AS walks, count(p.page) AS pages
    FROM segment s LEFT JOIN segment_page p ON p.seq = s.seq
    GROUP BY s.run_id
)
SELECT
    r.run_id AS row_id,
    r.command,
    r.started_at,
    r.finished_at,
    r.exit_code,
    coalesce(w.walks, 0) AS walks,
    coalesce(w.pages, 0) AS pages,
    CASE
        WHEN r.exit_code IS NULL THEN 'the run left no end'
        WHEN r.unread THEN 'a window or snapshot was not read to its end'
        WHEN NOT r.closed THEN 'the run ended with exit code ' || r.exit_code
    END AS reason,
    r.closed AS passes
FROM ended r LEFT JOIN walked w ON w.run_id = r.run_id
WHERE r.command IN ('run', 'collect')
    AND ((r.started_at >= $since AND r.started_at < $until)
        OR r.run_id IN (SELECT run_id FROM "window" WHERE until > $since AND since < $until))
ORDER BY r.started_at, r.run_id
