-- What the events of temp table `step_event` say about their requests.
INSERT INTO pim_step BY NAME
WITH span AS (
    SELECT min(occurred_at) AS since, max(occurred_at) AS until FROM step_event
), said AS (
    SELECT event_id, lower(key) AS word, value
    FROM audit_detail
    WHERE tenant_id = $tenant AND event_id IN (SELECT event_id FROM step_event)
        AND occurred_at BETWEEN (SELECT since FROM span) AND (SELECT until FROM span)
        AND (starts_with(word, 'ticket') OR word IN
            ('requestid', 'roleassignmentrequestid', 'resourceoriginid', 'justification', 'starttime', 'expirationtime'))
), detail AS (
    -- Details are a multimap without an order: of several values the greatest, so that blanks lose.
    SELECT event_id,
        max(lower(value)) FILTER (word = 'requestid') AS request_id,
        max(lower(value)) FILTER (word = 'roleassignmentrequestid') AS assignment_request_id,
        max(value) FILTER (word = 'resourceoriginid') AS resource,
        max(value) FILTER (word = 'justification') AS justification,
        max(CASE WHEN word = 'starttime' THEN try_cast(value AS TIMESTAMPTZ) END) AS starts_at,
        max(CASE WHEN word = 'expirationtime' THEN try_cast(value AS TIMESTAMPTZ) END) AS ends_at,
        max(CASE WHEN regexp_full_match(word, 'ticket[ _-]?(number|no|id)?') THEN coalesce(value, '') END) AS ticket_number,
        max(CASE WHEN regexp_full_match(word, 'ticket[ _-]?system') THEN value END) AS ticket_system
    FROM said
    GROUP BY event_id
), target AS (
    SELECT DISTINCT t.event_id, lower(t.type) AS type, lower(t.id) AS id, t.name
    FROM audit_target t
    WHERE t.tenant_id = $tenant AND t.event_id IN (SELECT event_id FROM step_event) AND t.id IS NOT NULL
        AND t.occurred_at BETWEEN (SELECT since FROM span) AND (SELECT until FROM span)
), asked AS (
    SELECT event_id, max(id) AS id FROM target WHERE type = 'request' GROUP BY event_id
), holder AS (
    -- A group that is given something: in a row about a group, the one that is not the target.
    SELECT t.event_id, max(t.id) AS id, max(t.name) AS name
    FROM target t JOIN step_event e USING (event_id)
    WHERE t.type = 'group' AND (e.surface <> 'group' OR t.id <> lower(e.target_group_id))
    GROUP BY t.event_id HAVING count(DISTINCT t.id) = 1
)
SELECT $tenant AS tenant_id, e.event_id, e.occurred_at,
    -- A row that names no request is taken as a request of its own by its correlation, which others may share.
    CASE WHEN e.phase <> 'ended' THEN coalesce(nullif(d.request_id, ''), asked.id,
        CASE WHEN e.kind <> 'deactivation' THEN lower(coalesce(nullif(d.assignment_request_id, ''), e.request_id)) END,
        'correlation:' || lower(e.correlation_id), 'event:' || e.event_id) END AS request_id,
    CASE WHEN e.phase = 'ended'
        THEN coalesce(nullif(d.assignment_request_id, ''), nullif(d.request_id, ''), asked.id, lower(e.request_id))
        WHEN e.kind = 'deactivation'
        THEN nullif(nullif(d.assignment_request_id, coalesce(nullif(d.request_id, ''), asked.id)), '')
    END AS ends_request_id,
    e.kind, e.phase, e.surface, e.result,
    CASE WHEN lower(e.activity) LIKE '%(renew)' THEN 'renew' WHEN lower(e.activity) LIKE '%(extend)' THEN 'extend' END AS move,
    CASE WHEN e.kind NOT IN ('eligible', 'active') THEN NULL
        WHEN contains(lower(e.activity), 'permanent') THEN true
        WHEN contains(lower(e.activity), 'timebound') OR d.ends_at IS NOT NULL THEN false END AS permanent,
    lower(e.actor_id) AS actor_id, e.actor_name, e.actor_upn, e.actor_kind, e.actor_ip,
    lower(coalesce(e.target_user_id, e.target_app_id, holder.id)) AS subject_id,
    CASE WHEN e.target_user_id IS NOT NULL THEN e.target_user_name
        WHEN e.target_app_id IS NOT NULL THEN e.target_app_name ELSE holder.name END AS subject_name,
    e.target_user_upn AS subject_upn,
    CASE WHEN e.target_user_id IS NOT NULL THEN 'user' WHEN e.target_app_id IS NOT NULL THEN 'service_principal'
        WHEN holder.id IS NOT NULL THEN 'group' END AS subject_kind,
    lower(CASE WHEN e.surface = 'group' THEN e.target_group_id ELSE e.target_role_id END) AS target_id,
    CASE WHEN e.surface = 'group' THEN e.target_group_name ELSE e.target_role_name END AS target_name,
    CASE WHEN e.surface = 'group' AND lower(e.target_role_name) IN ('member', 'owner') THEN lower(e.target_role_name) END
        AS access,
    CASE WHEN e.surface <> 'group' THEN nullif(d.resource, '') END AS scope,
    d.starts_at, d.ends_at,
    -- Where the details leave it out, the reason of a success is a copy of it.
    coalesce(d.justification, CASE WHEN e.phase IN ('requested', 'completed') AND e.result IS DISTINCT FROM 'failure'
        THEN e.result_reason END) AS justification,
    d.ticket_number, d.ticket_system, e.correlation_id, e.ingested_at, e.segment
FROM step_event e
LEFT JOIN detail d USING (event_id)
LEFT JOIN asked USING (event_id)
LEFT JOIN holder USING (event_id);

DROP TABLE step_event;
