/* ---
title: Collection stands still or has a gap
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [tenant]
kind: state
reads: [gap, segment, skipped, unfinished, window]
keys: [what, matter, since]
tactics: [DefenseEvasion]
techniques: [T1562.008]
params:
  stale_hours: {type: integer, default: 6, min: 1, max: 168, doc: how old the end of the audit log that was read may be}
  keep_days: {type: integer, default: 90, min: 1, max: 730, doc: how long a gap stays open}
message: "{% if what == 'stalled' %}Nothing has been read of {{ matter }} since {{ occurred_at | utc }}{% elif what == 'unfinished' %}A part of
  {{ matter }} since {{ occurred_at | utc }} cannot be read{% elif what == 'gap' %}{{ matter }} has a gap of {{ hours | number }} hours since {{
  since | utc }}{% else %}{{ sources | listed }} can no longer be read: {{ matter }}{% endif %}"
why: "{% if what == 'skipped' %}It worked until {{ last_good | utc }}. Graph's answer: {{ reason }}{% elif reason %}The reason on record: {{
  reason }}{% else %}Runs come, and the end of what was read does not move.{% endif %} What happens meanwhile is judged by no rule."
remediation: Look at pimtrail status and pimtrail doctor. Find out whether a permission, a licence, a secret or a network rule was
  changed and by whom. Read the missing time with collect --since --until before Graph forgets it, or import it from an export.
controls: [iso27001:A.8.15, iso27001:A.8.16, nis2:21.2.b, finma:2023-1]
false_positives:
  - maintenance of the machine that collects
  - a licence given up on purpose
blind_spots:
  - if the machine does not run at all nothing here runs either; the missing heartbeat tells
  - endpoints that never worked are in the run's list of skipped ones and no finding
tests:
  - name: it stands still
    as_of: "2026-11-01T12:15:01Z"
    given: &still
      window:
        - {source: directory_audits, since: "2026-10-30T06:15:00Z", until: "2026-10-31T06:15:00Z"}
        - {source: directory_audits, since: "2026-10-31T04:15:00Z", until: "2026-11-01T06:15:00Z"}
        - {source: directory_audits, since: "2026-10-01T04:15:00Z", until: "2026-11-01T12:00:00Z", backfill: true}
    expect:
      - what: stalled
        matter: directory_audits
        since: null
        occurred_at: "2026-11-01T06:15:00Z"
        message: Nothing has been read of directory_audits since 2026-11-01 06:15 UTC
        why: Runs come, and the end of what was read does not move. What happens meanwhile is judged by no rule.
  - name: six hours to the second
    near: true
    as_of: "2026-11-01T12:15:00Z"
    given: *still
    expect: []
  - name: a gap that nobody filled
    as_of: "2026-11-01T06:15:00Z"
    given: &hole
      gap: [{source: directory_audits, since: "2026-10-17T06:15:00Z", until: "2026-10-26T06:15:00Z", reason: older than the audit log reaches back, noted_at: "2026-11-01T06:15:00Z"}]
      window: [{source: directory_audits, since: "2026-10-26T06:15:00Z", until: "2026-11-01T06:15:00Z", seq: 5}]
    expect:
      - what: gap
        since: "2026-10-17T06:15:00Z"
        hours: 216
        message: directory_audits has a gap of 216 hours since 2026-10-17 06:15 UTC
        why: "The reason on record: older than the audit log reaches back. What happens meanwhile is judged by no rule."
  - name: a gap that was filled
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *hole
      window:
        - {source: directory_audits, since: "2026-10-26T06:15:00Z", until: "2026-11-01T06:15:00Z", finished_at: "2026-11-01T06:15:00Z"}
        - {source: directory_audits, since: "2026-10-17T00:00:00Z", until: "2026-10-20T06:15:00Z", finished_at: "2026-11-01T07:15:00Z", backfill: true}
        - {source: directory_audits, since: "2026-10-20T06:00:00Z", until: "2026-10-26T06:15:00Z", finished_at: "2026-11-01T07:15:00Z", backfill: true}
    expect: []
  - name: a gap of long ago
    near: true
    as_of: "2027-02-01T06:15:00Z"
    given:
      gap: [{source: directory_audits, since: "2026-10-17T06:15:00Z", until: "2026-10-26T06:15:00Z", reason: r, noted_at: "2026-11-01T06:15:00Z"}]
    expect: []
  - name: a minute that stays unread, until a later window takes it in
    as_of: "2026-11-01T12:15:00Z"
    given:
      unfinished:
        - {source: directory_audits, seq: 8, since: "2026-11-01T05:00:00Z", until: "2026-11-01T05:01:00Z", reason: 500, noted_at: "2026-11-01T06:15:00Z"}
        - {source: directory_audits, seq: 6, since: "2026-10-30T05:00:00Z", until: "2026-10-30T05:01:00Z", reason: 500, noted_at: "2026-10-30T06:15:00Z"}
      window: [{source: directory_audits, since: "2026-10-29T06:15:00Z", until: "2026-11-01T12:00:00Z", seq: 7}]
    expect: [{what: unfinished, since: null, occurred_at: "2026-11-01T05:00:00Z"}]
  - name: an endpoint that worked is refused
    as_of: "2026-11-02T06:16:00Z"
    given:
      segment: &taken
        - {seq: 1, kind: snapshot, source: role_policies, finished_at: "2026-11-01T06:15:00Z", run_id: run1}
        - {seq: 2, kind: snapshot, source: group_policies, finished_at: "2026-11-01T06:15:00Z", run_id: run1}
      skipped:
        - {source: role_policies, reason: "403 AccessDenied: no permission", noted_at: "2026-11-02T06:15:00Z", run_id: run2}
        - {source: group_policies, reason: "403 AccessDenied: no permission", noted_at: "2026-11-02T06:15:00Z", run_id: run2}
        - {source: pim_alerts, reason: "403 AccessDenied: no permission", noted_at: "2026-11-02T06:15:00Z", run_id: run2}
    expect:
      - what: skipped
        matter: 403 AccessDenied
        sources: [group_policies, role_policies]
        message: "group_policies and role_policies can no longer be read: 403 AccessDenied"
        why: "It worked until 2026-11-01 06:15 UTC. Graph's answer: 403 AccessDenied: no permission. What happens meanwhile is judged by no rule."
  - name: it works again, one group alone is missing, or there is nothing to ask about
    near: true
    as_of: "2026-11-03T06:16:00Z"
    given:
      segment:
        - *taken
        - {seq: 3, kind: snapshot, source: role_policies, finished_at: "2026-11-03T06:15:00Z", run_id: run3}
        - {seq: 4, kind: snapshot, source: group_policies, finished_at: "2026-11-03T06:14:00Z", run_id: run3}
        - {seq: 5, kind: snapshot, source: group_members, finished_at: "2026-11-01T06:14:00Z", run_id: run1}
      skipped:
        - {source: role_policies, reason: "403 AccessDenied: no permission", noted_at: "2026-11-02T06:15:00Z", run_id: run2}
        - {source: group_policies, reason: "groups that no longer exist (404): x", noted_at: "2026-11-03T06:15:00Z", run_id: run3}
        - {source: group_members, reason: "no group is in PIM, can hold or holds a role, or is named high impact", noted_at: "2026-11-03T06:15:00Z", run_id: run3}
    expect: []
  - name: all is well
    as_of: "2026-11-01T06:30:00Z"
    given:
      window: [{source: directory_audits, since: "2026-10-31T04:15:00Z", until: "2026-11-01T06:15:00Z"}]
    expect: []
--- */
WITH newest AS (
    SELECT w.source, max(w.until) AS until FROM "window" AS w
    WHERE w.source = 'directory_audits' AND NOT coalesce(w.backfill, false)
    GROUP BY w.source
),
-- Of a gap, how much windows that ended later have filled: laid end to end, each only from where those before it end.
laid AS (
    SELECT g.source, g.since AS gap_since, g.until AS gap_until, greatest(w.since, g.since) AS since, least(w.until, g.until) AS until
    FROM gap AS g
    JOIN "window" AS w ON w.source = g.source AND w.since < g.until AND w.until > g.since
),
ends AS (
    SELECT l.*, max(l.until) OVER (PARTITION BY l.source, l.gap_since, l.gap_until ORDER BY l.since, l.until
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM laid AS l
),
filled AS (
    SELECT e.source, e.gap_since, e.gap_until,
        sum(greatest(date_diff('second', greatest(e.since, coalesce(e.reached, e.since)), e.until), 0)) AS seconds
    FROM ends AS e
    GROUP BY e.source, e.gap_since, e.gap_until
),
last_taken AS (
    SELECT s.source, max(s.finished_at) AS finished_at FROM segment AS s WHERE s.kind = 'snapshot' GROUP BY s.source
),
refused AS (
    SELECT k.source, arg_max(k.reason, k.noted_at) AS reason, max(k.noted_at) AS noted_at, max(t.finished_at) AS last_good
    FROM skipped AS k
    JOIN last_taken AS t ON t.source = k.source
    WHERE k.noted_at > t.finished_at
        AND NOT EXISTS (SELECT 1 FROM segment AS s WHERE s.source = k.source AND s.run_id = k.run_id)
        AND NOT starts_with(k.reason, 'no group is') AND NOT contains(k.reason, 'nothing to ask about')
    GROUP BY k.source
),
told AS (
    SELECT 'stalled' AS what, n.source AS matter, CAST(NULL AS TIMESTAMPTZ) AS since, n.until AS occurred_at,
        CAST(NULL AS VARCHAR) AS reason, CAST([n.source] AS VARCHAR[]) AS sources, CAST(NULL AS BIGINT) AS hours,
        CAST(NULL AS TIMESTAMPTZ) AS last_good
    FROM newest AS n
    WHERE n.until < CAST($as_of AS TIMESTAMPTZ) - to_hours($stale_hours)
    UNION ALL
    SELECT 'unfinished', u.source, NULL, min(u.since), arg_min(u.reason, u.since), [u.source], NULL, NULL
    FROM unfinished AS u
    WHERE u.noted_at <= CAST($as_of AS TIMESTAMPTZ) - to_hours($stale_hours)
        AND NOT EXISTS (
            SELECT 1 FROM "window" AS w
            WHERE w.source = u.source AND w.seq > u.seq AND w.since < u.until AND w.until > u.since
        )
    GROUP BY u.source
    UNION ALL
    SELECT 'gap', g.source, g.since, min(g.noted_at), arg_min(g.reason, g.noted_at), [g.source],
        CAST(round(date_diff('second', g.since, max(g.until)) / 3600) AS BIGINT), NULL
    FROM gap AS g
    LEFT JOIN filled AS f ON f.source = g.source AND f.gap_since = g.since AND f.gap_until = g.until
    WHERE g.noted_at >= CAST($as_of AS TIMESTAMPTZ) - to_days($keep_days)
        AND coalesce(f.seconds, 0) < date_diff('second', g.since, g.until)
    GROUP BY g.source, g.since
    UNION ALL
    SELECT 'skipped', trim(split_part(r.reason, ':', 1)), NULL, min(r.noted_at), arg_min(r.reason, r.source),
        list_sort(list(r.source)), NULL, max(r.last_good)
    FROM refused AS r
    GROUP BY trim(split_part(r.reason, ':', 1))
)
SELECT t.what, t.matter, t.since, t.occurred_at, rtrim(t.reason, '.') || '.' AS reason, t.sources, t.hours, t.last_good
FROM told AS t
ORDER BY t.what, t.matter, t.since
