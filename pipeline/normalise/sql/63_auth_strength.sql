SELECT k, p, n, lower(e.id) AS strength_id, e.displayName AS name, e.policyType AS policy_type,
    e.requirementsSatisfied AS requirements, list_sort(e.allowedCombinations) AS allowed_combinations,
    try_cast(e.modifiedDateTime AS TIMESTAMPTZ) AS modified_at
FROM item
