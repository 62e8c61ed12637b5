/* ---
title: Standing member or owner of a privileged group
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [group]
kind: state
reads: [activation, assignment, break_glass, entra_group, group_edge, holder, privileged_group, segment, target]
needs: [role_assignment_instances, role_eligibility_instances, group_assignment_instances, group_eligibility_instances, groups]
keys: [principal_id, target_id, access]
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.007, T1078.004]
message: "{{ principal_name or principal_upn or principal_id }} is {{ access }} of {{ target_name or target_id }} all the time"
why: "The group {{ matter }}{% if roles %}: {{ roles | listed }}{% endif %}. {% if outside %}PIM lists no such assignment: it was
  made outside PIM{% else %}The active assignment has no end{% endif %} and needs no activation.{% if access == 'owner' %} An
  owner can make anybody a member.{% endif %}{% if principal_kind == 'group' %} It holds for everybody in {{ principal_name or
  principal_id }}.{% endif %}"
remediation: Make the person eligible in PIM for Groups and remove the standing membership or ownership.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - service accounts and devices that must be members all the time
  - somebody who activated in the minutes between two lists of one snapshot; the next snapshot puts it right
blind_spots:
  - members of a group with a membership rule, or of one synced from on-premises, are not told one by one
  - members of a group outside PIM that is nested in one are not told one by one; posture.escalation_path tells of the group
  - members and owners are read of groups in PIM, role-assignable ones and those named high impact
tests:
  - name: a member of a group that holds a role
    given: &member
      assignment:
        - {assignment_id: s1, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p1, principal_kind: user, principal_name: Walter Wyss, target_id: g1, target_name: sg-legacy, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: active, assignment_type: assigned, principal_id: g1, target_id: t1, target_name: User Administrator, valid_from: "2026-10-17T06:15:00Z"}
      entra_group: [{group_id: g1, name: sg-legacy, kind: security, valid_from: "2026-10-17T06:15:00Z"}]
      holder: [{principal_id: p1, kind: user, name: Walter Wyss}]
      target: [{surface: group, target_id: g1, name: sg-legacy}]
    expect:
      - principal_id: p1
        target_id: g1
        access: member
        occurred_at: "2026-10-17T06:15:00Z"
        message: Walter Wyss is member of sg-legacy all the time
        why: "The group holds directory roles: User Administrator. The active assignment has no end and needs no activation."
  - name: an owner whom only the list of owners knows, of a group named high impact
    given:
      group_edge: [{group_id: g1, member_id: p1, member_kind: user, edge: owner, valid_from: "2026-10-17T06:15:00Z"}]
      holder: [{principal_id: p1, kind: user, name: Simon Egli}]
      high_impact: [{named: sg-rdp, target_id: g1}]
      entra_group: &rdp [{group_id: g1, name: sg-rdp, kind: security, valid_from: "2026-10-17T06:15:00Z"}]
      target: [{surface: group, target_id: g1, name: sg-rdp}]
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: owner, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{access: owner, message: Simon Egli is owner of sg-rdp all the time, why: "The group is named high impact. PIM lists no such assignment: it was made outside PIM and needs no activation. An owner can make anybody a member."}]
  - name: a group that leads on to one that holds a role, a group in it, and no way round in circles
    given:
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: g3, target_id: t1, target_name: Global Administrator, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: member, principal_id: g2, principal_kind: group, target_id: g3, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s3, surface: group, kind: eligible, access: member, principal_id: g3, principal_kind: group, target_id: g2, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s4, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: g9, principal_kind: group, principal_name: sg-team, target_id: g2, target_name: sg-step, valid_from: "2026-10-17T06:15:00Z"}
      entra_group: [{group_id: g2, kind: security, valid_from: "2026-10-17T06:15:00Z"}, {group_id: g3, kind: security, valid_from: "2026-10-17T06:15:00Z"}]
      holder: [{principal_id: g9, kind: group, name: sg-team}]
    expect: [{principal_id: g9, target_id: g2, why: "The group leads on to a group with more. The active assignment has no end and needs no activation. It holds for everybody in sg-team."}]
  - name: a group that opens nothing
    near: true
    given:
      assignment: [{assignment_id: s1, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
      entra_group: *rdp
    expect: []
  - name: with an end, or activated, though the list of members has them too
    given:
      assignment: &bounded
        - {assignment_id: s1, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p1, target_id: g1, ends_at: "2027-03-31T22:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: active, assignment_type: activated, access: member, principal_id: p2, target_id: g1, ends_at: "2026-10-17T08:15:00Z", valid_from: "2026-10-17T06:15:00Z"}
      group_edge:
        - {group_id: g1, member_id: p1, edge: member, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g1, member_id: p2, edge: member, valid_from: "2026-10-17T06:15:00Z"}
      high_impact: &named [{named: sg-rdp, target_id: g1}]
      entra_group: *rdp
    expect: []
  - name: activated between the two lists
    near: true
    given: &between
      group_edge: [{group_id: g1, member_id: p1, edge: member, valid_from: "2026-10-17T06:15:00Z"}]
      segment: [{seq: 1, source: group_members, kind: snapshot, finished_at: "2026-10-17T06:15:00Z"}]
      activation: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-17T06:14:30Z", expires_at: "2026-10-17T08:14:30Z"}]
      high_impact: *named
      entra_group: *rdp
    expect: []
  - name: an activation long over explains no membership
    given:
      <<: *between
      activation: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-16T06:14:30Z", expires_at: "2026-10-16T08:14:30Z"}]
      assignment: [{assignment_id: s9, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{principal_id: p1, target_id: g1, access: member}]
  - name: an emergency account
    near: true
    given:
      <<: *member
      break_glass: [{member: bg1@contoso.example, principal_id: p1}]
    expect: []
  - name: members of a group outside PIM that is nested in one
    near: true
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: g1, principal_kind: group, target_id: g2, valid_from: "2026-10-17T06:15:00Z"}]
      group_edge: [{group_id: g1, member_id: p1, edge: member, valid_from: "2026-10-17T06:15:00Z"}]
      high_impact: [{named: sg-rdp, target_id: g2}]
      entra_group: [{group_id: g1, name: sg-team, kind: security, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: members of a group with a membership rule
    near: true
    given:
      group_edge: [{group_id: g1, member_id: p1, edge: member, valid_from: "2026-10-17T06:15:00Z"}]
      high_impact: *named
      entra_group: [{group_id: g1, name: dyn, kind: security, membership_rule: user.enabled, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
--- */
WITH listed AS (
    SELECT source, max(finished_at) AS finished_at
    FROM segment
    WHERE kind = 'snapshot' AND source IN ('group_members', 'group_owners')
    GROUP BY source
),
active AS (
    SELECT target_id, principal_id, access FROM assignment
    WHERE surface = 'group' AND kind = 'active' AND valid_to IS NULL
    UNION
    SELECT a.target_id, a.subject_id, a.access
    FROM activation AS a
    JOIN listed AS l ON l.source = CASE WHEN a.access = 'owner' THEN 'group_owners' ELSE 'group_members' END
    WHERE a.surface = 'group' AND a.starts_at <= l.finished_at
        AND coalesce(a.ended_at, a.expires_at, l.finished_at) >= l.finished_at - to_minutes(15)
),
standing AS (
    SELECT target_id, principal_id, access, coalesce(starts_at, valid_from) AS since, false AS outside, assignment_id
    FROM assignment
    WHERE surface = 'group' AND kind = 'active' AND assignment_type = 'assigned' AND ends_at IS NULL AND valid_to IS NULL
        AND coalesce(member_type, 'direct') = 'direct'
    UNION ALL
    SELECT e.group_id, e.member_id, e.edge, e.valid_from, true, NULL
    FROM group_edge AS e
    WHERE e.valid_to IS NULL AND NOT EXISTS (
        SELECT 1 FROM active AS k
        WHERE k.target_id = e.group_id AND k.principal_id = e.member_id AND k.access = e.edge)
)
SELECT 'group' AS surface, s.principal_id, h.kind AS principal_kind, h.name AS principal_name, h.upn AS principal_upn,
    s.target_id, t.name AS target_name, s.access, s.since AS occurred_at, s.outside, r.roles, r.matter,
    list_filter([s.assignment_id], lambda held: held IS NOT NULL) AS event_ids
FROM standing AS s
JOIN privileged_group AS r ON r.group_id = s.target_id
JOIN entra_group AS g ON g.group_id = s.target_id AND g.valid_to IS NULL
LEFT JOIN holder AS h ON h.principal_id = s.principal_id
LEFT JOIN target AS t ON t.surface = 'group' AND t.target_id = s.target_id
WHERE g.membership_rule IS NULL AND g.synced IS NOT true
    AND (r.matter <> 'leads on to a group with more' OR g.is_onboarded IS NOT false)
    AND NOT EXISTS (SELECT 1 FROM break_glass AS b WHERE b.principal_id = s.principal_id)
ORDER BY s.target_id, s.access, s.principal_id
