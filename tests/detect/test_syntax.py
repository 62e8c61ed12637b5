"""What a rule's SQL may say. The list of refusals is the promise; DuckDB's own locks are the second door."""

import gc

import pytest

from pipeline.detect import syntax

TABLES = frozenset({"activation", "audit_event", "calendar"})

ALLOWED = [
    "SELECT 1",
    "SELECT request_id FROM activation WHERE starts_at >= $since;",
    "WITH a AS (SELECT * FROM activation), b AS (SELECT count(*) AS n FROM a) SELECT * FROM a, b ORDER BY n LIMIT 5",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
    "SELECT * FROM activation a LEFT JOIN calendar c USING (tenant_id) WHERE EXISTS (SELECT 1 FROM audit_event)",
    "SELECT starts_at AT TIME ZONE 'UTC', CAST(starts_at AS DATE), starts_at + INTERVAL 1 DAY FROM activation",
    "SELECT list_sum(list_transform(range(5), lambda k: lgamma(k + 1)))",
    "SELECT * EXCLUDE (segment), row_number() OVER (PARTITION BY subject_id ORDER BY starts_at) AS n FROM activation "
    "QUALIFY n = 1",
    "SELECT CASE WHEN a IS NULL THEN 'x' ELSE 'y' END, a BETWEEN 1 AND 2, a IN (1, 2), NOT a, a LIKE 'x%' "
    "FROM (VALUES (1)) v(a)",
    "SELECT count(*) FILTER (WHERE outcome = 'completed') FROM activation GROUP BY subject_id HAVING count(*) > 1",
    "SELECT 'DELETE FROM activation; DROP TABLE x -- not a comment' AS words",
    "SELECT day FROM calendar CROSS JOIN LATERAL (SELECT unnest(range(3)) AS day) d",
    "SELECT a FROM audit_event UNION ALL SELECT b FROM activation EXCEPT SELECT c FROM calendar",
]

REFUSED = [
    ("", "wants one statement"),
    ("-- nothing", "wants one statement"),
    ("SELECT 1; SELECT 2", "wants one statement"),
    ("SELEC 1", "no plain SELECT"),
    ("DELETE FROM activation", "no plain SELECT"),
    ("INSERT INTO activation VALUES (1)", "no plain SELECT"),
    ("CREATE TABLE x AS SELECT 1", "no plain SELECT"),
    ("COPY (SELECT 1) TO '/tmp/x' (FORMAT csv, USE_TMP_FILE false)", "no plain SELECT"),
    ("EXPLAIN ANALYZE SELECT 1", "no plain SELECT"),
    ("PRAGMA database_list", "no plain SELECT"),
    ("SET threads = 8", "no plain SELECT"),
    ("ATTACH ':memory:' AS x", "no plain SELECT"),
    ("INSTALL httpfs", "no plain SELECT"),
    ("CALL pragma_version()", "no plain SELECT"),
    ("WITH x AS (DELETE FROM activation RETURNING *) SELECT * FROM x", "DELETE_QUERY_NODE is not allowed|CTE needs"),
    ("WITH x AS (INSERT INTO activation VALUES (1) RETURNING *) SELECT * FROM x", "NODE is not allowed|CTE needs"),
    ("WITH x AS (UPDATE activation SET a = 1 RETURNING *) SELECT * FROM x", "NODE is not allowed|CTE needs"),
    ("SUMMARIZE activation", "SHOW_REF is not allowed"),
    ("SELECT * FROM (DESCRIBE activation)", "SHOW_REF is not allowed"),
    ("SELECT * FROM 'file.csv'", "'file.csv', which is no table of silver"),
    ("SELECT * FROM finding", "'finding', which is no table of silver"),
    ("SELECT * FROM duckdb_settings()", "only unnest, range"),
    ("SELECT * FROM read_csv('/etc/passwd')", "only unnest, range"),
    ("SELECT * FROM read_text('/etc/passwd')", "only unnest, range"),
    ("SELECT * FROM glob('/*')", "only unnest, range"),
    ("SELECT * FROM query('SELECT 1')", "only unnest, range"),
    ("SELECT * FROM query_table('activation')", "only unnest, range"),
    ("SELECT * FROM pg_catalog.pg_tables", "'pg_tables', which is no table of silver"),
    ("SELECT * FROM information_schema.tables", "written bare"),
    ("SELECT * FROM other.main.activation", "written bare"),
    ("SELECT getvariable('x')", "function 'getvariable'"),
    ("SELECT current_setting('threads')", "function 'current_setting'"),
    ("SELECT getenv('HOME')", "function 'getenv'"),
    ("SELECT now()", "function 'now'"),
    ("SELECT random()", "function 'random'"),
    ("SELECT nextval('s')", "function 'nextval'"),
    ("SELECT current_date", "the clock is"),
    ("SELECT current_timestamp FROM activation", "the clock is"),
    ("SELECT repeat('x', 1000000000)", "function 'repeat'"),
    ("SELECT event_ids[1] FROM activation", "no positional access"),
    ("SELECT event_ids[1:2] FROM activation", "no positional access"),
    ("SELECT list_extract(event_ids, 1) FROM activation", "function 'list_extract'"),
    ("SELECT array_extract(event_ids, 1) FROM activation", "function 'array_extract'"),
    ("SELECT #1 FROM activation", "positional_reference"),
    ("SELECT ? FROM activation", "parameters are named"),
    ("SELECT * FROM activation TABLESAMPLE 10%", "sample"),
    ("SELECT * FROM activation AT (VERSION => 1)", "neither AT nor a sample"),
    ("WITH activation AS (SELECT 1) SELECT * FROM activation", "a CTE may not be called 'activation'"),
    ("SELECT * FROM audit_event WHERE activity LIKE 'Add%'", "compare activity whole"),
    ("SELECT * FROM audit_event WHERE contains(activity, 'Add')", "compare activity whole"),
]


@pytest.mark.parametrize("sql", ALLOWED)
def test_allowed(sql: str) -> None:
    assert syntax.check(sql, TABLES) == ()


@pytest.mark.parametrize(("sql", "why"), REFUSED)
def test_refused(sql: str, why: str) -> None:
    messages = [offence.message for offence in syntax.check(sql, TABLES)]
    assert any(part in message for message in messages for part in why.split("|")), messages


def test_what_a_statement_uses() -> None:
    reading = syntax.read(
        """WITH recent AS (SELECT * FROM Activation WHERE starts_at > $since)
        SELECT * FROM recent JOIN audit_event e USING (request_id)
        WHERE lower(e.activity) IN ('add member', 'other') AND e.category = 'RoleManagement' AND e.id = $Wanted"""
    )
    assert set(reading.relations) == {"activation", "audit_event"}
    assert reading.parameters == {"since", "wanted"}
    assert set(reading.activities) == {"add member", "other"}
    assert set(reading.categories) == {"RoleManagement"}


def test_an_offence_knows_its_place() -> None:
    sql = "SELECT 1,\n  'ä',\n  now()\nFROM activation"
    (offence,) = syntax.check(sql, TABLES)
    assert sql.encode()[: offence.offset].count(b"\n") == 2


def test_deep_nesting_is_refused_and_does_not_crash() -> None:
    gc.collect()  # what other tests left must not be cleared away where the stack has no room for it
    sql = "SELECT " + "(" * 400 + "1" + "+1)" * 400
    assert isinstance(syntax.check(sql, TABLES), tuple)
    assert syntax.check("SELECT " + "-(" * 20_000 + "1" + ")" * 20_000, TABLES)
