/* ---
title: Entitled account that nobody uses or that is gone
version: 1.0.0
severity: medium
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, break_glass, principal]
keys: [principal_id]
tactics: [Persistence]
techniques: [T1078.004]
params:
  unseen_days: {type: integer, default: 90, min: 14, max: 730, doc: days without a sign-in after which an account counts as unused}
message: "{{ principal_name or principal_upn or principal_id }} {{ state }} and still has {{ entitlements }} privileged {% if
  entitlements == 1 %}assignment{% else %}assignments{% endif %}"
why: "{% if last_sign_in_at %}The last sign-in on record is of {{ last_sign_in_at | utc }}. {% endif %}It holds or may activate {{
  targets | listed }}{% if more > 0 %} and {{ more }} more{% endif %}."
remediation: Remove the assignments; if the person has left, remove the account as well.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - people on long leave, whose assignments might wait for them elsewhere
blind_spots:
  - an account whose sign-ins are not known counts as used
  - applications have no last sign-in here; of them only disabled and deleted ones are told
  - what an account reaches through a group is told of it only where the group's own lists name it
tests:
  - name: disabled
    as_of: "2026-11-01T06:15:00Z"
    given:
      assignment: &two
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, target_name: Global Reader, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: active, access: member, principal_id: p1, target_id: g1, target_name: sg-sap, valid_from: "2026-10-16T06:15:00Z"}
      principal: [{principal_id: p1, kind: user, name: Otto Alt, enabled: false, last_sign_in_at: "2026-10-31T06:15:00Z", valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - principal_id: p1
        surface: entra_role
        occurred_at: "2026-10-17T06:15:00Z"
        message: Otto Alt is disabled and still has 2 privileged assignments
        why: The last sign-in on record is of 2026-10-31 06:15 UTC. It holds or may activate Global Reader and member of sg-sap.
  - name: deleted, entitled in a group alone
    given:
      assignment: [{assignment_id: s2, surface: group, kind: eligible, access: owner, principal_id: p1, target_id: g1, target_name: sg-sap, valid_from: "2026-10-16T06:15:00Z"}]
      principal: &deleted [{principal_id: p1, kind: user, name: Otto Alt, enabled: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}]
    expect: [{surface: group, occurred_at: "2026-11-01T06:15:00Z", message: Otto Alt is deleted and still has 1 privileged assignment, why: It holds or may activate owner of sg-sap.}]
  - name: not seen for a day longer than allowed
    as_of: "2026-11-01T06:15:00Z"
    given: &unseen
      assignment: *two
      principal: [{principal_id: p1, kind: user, name: Otto Alt, enabled: true, last_sign_in_at: "2026-08-02T06:15:00Z", valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{message: Otto Alt has not signed in for 91 days and still has 2 privileged assignments}]
  - name: exactly as long as allowed
    near: true
    as_of: "2026-10-31T06:15:00Z"
    given: *unseen
    expect: []
  - name: an emergency account rests, which is its business
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *unseen
      break_glass: [{member: bg1@contoso.example, principal_id: p1}]
    expect: []
  - name: it signed in, or whether it did is not known, or whether it is enabled
    near: true
    given:
      assignment: *two
      principal: [{principal_id: p1, kind: user, name: Otto Alt, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: disabled, with nothing left
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}]
      principal: [{principal_id: p1, kind: user, enabled: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: a principal that was never listed is unknown, not deleted
    near: true
    given:
      assignment: *two
    expect: []
  - name: deleted and back again
    near: true
    given:
      assignment: *two
      principal: [*deleted, [{principal_id: p1, kind: user, name: Otto Alt, enabled: true, valid_from: "2026-11-01T06:15:00Z"}]]
    expect: []
--- */
WITH newest AS (
    SELECT principal_id, kind, name, upn, enabled, last_sign_in_at, valid_from, valid_to,
        row_number() OVER (PARTITION BY principal_id ORDER BY valid_from DESC) AS back
    FROM principal
),
judged AS (
    SELECT n.*,
        CASE WHEN n.valid_to IS NOT NULL THEN 'is deleted' WHEN NOT n.enabled THEN 'is disabled'
            WHEN n.last_sign_in_at < CAST($as_of AS TIMESTAMPTZ) - to_days($unseen_days) AND b.principal_id IS NULL
                THEN 'has not signed in for '
                    || CAST(date_diff('day', n.last_sign_in_at, CAST($as_of AS TIMESTAMPTZ)) AS VARCHAR) || ' days'
            END AS state
    FROM newest AS n
    LEFT JOIN (SELECT DISTINCT principal_id FROM break_glass) AS b ON b.principal_id = n.principal_id
    WHERE n.back = 1
),
entitled AS (
    SELECT principal_id, min(surface) AS surface, count(*) AS entitlements,
        list_sort(list(DISTINCT coalesce(access || ' of ', '') || coalesce(target_name, target_id))) AS targets
    FROM assignment
    WHERE valid_to IS NULL AND surface IN ('entra_role', 'group') AND coalesce(member_type, 'direct') = 'direct'
        AND assignment_type IS DISTINCT FROM 'activated'
    GROUP BY principal_id
)
SELECT e.surface, j.principal_id, j.kind AS principal_kind, j.name AS principal_name, j.upn AS principal_upn,
    coalesce(j.valid_to, j.valid_from) AS occurred_at, j.state, j.last_sign_in_at, e.entitlements,
    list_filter(e.targets, lambda name, nth: nth <= 12) AS targets, greatest(len(e.targets) - 12, 0) AS more
FROM judged AS j
JOIN entitled AS e ON e.principal_id = j.principal_id
WHERE j.state IS NOT NULL
ORDER BY j.principal_id
