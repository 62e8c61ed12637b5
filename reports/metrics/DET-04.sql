/* ---
title: Alerts delivered
question: Did every alert reach the place where it is read?
type: period
criterion: every alert raised was accepted by each place it was meant for
criterion_source: alerting without loss; no tolerance
population: alerts raised in the period, one row a revision and destination
numerator: deliveries that were accepted
denominator: deliveries due
counts: passing
needs: []
reads: [alert, outbox]
blind_spots:
  - accepted means the destination took it; whether somebody looked is not known here
tests:
  - name: sent, waiting, refused, nowhere to send
    since: 2026-11-01T00:00:00Z
    until: 2026-12-01T00:00:00Z
    given:
      alert:
        - {alert_id: a1, revision: 1, rule_id: a.b, severity: high, raised_at: 2026-11-02T00:00:00Z}
        - {alert_id: a2, revision: 1, rule_id: a.b, severity: high, raised_at: 2026-11-02T00:00:00Z}
        - {alert_id: a3, revision: 1, rule_id: a.b, severity: low, raised_at: 2026-11-02T00:00:00Z}
        - {alert_id: a4, revision: 1, rule_id: a.b, severity: low, raised_at: 2026-12-01T00:00:00Z}
      outbox:
        - {alert_id: a1, revision: 1, sink: jsonl, state: sent}
        - {alert_id: a1, revision: 1, sink: sentinel, state: quarantined, error: too large}
        - {alert_id: a2, revision: 1, sink: sentinel, state: pending}
        - {alert_id: a4, revision: 1, sink: sentinel, state: pending}
    expect:
      - {row_id: a1.1.jsonl, passes: true}
      - {row_id: a1.1.sentinel, passes: false, reason: too large}
      - {row_id: a2.1.sentinel, passes: false, reason: still waiting}
      - {row_id: a3.1.none, passes: null, reason: no destination was configured}
--- */
SELECT
    a.alert_id || '.' || a.revision || '.' || coalesce(o.sink, 'none') AS row_id,
    a.raised_at,
    a.rule_id,
    a.severity,
    a.status,
    o.sink AS destination,
    o.state,
    o.attempts,
    o.sent_at,
    CASE
        WHEN o.sink IS NULL THEN 'no destination was configured'
        WHEN o.state = 'pending' THEN 'still waiting'
        WHEN o.state <> 'sent' THEN coalesce(o.error, o.state)
    END AS reason,
    o.state = 'sent' AS passes
FROM alert a LEFT JOIN outbox o ON o.alert_id = a.alert_id AND o.revision = a.revision
WHERE a.raised_at >= $since AND a.raised_at < $until
ORDER BY a.raised_at, row_id
