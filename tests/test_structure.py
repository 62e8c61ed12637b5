"""The structure is a promise: floors, one place for httpx, short modules and functions, no junk drawers."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pipeline"
GROUND = {
    "errors",
    "model",
    "config",
    "settings_check",
    "settings_file",
    "working_hours",
    "content",
    "header",
    "once",
    "decoders",
    "identity",
    "store",
}
STAGES = {"collect", "normalise", "detect", "forward", "report"}
MAY_IMPORT = {
    **dict.fromkeys(GROUND, GROUND),
    **{name: GROUND | {name} for name in STAGES},
    "run": GROUND | STAGES | {"run"},
    "reporting": GROUND | {"report", "run", "reporting"},
    "verifying": GROUND | {"normalise", "run", "verifying"},
    "backfilling": GROUND | {"collect", "run", "backfilling"},
    "schedule": GROUND | {"run", "reporting", "schedule"},
    "cli": GROUND | STAGES | {"run", "reporting", "verifying", "backfilling", "schedule", "cli"},
    "__main__": {"cli"},
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_shipped" not in path.parts)


def name_of(path: Path) -> str:
    """`collect/client.py` → `collect`; `run.py` → `run`."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted absolute name) of everything a module imports, relative imports resolved."""
    package = ("pipeline", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (start, node.module) if part)
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_arrow_runs_up_or_sideways(path: Path) -> None:
    here = name_of(path)
    if here == "__init__":
        return
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for line, name in imports(path)
        if name.startswith("pipeline.")
        and name.split(".")[1] != "__version__"
        and name.split(".")[1] not in MAY_IMPORT[here]
    ]
    assert wrong == []


def test_httpx_is_imported_in_one_module_only() -> None:
    places = {
        str(path.relative_to(PACKAGE)) for path in MODULES for _, name in imports(path) if name.startswith("httpx")
    }
    assert places == {"collect/http.py"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    long = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 40
    ]
    assert long == []
    assert text.count("\n") <= 300


def test_decoders_of_types_are_made_in_one_place() -> None:
    """Two threads that make one for the same new type take the process down."""
    calls = [
        (f"{path.relative_to(PACKAGE)}:{node.lineno}", ast.unparse(node.func), node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    typed = {
        place.split(":")[0]
        for place, name, node in calls
        if (name == "msgspec.json.Decoder" and node.args)
        or (name == "msgspec.json.decode" and node.keywords)
        or name == "msgspec.convert"
    }
    assert typed == {"decoders.py"}


def test_no_module_is_a_junk_drawer() -> None:
    assert {path.stem for path in MODULES}.isdisjoint({"utils", "helpers", "common", "base", "manager"})


def test_only_the_outermost_floor_reads_the_clock() -> None:
    """`now` is an argument everywhere below run.py."""
    readers = {
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in MODULES
        if name_of(path) in STAGES | GROUND
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and (ast.unparse(node) in {"datetime.now", "datetime.utcnow", "time.time", "date.today", "datetime.today"})
    }
    allowed = {place for place in readers if place.startswith("identity/")}
    assert readers == allowed


@pytest.mark.parametrize("package", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: path.parent.name)
def test_no_package_defines_what_one_of_its_modules_is_called(package: Path) -> None:
    """The first import of the module would put it in the place of the function."""
    body = ast.parse(package.read_text()).body
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert defined & {path.stem for path in package.parent.iterdir()} == set()
