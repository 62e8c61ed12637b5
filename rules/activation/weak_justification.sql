/* ---
title: Justification that says nothing
version: 1.0.0
severity: low
confidence: 0.6
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, policy]
keys: [subject_id, day]
lookback: 1d
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  shortest: {type: integer, default: 6, min: 1, max: 200, doc: "letters and digits a justification needs, counted as bytes of UTF-8 since one character of Chinese says as much as three of English"}
  copies: {type: integer, default: 6, min: 2, max: 1000, doc: uses of one text by one person within the days below that make it a copied one}
  copy_days: {type: integer, default: 30, min: 1, max: 366, doc: days over which uses of one text are counted}
  placeholders:
    type: strings
    default: [test, testing, tests, asdf, asdfasdf, asdfghjk, qwerty, qwertyuiop, abcdefgh, justification, reason, because, work, working, dailywork, mywork, admin, adminwork, admintask, admintasks, administration, activate, activation, access, needaccess, needed, required, justbecause, businessneed, pim, pimactivation, roleactivation, none, noreason, notapplicable, na, tbd, todo, blah, blahblah, bla, blabla, arbeit, zugriff, loremipsum]
    doc: "texts that say nothing, in lower case, letters and digits only"
message: "{{ subject_name or subject_upn or subject_id }} justified {{ found | number }} activation{% if found != 1 %}s{% endif %} on {{
  day }} with a text that says nothing"
why: "{{ faults | listed }}: {{ texts | listed }}. It stands behind {{ targets | listed }}{% if made > found %}; {{ made | number }}
  activations were made that day in all{% endif %}."
remediation: Tell the person what a justification is for, the work, and its ticket. Where most are like this, ask for a ticket instead.
controls: [iso27001:A.8.2, iso27001:A.5.18, nis2:21.2.i]
false_positives:
  - teams that write only the ticket, in another form than [tickets] pattern
  - regular work that is justified with the same honest words each time
blind_spots:
  - a long text can be nonsense too, and a copied one can be varied
  - where Graph tells no justification at all, nobody knows whether there was one
tests:
  - name: too short for a role, a placeholder for a group
    given:
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-05T08:00:00Z", justification: "fix.", event_ids: [e1]}
        - {request_id: r2, surface: group, access: member, subject_id: p1, subject_name: Eva Schmid, target_id: g1, target_name: sg-sap, starts_at: "2026-11-05T09:00:00Z", justification: "Just  BECAUSE!!", event_ids: [e2]}
        - {request_id: r3, surface: group, access: member, subject_id: p1, subject_name: Eva Schmid, target_id: g1, target_name: sg-sap, starts_at: "2026-11-05T12:00:00Z", justification: Restore of the archive, event_ids: [e3]}
    expect:
      - subject_id: p1
        day: 2026-11-05
        found: 2
        surface: null
        event_ids: [e1, e2]
        message: Eva Schmid justified 2 activations on 2026-11-05 with a text that says nothing
        why: "a placeholder and too short: Just  BECAUSE!! and fix.. It stands behind Teams Administrator and member of sg-sap; 3 activations were made that day in all."
  - name: five letters are too few, six are not
    given:
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", justification: "Wave-3!"}
        - {request_id: r2, surface: entra_role, subject_id: p2, target_id: t1, starts_at: "2026-11-05T08:00:00Z", justification: Wave 30}
        - {request_id: r3, surface: entra_role, subject_id: p3, target_id: t1, starts_at: "2026-11-05T08:00:00Z", justification: 更新}
    expect: [{subject_id: p1, surface: entra_role, faults: [too short]}]
  - name: two days, two people, two findings each; the day is that of UTC
    given:
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T23:59:59Z", justification: x}
        - {request_id: r2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-06T00:00:00Z", justification: x}
        - {request_id: r3, surface: group, access: owner, subject_id: p2, target_id: g1, starts_at: "2026-11-06T00:00:00Z", justification: x}
    expect: [{subject_id: p1, day: 2026-11-05}, {subject_id: p1, day: 2026-11-06}, {subject_id: p2, surface: group}]
  - name: one key pressed for long, only digits, and the name of what is activated
    given:
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-05T08:00:00Z", justification: xxxXXXxxxxxxxxxx}
        - {request_id: r2, surface: entra_role, subject_id: p2, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-05T08:00:00Z", justification: teams administrator}
        - {request_id: r3, surface: entra_role, subject_id: p3, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-05T08:00:00Z", justification: "123 456 789 000"}
    expect: [{subject_id: p1, faults: [one character over and over]}, {subject_id: p2, faults: [only the name of what was activated]}, {subject_id: p3, faults: [only digits]}]
  - name: empty, where the policy wants a text or is not known
    given: &empty
      activation: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, target_name: sg-sap, requested_at: "2026-11-05T08:00:00Z", starts_at: "2026-11-05T08:00:00Z", justification: "  "}]
      policy: [{surface: group, target_id: g1, access: member, requires_justification: true, valid_from: "2026-01-01T00:00:00Z"}]
    expect: [{faults: [empty], why: "empty: (nothing). It stands behind member of sg-sap."}]
  - name: empty, and the policy asks for none
    near: true
    given:
      <<: *empty
      policy: [{surface: group, target_id: g1, access: member, requires_justification: false, valid_from: "2026-01-01T00:00:00Z"}]
    expect: []
  - name: not told is not empty
    near: true
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z"}]
    expect: []
  - name: a bare ticket says where to look
    near: true
    given:
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", justification: CHG-101, ticket_state: present, ticket_number: CHG-101, ticket_source: justification}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T09:00:00Z", justification: swap, ticket_state: present, ticket_number: CHG-101, ticket_source: request}
    expect: []
  - name: the sixth use of one text in 30 days, written a little differently
    since: "2026-11-05T12:00:00Z"
    given: &copied
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-07T08:00:01Z", justification: Weekly patch round}
        - {request_id: r2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-14T08:00:00Z", justification: weekly patch round.}
        - {request_id: r3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-21T08:00:00Z", justification: Weekly patch round}
        - {request_id: r4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-28T08:00:00Z", justification: Weekly  patch round}
        - {request_id: r5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-04T08:00:00Z", justification: Weekly patch round}
        - {request_id: r6, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-06T08:00:00Z", justification: Weekly patch round}
    expect: [{day: 2026-11-06, found: 1, faults: [used 6 times in 30 days], texts: [Weekly patch round]}]
  - name: five uses, another person's, and what prolongs one of them
    near: true
    given:
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-14T08:00:00Z", justification: Weekly patch round}
        - {request_id: r2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-21T08:00:00Z", justification: Weekly patch round}
        - {request_id: r3, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-28T08:00:00Z", justification: Weekly patch round}
        - {request_id: r4, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-04T08:00:00Z", justification: Weekly patch round}
        - {request_id: r5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-06T08:00:00Z", justification: Weekly patch round}
        - {request_id: r6, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-06T10:00:00Z", renews: r5, justification: Weekly patch round}
        - {request_id: r7, surface: entra_role, subject_id: p2, target_id: t1, starts_at: "2026-11-06T08:00:00Z", justification: Weekly patch round}
    expect: []
  - name: an ordinary sentence
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", justification: Shared mailbox does not open}]
    expect: []
--- */
WITH told AS (
    SELECT a.*, regexp_replace(lower(a.justification), '[^\pL\pN]+', '', 'g') AS bare
    FROM activation AS a
    WHERE a.justification IS NOT NULL AND a.subject_id IS NOT NULL
        AND a.starts_at >= CAST($since AS TIMESTAMPTZ) - to_days(CAST($copy_days AS INTEGER) + 1)
        AND a.starts_at <= CAST($until AS TIMESTAMPTZ)
),
-- A day is judged whole, also where only its last hour is new.
recent AS (
    SELECT *
    FROM told
    WHERE starts_at >= date_trunc('day', CAST($since AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
),
copies AS (
    SELECT r.request_id, count(*) AS uses
    FROM recent AS r
    JOIN told AS t
        ON t.subject_id = r.subject_id AND t.bare = r.bare AND t.renews IS NULL AND t.starts_at <= r.starts_at
        AND t.starts_at > r.starts_at - to_days(CAST($copy_days AS INTEGER))
    WHERE r.renews IS NULL AND r.bare <> '' AND r.ticket_state IS DISTINCT FROM 'present'
    GROUP BY r.request_id
),
demand AS (
    SELECT r.request_id, bool_or(p.requires_justification) AS wanted
    FROM recent AS r
    JOIN policy AS p
        ON p.surface = r.surface AND p.target_id = r.target_id AND coalesce(p.access, '') = coalesce(r.access, '')
        AND p.valid_from <= coalesce(r.requested_at, r.starts_at)
        AND (p.valid_to IS NULL OR p.valid_to > coalesce(r.requested_at, r.starts_at))
    WHERE r.bare = ''
    GROUP BY r.request_id
),
judged AS (
    SELECT r.*, CASE
        WHEN r.bare = '' AND r.ticket_state IS DISTINCT FROM 'present' THEN
            CASE WHEN d.wanted IS DISTINCT FROM false THEN 'empty' END
        WHEN r.bare = '' THEN NULL
        WHEN list_contains($placeholders, r.bare) THEN 'a placeholder'
        WHEN length(r.bare) >= 3 AND replace(r.bare, left(r.bare, 1), '') = '' THEN 'one character over and over'
        WHEN r.bare = regexp_replace(lower(r.target_name), '[^\pL\pN]+', '', 'g')
            THEN 'only the name of what was activated'
        WHEN r.ticket_state = 'present' THEN NULL
        WHEN regexp_full_match(r.bare, '\pN+') THEN 'only digits'
        WHEN strlen(r.bare) < $shortest THEN 'too short'
        WHEN c.uses >= $copies THEN 'used ' || c.uses || ' times in ' || $copy_days || ' days' END AS fault
    FROM recent AS r
    LEFT JOIN copies AS c ON c.request_id = r.request_id
    LEFT JOIN demand AS d ON d.request_id = r.request_id
)
SELECT subject_id, strftime(starts_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
    max(starts_at) FILTER (WHERE fault IS NOT NULL) AS occurred_at,
    CASE WHEN count(DISTINCT surface) FILTER (WHERE fault IS NOT NULL) = 1
        THEN min(surface) FILTER (WHERE fault IS NOT NULL) END AS surface,
    max(subject_name) AS subject_name, max(subject_upn) AS subject_upn, subject_id AS actor_object_id,
    max(subject_name) AS actor_name, max(subject_upn) AS actor_upn, 'User' AS actor_type,
    count(*) FILTER (WHERE fault IS NOT NULL) AS found, count(*) AS made,
    list_sort(list(DISTINCT fault) FILTER (WHERE fault IS NOT NULL)) AS faults,
    list_sort(list(DISTINCT CASE WHEN bare = '' THEN '(nothing)' ELSE left(justification, 200) END)
        FILTER (WHERE fault IS NOT NULL)) AS texts,
    list_sort(list(DISTINCT coalesce(access || ' of ', '') || coalesce(target_name, target_id))
        FILTER (WHERE fault IS NOT NULL)) AS targets,
    list_sort(list_distinct(flatten(list(event_ids) FILTER (WHERE fault IS NOT NULL)))) AS event_ids
FROM judged
GROUP BY subject_id, day
HAVING count(fault) > 0 AND max(starts_at) FILTER (WHERE fault IS NOT NULL) >= CAST($since AS TIMESTAMPTZ)
ORDER BY day, subject_id
