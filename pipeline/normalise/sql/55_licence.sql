-- A plan counts where it is switched on and the subscription itself is in force.
SELECT k, p, n, lower(e.skuId) AS sku_id, e.skuPartNumber AS sku_name,
    lower(e.capabilityStatus) IS NOT DISTINCT FROM 'enabled'
        AND list_contains(plans, 'aad_premium_p2') AS has_p2,
    lower(e.capabilityStatus) IS NOT DISTINCT FROM 'enabled'
        AND len(list_filter(plans, lambda plan: starts_with(plan, 'entra_identity_governance'))) > 0 AS has_governance,
    try_cast(e.prepaidUnits.enabled AS BIGINT) AS enabled_units, try_cast(e.consumedUnits AS BIGINT) AS consumed_units
FROM (
    SELECT *, coalesce(list_transform(
        list_filter(e.servicePlans, lambda plan: lower(plan.provisioningStatus) IS DISTINCT FROM 'disabled'),
        lambda plan: lower(plan.servicePlanName)), []) AS plans
    FROM item
)
WHERE e.skuId IS NOT NULL
