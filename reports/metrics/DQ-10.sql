/* ---
title: Names resolved
question: Is every account named in the audit log known from the directory, or proven deleted?
type: period
criterion: each account is found in a directory snapshot, or its deletion is in the log
criterion_source: accuracy of evidence; no tolerance
population: accounts that acted, or were acted on, in audit events of the period
numerator: accounts found in the directory or proven deleted
denominator: accounts named
counts: passing
needs: [directory_audits]
requires: [users, service_principals]
reads: [audit_event, principal]
blind_spots:
  - guests of partner tenants who act by delegated administration have no object here
tests:
  - name: found, deleted, unknown
    since: 2026-11-01T00:00:00Z
    until: 2026-11-02T00:00:00Z
    given:
      audit_event:
        - {event_id: a, occurred_at: 2026-11-01T10:00:00Z, actor_kind: user, actor_id: u1, target_user_id: u2, activity: Update user}
        - {event_id: b, occurred_at: 2026-11-01T11:00:00Z, actor_kind: service_principal, actor_id: s1, target_user_id: u3, activity: Delete user}
        - {event_id: c, occurred_at: 2026-11-03T11:00:00Z, actor_kind: user, actor_id: u9}
      principal:
        - {principal_id: u1, kind: user}
        - {principal_id: s1, kind: service_principal}
    expect:
      - {row_id: u1, resolved_as: user, passes: true}
      - {row_id: s1, resolved_as: service_principal, passes: true}
      - {row_id: u2, passes: false, reason: not found in the directory}
      - {row_id: u3, resolved_as: deleted, passes: true}
--- */
WITH named AS (
    SELECT actor_id AS principal_id, actor_name AS name, actor_upn AS upn, occurred_at
    FROM audit_event
    WHERE actor_id IS NOT NULL AND actor_kind IN ('user', 'service_principal')
        AND occurred_at >= $since AND occurred_at < $until
    UNION ALL
    SELECT target_user_id, target_user_name, target_user_upn, occurred_at
    FROM audit_event
    WHERE target_user_id IS NOT NULL AND occurred_at >= $since AND occurred_at < $until
),
accounts AS (
    SELECT principal_id, max(name) AS name, max(upn) AS upn, count(*) AS mentions,
        min(occurred_at) AS first_named_at, max(occurred_at) AS last_named_at
    FROM named GROUP BY principal_id
),
known AS (SELECT principal_id, max(kind) AS kind FROM principal GROUP BY principal_id),
gone AS (
    SELECT DISTINCT target_user_id AS principal_id FROM audit_event
    WHERE activity IN ('Delete user', 'Hard Delete user')
),
resolved AS (
    SELECT a.*, coalesce(k.kind, CASE WHEN g.principal_id IS NOT NULL THEN 'deleted' END) AS resolved_as
    FROM accounts a
    LEFT JOIN known k ON k.principal_id = a.principal_id
    LEFT JOIN gone g ON g.principal_id = a.principal_id
)
SELECT
    principal_id AS row_id,
    name,
    upn,
    mentions,
    first_named_at,
    last_named_at,
    resolved_as,
    CASE WHEN resolved_as IS NULL THEN 'not found in the directory' END AS reason,
    resolved_as IS NOT NULL AS passes
FROM resolved
ORDER BY principal_id
