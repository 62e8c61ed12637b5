/* ---
title: Activation without strong authentication
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, ca_policy, policy, segment, tier]
needs: [role_policies, group_policies, role_eligibility_instances, group_eligibility_instances]
keys: [surface, target_id, access]
tactics: [PrivilegeEscalation, CredentialAccess]
techniques: [T1078.004, T1556.006]
message: "{% if access %}Becoming {{ access }} of {% endif %}{{ target_name or target_id }} {{ lacking }}"
why: "{% if auth_context_id %}PIM asks for authentication context {{ auth_context_id }}, and {{ weakness }}{% else %}The PIM settings
  ask for neither MFA nor an authentication context: a stolen session is enough{% endif %}. {{ eligible }} {% if eligible == 1
  %}principal is{% else %}principals are{% endif %} eligible."
remediation: Ask for an authentication context in the PIM settings, and have an enabled Conditional Access policy demand a
  phishing-resistant strength and a sign-in every time for it. MFA alone is the least.
controls: [iso27001:A.8.5, iso27001:A.8.2, nis2:21.2.j, finma:2023-1]
false_positives:
  - activations that another policy guards, one for all applications for instance
blind_spots:
  - whom a policy leaves out is not weighed, nor is one that holds for some people alone taken for weaker
  - MFA counts although a sign-in of hours ago may stand for it
  - where Conditional Access cannot be read, a context counts as guarded
tests:
  - name: a role of tier1 that asks for nothing
    given:
      assignment: &eligible [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      policy: &nothing [{surface: entra_role, target_id: t1, target_name: Helpdesk Administrator, requires_mfa: false, valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect:
      - target_id: t1
        access: null
        severity: high
        message: Helpdesk Administrator activates without MFA
        why: "The PIM settings ask for neither MFA nor an authentication context: a stolen session is enough. 1 principal is eligible."
  - name: a group without a tier
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
      policy:
        - {surface: group, target_id: g1, target_name: sg-sap, access: member, requires_mfa: false, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, target_name: sg-sap, access: owner, requires_mfa: false, valid_from: "2026-10-17T06:15:00Z"}
    expect: [{surface: group, access: member, severity: medium, message: Becoming member of sg-sap activates without MFA}]
  - name: a context that no enabled policy demands anything for
    given: &context
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, target_name: Security Administrator, requires_mfa: false, auth_context_id: C2, valid_from: "2026-10-17T06:15:00Z"}]
      tier: &top [{surface: entra_role, target_id: t1, tier: tier0}]
      segment: &listed [{seq: 4, kind: snapshot, source: ca_policies, finished_at: "2026-10-17T06:15:00Z"}]
      ca_policy:
        - {policy_id: a, name: Pilot, state: enabledForReportingButNotEnforced, include_auth_contexts: [c2], sign_in_every_time: true, strength_combinations: [fido2], valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: b, name: Gone, state: enabled, include_auth_contexts: [c2], sign_in_every_time: true, strength_combinations: [fido2], valid_from: "2026-10-16T06:15:00Z", valid_to: "2026-10-17T06:15:00Z"}
        - {policy_id: c, name: Other, state: enabled, include_auth_contexts: [c1], sign_in_every_time: true, strength_combinations: [fido2], valid_from: "2026-10-17T06:15:00Z"}
    expect: [{severity: high, message: Security Administrator asks for a context that is not guarded as it should be, why: "PIM asks for authentication context C2, and no enabled Conditional Access policy stands behind it. 1 principal is eligible."}]
  - name: MFA of any sort behind the context
    given:
      <<: *context
      ca_policy: [{policy_id: a, name: MFA, state: enabled, include_auth_contexts: [c2], grant_operator: OR, grant_controls: [mfa], sign_in_every_time: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{why: "PIM asks for authentication context C2, and no enabled Conditional Access policy behind it demands a phishing-resistant strength. 1 principal is eligible."}]
  - name: a strength that a password passes, and one that another control stands in for
    given:
      <<: *context
      ca_policy:
        - {policy_id: a, state: enabled, include_auth_contexts: [c2], strength_id: x, strength_combinations: [fido2, "password,sms"], sign_in_every_time: true, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: b, state: enabled, include_auth_contexts: [c2], strength_id: y, strength_combinations: [fido2], grant_operator: OR, grant_controls: [compliantDevice], sign_in_every_time: true, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: c, state: enabled, include_auth_contexts: [c2], strength_id: y, strength_combinations: [fido2], narrowed_by: [locations], sign_in_every_time: true, valid_from: "2026-10-17T06:15:00Z"}
    expect: [{target_id: t1}]
  - name: the sign-in of this morning is enough
    given:
      <<: *context
      ca_policy: [{policy_id: a, name: Strong, state: enabled, include_auth_contexts: [c1, c2], strength_id: y, strength_combinations: [fido2, windowsHelloForBusiness], grant_operator: OR, grant_controls: [], sign_in_every_time: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{why: "PIM asks for authentication context C2, and no enabled Conditional Access policy behind it demands a sign-in every time. 1 principal is eligible."}]
  - name: as it should be
    given:
      <<: *context
      ca_policy: [{policy_id: a, name: Strong, state: enabled, include_auth_contexts: [c2], strength_id: y, strength_combinations: [fido2, windowsHelloForBusiness, x509CertificateMultiFactor], grant_operator: OR, grant_controls: [], narrowed_by: [], sign_in_every_time: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: what a strength allows is not known
    near: true
    given:
      <<: *context
      ca_policy: [{policy_id: a, name: Strong, state: enabled, include_auth_contexts: [c2], strength_id: y, sign_in_every_time: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: Conditional Access was never read
    near: true
    given:
      <<: *context
      segment: [{seq: 4, kind: snapshot, source: users, finished_at: "2026-10-17T06:15:00Z"}]
      ca_policy: []
    expect: []
  - name: MFA
    near: true
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, requires_mfa: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: whether MFA is asked for is not known
    near: true
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      tier: *top
    expect: []
  - name: nobody can activate it
    near: true
    given:
      policy: *nothing
      tier: *top
    expect: []
--- */
WITH held AS (
    SELECT surface, target_id, coalesce(access, '') AS access, count(DISTINCT principal_id) AS eligible
    FROM assignment
    WHERE kind = 'eligible' AND valid_to IS NULL AND surface IN ('entra_role', 'group')
    GROUP BY surface, target_id, coalesce(access, '')
),
listed AS (
    SELECT count(*) AS times FROM segment WHERE kind = 'snapshot' AND source = 'ca_policies'
),
guard AS (
    SELECT c.policy_id, c.include_auth_contexts, coalesce(c.sign_in_every_time, false) AS every_time,
        list_contains(coalesce(c.grant_controls, CAST([] AS VARCHAR[])), 'block')
            OR (c.strength_id IS NOT NULL
                AND NOT (coalesce(c.grant_operator, 'AND') = 'OR' AND len(coalesce(c.grant_controls, CAST([] AS VARCHAR[]))) > 0)
                AND list_has_all(['fido2', 'windowsHelloForBusiness', 'x509CertificateMultiFactor'],
                    coalesce(c.strength_combinations, CAST([] AS VARCHAR[])))) AS resistant
    FROM ca_policy AS c
    WHERE c.valid_to IS NULL AND c.state = 'enabled' AND len(coalesce(c.narrowed_by, CAST([] AS VARCHAR[]))) = 0
),
judged AS (
    SELECT p.surface, p.target_id, p.target_name, p.access, p.valid_from, p.auth_context_id, p.requires_mfa, h.eligible,
        count(g.policy_id) AS guards, coalesce(bool_or(g.resistant), false) AS resistant,
        coalesce(bool_or(g.resistant AND g.every_time), false) AS strong
    FROM policy AS p
    JOIN held AS h ON h.surface = p.surface AND h.target_id = p.target_id AND h.access = coalesce(p.access, '')
    LEFT JOIN guard AS g ON list_contains(g.include_auth_contexts, lower(p.auth_context_id))
    WHERE p.valid_to IS NULL
    GROUP BY p.surface, p.target_id, p.target_name, p.access, p.valid_from, p.auth_context_id, p.requires_mfa, h.eligible
)
SELECT j.surface, j.target_id, j.target_name, j.access, j.valid_from AS occurred_at, t.tier, j.eligible, j.auth_context_id,
    j.requires_mfa, CASE WHEN t.tier IN ('tier0', 'tier1') THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN j.auth_context_id IS NULL THEN 'activates without MFA'
        ELSE 'asks for a context that is not guarded as it should be' END AS lacking,
    CASE WHEN j.guards = 0 THEN 'no enabled Conditional Access policy stands behind it'
        WHEN NOT j.resistant THEN 'no enabled Conditional Access policy behind it demands a phishing-resistant strength'
        ELSE 'no enabled Conditional Access policy behind it demands a sign-in every time' END AS weakness
FROM judged AS j
CROSS JOIN listed AS l
LEFT JOIN tier AS t ON t.surface = j.surface AND t.target_id = j.target_id
WHERE (j.auth_context_id IS NULL AND NOT j.requires_mfa) OR (j.auth_context_id IS NOT NULL AND l.times > 0 AND NOT j.strong)
ORDER BY j.surface, j.target_id, j.access
