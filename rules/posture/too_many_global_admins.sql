/* ---
title: Too many or too few Global Administrators
version: 1.0.0
severity: medium
confidence: 0.95
status: stable
surface: [entra_role]
kind: state
reads: [assignment, group_edge, principal]
needs: [role_assignment_instances, role_eligibility_instances, users]
keys: [target_id]
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  fewest: {type: integer, default: 2, min: 1, max: 100, doc: "fewer people than this are too few, emergency accounts counted"}
  most: {type: integer, default: 4, min: 1, max: 1000, doc: "more people than this are too many, emergency accounts counted"}
message: "{{ people }} {% if people == 1 %}person{% else %}people{% endif %} can act as Global Administrator"
why: "Between {{ fewest }} and {{ most }} is sound. Counted are active and eligible people, emergency accounts and members of
  groups too: {{ names | listed }}{% if more > 0 %} and {{ more }} more{% endif %}."
remediation: Give those who need less a smaller role; keep two emergency accounts and two people who can stand in for each other.
controls: [iso27001:A.5.15, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - "large organisations that need more: set most"
blind_spots:
  - who could make themselves Global Administrator with another role of tier0 is not counted
  - owners of groups that hold the role are not counted, nor are applications
tests:
  - name: five, through groups and eligibility, each once
    given:
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: p1, target_id: &ga 62e90394-69f5-4237-9190-012177145e10, target_name: Global Administrator, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: p1, target_id: *ga, target_name: Global Administrator, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s3, surface: entra_role, kind: eligible, principal_id: p2, target_id: *ga, target_name: Global Administrator, starts_at: "2026-10-16T06:15:00Z", valid_from: "2026-10-18T06:15:00Z"}
        - {assignment_id: s4, surface: entra_role, kind: active, principal_id: g1, target_id: *ga, target_name: Global Administrator, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s5, surface: group, kind: eligible, access: member, principal_id: p3, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s6, surface: group, kind: eligible, access: member, principal_id: g2, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
      group_edge:
        - {group_id: g2, member_id: p4, edge: member, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g2, member_id: g1, edge: member, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g1, member_id: p5, edge: member, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g1, member_id: p6, edge: owner, valid_from: "2026-10-17T06:15:00Z"}
      principal: &people
        - {principal_id: p1, kind: user, name: Anna, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p2, kind: user, name: Beat, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p3, kind: user, name: Chiara, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p4, kind: user, name: Daniel, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p5, kind: user, name: Eva, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p6, kind: user, name: Fabian, valid_from: "2026-10-17T06:15:00Z"}
    expect:
      - target_id: *ga
        people: 5
        occurred_at: "2026-10-17T06:15:00Z"
        message: 5 people can act as Global Administrator
        why: "Between 2 and 4 is sound. Counted are active and eligible people, emergency accounts and members of groups too: Anna, Beat, Chiara, Daniel and Eva."
  - name: one alone
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: active, principal_id: p1, target_id: *ga, valid_from: "2026-10-17T06:15:00Z"}]
      principal: *people
    expect: [{people: 1, message: 1 person can act as Global Administrator}]
  - name: as many as allowed
    near: true
    params: {most: 3}
    given: &three
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: active, principal_id: p1, target_id: *ga, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: p2, target_id: *ga, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s3, surface: entra_role, kind: eligible, principal_id: p3, target_id: *ga, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s4, surface: entra_role, kind: eligible, principal_id: p4, target_id: *ga, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
      principal: *people
    expect: []
  - name: one more than allowed
    params: {most: 2}
    given: *three
    expect: [{people: 3}]
  - name: nobody on record, which no tenant has
    near: true
    given:
      principal: *people
    expect: []
  - name: another role
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: active, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      principal: *people
    expect: []
--- */
WITH RECURSIVE entitled AS (
    SELECT principal_id, target_id, target_name, coalesce(starts_at, valid_from) AS since
    FROM assignment
    WHERE surface = 'entra_role' AND target_id = '62e90394-69f5-4237-9190-012177145e10' AND valid_to IS NULL
),
step AS (
    SELECT target_id AS group_id, principal_id AS member_id
    FROM assignment
    WHERE surface = 'group' AND access = 'member' AND valid_to IS NULL
    UNION
    SELECT group_id, member_id FROM group_edge WHERE edge = 'member' AND valid_to IS NULL
),
reach AS (
    SELECT principal_id FROM entitled
    UNION
    SELECT s.member_id FROM reach AS r JOIN step AS s ON s.group_id = r.principal_id
),
person AS (
    SELECT DISTINCT p.principal_id, coalesce(p.name, p.upn, p.principal_id) AS name
    FROM reach AS r
    JOIN principal AS p ON p.principal_id = r.principal_id
    WHERE p.valid_to IS NULL AND p.kind = 'user'
),
counted AS (
    SELECT count(*) AS people, list_sort(list(name)) AS names FROM person
),
known AS (
    SELECT target_id, max(target_name) AS target_name, max(since) AS since FROM entitled GROUP BY target_id
)
SELECT 'entra_role' AS surface, k.target_id, k.target_name, k.since AS occurred_at, c.people,
    $fewest AS fewest, $most AS most,
    list_filter(c.names, lambda name, nth: nth <= 12) AS names, greatest(c.people - 12, 0) AS more
FROM known AS k
CROSS JOIN counted AS c
WHERE c.people > 0 AND (c.people < $fewest OR c.people > $most)
