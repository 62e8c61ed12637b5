/* ---
title: Rule runs
question: Did the detection rules run, each time and to the end?
type: period
criterion: every evaluation of an enabled rule finished
criterion_source: continuous monitoring; no tolerance
population: evaluations of rules in the period, counted by rule and outcome
numerator: evaluations that finished
denominator: evaluations of enabled rules
counts: passing
weight: evaluations
needs: []
reads: [rule_run]
blind_spots:
  - evaluations that were never started leave no row; the runs of the pipeline show those
  - a rule that still waits for enough history is counted apart
tests:
  - name: finished, failed, disabled
    since: 2026-11-01T00:00:00Z
    until: 2026-12-01T00:00:00Z
    given:
      rule_run:
        - {rule_id: a.b, rule_version: 1.0.0, as_of: 2026-11-02T00:00:00Z, status: finished, opened: 2}
        - {rule_id: a.b, rule_version: 1.0.0, as_of: 2026-11-03T00:00:00Z, status: finished, opened: 1}
        - {rule_id: a.b, rule_version: 1.0.0, as_of: 2026-11-04T00:00:00Z, status: failed, opened: 0, error: no such column}
        - {rule_id: a.c, rule_version: 1.0.0, as_of: 2026-11-04T00:00:00Z, status: disabled, opened: 0}
        - {rule_id: a.b, rule_version: 1.0.0, as_of: 2026-12-01T00:00:00Z, status: failed, opened: 0}
    expect:
      - {row_id: a.b 1.0.0 finished, evaluations: 2, findings: 3, passes: true}
      - {row_id: a.b 1.0.0 failed, evaluations: 1, passes: false, reason: no such column}
      - {row_id: a.c 1.0.0 disabled, evaluations: 1, passes: null, reason: disabled in the configuration}
--- */
SELECT
    rule_id || ' ' || rule_version || ' ' || status AS row_id,
    rule_id,
    rule_version,
    status,
    count(*) AS evaluations,
    min(as_of) AS first_at,
    max(as_of) AS last_at,
    sum(opened) AS findings,
    CASE
        WHEN status = 'failed' THEN coalesce(max(error), 'failed')
        WHEN status = 'disabled' THEN 'disabled in the configuration'
        WHEN status = 'waiting' THEN 'not enough history yet'
        WHEN status <> 'finished' THEN status
    END AS reason,
    CASE WHEN status = 'finished' THEN true WHEN status = 'failed' THEN false END AS passes
FROM rule_run
WHERE as_of >= $since AND as_of < $until
GROUP BY rule_id, rule_version, status
ORDER BY rule_id, rule_version, status
