SELECT k, p, n, lower(e.id) AS group_id, is_true(e.writebackConfiguration.isEnabled) AS is_enabled,
    e.writebackConfiguration.onPremisesGroupType AS on_premises_type
FROM item
