"""Audit events of every shape into `audit_event` and its children."""

from __future__ import annotations

import duckdb

from ..model import NormaliseSummary
from .context import Context


def build(con: duckdb.DuckDBPyConnection, context: Context) -> NormaliseSummary:
    """Take the events of the pending segments."""
    return NormaliseSummary()
