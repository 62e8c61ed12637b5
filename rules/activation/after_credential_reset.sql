/* ---
title: Activation soon after the account's password or sign-in method was changed
version: 1.0.0
severity: high
confidence: 0.6
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, audit_event]
keys: [request_id]
lookback: 1d
tactics: [PrivilegeEscalation, Persistence, CredentialAccess]
techniques: [T1078.004, T1098, T1556.006]
params:
  minutes: {type: integer, default: 60, min: 1, max: 1440, doc: "minutes from the change to the activation, the last one included"}
message: "{{ subject_name or subject_upn or subject_id }} activated {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }} {{ waited_minutes | number }} min after {{ changes | listed }}"
why: "{{ changed_by | listed }} made the change, the last at {{ changed_at | utc }}{% if change_ips %} from {{ change_ips | listed }}{% endif %};
  the activation was asked for at {{ asked_at | utc }}{% if actor_ip %} from {{ actor_ip }}{% endif %}.{% if by_other %} Whoever sets
  another's credentials can sign in as them.{% elif by_reset %} A self-service reset needs no old password.{% else %} The person registered it
  themselves, or somebody with their session did.{% endif %}"
remediation: Call the person on a known number. If they did not ask for the change or did not activate, end the activation, revoke the account's
  sessions, remove the new method and look at who made the change.
controls: [iso27001:A.5.17, iso27001:A.8.5, iso27001:A.8.16, nis2:21.2.i, nis2:21.2.j]
false_positives:
  - an administrator who was locked out, was helped, and went on working
  - a new telephone, registered before the day's work
blind_spots:
  - a change of the password with the old one at hand is no reset and is not counted
  - a change in the domain on premises that is synced shows as an update of the user only
tests:
  - name: the help desk reset the password, and a role was activated
    given:
      activation: &used [{request_id: r1, surface: entra_role, subject_id: P1, subject_name: Eva Schmid, target_id: t1, target_name: Global Administrator, requested_at: "2026-11-05T08:00:00Z", starts_at: "2026-11-05T08:30:00Z", actor_ip: 192.0.2.9, event_ids: [e1]}]
      audit_event: [{event_id: e2, activity: Reset user password, result: success, actor_kind: user, actor_id: h1, actor_name: Hel Desk, actor_ip: 192.0.2.7, target_user_id: p1, occurred_at: "2026-11-05T07:48:00Z"}]
    expect:
      - request_id: r1
        severity: null
        event_ids: [e1, e2]
        message: Eva Schmid activated Global Administrator 12 min after a password reset
        why: "Hel Desk made the change, the last at 2026-11-05 07:48 UTC from 192.0.2.7; the activation was asked for at 2026-11-05 08:00 UTC from 192.0.2.9. Whoever sets another's credentials can sign in as them."
  - name: a group, after a self-service reset and a new method
    given:
      activation: &group [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, target_name: sg-sap, starts_at: "2026-11-05T08:00:00Z"}]
      audit_event:
        - {event_id: e2, activity: Reset password (self-service), result: success, actor_kind: user, actor_id: p1, actor_upn: eva@contoso.example, target_user_id: p1, occurred_at: "2026-11-05T07:00:00Z"}
        - {event_id: e3, activity: User registered security info, result: success, actor_kind: user, actor_id: p1, actor_upn: eva@contoso.example, target_user_id: p1, occurred_at: "2026-11-05T07:10:00Z"}
    expect: [{request_id: r1, severity: null, by_other: false, message: p1 activated member of sg-sap 50 min after a new sign-in method and a self-service password reset}]
  - name: a temporary access pass or another method given by an administrator
    given:
      activation: *group
      audit_event: [{event_id: e2, activity: Admin registered security info, result: success, actor_kind: user, actor_id: h1, target_user_id: p1, occurred_at: "2026-11-05T07:59:00Z"}]
    expect: [{severity: null, by_other: true, changes: [a sign-in method given by an administrator]}]
  - name: a method the person registered, exactly an hour before, is medium
    given:
      activation: *group
      audit_event: &own [{event_id: e2, activity: User registered security info, result: success, actor_kind: user, actor_id: p1, target_user_id: p1, occurred_at: "2026-11-05T07:00:00Z"}]
    expect: [{severity: medium, waited_minutes: 60}]
  - name: a second more than an hour
    near: true
    given:
      activation: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:01Z"}]
      audit_event: *own
    expect: []
  - name: after the activation, of another person, in vain, and a change with the old password
    near: true
    given:
      activation: *used
      audit_event:
        - {event_id: x1, activity: Reset user password, result: success, actor_kind: user, actor_id: h1, target_user_id: p1, occurred_at: "2026-11-05T08:00:01Z"}
        - {event_id: x2, activity: Reset user password, result: success, actor_kind: user, actor_id: h1, target_user_id: p2, occurred_at: "2026-11-05T07:50:00Z"}
        - {event_id: x3, activity: Reset password (self-service), result: failure, actor_kind: user, actor_id: p1, target_user_id: p1, occurred_at: "2026-11-05T07:50:00Z"}
        - {event_id: x4, activity: Change user password, result: success, actor_kind: user, actor_id: p1, target_user_id: p1, occurred_at: "2026-11-05T07:50:00Z"}
    expect: []
  - name: nothing changed
    given:
      activation: *used
    expect: []
--- */
WITH changed AS (
    SELECT event_id, occurred_at, lower(target_user_id) AS person_id, actor_ip,
        coalesce(actor_name, actor_upn, actor_id, 'Somebody unknown') AS changed_by,
        coalesce(lower(actor_id) <> lower(target_user_id), false) AS by_other,
        CASE WHEN activity IN ('User registered security info', 'User updated security info', 'Add FIDO2 security key')
                THEN 'a new sign-in method'
            WHEN activity IN ('Admin registered security info', 'Admin updated security info')
                THEN 'a sign-in method given by an administrator'
            WHEN activity = 'Reset password (self-service)' THEN 'a self-service password reset'
            WHEN activity = 'Disable Strong Authentication' THEN 'MFA switched off'
            ELSE 'a password reset' END AS change
    FROM audit_event
    WHERE activity IN (
            'Reset user password', 'Reset password', 'Reset password (by admin)', 'Reset password (self-service)',
            'Admin registered security info', 'Admin updated security info', 'User registered security info',
            'User updated security info', 'Add FIDO2 security key', 'Disable Strong Authentication')
        AND lower(result) = 'success' AND target_user_id IS NOT NULL
        AND occurred_at >= CAST($since AS TIMESTAMPTZ) - to_minutes(CAST($minutes AS INTEGER)) - INTERVAL 2 DAY
        AND occurred_at <= CAST($until AS TIMESTAMPTZ)
),
asked AS (
    SELECT *, coalesce(requested_at, starts_at) AS asked_at
    FROM activation
    WHERE starts_at >= CAST($since AS TIMESTAMPTZ) AND starts_at <= CAST($until AS TIMESTAMPTZ)
),
matched AS (
    SELECT a.request_id, max(c.occurred_at) AS changed_at, bool_or(c.by_other) AS by_other,
        bool_or(c.change <> 'a new sign-in method') AS by_reset, list_sort(list(DISTINCT c.change)) AS changes,
        list_sort(list(DISTINCT c.changed_by)) AS changed_by, list(c.event_id) AS change_event_ids,
        list_sort(list(DISTINCT c.actor_ip) FILTER (WHERE c.actor_ip IS NOT NULL)) AS change_ips
    FROM asked AS a
    JOIN changed AS c
        ON c.person_id = lower(a.subject_id) AND c.occurred_at <= a.asked_at
        AND c.occurred_at >= a.asked_at - to_minutes(CAST($minutes AS INTEGER))
    GROUP BY a.request_id
)
SELECT a.request_id, a.starts_at AS occurred_at, CASE WHEN NOT m.by_other AND NOT m.by_reset THEN 'medium' END AS severity,
    a.surface, a.subject_id, a.subject_name, a.subject_upn, a.target_id, a.target_name, a.access, a.scope, a.justification,
    a.actor_ip, a.asked_at, m.changed_at, m.changes, m.changed_by, m.change_ips, m.by_other, m.by_reset,
    date_diff('second', m.changed_at, a.asked_at) // 60 AS waited_minutes,
    list_sort(list_distinct(list_concat(coalesce(a.event_ids, CAST([] AS VARCHAR[])), m.change_event_ids))) AS event_ids
FROM asked AS a
JOIN matched AS m ON m.request_id = a.request_id
ORDER BY a.starts_at, a.request_id
