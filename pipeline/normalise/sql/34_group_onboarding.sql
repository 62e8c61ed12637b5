SELECT k, p, n, lower(e.id) AS group_id FROM item
