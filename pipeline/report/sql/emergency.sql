-- Registered emergency accounts.
SELECT b.member, b.principal_id, h.name FROM break_glass b
LEFT JOIN holder h ON h.principal_id = b.principal_id ORDER BY b.member
