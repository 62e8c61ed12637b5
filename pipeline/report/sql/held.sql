-- Lists that came whole but lacked most of what stood before: held until confirmed, or taken all the same.
SELECT source, coalesce(held, accepted) AS what,
    CASE WHEN held IS NULL THEN 'taken' ELSE 'held: the answer before stayed current' END AS became, finished_at AS taken_at
FROM segment WHERE held IS NOT NULL OR accepted IS NOT NULL ORDER BY seq
