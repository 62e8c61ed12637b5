/* ---
title: Justified activations
question: Does each activation say why, and name a ticket where one was demanded?
type: period
criterion: a justification that is long enough and no placeholder; a ticket where policy or configuration asked for one
criterion_source: the parameters below, the policy in force at that time, and [tickets] required_tiers
population: activations of Entra roles and PIM groups that started in the period
numerator: activations with a justification that passes, and the ticket where one was asked for
denominator: activations whose justification and ticket can be known
counts: passing
measures:
  with_ticket: {label: activations with a ticket, unit: activations}
  ticket_unknown: {label: activations whose ticket cannot be seen, unit: activations}
needs: [directory_audits]
reads: [activation, policy, tier, setting]
params:
  min_length: {type: integer, default: 10, doc: shortest justification that says something, source: pimtrail default}
  placeholders: {type: list, default: [test, testing, asdf, admin, work, needed, required, n/a, na, none, urgent], doc: texts that say nothing, source: pimtrail default}
blind_spots:
  - whether a justification is true is for a person to judge; the register shows every one
  - the ticket of a role activation is kept in the request, which a read-only application may not see (unknown, not missing)
tests:
  - name: good, short, placeholder, none, ticket missing and ticket unknown
    since: 2026-11-01T00:00:00Z
    until: 2026-12-01T00:00:00Z
    given:
      activation:
        - {request_id: ok, surface: entra_role, target_id: r1, starts_at: 2026-11-02T00:00:00Z, justification: Rotate the signing keys, ticket_state: present}
        - {request_id: short, surface: entra_role, target_id: r1, starts_at: 2026-11-02T00:00:00Z, justification: "  x  ", ticket_state: unknown}
        - {request_id: filler, surface: entra_role, target_id: r1, starts_at: 2026-11-02T00:00:00Z, justification: "Testing", ticket_state: unknown}
        - {request_id: none, surface: entra_role, target_id: r1, starts_at: 2026-11-02T00:00:00Z, ticket_state: absent}
        - {request_id: noticket, surface: group, target_id: g1, access: member, starts_at: 2026-11-02T00:00:00Z, justification: Rotate the signing keys, ticket_state: absent}
        - {request_id: unseen, surface: group, target_id: g1, access: member, starts_at: 2026-11-02T00:00:00Z, justification: Rotate the signing keys, ticket_state: unknown}
        - {request_id: before, surface: group, target_id: g1, access: member, starts_at: 2026-11-01T10:00:00Z, justification: Rotate the signing keys, ticket_state: absent}
        - {request_id: tiered, surface: entra_role, target_id: r0, starts_at: 2026-11-02T00:00:00Z, justification: Rotate the signing keys, ticket_state: absent}
        - {request_id: unruled, surface: group, target_id: g9, access: member, starts_at: 2026-11-02T00:00:00Z, justification: Rotate the signing keys, ticket_state: absent}
        - {request_id: outside, surface: entra_role, target_id: r1, starts_at: 2026-12-01T00:00:00Z}
      policy:
        - {policy_id: p1, surface: group, target_id: g1, access: member, requires_ticket: false, valid_from: 2026-10-01T00:00:00Z, valid_to: 2026-11-01T12:00:00Z}
        - {policy_id: p1, surface: group, target_id: g1, access: member, requires_ticket: true, valid_from: 2026-11-01T12:00:00Z}
      tier: [{surface: entra_role, target_id: r0, tier: tier0, basis: list}]
      setting: [{name: tickets.required_tier, value: tier0}]
    expect:
      - {row_id: ok, passes: true, with_ticket: 1, ticket_unknown: 3}
      - {row_id: short, passes: false, reason: justification too short}
      - {row_id: filler, passes: false, reason: justification says nothing}
      - {row_id: none, passes: false, reason: no justification}
      - {row_id: noticket, passes: false, reason: no ticket, ticket_asked: true}
      - {row_id: unseen, passes: null, reason: not known whether a ticket was given}
      - {row_id: before, passes: true, ticket_asked: false}
      - {row_id: tiered, passes: false, reason: no ticket}
      - {row_id: unruled, passes: null, reason: not known whether a ticket was demanded}
--- */
WITH wanted AS (
    SELECT DISTINCT t.surface, t.target_id
    FROM tier t JOIN setting s ON s.name = 'tickets.required_tier' AND s.value = t.tier
),
ruled AS (
    SELECT a.*,
        p.requires_ticket OR CASE WHEN w.target_id IS NOT NULL THEN true WHEN p.policy_id IS NOT NULL THEN false END AS ticket_asked,
        trim(coalesce(a.justification, '')) AS said
    FROM activation a
    LEFT JOIN policy p
        ON p.surface = a.surface AND p.target_id = a.target_id AND p.access IS NOT DISTINCT FROM a.access
        AND p.valid_from <= a.starts_at AND (p.valid_to IS NULL OR p.valid_to > a.starts_at)
    LEFT JOIN wanted w ON w.surface = a.surface AND w.target_id = a.target_id
    WHERE a.starts_at >= $since AND a.starts_at < $until
    QUALIFY row_number() OVER (PARTITION BY a.request_id ORDER BY p.valid_from DESC) = 1
),
judged AS (
    SELECT *,
        CASE
            WHEN said = '' THEN 'no justification'
            WHEN list_contains($placeholders, lower(said)) THEN 'justification says nothing'
            WHEN length(said) < $min_length THEN 'justification too short'
            WHEN ticket_asked AND ticket_state = 'absent' THEN 'no ticket'
            WHEN ticket_asked AND ticket_state = 'unknown' THEN 'not known whether a ticket was given'
            WHEN ticket_asked IS NULL AND ticket_state <> 'present' THEN 'not known whether a ticket was demanded'
        END AS reason
    FROM ruled
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
    justification,
    ticket_number,
    ticket_state,
    ticket_asked,
    count(*) FILTER (WHERE ticket_state = 'present') OVER () AS with_ticket,
    count(*) FILTER (WHERE ticket_state = 'unknown') OVER () AS ticket_unknown,
    reason,
    CASE WHEN starts_with(reason, 'not known') THEN NULL ELSE reason IS NULL END AS passes
FROM judged
ORDER BY starts_at, request_id
