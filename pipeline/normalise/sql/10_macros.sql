-- Changed properties are JSON inside a string: "\"abc\"" is abc. What is no such string stays as it is.
CREATE OR REPLACE TEMP MACRO unquoted(text) AS
    CASE
        WHEN text LIKE '"%"' AND length(text) > 1 THEN coalesce(TRY(json_extract_string(text, '$')), text[2:-2])
        ELSE text
    END;

-- A row of PIM's own says so in one of three places; none of them is always right.
CREATE OR REPLACE TEMP MACRO from_pim(event_id, service, activity) AS
    coalesce(lower(trim(service)) = 'pim' OR starts_with(event_id, 'PIM_') OR contains(activity, 'PIM'), FALSE);
