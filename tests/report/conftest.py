from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from pipeline.report import report
from pipeline.store import Store
from pipeline.store.workbench import Workbench, new_workbench
from tests.report import month
from tests.report.reading import parse


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The synthetic November; tests only read it."""
    found = month.open_month(tmp_path_factory.mktemp("data"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def edition(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the HTML and the CSV edition of the month, ISO framework."""
    out = tmp_path_factory.mktemp("out")
    write(store, out, "iso27001-2022", ("html", "csv"))
    return out


@pytest.fixture(scope="session")
def page(edition: Path) -> str:
    """The HTML edition."""
    return (edition / "contoso-iso27001-2022-2026-11-01_2026-12-01.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def root(page: str) -> Element:
    """The HTML edition, parsed."""
    return parse(page)


@pytest.fixture(scope="session")
def tables(edition: Path) -> Path:
    """The folder of the CSV edition."""
    return edition / "contoso-iso27001-2022-2026-11-01_2026-12-01"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """Empty tables in memory, any column may stay empty; a transaction is open."""
    made = new_workbench()
    with made.con:
        made.con.execute("BEGIN")
        yield made


def write(store: Store, out: Path, framework: str, formats: tuple[str, ...] = ("html",)) -> list[Path]:
    """The month's report."""
    arguments = (store, month.TENANT, month.SETTINGS, [framework], month.SINCE, month.UNTIL)
    return report(*arguments, now=month.NOW, out=out, formats=formats)
