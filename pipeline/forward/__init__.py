"""Send what waits in the outbox to Microsoft Sentinel or to a file."""

from __future__ import annotations

from .drain import forward
from .jsonl import JsonlSink
from .sentinel import SentinelSink
from .sink import Sink

__all__ = ["JsonlSink", "SentinelSink", "Sink", "forward"]
