-- ISO 8601 as Graph writes limits, in seconds: P365D, PT8H, P1DT30M. A year counts 365 days, a month 30. Null for anything else.
CREATE OR REPLACE TEMP MACRO iso_part(text, unit) AS
    coalesce(try_cast(regexp_extract(text, '(\d+)' || unit, 1) AS BIGINT), 0);

CREATE OR REPLACE TEMP MACRO iso_seconds(text) AS CASE
    WHEN regexp_full_match(text, 'P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?') THEN
        86400 * (365 * iso_part(split_part(text, 'T', 1), 'Y') + 30 * iso_part(split_part(text, 'T', 1), 'M')
            + 7 * iso_part(split_part(text, 'T', 1), 'W') + iso_part(split_part(text, 'T', 1), 'D'))
        + 3600 * iso_part(split_part(text, 'T', 2), 'H') + 60 * iso_part(split_part(text, 'T', 2), 'M')
        + iso_part(split_part(text, 'T', 2), '(?:\.\d+)?S')
    END;

CREATE OR REPLACE TEMP MACRO is_true(text) AS try_cast(text AS BOOLEAN);

CREATE OR REPLACE TEMP MACRO lowered(words) AS list_transform(words, lambda word: lower(word));

-- Whether a notification rule lets somebody know.
CREATE OR REPLACE TEMP MACRO reaches(rule) AS CASE WHEN rule.id IS NOT NULL THEN
    coalesce(is_true(rule.isDefaultRecipientsEnabled), false) OR len(coalesce(rule.notificationRecipients, [])) > 0 END;

CREATE OR REPLACE TEMP MACRO rule_of(rules, name) AS list_filter(rules, lambda r: lower(r.id) = name)[1];

-- The roles and groups that the text of a review's query names, by id.
CREATE OR REPLACE TEMP MACRO reviewed_roles(query) AS coalesce(
    regexp_extract_all(lower(query), 'roledefinition(?:s/|id eq '')([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', 1), []);

CREATE OR REPLACE TEMP MACRO reviewed_groups(query) AS coalesce(
    regexp_extract_all(lower(query), 'group(?:s/|id eq '')([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', 1), []);
