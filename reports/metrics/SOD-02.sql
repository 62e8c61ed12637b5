/* ---
title: Granter is not grantee
question: Did anybody grant a privileged right to themselves?
type: period
criterion: the account that grants a right is not the one that receives it
criterion_source: segregation of duties; expected are none
population: grants of eligible or active rights through PIM that were completed in the period
numerator: grants in which giver and receiver are the same account
denominator: grants whose giver and receiver are known
counts: exceptions
needs: [directory_audits]
reads: [pim_request]
blind_spots:
  - two accounts of one person count as two accounts
  - rights given outside PIM are not requests and do not appear here
tests:
  - name: others, self, unknown; no activations and no refused grants
    since: 2026-11-01T00:00:00Z
    until: 2026-12-01T00:00:00Z
    given:
      pim_request:
        - {request_id: ok, request_kind: eligible, outcome: completed, requester_id: u1, subject_id: u2, completed_at: 2026-11-02T00:00:00Z}
        - {request_id: self, request_kind: active, outcome: completed, requester_id: u1, subject_id: u1, completed_at: 2026-11-02T00:00:00Z}
        - {request_id: who, request_kind: active, outcome: completed, subject_id: u1, completed_at: 2026-11-02T00:00:00Z}
        - {request_id: act, request_kind: activation, outcome: completed, requester_id: u1, subject_id: u1, completed_at: 2026-11-02T00:00:00Z}
        - {request_id: failed, request_kind: active, outcome: failed, requester_id: u1, subject_id: u1, completed_at: 2026-11-02T00:00:00Z}
        - {request_id: later, request_kind: active, outcome: completed, requester_id: u1, subject_id: u1, completed_at: 2026-12-01T00:00:00Z}
    expect:
      - {row_id: ok, passes: true}
      - {row_id: self, passes: false, reason: granted to oneself}
      - {row_id: who, passes: null, reason: giver or receiver unknown}
--- */
SELECT
    request_id AS row_id,
    coalesce(completed_at, requested_at) AS granted_at,
    surface,
    request_kind,
    permanent,
    requester_name,
    requester_upn,
    subject_name,
    subject_upn,
    subject_kind,
    target_name,
    target_id,
    access,
    justification,
    CASE
        WHEN requester_id IS NULL OR subject_id IS NULL THEN 'giver or receiver unknown'
        WHEN requester_id = subject_id THEN 'granted to oneself'
    END AS reason,
    requester_id <> subject_id AS passes
FROM pim_request
WHERE request_kind IN ('eligible', 'active') AND outcome = 'completed'
    AND coalesce(completed_at, requested_at) >= $since AND coalesce(completed_at, requested_at) < $until
ORDER BY granted_at, request_id
