/* ---
title: Activity of PIM that is not known
version: 1.0.0
severity: informational
confidence: 1
status: stable
surface: [tenant]
kind: state
reads: [audit_event]
keys: [activity]
tactics: []
techniques: []
params:
  keep_days: {type: integer, default: 30, min: 1, max: 365, doc: how long after its last event a word stays open}
message: "PIM wrote {{ activity }}, which no rule knows: {{ events | number }} event{% if events > 1 %}s{% endif %}"
why: "Between {{ occurred_at | utc }} and {{ last_at | utc }} PIM wrote {{ events | number }} event{% if events > 1 %}s{% endif %} under a
  name that is not in the vocabulary. They are kept whole and belong to no request, so that an activation or a grant among them is
  judged by no rule."
remediation: Look at one of the events (pimtrail query). Update pimtrail; if the name is still unknown, report it to the project.
controls: [iso27001:A.8.15, iso27001:A.8.16, nis2:21.2.b, finma:2023-1]
false_positives:
  - none; the name is unknown or it is not
blind_spots:
  - names of other services than PIM are not looked at
tests:
  - name: a new word, in two spellings
    as_of: "2026-11-01T06:15:00Z"
    given:
      audit_event:
        - {event_id: e1, activity: Paused member activation in PIM, service: PIM, surface: group, occurred_at: "2026-10-14T08:00:00Z"}
        - {event_id: e2, activity: "paused member activation in pim ", service: PIM, surface: entra_role, occurred_at: "2026-10-13T08:00:00Z"}
    expect:
      - activity: paused member activation in pim
        events: 2
        event_ids: [e1, e2]
        occurred_at: "2026-10-13T08:00:00Z"
        message: "PIM wrote paused member activation in pim, which no rule knows: 2 events"
  - name: known, however it is spelled
    given:
      audit_event:
        - {event_id: e1, activity: Add member to role completed (PIM activation), service: PIM, occurred_at: "2026-10-14T08:00:00Z"}
        - {event_id: e2, activity: " ADD MEMBER TO ROLE COMPLETED (PIM ACTIVATION)", service: PIM, occurred_at: "2026-10-14T08:00:00Z"}
    as_of: "2026-11-01T06:15:00Z"
    expect: []
  - name: another service, or no name at all
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      audit_event:
        - {event_id: e1, activity: Paused member activation in PIM, service: Core Directory, occurred_at: "2026-10-14T08:00:00Z"}
        - {event_id: e2, service: PIM, occurred_at: "2026-10-14T08:00:00Z"}
    expect: []
  - name: not seen for a month
    near: true
    as_of: "2026-11-13T08:00:01Z"
    given:
      audit_event: [{event_id: e1, activity: Paused member activation in PIM, service: PIM, occurred_at: "2026-10-14T08:00:00Z"}]
    expect: []
--- */
WITH unknown AS (
    SELECT lower(trim(e.activity)) AS word, e.event_id, e.occurred_at
    FROM audit_event AS e
    WHERE e.service = 'PIM' AND e.occurred_at >= CAST($as_of AS TIMESTAMPTZ) - to_days($keep_days)
        -- The names in rules/lists/activities.yaml that PIM writes; a test holds both together.
        AND lower(trim(e.activity)) NOT IN (
        'add eligible member to role in pim canceled (permanent)',
        'add eligible member to role in pim canceled (renew)',
        'add eligible member to role in pim canceled (timebound)',
        'add eligible member to role in pim completed (permanent)',
        'add eligible member to role in pim completed (renew)',
        'add eligible member to role in pim completed (timebound)',
        'add eligible member to role in pim requested (permanent)',
        'add eligible member to role in pim requested (renew)',
        'add eligible member to role in pim requested (timebound)',
        'add member to role approval requested (pim activation)',
        'add member to role canceled (pim activation)',
        'add member to role completed (pim activation)',
        'add member to role in pim canceled (permanent)',
        'add member to role in pim canceled (renew)',
        'add member to role in pim canceled (timebound)',
        'add member to role in pim completed (permanent)',
        'add member to role in pim completed (renew)',
        'add member to role in pim completed (timebound)',
        'add member to role in pim requested (permanent)',
        'add member to role in pim requested (renew)',
        'add member to role in pim requested (timebound)',
        'add member to role outside of pim (permanent)',
        'add member to role request approved (pim activation)',
        'add member to role request denied (pim activation)',
        'add member to role requested (pim activation)',
        'approve request - direct role assignment',
        'cancel request',
        'cancel request for role removal',
        'cancel request for role update',
        'deactivate pim alert',
        'disable pim alert',
        'enable pim alert',
        'offboarded resource from pim',
        'onboarded resource from pim',
        'onboarded resource to pim',
        'pim activation request expired',
        'pim policy removed',
        'process request',
        'process role removal request',
        'process role update request',
        'refresh pim alert',
        'remove eligible member from role in pim completed (permanent)',
        'remove eligible member from role in pim completed (timebound)',
        'remove eligible member from role in pim requested (permanent)',
        'remove eligible member from role in pim requested (timebound)',
        'remove member from role (pim activation expired)',
        'remove member from role completed (pim deactivate)',
        'remove member from role in pim completed (permanent)',
        'remove member from role in pim completed (timebound)',
        'remove member from role in pim requested (permanent)',
        'remove member from role in pim requested (timebound)',
        'remove member from role requested (pim deactivate)',
        'remove permanent direct role assignment',
        'remove permanent eligible role assignment',
        'remove request',
        'resolve pim alert',
        'resource updated',
        'restore eligible member from role in pim completed',
        'restore member from role',
        'restore member from role in pim completed',
        'restore permanent direct role assignment',
        'restore permanent eligible role assignment',
        'role definition created',
        'tenant offboarded from pim',
        'triggered pim alert',
        'update eligible member in pim canceled (extend)',
        'update eligible member in pim requested (extend)',
        'update member in pim approved by admin (extend/renew)',
        'update member in pim canceled (extend)',
        'update member in pim denied by admin (extend/renew)',
        'update member in pim requested (extend)',
        'update pim alert setting',
        'update role setting in pim'
        )
)
SELECT u.word AS activity, min(u.occurred_at) AS occurred_at, max(u.occurred_at) AS last_at, count(*) AS events,
    list_filter(list_sort(list(u.event_id)), lambda event_id, place: place <= 20) AS event_ids
FROM unknown AS u
GROUP BY u.word
ORDER BY u.word
