/* ---
title: Ticket that does not hold
version: 1.0.0
severity: low
confidence: 0.7
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, setting, ticket]
keys: [ticket, fault, subject_id]
lookback: 1d
tactics: [PrivilegeEscalation, DefenseEvasion]
techniques: [T1078.004]
params:
  people: {type: integer, default: 6, min: 2, max: 1000, doc: people who use one ticket before it is found}
  days: {type: integer, default: 14, min: 1, max: 366, doc: days from first to last use of one ticket above which it is found}
  grace_hours: {type: integer, default: 24, min: 0, max: 720, doc: hours after a ticket was closed in which it may still be used}
message: "{% if subject_id %}{{ subject_name or subject_upn or subject_id }} activated {{ targets | listed }} with {% endif %}ticket {{ ticket
  }}{% if subject_id %}, which{% else %} was{% endif %} {{ fault }}"
why: "{{ detail }}. It was given for {{ uses | number }} activation{% if uses != 1 %}s{% endif %}, the last at {{ occurred_at | utc }}."
remediation: Ask the person, or the people, for the work behind it and its own ticket; correct the record or treat the activation as unauthorised.
controls: [iso27001:A.8.2, iso27001:A.8.32, nis2:21.2.i]
false_positives:
  - a register that was exported before the ticket was opened
  - a long-running change that a whole team works on
blind_spots:
  - whether the ticket is about this work
  - without a register only form and reuse are judged
tests:
  - name: not of the form, for a role and a group
    given:
      setting: &pattern [{name: tickets.pattern, value: '\bCHG-\d{4,}\b'}]
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, subject_name: Eva, target_id: t1, target_name: Teams Administrator, requested_at: "2026-11-05T08:00:00Z", starts_at: "2026-11-05T08:00:00Z", ticket_state: present, ticket_number: "n/a\n", event_ids: [e1]}
        - {request_id: r2, surface: group, access: member, subject_id: p1, subject_name: Eva, target_id: g1, target_name: sg-sap, starts_at: "2026-11-05T09:00:00Z", ticket_state: present, ticket_number: N/A, event_ids: [e2]}
        - {request_id: r3, surface: group, access: member, subject_id: p2, target_id: g1, starts_at: "2026-11-05T09:00:00Z", ticket_state: present, ticket_number: chg-4711}
    expect:
      - ticket: N/A
        fault: has another form than tickets have
        subject_id: p1
        uses: 2
        event_ids: [e1, e2]
        message: "Eva activated Teams Administrator and member of sg-sap with ticket N/A, which has another form than tickets have"
  - name: not in the register, opened later, closed too long ago
    given: &register
      setting: [*pattern, {name: tickets.register, value: "true"}]
      ticket:
        - {number: CHG-1001, opened_at: "2026-11-05T08:00:01Z", line: 2}
        - {number: CHG-1002, opened_at: "2026-11-01T08:00:00Z", closed_at: "2026-11-04T07:59:59Z", line: 3}
        - {number: CHG-1003, opened_at: "2026-11-01T08:00:00Z", closed_at: "2026-11-04T08:00:00Z", line: 4}
      activation:
        - {request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:00:00Z", starts_at: "2026-11-05T08:00:00Z", ticket_state: present, ticket_number: CHG-9999}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:00:00Z", starts_at: "2026-11-05T08:00:00Z", ticket_state: present, ticket_number: CHG-1001}
        - {request_id: r3, surface: group, access: member, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:00:00Z", starts_at: "2026-11-05T08:00:00Z", ticket_state: present, ticket_number: "see chg-1002, please"}
        - {request_id: r4, surface: group, access: member, subject_id: p1, target_id: g1, requested_at: "2026-11-05T08:00:00Z", starts_at: "2026-11-05T08:00:00Z", ticket_state: present, ticket_number: CHG-1003}
    expect:
      - {ticket: CHG-9999, fault: stands in no register}
      - {ticket: CHG-1001, fault: was opened only afterwards}
      - {ticket: CHG-1002, fault: was closed before, detail: "The register has it closed at 2026-11-04 07:59 UTC"}
  - name: without a register nobody knows
    near: true
    given:
      <<: *register
      setting: *pattern
    expect: []
  - name: a register that is empty says nothing
    near: true
    given:
      setting: [*pattern, {name: tickets.register, value: "true"}]
      activation: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", ticket_state: present, ticket_number: CHG-9999}]
    expect: []
  - name: two people where two are many, and more than a day apart
    params: {people: 2, days: 1}
    given: &shared
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", ticket_state: present, ticket_number: CHG-1001}
        - {request_id: r2, surface: entra_role, subject_id: p2, target_id: t1, starts_at: "2026-11-06T08:00:01Z", ticket_state: present, ticket_number: chg-1001}
    expect:
      - {ticket: CHG-1001, fault: used by many people, subject_id: null, surface: entra_role, message: ticket CHG-1001 was used by many people}
      - {ticket: CHG-1001, fault: used for many days, subject_id: null}
  - name: two people over a day are none too many
    given: *shared
    expect: []
  - name: no ticket is another rule's, and without a pattern there is no form
    given:
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", ticket_state: absent, ticket_number: ""}
        - {request_id: r2, surface: entra_role, subject_id: p2, target_id: t1, starts_at: "2026-11-06T08:00:01Z", ticket_state: present, ticket_number: anything}
    expect: []
--- */
WITH form AS (
    SELECT max(value) AS pattern
    FROM setting
    WHERE name = 'tickets.pattern'
),
-- A register without a line is one that was not delivered.
register AS (
    SELECT (SELECT count(*) FROM ticket) > 0 AND (SELECT count(*) FROM setting
        WHERE name = 'tickets.register' AND lower(value) = 'true') > 0 AS there
),
given AS (
    SELECT a.*, coalesce(a.requested_at, a.starts_at) AS asked_at, f.pattern,
        coalesce(nullif(regexp_extract(upper(a.ticket_number), f.pattern, 0), ''),
            trim(regexp_replace(upper(a.ticket_number), '\s+', ' ', 'g'))) AS ticket,
        coalesce(a.access || ' of ', '') || coalesce(a.target_name, a.target_id) AS what
    FROM activation AS a
    CROSS JOIN form AS f
    WHERE a.ticket_state = 'present' AND trim(a.ticket_number) <> '' AND a.subject_id IS NOT NULL
        AND a.starts_at >= CAST($since AS TIMESTAMPTZ) - INTERVAL 90 DAY AND a.starts_at <= CAST($until AS TIMESTAMPTZ)
),
checked AS (
    SELECT g.*, CASE
            WHEN NOT regexp_matches(upper(g.ticket_number), g.pattern) THEN 'has another form than tickets have'
            WHEN NOT r.there THEN NULL
            WHEN t.number IS NULL THEN 'stands in no register'
            WHEN t.opened_at > g.asked_at THEN 'was opened only afterwards'
            WHEN t.closed_at < g.asked_at - to_hours(CAST($grace_hours AS INTEGER)) THEN 'was closed before'
        END AS fault, t.opened_at, t.closed_at
    FROM given AS g
    CROSS JOIN register AS r
    LEFT JOIN ticket AS t ON t.number = g.ticket
),
own AS (
    SELECT ticket, fault, subject_id, max(starts_at) AS occurred_at, max(subject_name) AS subject_name,
        max(subject_upn) AS subject_upn, list_sort(list(DISTINCT what)) AS targets, count(*) AS uses,
        CASE WHEN count(DISTINCT surface) = 1 THEN min(surface) END AS surface,
        CASE fault WHEN 'was closed before' THEN 'The register has it closed at '
                || strftime(max(closed_at) AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M UTC')
            WHEN 'was opened only afterwards' THEN 'The register has it opened at '
                || strftime(max(opened_at) AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M UTC')
            WHEN 'stands in no register' THEN 'No line of the register has this number'
            ELSE 'The configured form of a ticket is ' || max(pattern) END AS detail,
        flatten(list(event_ids) FILTER (WHERE event_ids IS NOT NULL)) AS event_ids
    FROM checked
    WHERE fault IS NOT NULL
    GROUP BY ticket, fault, subject_id
),
used AS (
    SELECT ticket, max(starts_at) AS occurred_at, count(DISTINCT subject_id) AS people, list_sort(list(DISTINCT what)) AS targets,
        count(*) AS uses, CASE WHEN count(DISTINCT surface) = 1 THEN min(surface) END AS surface,
        epoch_ms(max(starts_at)) - epoch_ms(min(starts_at)) AS span_ms,
        strftime(min(starts_at) AT TIME ZONE 'UTC', '%Y-%m-%d') AS first_day,
        flatten(list(event_ids) FILTER (WHERE event_ids IS NOT NULL)) AS event_ids
    FROM checked
    WHERE fault IS DISTINCT FROM 'has another form than tickets have'
    GROUP BY ticket
),
found AS (
    SELECT * FROM own
    UNION ALL
    SELECT ticket, 'used by many people', NULL, occurred_at, NULL, NULL, targets, uses, surface,
        people || ' people used it, for ' || len(targets) || ' roles and groups', event_ids
    FROM used
    WHERE people >= $people
    UNION ALL
    SELECT ticket, 'used for many days', NULL, occurred_at, NULL, NULL, targets, uses, surface,
        'It is in use since ' || first_day, event_ids
    FROM used
    WHERE span_ms > $days * 86400000
)
SELECT ticket, fault, subject_id, occurred_at, surface, subject_name, subject_upn, subject_id AS actor_object_id,
    subject_name AS actor_name, subject_upn AS actor_upn, ticket AS ticket_number, targets, uses, detail,
    list_sort(list_distinct(coalesce(event_ids, CAST([] AS VARCHAR[])))) AS event_ids
FROM found
WHERE occurred_at >= CAST($since AS TIMESTAMPTZ)
ORDER BY occurred_at, ticket, fault, subject_id
