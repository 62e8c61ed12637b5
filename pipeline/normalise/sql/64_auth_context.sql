SELECT k, p, n, lower(e.id) AS context_id, e.displayName AS name, e.description AS description,
    is_true(e.isAvailable) AS is_available
FROM item
