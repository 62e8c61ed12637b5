"""The rule process: what gets past the first door still harms nothing, and one bad statement fails alone."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline.detect.confine import Limits
from pipeline.detect.sandbox import Task, run
from pipeline.errors import StorageError

QUICK = Limits(seconds=1.0)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "t.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "CREATE TABLE t AS SELECT range AS n, TIMESTAMPTZ '2026-01-01 00:00:00.5Z' AS seen FROM range(1000)"
        )
    return path


def task(sql: str, **parameters: object) -> Task:
    return Task("x.y", sql, parameters)


def test_rows_come_as_plain_values(database: Path) -> None:
    sql = """SELECT $since AS since, $n + 1 AS m, seen, DATE '2026-03-01' AS day, [seen] AS times, 'NaN'::DOUBLE AS nan,
        NULL AS nothing, 1.5::DECIMAL(4, 1) AS dec, true AS yes, {'a': 1} AS pair, sum(n) OVER () AS big,
        $words AS words FROM t LIMIT 1"""
    (outcome,) = run(database, [task(sql, since="2026-01-01T00:00:00Z", n=1, words=["a"])])
    moment = "2026-01-01T00:00:00.500000Z"
    assert list(outcome.dicts()) == [
        {
            "since": "2026-01-01T00:00:00.000000Z",
            "m": 2,
            "seen": moment,
            "day": "2026-03-01",
            "times": [moment],
            "nan": None,
            "nothing": None,
            "dec": 1.5,
            "yes": True,
            "pair": {"a": 1},
            "big": 499500,
            "words": ["a"],
        }
    ]
    assert outcome.error is None


def test_a_bad_statement_fails_alone(database: Path) -> None:
    outcomes = run(database, [task("SELECT 1 AS n"), task("SELECT nope FROM t"), task("SELECT 2 AS n")])
    assert [outcome.rows for outcome in outcomes] == [((1,),), (), ((2,),)]
    assert outcomes[1].error and "nope" in outcomes[1].error


def test_a_slow_statement_is_killed_and_the_rest_runs(database: Path) -> None:
    slow = "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
    begun = time.monotonic()
    outcomes = run(database, [task("SELECT 1 AS n"), task(slow), task("SELECT 2 AS n")], QUICK)
    assert [outcome.rows for outcome in outcomes] == [((1,),), (), ((2,),)]
    assert outcomes[1].error == "took longer than 1 s and was stopped"
    assert time.monotonic() - begun < 6


def test_a_process_that_dies_takes_one_statement_with_it(database: Path) -> None:
    slow = "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
    outcomes = run(database, [task(slow), task("SELECT 2 AS n")], Limits(seconds=30, cpu_seconds=2))
    assert outcomes[0].error and outcomes[0].error.startswith("the rule process ended (signal")
    assert outcomes[1].rows == ((2,),)


def test_the_process_dies_with_its_parent(database: Path) -> None:
    script = f"""
import sys
sys.path.insert(0, {str(Path.cwd())!r})
from pathlib import Path
from pipeline.detect.sandbox import Task, run
run(Path({str(database)!r}), [Task("x.y", "SELECT count(*) FROM range(10000000) a, range(9999999) b", {{}})])
"""
    parent = subprocess.Popen([sys.executable, "-c", script])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    assert _until(lambda: children.read_text().split())
    [child] = children.read_text().split()
    time.sleep(0.5)
    parent.kill()
    parent.wait()
    assert _until(lambda: _has_ended(child))


def _until(done: Callable[[], object], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.05)
    return False


def _has_ended(process: str) -> bool:
    """Gone, or waiting to be collected by whoever inherited it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_memory_is_bounded(database: Path) -> None:
    greedy = "SELECT list(n || repeat('x', 100000)) AS l FROM t, range(100) r"
    outcomes = run(database, [task(greedy), task("SELECT 2 AS n")], Limits(seconds=20, memory_mb=64))
    assert outcomes[0].error is not None
    assert outcomes[1].rows == ((2,),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM range(60000) r(n)",
        "SELECT 1 AS n, 2 AS N",
        "SELECT 'x'::BLOB AS b",
    ],
)
def test_answers_without_a_form_are_refused(database: Path, sql: str) -> None:
    (outcome,) = run(database, [task(sql)])
    assert outcome.error is not None
    assert outcome.rows == ()


def test_a_statement_that_takes_long_draws_no_bar_among_the_answers(database: Path) -> None:
    (outcome,) = run(database, [task("SELECT current_setting('enable_progress_bar') AS bar")])
    assert outcome.rows == ((False,),)


HARMFUL = [
    "COPY (SELECT 1) TO '{database}' (FORMAT csv, USE_TMP_FILE false)",
    "COPY (SELECT 1) TO '{database}.wal' (FORMAT csv, USE_TMP_FILE false)",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "ATTACH '{folder}/other.duckdb' AS other",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '{folder}/secret.csv'",
    "SELECT * FROM glob('{folder}/*.csv')",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET threads = 8",
    "SET lock_configuration = false",
    "DELETE FROM t",
    "CREATE TABLE x AS SELECT 1",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "SELECT * FROM path",
]


def test_what_the_first_door_would_refuse_fails_here_too(database: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    before = hashlib.sha256(database.read_bytes()).digest(), sorted(tmp_path.iterdir())
    outcomes = run(database, [task(sql.format(database=database, folder=tmp_path)) for sql in HARMFUL])
    assert [HARMFUL[n] for n, outcome in enumerate(outcomes) if outcome.error is None] == []
    assert (hashlib.sha256(database.read_bytes()).digest(), sorted(tmp_path.iterdir())) == before


def test_modules_of_the_working_folder_are_not_imported(database: Path, tmp_path: Path) -> None:
    (tmp_path / "duckdb.py").write_text("raise RuntimeError('imported from the working folder')")
    script = f"""
import sys
sys.path.insert(0, {str(Path.cwd())!r})
from pathlib import Path
from pipeline.detect.sandbox import Task, run
sys.path.append("")
print(run(Path({str(database)!r}), [Task("x.y", "SELECT 7 AS n", {{}})])[0].rows)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "((7,),)\n", done.stderr


def test_a_database_that_cannot_be_opened_is_no_rules_fault(tmp_path: Path) -> None:
    (tmp_path / "t.duckdb").write_bytes(b"no database at all" * 1000)
    with pytest.raises(StorageError, match="no rule could be run"):
        run(tmp_path / "t.duckdb", [task("SELECT 1 AS n")])


def test_no_task_no_process(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere", []) == []
