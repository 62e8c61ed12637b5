-- Nobody is a person of zeros. What was reviewed stands in `resource`, in its link, or only in the round.
SELECT k, p, n, lower(split_part(parent, '/', 1)) AS review_id, lower(split_part(parent, '/', 2)) AS instance_id,
    lower(e.id) AS decision_id,
    CASE WHEN lower(e.resource.type) LIKE '%azure%' THEN 'azure_resource'
        WHEN lower(e.resource.type) LIKE '%role%' OR len(reviewed_roles(e.resourceLink)) > 0 THEN 'entra_role'
        WHEN lower(e.resource.type) LIKE '%group%' OR len(reviewed_groups(e.resourceLink)) > 0 THEN 'group' END AS surface,
    lower(coalesce(e.resource.id, reviewed_roles(e.resourceLink)[1], reviewed_groups(e.resourceLink)[1])) AS target_id,
    lower(e.principal.id) AS principal_id, e.principal.displayName AS principal_name,
    e.principal.userPrincipalName AS principal_upn,
    e.decision AS decision, e.recommendation AS recommendation, nullif(e.justification, '') AS justification,
    nullif(lower(e.reviewedBy.id), '00000000-0000-0000-0000-000000000000') AS reviewer_id,
    nullif(e.reviewedBy.userPrincipalName, '') AS reviewer_upn,
    try_cast(e.reviewedDateTime AS TIMESTAMPTZ) AS reviewed_at, try_cast(e.appliedDateTime AS TIMESTAMPTZ) AS applied_at,
    e.applyResult AS apply_result
FROM item WHERE parent IS NOT NULL
