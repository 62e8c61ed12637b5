/* ---
title: Too few emergency accounts
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [tenant]
kind: state
reads: [break_glass, principal]
needs: [users]
keys: [matter]
tactics: [Impact]
techniques: [T1531]
params:
  minimum: {type: integer, default: 2, min: 1, max: 10, doc: as many emergency accounts have to be there and enabled}
message: "{% if alive %}Only {{ alive | number }} emergency account{% if alive > 1 %}s{% endif %} can be used{% else %}No emergency
  account can be used{% endif %}; {{ minimum | number }} are wanted"
why: "{% if not configured %}The configuration names no emergency account (break_glass), so that nobody watches over them
  either.{% else %}Of {{ configured | number }} named in the configuration {{ alive | number }} exist and are enabled.{% endif %}{% if
  absent %} Not found: {{ absent | listed }}.{% endif %}{% if disabled %} Disabled: {{ disabled | listed }}.{% endif %} If Conditional
  Access or the second factor fails, nobody can sign in to put it right."
remediation: Create two accounts that belong to nobody, in the cloud only, with FIDO2 keys kept apart, Global Administrator without
  PIM and outside Conditional Access; name them under break_glass and test them twice a year.
controls: [iso27001:A.5.29, iso27001:A.8.2, nis2:21.2.c, finma:2023-1]
false_positives:
  - emergency accounts that exist and are not named in the configuration
blind_spots:
  - whether the accounts hold a role, are outside Conditional Access, or can sign in at all is not looked at here
  - whether an account is enabled, where Graph does not say so, counts as yes
tests:
  - name: none is named
    given: {principal: [{principal_id: p1, kind: user, enabled: true, valid_from: "2026-10-17T06:15:00Z"}]}
    as_of: "2026-11-01T06:15:00Z"
    expect:
      - matter: emergency accounts
        configured: 0
        alive: 0
        occurred_at: "2026-10-17T06:15:00Z"
        message: No emergency account can be used; 2 are wanted
        why: The configuration names no emergency account (break_glass), so that nobody watches over them either. If Conditional Access or the second factor fails, nobody can sign in to put it right.
  - name: one of three is disabled, one not found
    given:
      break_glass: &three
        - {member: bg1@contoso.example, principal_id: P1}
        - {member: bg2@contoso.example, principal_id: p2}
        - {member: bg3@contoso.example}
      principal:
        - {principal_id: p1, kind: user, enabled: true, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p2, kind: user, enabled: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {principal_id: p2, kind: user, enabled: false, valid_from: "2026-11-01T06:15:00Z"}
    expect:
      - occurred_at: "2026-11-01T06:15:00Z"
        message: Only 1 emergency account can be used; 2 are wanted
        why: "Of 3 named in the configuration 1 exist and are enabled. Not found: bg3@contoso.example. Disabled: bg2@contoso.example. If Conditional Access or the second factor fails, nobody can sign in to put it right."
  - name: deleted since
    given:
      break_glass: &two [{member: bg1@contoso.example, principal_id: p1}, {member: bg2@contoso.example, principal_id: p2}]
      principal:
        - {principal_id: p1, kind: user, enabled: true, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p2, kind: user, enabled: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
    expect: [{alive: 1, absent: [bg2@contoso.example], occurred_at: "2026-11-01T06:15:00Z"}]
  - name: the same account named twice is one
    given:
      break_glass: [{member: bg1@contoso.example, principal_id: p1}, {member: p1, principal_id: p1}]
      principal: [{principal_id: p1, kind: user, enabled: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{alive: 1, configured: 1}]
  - name: two that can be used
    given:
      break_glass: *two
      principal: &both
        - {principal_id: p1, kind: user, enabled: true, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p2, kind: user, enabled: true, valid_from: "2026-10-17T06:15:00Z"}
    expect: []
  - name: two of three, which is enough
    near: true
    given: {break_glass: *three, principal: *both}
    expect: []
  - name: whether they are enabled is not known
    near: true
    given:
      break_glass: *two
      principal: [{principal_id: p1, kind: user, valid_from: "2026-10-17T06:15:00Z"}, {principal_id: p2, kind: user, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
--- */
WITH account AS (
    SELECT coalesce(lower(b.principal_id), b.member) AS account_id, min(b.member) AS member,
        count(*) FILTER (p.valid_from IS NOT NULL AND p.valid_to IS NULL) > 0 AS there,
        coalesce(bool_or(coalesce(p.enabled, true)) FILTER (p.valid_from IS NOT NULL AND p.valid_to IS NULL), false) AS enabled,
        -- A current row began when the account became what it is, the last of a deleted one ended when it went.
        coalesce(max(p.valid_from) FILTER (p.valid_to IS NULL), max(p.valid_to)) AS changed_at
    FROM break_glass AS b
    LEFT JOIN principal AS p ON lower(p.principal_id) = lower(b.principal_id)
    GROUP BY coalesce(lower(b.principal_id), b.member)
),
counted AS (
    SELECT count(*) AS configured, count(*) FILTER (there AND enabled) AS alive,
        list_sort(coalesce(list(member) FILTER (NOT there), [])) AS absent,
        list_sort(coalesce(list(member) FILTER (there AND NOT enabled), [])) AS disabled,
        max(changed_at) FILTER (NOT (there AND enabled)) AS changed_at
    FROM account
),
known AS (
    SELECT min(valid_from) AS since FROM principal
)
SELECT 'emergency accounts' AS matter, coalesce(c.changed_at, k.since) AS occurred_at, c.configured, c.alive, c.absent, c.disabled,
    CAST($minimum AS BIGINT) AS minimum
FROM counted AS c
CROSS JOIN known AS k
WHERE c.alive < $minimum AND k.since IS NOT NULL
