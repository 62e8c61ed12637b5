-- The tenant's own working hours.
SELECT DISTINCT weekday, opens_minute, closes_minute FROM calendar
WHERE calendar_id = 0 AND weekday IS NOT NULL ORDER BY weekday, opens_minute
