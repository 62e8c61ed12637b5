"""The page on backup is followed to the letter, in a shell."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.samples import FIRST, SECOND, copy_configuration, holdings, play, sample_settings

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "backup.md").read_text(encoding="utf-8")


def steps(name: str) -> str:
    """The page's commands under a mark, for the sample tenant."""
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1].replace("contoso", "fabrikam")


def follow(place: Path, *names: str, fails: int = 0) -> str:
    """Run the commands of the page as they stand; `pimtrail` is this checkout."""
    script = f'set -e; pimtrail() {{ "{sys.executable}" -m pipeline "$@"; }}\n' + "".join(map(steps, names))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=place, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == fails, done.stderr
    return done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("flock") is None, reason="flock belongs to Linux")
def test_backup_restore_and_drill_as_the_page_says(tmp_path: Path) -> None:
    settings = sample_settings(tmp_path / "data")
    play(settings, "fabrikam", FIRST)
    copy_configuration(tmp_path)
    follow(tmp_path, "copy", "head")
    assert "as they were kept" in follow(tmp_path, "drill")
    assert not (tmp_path / "drill").exists()
    before = holdings(tmp_path / "data" / "fabrikam")
    shutil.rmtree(tmp_path / "data")
    assert "as they were kept" in follow(tmp_path, "restore")
    assert holdings(tmp_path / "data" / "fabrikam") == before
    assert play(settings, "fabrikam", SECOND).exit_code == 0


def test_a_copy_without_the_newest_lines_is_not_taken_for_whole(tmp_path: Path) -> None:
    """A head noted elsewhere is more than the copy can say of itself."""
    settings = sample_settings(tmp_path / "data")
    play(settings, "fabrikam", FIRST)
    copy_configuration(tmp_path)
    follow(tmp_path, "head")
    folder = tmp_path / "data" / "fabrikam"
    (folder / "pimtrail.duckdb").unlink()
    (folder / "status.json").unlink()
    journal = folder / "journal" / "journal.ndjson"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    command = [sys.executable, "-m", "pipeline", "verify", "--tenant", "fabrikam"]
    for more, code in (((), 0), (("--head", (tmp_path / "fabrikam.head").read_text().strip()), 7)):
        done = subprocess.run([*command, *more], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
        assert done.returncode == code
