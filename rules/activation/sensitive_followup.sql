/* ---
title: Sensitive change while an activation ran
version: 1.2.0
severity: high
confidence: 0.5
status: stable
surface: [entra_role, group]
kind: event
reads: [assignment, session_act, tier]
keys: [request_id]
lookback: 1d
tactics: [Persistence, PrivilegeEscalation, DefenseEvasion]
techniques: [T1098, T1484, T1556]
params:
  categories:
    type: strings
    default: [conditional_access, policy, federation, credential, consent, role]
    doc: "kinds of sensitive operations that are found: conditional_access, policy, federation, credential, consent, role, password, method"
  own_work:
    type: strings
    default:
      - b1be1c3e-b65d-4f19-8427-f6fa0d97feb9 conditional_access
      - 194ae4cb-b126-40b2-bd5b-6091b380977d conditional_access
      - 194ae4cb-b126-40b2-bd5b-6091b380977d policy
      - 9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3 credential
      - 9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3 consent
      - 158c047a-c907-4556-b7ef-446551a6b5f7 credential
      - 158c047a-c907-4556-b7ef-446551a6b5f7 consent
      - e8611ab8-c189-46e8-94e1-60213ab1f814 role
      - e8611ab8-c189-46e8-94e1-60213ab1f814 policy
      - 8329153b-31d0-4727-b945-745eb3bc5f31 federation
      - 8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2 federation
      - 0526716b-113d-4c15-b2c8-68e3c22b9f80 policy
    doc: "role and kind of operation that are its daily work, as two words: alone they are an informational finding, also for a group that holds the role"
message: "{{ subject_name or subject_upn or subject_id }} made {{ acts | number }} sensitive change{% if acts != 1 %}s{% endif %} while {% if access
  %}{{ access }} of {% endif %}{{ target_name or target_id }} was active"
why: "From {{ occurred_at | utc }} to {{ ends_at | utc }}: {{ done | listed }}.{% if from_elsewhere %} Some of it came from {{ other_ips |
  listed }}, not from {{ activation_ip }} where it was activated.{% endif %}{% if own_work_only %} All of it is daily work of what was
  active then.{% endif %}"
remediation: Compare each change with its ticket. Undo what has none, then end the activation, revoke the sessions and reset the account.
controls: [iso27001:A.8.2, iso27001:A.8.16, iso27001:A.8.32, nis2:21.2.i]
false_positives:
  - planned changes; waive them by their ticket, or shorten categories
blind_spots:
  - what was done before the activation took effect, or by an application the person controls
  - changes in other services, such as Exchange or Azure, which have logs of their own
tests:
  - name: a credential added while a role ran that has nothing to do with it
    given:
      session_act: &acts
        - {request_id: r1, surface: entra_role, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e1, occurred_at: "2026-11-05T08:10:00Z", activity: Add service principal credentials, category: credential, result: success, object_name: "fleet\u202ebot", actor_ip: 198.51.100.7, activation_ip: 192.0.2.1}
        - {request_id: r1, surface: entra_role, subject_id: p1, subject_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e2, occurred_at: "2026-11-05T08:20:00Z", activity: Add member to role, category: role, result: success, object_name: User Administrator, actor_ip: 192.0.2.1, activation_ip: 192.0.2.1}
    expect:
      - request_id: r1
        severity: null
        event_ids: [e1, e2]
        from_elsewhere: true
        message: Eva Schmid made 2 sensitive changes while Teams Administrator was active
  - name: a group whose members reach the highest roles
    given:
      session_act: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, target_name: sg-sap, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e1, occurred_at: "2026-11-05T08:10:00Z", activity: Set domain authentication, category: federation, result: success, object_name: contoso.example}]
      tier: [{surface: group, target_id: g1, tier: tier0}]
    expect: [{request_id: r1, severity: null, tier: tier0, why: "From 2026-11-05 08:00 UTC to 2026-11-05 10:00 UTC: Set domain authentication (contoso.example)."}]
  - name: the role's daily work only informs, with something else it is not
    given:
      session_act:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: B1BE1C3E-b65d-4f19-8427-f6fa0d97feb9, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e1, occurred_at: "2026-11-05T08:10:00Z", activity: Update Conditional Access policy, category: conditional_access, result: success}
        - {request_id: r2, surface: entra_role, subject_id: p2, target_id: b1be1c3e-b65d-4f19-8427-f6fa0d97feb9, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e2, occurred_at: "2026-11-05T08:10:00Z", activity: Update Conditional Access policy, category: conditional_access, result: success}
        - {request_id: r2, surface: entra_role, subject_id: p2, target_id: b1be1c3e-b65d-4f19-8427-f6fa0d97feb9, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e3, occurred_at: "2026-11-05T08:30:00Z", activity: Consent to application, category: consent, result: success}
    expect: [{request_id: r1, severity: informational}, {request_id: r2, severity: null, acts: 2}]
  - name: a grant by a member of the group that holds the role for it, with another role active beside it
    given:
      assignment: [{surface: entra_role, kind: active, assignment_type: assigned, principal_id: G1, target_id: E8611ab8-c189-46e8-94e1-60213ab1f814, scope: /}]
      session_act:
        - {request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, target_name: grp-role-admins, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e1, occurred_at: "2026-11-05T08:10:00Z", activity: Add eligible member to role, category: role, result: success, object_name: Teams Administrator}
        - {request_id: r2, surface: entra_role, subject_id: p1, target_id: t1, target_name: User Administrator, starts_at: "2026-11-05T07:00:00Z", ends_at: "2026-11-05T09:00:00Z", event_id: e1, occurred_at: "2026-11-05T08:10:00Z", activity: Add eligible member to role, category: role, result: success, object_name: Teams Administrator}
        - {request_id: r3, surface: group, access: member, subject_id: p2, target_id: g2, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e2, occurred_at: "2026-11-05T08:10:00Z", activity: Add eligible member to role, category: role, result: success}
    expect:
      - {request_id: r1, severity: informational, why: "From 2026-11-05 08:00 UTC to 2026-11-05 10:00 UTC: Add eligible member to role (Teams Administrator). All of it is daily work of what was active then."}
      - {request_id: r2, severity: informational}
      - {request_id: r3, severity: null}
  - name: told whole when only its end is new
    since: "2026-11-05T08:15:00Z"
    given:
      session_act: *acts
    expect: [{request_id: r1, acts: 2}]
  - name: passwords and methods are other rules' matter
    near: true
    given:
      session_act: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e1, occurred_at: "2026-11-05T08:10:00Z", activity: Reset user password, category: password, result: success}]
    expect: []
  - name: a person assigned to an application
    near: true
    given:
      session_act: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e1, occurred_at: "2026-11-05T08:10:00Z", activity: Add app role assignment grant to user, category: consent, result: success}]
    expect: []
  - name: tried and refused
    near: true
    given:
      session_act: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T08:00:00Z", ends_at: "2026-11-05T10:00:00Z", event_id: e1, occurred_at: "2026-11-05T08:10:00Z", activity: Add member to role, category: role, result: failure}]
    expect: []
  - name: nothing was done
    given:
      session_act: []
    expect: []
--- */
-- People are assigned to applications all day; what gives an application power of its own are the other consents.
WITH holds AS (
    SELECT lower(principal_id) AS group_id, lower(target_id) AS role_id
    FROM assignment
    WHERE surface = 'entra_role' AND kind = 'active' AND coalesce(assignment_type, 'assigned') = 'assigned'
    GROUP BY lower(principal_id), lower(target_id)
),
acts AS (
    SELECT a.*, activity || coalesce(' (' || nullif(object_name, '') || ')', '') AS what,
        list_contains($own_work, lower(target_id) || ' ' || category) OR EXISTS (
            SELECT 1 FROM holds AS h
            WHERE a.surface = 'group' AND h.group_id = lower(a.target_id)
                AND list_contains($own_work, h.role_id || ' ' || a.category)) AS own_work
    FROM session_act AS a
    WHERE lower(result) = 'success' AND list_contains($categories, category)
        AND activity <> 'Add app role assignment grant to user'
        AND occurred_at >= CAST($since AS TIMESTAMPTZ) - INTERVAL 2 DAY AND occurred_at <= CAST($until AS TIMESTAMPTZ)
),
-- Of several things active at once the act belongs to that whose daily work it is.
fitting AS (
    SELECT * EXCLUDE (own_work), bool_or(own_work) OVER (PARTITION BY event_id, lower(subject_id)) AS own_work
    FROM acts
),
-- An activation is told whole, also where only its last act is new.
told AS (
    SELECT request_id, max(occurred_at) AS last_at, count(DISTINCT event_id) AS acts, bool_and(own_work) AS own_work_only,
        list_sort(list(DISTINCT what)) AS done, list_sort(list(DISTINCT category)) AS categories,
        list_sort(list(DISTINCT event_id)) AS event_ids,
        list_sort(list(DISTINCT actor_ip) FILTER (WHERE actor_ip <> activation_ip)) AS other_ips,
        bool_or(actor_ip <> activation_ip) IS TRUE AS from_elsewhere,
        max(activation_ip) AS activation_ip, min(starts_at) AS starts_at, max(ends_at) AS ends_at,
        max(surface) AS surface, max(subject_id) AS subject_id, max(subject_name) AS subject_name,
        max(subject_upn) AS subject_upn, max(target_id) AS target_id, max(target_name) AS target_name,
        max(access) AS access, max(scope) AS scope
    FROM fitting
    GROUP BY request_id
)
SELECT t.request_id, t.starts_at AS occurred_at, CASE WHEN t.own_work_only THEN 'informational' END AS severity, t.surface,
    t.subject_id, t.subject_name, t.subject_upn, t.target_id, t.target_name, t.access, t.scope, t.acts, t.done, t.categories,
    t.own_work_only, t.from_elsewhere, t.other_ips, t.activation_ip, t.ends_at, t.last_at, k.tier, t.event_ids
FROM told AS t
LEFT JOIN (SELECT surface, target_id, min(tier) AS tier FROM tier GROUP BY surface, target_id) AS k
    ON k.surface = t.surface AND k.target_id = t.target_id
WHERE t.last_at >= CAST($since AS TIMESTAMPTZ)
ORDER BY t.starts_at, t.request_id
