/* ---
title: Waiver past its date
version: 1.0.0
severity: low
confidence: 1
status: stable
surface: [tenant]
kind: state
reads: [waiver]
keys: [matches, expires]
tactics: []
techniques: []
message: "The waiver of {{ owner }} ran out on {{ expires }}: {{ reason }}"
why: "It stands in {{ place }} and has covered nothing since then; what it covered raises alerts again. It matches {{ matches }}.{% if
  ticket %} Its ticket is {{ ticket }}.{% endif %}"
remediation: Decide again. Either write a later date with a reason that holds today, or take the entry out and put the matter right.
controls: [iso27001:A.5.36, iso27001:A.5.18, nis2:21.2.f, finma:2023-1]
false_positives:
  - entries kept on purpose as a record; keep them in the file's history instead
blind_spots:
  - whether what a waiver covered still exists is not looked at
tests:
  - name: the day after
    as_of: "2026-11-01T00:00:00Z"
    given:
      waiver: &eva [{waiver_id: "waivers.yaml#0a1b2c3d", place: "waivers.yaml:3", matches: '{"rule": "drift.permanent_eligible"}', reason: leaves in October, owner: anna@contoso.example, ticket: CHG-1, expires: 2026-10-31}]
    expect:
      - matches: '{"rule": "drift.permanent_eligible"}'
        expires: 2026-10-31
        occurred_at: "2026-11-01T00:00:00Z"
        message: "The waiver of anna@contoso.example ran out on 2026-10-31: leaves in October"
        why: 'It stands in waivers.yaml:3 and has covered nothing since then; what it covered raises alerts again. It matches {"rule": "drift.permanent_eligible"}. Its ticket is CHG-1.'
  - name: a month after, the finding is the same and as old
    as_of: "2026-12-01T00:00:00Z"
    given: {waiver: *eva}
    expect: [{expires: 2026-10-31, occurred_at: "2026-11-01T00:00:00Z"}]
  - name: the last day counts
    near: true
    as_of: "2026-10-31T23:59:59Z"
    given: {waiver: *eva}
    expect: []
  - name: the same again with a later date
    near: true
    as_of: "2026-11-01T00:00:00Z"
    given:
      waiver: [*eva, [{waiver_id: "waivers.yaml:9", matches: '{"rule": "drift.permanent_eligible"}', reason: stays, owner: anna@contoso.example, expires: 2027-10-31}]]
    expect: []
  - name: of two with the same match the later is told, once
    as_of: "2026-12-01T00:00:00Z"
    given:
      waiver: [*eva, [{waiver_id: "waivers.yaml:9", matches: '{"rule": "drift.permanent_eligible"}', reason: stays, owner: anna@contoso.example, expires: 2026-11-15}]]
    expect: [{expires: 2026-11-15, reason: stays}]
  - name: taken out of the file
    as_of: "2026-11-01T00:00:00Z"
    given: {waiver: [{waiver_id: "waivers.yaml#0a1b2c3d", matches: "{}", reason: r, owner: o, expires: 2026-10-01, withdrawn_at: "2026-10-05T00:00:00Z"}]}
    expect: []
  - name: none has run out
    given: {waiver: [{waiver_id: "waivers.yaml:3", matches: "{}", reason: r, owner: o, expires: 2200-01-01}]}
    expect: []
--- */
WITH ranked AS (
    SELECT w.*, row_number() OVER (PARTITION BY w.matches ORDER BY w.expires DESC, w.waiver_id) AS nth
    FROM waiver AS w
    WHERE w.withdrawn_at IS NULL
)
SELECT r.matches, strftime(r.expires, '%Y-%m-%d') AS expires, coalesce(r.place, r.waiver_id) AS place, r.reason, r.owner, r.ticket,
    CAST(r.expires + to_days(1) AS TIMESTAMP) AT TIME ZONE 'UTC' AS occurred_at
FROM ranked AS r
WHERE r.nth = 1 AND r.expires < CAST(CAST($as_of AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS DATE)
ORDER BY r.expires, r.matches
