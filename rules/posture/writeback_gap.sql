/* ---
title: Group of an on-premises gate that does not reach on-premises
version: 1.0.0
severity: medium
confidence: 0.6
status: stable
surface: [group]
kind: state
reads: [entra_group, on_premises]
needs: [groups]
keys: [target_id]
tactics: [Persistence, LateralMovement]
techniques: [T1078.002]
message: "{{ target_name or target_id }} opens something on-premises, and {{ gap }}"
why: "The configuration names it under on_premises. {{ consequence }}."
remediation: Write the group back to the on-premises directory from the cloud, and have only that copy open the door; then see that the
  copy's members are those of the cloud.
controls: [iso27001:A.5.15, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - "groups that Cloud Sync or Domain Services carry over: Graph shows neither, so waive this for them"
blind_spots:
  - whether the on-premises copy has other members is seen only there
  - where Graph does not say whether a group is written back, nothing is found
  - a group that lacks in the configuration is not looked at
tests:
  - name: writeback is off
    given:
      on_premises: &named [{named: sg-rdp, target_id: g1}, {named: g1, target_id: g1}, {named: sg-gone}]
      entra_group: [{group_id: g1, name: sg-rdp, kind: security, synced: false, writeback: false, valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: group, target_id: g1, tier: tier0}]
    expect:
      - surface: group
        target_id: g1
        occurred_at: "2026-10-17T06:15:00Z"
        message: sg-rdp opens something on-premises, and is not written back
        why: The configuration names it under on_premises. What PIM grants and ends in the cloud does not reach the gate, so another list must be opening it.
  - name: synced from on-premises
    given:
      on_premises: *named
      entra_group: [{group_id: g1, name: sg-rdp, kind: security, synced: true, writeback: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{message: "sg-rdp opens something on-premises, and comes from there", why: "The configuration names it under on_premises. Its members are decided on-premises, where PIM cannot bound or end a membership."}]
  - name: written back
    given:
      on_premises: *named
      entra_group: [{group_id: g1, name: sg-rdp, kind: security, synced: false, writeback: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: whether it is written back is not known
    near: true
    given:
      on_premises: *named
      entra_group: [{group_id: g1, name: sg-rdp, kind: security, synced: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: a group that opens nothing on-premises, and how it was before
    near: true
    given:
      on_premises: *named
      entra_group:
        - {group_id: g2, name: sg-sap, kind: security, synced: false, writeback: false, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g1, name: sg-rdp, kind: security, synced: false, writeback: false, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}
    expect: []
--- */
WITH named AS (
    SELECT DISTINCT target_id FROM on_premises WHERE target_id IS NOT NULL
)
SELECT 'group' AS surface, g.group_id AS target_id, g.name AS target_name, g.valid_from AS occurred_at, g.synced, g.writeback,
    CASE WHEN g.synced THEN 'comes from there' ELSE 'is not written back' END AS gap,
    CASE WHEN g.synced THEN 'Its members are decided on-premises, where PIM cannot bound or end a membership'
        ELSE 'What PIM grants and ends in the cloud does not reach the gate, so another list must be opening it' END AS consequence
FROM named AS n
JOIN entra_group AS g ON g.group_id = n.target_id
WHERE g.valid_to IS NULL AND (g.synced OR NOT g.writeback)
ORDER BY g.group_id
