/* ---
title: Activations within their limit
question: Did any activation last longer than its policy allowed at that time?
type: period
criterion: planned length is within the longest activation of the policy in force when it started
criterion_source: the PIM policy itself, as collected
population: activations of Entra roles and PIM groups that started in the period
numerator: activations within the limit
denominator: activations whose length and policy are known
counts: passing
needs: [directory_audits]
reads: [activation, policy]
params:
  tolerance_seconds: {type: integer, default: 60, doc: seconds by which clocks may differ, source: pimtrail default}
blind_spots:
  - before the first policy snapshot the earliest known policy is assumed (basis says so)
tests:
  - name: the policy of the day counts, not today's
    since: 2026-11-01T00:00:00Z
    until: 2026-12-01T00:00:00Z
    given:
      activation:
        - {request_id: old, surface: entra_role, target_id: r1, starts_at: 2026-11-02T00:00:00Z, expires_at: 2026-11-02T08:00:00Z}
        - {request_id: new, surface: entra_role, target_id: r1, starts_at: 2026-11-20T00:00:00Z, expires_at: 2026-11-20T08:00:00Z}
        - {request_id: exact, surface: entra_role, target_id: r1, starts_at: 2026-11-20T00:00:00Z, expires_at: 2026-11-20T04:00:30Z}
        - {request_id: cut, surface: entra_role, target_id: r1, starts_at: 2026-11-20T00:00:00Z, ended_at: 2026-11-20T01:00:00Z}
        - {request_id: owner, surface: group, target_id: g1, access: owner, starts_at: 2026-11-20T00:00:00Z, expires_at: 2026-11-20T08:00:00Z}
        - {request_id: open, surface: entra_role, target_id: r1, starts_at: 2026-11-20T00:00:00Z}
        - {request_id: free, surface: entra_role, target_id: r2, starts_at: 2026-11-20T00:00:00Z, expires_at: 2026-11-29T00:00:00Z}
      policy:
        - {policy_id: p, surface: entra_role, target_id: r1, max_activation: 28800, valid_from: 2026-10-01T00:00:00Z, valid_to: 2026-11-10T00:00:00Z, basis: assumed}
        - {policy_id: p, surface: entra_role, target_id: r1, max_activation: 14400, valid_from: 2026-11-10T00:00:00Z, basis: observed}
        - {policy_id: q, surface: group, target_id: g1, access: member, max_activation: 28800, valid_from: 2026-10-01T00:00:00Z}
        - {policy_id: f, surface: entra_role, target_id: r2, valid_from: 2026-10-01T00:00:00Z}
    expect:
      - {row_id: old, passes: true, limit_hours: 8, basis: assumed}
      - {row_id: new, passes: false, reason: longer than allowed, planned_hours: 8}
      - {row_id: exact, passes: true}
      - {row_id: cut, passes: true, planned_hours: 1}
      - {row_id: owner, passes: null, reason: no policy known for that time}
      - {row_id: open, passes: null, reason: no end known}
      - {row_id: free, passes: true}
--- */
WITH ruled AS (
    SELECT a.*,
        p.policy_id,
        p.max_activation,
        p.basis,
        date_diff('second', a.starts_at, coalesce(a.expires_at, a.ended_at)) AS planned
    FROM activation a
    LEFT JOIN policy p
        ON p.surface = a.surface AND p.target_id = a.target_id AND p.access IS NOT DISTINCT FROM a.access
        AND p.valid_from <= a.starts_at AND (p.valid_to IS NULL OR p.valid_to > a.starts_at)
    WHERE a.starts_at >= $since AND a.starts_at < $until
    QUALIFY row_number() OVER (PARTITION BY a.request_id ORDER BY p.valid_from DESC) = 1
)
SELECT
    request_id AS row_id,
    starts_at,
    subject_name,
    subject_upn,
    surface,
    target_name,
    target_id,
    access,
    round(planned / 3600.0, 2) AS planned_hours,
    round(max_activation / 3600.0, 2) AS limit_hours,
    basis,
    CASE
        WHEN policy_id IS NULL THEN 'no policy known for that time'
        WHEN planned IS NULL THEN 'no end known'
        WHEN planned > max_activation + $tolerance_seconds THEN 'longer than allowed'
    END AS reason,
    CASE
        WHEN policy_id IS NULL OR planned IS NULL THEN NULL
        ELSE coalesce(planned <= max_activation + $tolerance_seconds, true)
    END AS passes
FROM ruled
ORDER BY starts_at, request_id
