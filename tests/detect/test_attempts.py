"""What DuckDB alone lets a statement do: every attempt is refused at the first door, and behind it comes to nothing.

`.ci/oldest-duckdb` runs this on the 1.5 line as well.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipeline.detect import syntax
from pipeline.detect.confine import Limits
from pipeline.detect.sandbox import Outcome, Task, run
from pipeline.store.workbench import workbench

STOPPED = {
    "read a CSV": "SELECT * FROM read_csv('/etc/passwd')",
    "read a text": "SELECT * FROM read_text('/etc/passwd')",
    "read bytes": "SELECT * FROM read_blob('/etc/passwd')",
    "sniff a CSV": "SELECT * FROM sniff_csv('/etc/passwd')",
    "list a folder": "SELECT * FROM glob('/etc/*')",
    "name a file as a table": "SELECT * FROM '{folder}/secret.csv'",
    "write a file": "COPY (SELECT 1) TO '{folder}/out.csv'",
    "write the database": "COPY (SELECT 1) TO '{database}' (FORMAT csv, USE_TMP_FILE false)",
    "write its log": "COPY (SELECT 1) TO '{database}.wal' (FORMAT csv, USE_TMP_FILE false)",
    "export all": "EXPORT DATABASE '{folder}/out'",
    "attach a file": "ATTACH '{folder}/other.duckdb' AS other",
    "attach memory": "ATTACH ':memory:' AS other",
    "install an extension": "INSTALL httpfs",
    "load an extension": "LOAD httpfs",
    "update extensions": "UPDATE EXTENSIONS",
    "read over the net": "SELECT * FROM read_csv('https://example.com/a.csv')",
    "name an address as a table": "SELECT * FROM 'https://example.com/a.parquet'",
    "read the environment": "SELECT getenv('HOME') AS home",
    "read a variable of Python": "SELECT * FROM job",
    "make a secret": "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "take more memory": "SET memory_limit = '100GB'",
    "take more threads": "SET threads = 8",
    "move home": "SET home_directory = '/tmp'",
    "fetch extensions elsewhere": "SET custom_extension_repository = 'https://example.com'",
    "unlock the settings": "SET lock_configuration = false",
    "open the doors": "SET enable_external_access = true",
    "open the doors by default": "RESET enable_external_access",
    "delete rows": "DELETE FROM t",
    "make a table": "CREATE TABLE x AS SELECT 1 AS a",
    "delete inside a SELECT": "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
}
"""What the locks and the kernel stop even if it got past the first door."""

LET_BE = {
    "read the database's own bytes": "SELECT length(content) AS n FROM read_blob('{database}')",
    "list secrets": "SELECT * FROM duckdb_secrets()",
    "make a temporary table": "CREATE TEMP TABLE x AS SELECT 1 AS a",
    "make a temporary macro": "CREATE TEMP MACRO m() AS 1",
    "set a variable": "SET VARIABLE v = 1",
    "change the schema": "SET schema = 'main'",
    "checkpoint": "CHECKPOINT",
    "prepare": "PREPARE p AS SELECT 1",
    "say two statements": "SELECT 1 AS a; SELECT 2 AS b",
    "sleep": "SELECT sleep_ms(1) AS slept",
    "switch a log on": "CALL enable_logging('QueryLog')",  # in memory; 2.0 refuses it
    "learn paths": "SELECT path FROM duckdb_databases()",
    "learn paths by pragma": "PRAGMA database_list",
    "learn settings": "SELECT * FROM duckdb_settings()",
    "read by a name made up": "SELECT * FROM query('SELECT 1 AS a')",
    "read a table by text": "SELECT * FROM query_table('t')",
}
"""What DuckDB does in spite of its locks, which is why there is a first door; it harms nothing."""

ATTEMPTS = STOPPED | LET_BE


@dataclass(frozen=True)
class Tried:
    outcomes: dict[str, Outcome]
    before: dict[str, str]
    after: dict[str, str]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Every attempt made in rule processes over one database, past the first door."""
    folder = tmp_path_factory.mktemp("tried")
    database = folder / "t.duckdb"
    with duckdb.connect(str(database)) as con:
        con.execute("CREATE TABLE t AS SELECT range AS n FROM range(10)")
    (folder / "secret.csv").write_text("a\n1\n")
    before = _files(folder)
    tasks = [Task(name, sql.format(folder=folder, database=database), {}) for name, sql in ATTEMPTS.items()]
    outcomes = run(database, tasks, Limits(seconds=20))
    return Tried({each.rule_id: each for each in outcomes}, before, _files(folder))


def _files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_first_door_refuses_it(name: str) -> None:
    assert syntax.check(ATTEMPTS[name], syntax.readable(workbench().relations)), ATTEMPTS[name]


@pytest.mark.parametrize("name", STOPPED)
def test_behind_the_door_it_fails(tried: Tried, name: str) -> None:
    assert tried.outcomes[name].error is not None
    assert tried.outcomes[name].rows == ()


def test_nothing_was_read_or_written(tried: Tried) -> None:
    assert tried.after == tried.before
    assert not any("root:" in str(outcome.rows) for outcome in tried.outcomes.values())
    assert tried.outcomes["list secrets"].rows == ()


def test_an_endless_scalar_is_killed_with_its_process(tmp_path: Path) -> None:
    """A single call takes no interrupt, and the limit on memory does not bound one string."""
    with duckdb.connect(str(tmp_path / "t.duckdb")) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS n")
    long = "SELECT sum(length(repeat('x', 1000000000 + n))) AS big FROM t, range(100)"
    outcomes = run(tmp_path / "t.duckdb", [Task("a", long, {}), Task("b", "SELECT 2 AS n", {})], Limits(seconds=2))
    assert outcomes[0].error is not None
    assert outcomes[1].rows == ((2,),)
