"""`pimtrail collect --since --until`, against a Graph over TLS."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.cli.backfilling import Progress, words
from pipeline.model import BackfillProgress
from tests.fakes.graph import AUDITS, status
from tests.fakes.tls import Certificates, certificates
from tests.over_tls import fabrikam

from .calling import Shell

NOW = datetime(2026, 10, 17, 6, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("trust"))


def test_a_span_is_filled_and_what_is_out_of_reach_is_said(shell: Shell, trust: Certificates) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW):
        first = shell("collect", "--since", "2026-10-15", "--until", "2026-10-16T12:00Z", "--json")
        assert first.code == 0, first.err
        [summary] = json.loads(first.out)
        assert (summary["collect"]["watermark"], summary["collect"]["gaps"]) == (None, [])
        assert summary["collect"]["windows"] == 2
        plain = shell("collect", "--since", "2020-01-01", "--until", "2026-10-15")
        assert plain.code == 0, plain.err
        assert "fabrikam: " in plain.out
        assert "out of reach: 2020-01-01 00:00Z to 2026-09-18 06:15Z" in plain.out
        assert "pimtrail: back-fill: fabrikam: " in plain.err
        told = json.loads(shell("query", "SELECT command, exit_code FROM run", "--json").out)
        assert told == [{"command": "backfill", "exit_code": 0}] * 2


def test_what_did_not_finish_ends_it_with_4(shell: Shell, trust: Certificates) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW) as place:
        place.graph.fail(AUDITS, status(400, "BadRequest", "Nobody knows why."))
        result = shell("collect", "--since", "2026-10-16")
        assert result.code == 4
        assert "unfinished: directory_audits: 2026-10-16T15:07:30Z to 2026-10-17T06:15Z: 400 BadRequest" in result.err
        assert "not read: 2026-10-16 15:07Z to 2026-10-17 06:15Z" in shell("status").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--since", "yesterday"], "--since 'yesterday' is no day"),
        (["--since", "2026-10-05", "--until", "2026-10-05"], "--since is not before --until"),
        (["--since", "9999-01-01"], "lies in the future"),
        (["--until", "2026-10-05", "--import", "x"], "not of --import"),
    ],
)
def test_spans_that_mean_nothing_are_refused(shell: Shell, arguments: list[str], told: str) -> None:
    result = shell("collect", *arguments)
    assert result.code == 2
    assert told in result.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress(days: int) -> BackfillProgress:
    return BackfillProgress(timedelta(days=days), timedelta(days=10), days * 1000, days, days * 100.0)


def test_progress_says_how_far_how_fast_and_how_long_still() -> None:
    assert words(progress(4)) == "4.0 of 10.0 days, 4,000 events, 10 events/s, about 10 min left"
    assert words(progress(0)) == "0.0 of 10.0 days, 0 events, 0 events/s"


def test_progress_is_a_changing_line_on_a_terminal_and_a_line_now_and_then_elsewhere() -> None:
    for stream, expected in ((Terminal(), 2), (io.StringIO(), 2)):
        time = iter([0.0, 0.1, 100.0])
        tell = Progress(stream, lambda time=time: next(time))  # type: ignore[misc]
        for days in (1, 2, 3):
            tell("contoso", progress(days))
        said = stream.getvalue()
        assert said.count("contoso: ") == expected
        assert ("\n" in said) is not stream.isatty()
