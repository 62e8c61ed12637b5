"""The fakes are documented by an example that runs."""

from pathlib import Path

from tests.fakes import faults, graph

README = Path(graph.__file__).with_name("README.md")


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    code = README.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    exec(compile(code, str(README), "exec"), {"folder": tmp_path})


def test_the_readme_names_every_module() -> None:
    told = README.read_text(encoding="utf-8")
    assert [path.name for path in README.parent.glob("*.py") if f"`{path.name}`" not in told] == []


def test_untidy_pages_hold_every_row_and_are_always_alike() -> None:
    rows = [{"id": number} for number in range(20)]
    pages = graph.untidy(7)(rows, 4)
    assert pages == graph.untidy(7)(rows, 4)
    assert {row["id"] for page in pages for row in page} == set(range(20))
    assert sum(map(len, pages)) == 23 and [] in pages and pages[-1]


def test_every_ill_has_a_fault_that_changes_the_answer() -> None:
    assert all(ill.faults for ill in faults.ILLS.values())
    assert set(faults.RETRY_AFTER) == {name[17:] for name in faults.ILLS if name.startswith("429, Retry-After ")}
