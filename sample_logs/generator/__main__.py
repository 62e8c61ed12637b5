"""`python -m sample_logs.generator [--out DIR]` writes every tenant, by default over the checked-in files."""

import argparse
from pathlib import Path

from . import contoso, fabrikam, tailspin
from .register import register
from .writer import write


def main() -> None:
    """Tells each tenant and writes it."""
    parser = argparse.ArgumentParser(prog="python -m sample_logs.generator", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    out = parser.parse_args().out
    worlds = [tenant.tell() for tenant in (contoso, fabrikam, tailspin)]
    for world in worlds:
        write(world, out)
    (out / "tickets.csv").write_bytes(register(worlds).encode())


if __name__ == "__main__":
    main()
