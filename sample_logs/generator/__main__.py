"""`python -m sample_logs.generator [--out DIR]` writes every tenant, by default over the checked-in files."""

import argparse
from pathlib import Path

from . import contoso, fabrikam, tailspin
from .writer import write


def main() -> None:
    """Tells each tenant and writes it."""
    parser = argparse.ArgumentParser(prog="python -m sample_logs.generator", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    out = parser.parse_args().out
    for tenant in (contoso, fabrikam, tailspin):
        write(tenant.tell(), out)


if __name__ == "__main__":
    main()
