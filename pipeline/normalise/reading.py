"""Raw files as a query: what both ways of taking audit events begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from ..errors import IntegrityError
from .context import Context
from .portions import Portion, longest_line
from .shapes import flat
from .statements import run


def prepare(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion, *, lenient: bool) -> str:
    """Make temp table `batch_page` and the macros; returns the query of the portion's rows, of $files and $own.

    What `lenient` means stands at `shapes.flat`.
    """
    run(con, "10_batch_page", tenant=context.tenant_id, segments=portion.sequences)
    run(con, "10_macros")
    return flat(portion.source, longest_line(con, context, portion), lenient=lenient)


@contextmanager
def reading() -> Iterator[None]:
    """Raise IntegrityError where DuckDB cannot read a file in the block."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise IntegrityError(f"a segment's file cannot be read: {error}") from error
