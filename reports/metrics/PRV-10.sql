/* ---
title: Orphaned rights
question: Do disabled, deleted or unknown accounts still hold privileged rights?
type: point_in_time
criterion: every right belongs to an enabled account or to an existing group
criterion_source: rights end when they are no longer needed; no tolerance
population: assignments to Entra roles and PIM groups at the end of the period
numerator: assignments of accounts that are disabled or not found in the directory
denominator: assignments
counts: exceptions
needs: [role_assignment_instances, role_eligibility_instances, group_assignment_instances, group_eligibility_instances]
requires: [users, service_principals, groups]
reads: [assignment, principal, entra_group]
blind_spots:
  - an account that is enabled and unused is no orphan here
tests:
  - name: enabled, disabled, unknown, group and state unknown
    as_of: 2026-12-01T00:00:00Z
    given:
      assignment:
        - {assignment_id: 1, principal_id: u1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 2, principal_id: u2, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 3, principal_id: u3, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 4, principal_id: g1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 5, principal_id: u5, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 6, principal_id: u6, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 7, principal_id: u3, ends_at: 2026-11-30T00:00:00Z, valid_from: 2026-11-01T00:00:00Z}
      principal:
        - {principal_id: u1, kind: user, enabled: true, valid_from: 2026-11-01T00:00:00Z}
        - {principal_id: u2, kind: user, enabled: true, valid_from: 2026-11-01T00:00:00Z, valid_to: 2026-11-09T00:00:00Z}
        - {principal_id: u2, kind: user, enabled: false, valid_from: 2026-11-09T00:00:00Z}
        - {principal_id: u5, kind: user, valid_from: 2026-11-01T00:00:00Z}
        - {principal_id: u6, kind: user, enabled: true, valid_from: 2026-11-01T00:00:00Z, valid_to: 2026-11-09T00:00:00Z}
      entra_group: [{group_id: g1, kind: security, valid_from: 2026-11-01T00:00:00Z}]
    expect:
      - {row_id: "1", passes: true}
      - {row_id: "2", passes: false, reason: account disabled}
      - {row_id: "3", passes: false, reason: not found in the directory}
      - {row_id: "4", passes: true, holder: group}
      - {row_id: "5", passes: null, reason: not known whether the account is enabled}
      - {row_id: "6", passes: false, reason: not found in the directory}
--- */
WITH held AS (
    SELECT a.*,
        CASE WHEN g.group_id IS NOT NULL THEN 'group' ELSE p.kind END AS holder,
        p.enabled
    FROM assignment a
    LEFT JOIN principal p
        ON p.principal_id = a.principal_id AND p.valid_from <= $as_of AND (p.valid_to IS NULL OR p.valid_to > $as_of)
    LEFT JOIN entra_group g
        ON g.group_id = a.principal_id AND g.kind IS NOT NULL
        AND g.valid_from <= $as_of AND (g.valid_to IS NULL OR g.valid_to > $as_of)
    WHERE a.valid_from <= $as_of AND (a.valid_to IS NULL OR a.valid_to > $as_of)
        AND (a.ends_at IS NULL OR a.ends_at > $as_of)
)
SELECT
    assignment_id AS row_id,
    surface,
    kind,
    principal_name,
    principal_upn,
    principal_id,
    holder,
    enabled,
    target_name,
    target_id,
    access,
    ends_at,
    CASE
        WHEN holder IS NULL THEN 'not found in the directory'
        WHEN holder = 'group' THEN NULL
        WHEN enabled IS NULL THEN 'not known whether the account is enabled'
        WHEN NOT enabled THEN 'account disabled'
    END AS reason,
    CASE WHEN holder IS NULL THEN false WHEN holder = 'group' THEN true ELSE enabled END AS passes
FROM held
ORDER BY surface, target_name, target_id, principal_upn, principal_id, assignment_id
