"""Rules, reports and sample tenants are found from a checkout and from an installed wheel."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline import content

CHECKOUT = Path(__file__).parent.parent


def test_a_checkout_uses_its_own_folders() -> None:
    assert content.rules_dir() == CHECKOUT / "rules"
    assert content.reports_dir() == CHECKOUT / "reports"
    assert content.samples_dir() == CHECKOUT / "sample_logs"


@pytest.fixture(scope="module")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=True, timeout=120
    )


def test_a_wheel_carries_its_content(unpacked_wheel: Path, tmp_path: Path) -> None:
    where = "from pipeline import content; print(content.rules_dir(), content.reports_dir(), content.samples_dir())"
    rules, reports, samples = map(Path, run(unpacked_wheel, "-c", where, cwd=tmp_path).stdout.split())
    assert {rules.parent, reports.parent, samples.parent} == {unpacked_wheel / "pipeline" / "_shipped"}
    for shipped in ("rules", "reports", "sample_logs"):
        kept = {
            str(path.relative_to(CHECKOUT / shipped))
            for path in (CHECKOUT / shipped).rglob("*")
            if path.is_file() and path.suffix in {".sql", ".yaml", ".toml", ".json", ".j2"}
        }
        packed = unpacked_wheel / "pipeline" / "_shipped" / shipped
        assert kept == {str(path.relative_to(packed)) for path in packed.rglob("*") if path.suffix != ".py"} & kept


def test_a_wheel_carries_what_sentinel_gets(unpacked_wheel: Path, tmp_path: Path) -> None:
    where = "from pipeline import content; print(content.sentinel_template())"
    shipped = Path(run(unpacked_wheel, "-c", where, cwd=tmp_path).stdout.strip())
    assert unpacked_wheel in shipped.parents
    assert shipped.read_bytes() == content.sentinel_template().read_bytes()


def test_rules_and_reports_are_no_packages(unpacked_wheel: Path) -> None:
    assert {path.name for path in unpacked_wheel.iterdir() if not path.name.endswith(".dist-info")} == {"pipeline"}
