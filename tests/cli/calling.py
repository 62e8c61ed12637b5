"""Call the command line inside this process, as a shell would."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli import main

TENANT_ID = "00000000-0000-0000-0000-000000000001"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """`call("status", "--json")` in a folder of its own, with what it printed."""

    capsys: pytest.CaptureFixture[str]
    folder: Path

    def __call__(self, *arguments: object) -> Result:
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = self.capsys.readouterr()
        return Result(int(ended.value.code or 0), printed.out, printed.err)

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def config(self, more: str = "", tenants: str = "contoso") -> Path:
        """A configuration of the named tenants."""
        blocks = [
            f'[[tenants]]\nname = "{name}"\ntenant_id = "{TENANT_ID[:-1]}{number}"\n'
            for number, name in enumerate(tenants.split(), 1)
        ]
        return self.write("pimtrail.toml", more + "\n" + "\n".join(blocks))
