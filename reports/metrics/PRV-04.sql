/* ---
title: Expiring rights
question: Do rights end by themselves, so that somebody has to ask again?
type: point_in_time
criterion: every assignment, eligible or active, has an end; registered emergency accounts are not judged
criterion_source: rights limited in time; pimtrail default
population: assignments to Entra roles and PIM groups at the end of the period
numerator: assignments with an end
denominator: assignments
counts: passing
needs: [role_assignment_instances, role_eligibility_instances, group_assignment_instances, group_eligibility_instances]
reads: [assignment, tier, break_glass, entra_group, baseline]
blind_spots:
  - an end far in the future counts as an end; the register shows each date
tests:
  - name: with and without an end
    as_of: 2026-12-01T00:00:00Z
    given:
      assignment:
        - {assignment_id: e1, surface: entra_role, kind: eligible, principal_id: u1, target_id: r1, ends_at: 2027-01-01T00:00:00Z, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: e2, surface: group, kind: eligible, principal_id: u1, target_id: g1, access: owner, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: u2, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: s2, surface: group, kind: active, assignment_type: assigned, principal_id: u2, target_id: g1, access: member, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: b1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: bg, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: t1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: u3, target_id: r1, ends_at: 2027-01-01T00:00:00Z, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: a1, surface: entra_role, kind: active, assignment_type: activated, principal_id: u1, target_id: r1, ends_at: 2026-12-01T04:00:00Z, valid_from: 2026-11-30T20:00:00Z}
        - {assignment_id: p1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: g1, target_id: r2, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: old, surface: entra_role, kind: active, assignment_type: assigned, principal_id: u4, target_id: r1, valid_from: 2026-11-01T00:00:00Z, valid_to: 2026-11-20T00:00:00Z}
        - {assignment_id: new, surface: entra_role, kind: active, assignment_type: assigned, principal_id: u4, target_id: r1, valid_from: 2026-12-02T00:00:00Z}
        - {assignment_id: out, surface: entra_role, kind: active, assignment_type: assigned, principal_id: u4, target_id: r1, ends_at: 2026-11-30T00:00:00Z, valid_from: 2026-11-01T00:00:00Z}
      break_glass: [{member: bg@contoso.example, principal_id: bg}]
      entra_group: [{group_id: g1, is_onboarded: true, valid_from: 2026-11-01T00:00:00Z}]
      tier:
        - {surface: entra_role, target_id: r1, tier: tier0, basis: list}
        - {surface: entra_role, target_id: r1, tier: tier1, basis: high_impact}
      baseline: [{principal_id: u2, target_id: r1, owner: IT lead, reason: legacy job}]
    expect:
      - {row_id: e1, passes: true}
      - {row_id: e2, passes: false, reason: no end}
      - {row_id: s1, passes: false, accepted_by: IT lead}
      - {row_id: s2, passes: false}
      - {row_id: b1, passes: null}
      - {row_id: t1, passes: true}
      - {row_id: a1, passes: null}
      - {row_id: p1, passes: null}
--- */
WITH held AS (
    SELECT a.*,
        t.tier,
        b.principal_id IS NOT NULL AS break_glass,
        coalesce(g.is_onboarded, false) AND a.surface = 'entra_role' AS through_pim_group,
        l.owner AS accepted_by,
        l.reason AS accepted_because
    FROM assignment a
    LEFT JOIN (SELECT surface, target_id, min(tier) AS tier FROM tier GROUP BY ALL) t
        ON t.surface = a.surface AND t.target_id = a.target_id
    LEFT JOIN (SELECT DISTINCT principal_id FROM break_glass) b ON b.principal_id = a.principal_id
    LEFT JOIN entra_group g
        ON g.group_id = a.principal_id AND g.valid_from <= $as_of AND (g.valid_to IS NULL OR g.valid_to > $as_of)
    LEFT JOIN (
        SELECT principal_id, target_id, access, max(owner) AS owner, max(reason) AS reason FROM baseline GROUP BY ALL) l
        ON l.principal_id = a.principal_id AND l.target_id = a.target_id AND (l.access IS NULL OR l.access = a.access)
    WHERE a.valid_from <= $as_of AND (a.valid_to IS NULL OR a.valid_to > $as_of)
        AND (a.ends_at IS NULL OR a.ends_at > $as_of)
)
SELECT
    assignment_id AS row_id,
    surface,
    kind,
    assignment_type,
    principal_name,
    principal_upn,
    principal_kind,
    principal_id,
    target_name,
    target_id,
    tier,
    access,
    scope,
    starts_at,
    ends_at,
    break_glass,
    accepted_by,
    accepted_because,
    CASE
        WHEN assignment_type = 'activated' THEN 'activation of an eligible right: not an assignment of its own'
        WHEN break_glass THEN 'registered emergency account'
        WHEN kind = 'active' AND through_pim_group THEN 'held by a PIM group: its memberships are judged'
        WHEN ends_at IS NULL THEN 'no end'
    END AS reason,
    CASE
        WHEN assignment_type = 'activated' OR break_glass OR (kind = 'active' AND through_pim_group) THEN NULL
        ELSE ends_at IS NOT NULL
    END AS passes
FROM held
ORDER BY surface, target_name, target_id, principal_upn, principal_id, assignment_id
