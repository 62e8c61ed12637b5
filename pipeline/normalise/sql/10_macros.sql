-- The same as trim, which walks through every character, where there is nothing to trim.
CREATE OR REPLACE TEMP MACRO trimmed(text) AS
    CASE WHEN starts_with(text, ' ') OR suffix(text, ' ') THEN trim(text) ELSE text END;

-- Changed properties are JSON inside a string: "\"abc\"" is abc. What is no such string stays as it is. Only an escape
-- needs a parser.
CREATE OR REPLACE TEMP MACRO unquoted(text) AS
    CASE
        WHEN NOT starts_with(text, '"') OR NOT suffix(text, '"') OR text = '"' THEN text
        WHEN contains(text, '\') THEN coalesce(TRY(json_extract_string(text, '$')), text[2:-2])
        ELSE text[2:-2]
    END;

-- A row of PIM's own says so in one of three places; none of them is always right.
CREATE OR REPLACE TEMP MACRO from_pim(event_id, service, activity) AS
    coalesce(service = 'PIM' OR starts_with(event_id, 'PIM_') OR contains(activity, 'PIM') OR lower(trimmed(service)) = 'pim', FALSE);
