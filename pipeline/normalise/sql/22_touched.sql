-- Requests about which a new segment says something: their own steps, the activations those steps end, schedule requests.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT request_id FROM pim_step WHERE tenant_id = $tenant AND segment >= $first AND request_id IS NOT NULL
UNION
SELECT ends_request_id FROM pim_step WHERE tenant_id = $tenant AND segment >= $first AND ends_request_id IS NOT NULL
UNION
SELECT request_id FROM schedule_request WHERE tenant_id = $tenant AND segment >= $first;
