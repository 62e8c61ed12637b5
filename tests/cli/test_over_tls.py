"""`pimtrail run --config` against a Graph over TLS, with the real msal and httpx, as an operator would call it."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.content import rules_dir
from tests.fakes.graph import status
from tests.fakes.tls import Certificates, certificates
from tests.over_tls import SECRET, fabrikam

from .calling import Result, Shell

NOW = datetime(2026, 10, 17, 6, 15, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
RULES = sorted(f"{file.parent.name}.{file.stem}" for file in rules_dir().glob("*/*.sql"))


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("trust"))


def test_a_first_hour(shell: Shell, trust: Certificates) -> None:
    """Into Sentinel, and what an operator asks. A cycle without rules goes before, unpaced: Graph is slow."""
    with fabrikam(shell.folder, trust, "2026-10-17", NOW - timedelta(hours=3), sentinel=True) as place:
        whole = place.config.read_text()
        place.config.write_text(whole + "".join(f'[rules."{rule}"]\nenabled = false\n' for rule in RULES))
        command = [sys.executable, "-m", "tests.one_cycle", str(place.config)]
        assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
        place.config.write_text(whole)
        place.graph.now = NOW
        result = shell("run", "--json", "--fail-on", "medium")
        assert result.code == 10, result.err
        [summary] = json.loads(result.out)
        assert (summary["tenant"], summary["error"], summary["forward"]["pending"]) == ("fabrikam", None, 0)
        assert summary["collect"]["watermark"] == "2026-10-17T06:15:00.000000Z"
        place.ingestion.check()
        alerts = [json.loads(row) for row in place.ingestion.rows["Custom-PimAlerts_CL"]]
        beats = [json.loads(row) for row in place.ingestion.rows["Custom-PimHeartbeat_CL"]]
        assert alerts and len(beats) == 2
        assert beats[-1]["RunId"] == summary["run_id"]
        assert shell("run", "--quiet", "--fail-on", "low") == Result(0, "", "")
        shown = shell("show", alerts[0]["AlertId"][:8], "--json")
        assert json.loads(shown.out)["record"] == alerts[0]
        assert json.loads(shown.out)["deliveries"][0]["state"] == "sent"
        assert alerts[0]["AlertName"] in shell("show", alerts[0]["AlertId"]).out
        place.graph.now = datetime.now(UTC)
        examined = shell("doctor")
        assert examined.code == 0, examined.out
        assert "OK    fabrikam, users: answers (User.Read.All)" in examined.out
        for text in (result.err, shown.out, examined.out, shell("status", "--json").out):
            assert SECRET not in text
    assert SECRET not in place.config.read_text()


def test_refusals_are_told_in_one_line_with_the_code_3(shell: Shell, trust: Certificates) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW) as place:
        place.login.refuse("7000222")
        result = shell("run", "--quiet")
        assert (result.code, result.out) == (3, "")
        told = [line for line in result.err.splitlines() if line.startswith("pimtrail: ")]
        assert len(told) == 1 and "the client secret has expired" in told[0]
        examined = shell("doctor")
        assert examined.code == 3
        assert "FAIL  fabrikam, sign-in: " in examined.out and SECRET not in examined.out + result.err


def test_doctor_names_the_permission_that_is_missing(shell: Shell, trust: Certificates) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW) as place:
        place.graph.fail(
            "/v1.0/users", status(403, code="Authorization_RequestDenied", message="Insufficient privileges")
        )
        examined = shell("doctor", "--json")
        lines = {line["subject"]: line for line in json.loads(examined.out)}
        assert examined.code == 3
        assert lines["fabrikam, users"]["state"] == "fail"
        assert "needs User.Read.All" in lines["fabrikam, users"]["detail"]
        assert lines["fabrikam, groups"]["state"] == "ok"
        assert lines["fabrikam, clock"]["state"] == "fail"
