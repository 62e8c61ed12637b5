"""Threads that meet a type for the first time at the same moment decode with the whole of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.decoders import decoder

ROOT = Path(__file__).parent.parent

MEETING = """
import sys, threading, time
import msgspec
from pipeline.decoders import decoder

begun = threading.Event()

def late():
    begun.set()
    time.sleep(0.5)
    return int

class Inner(msgspec.Struct):
    number: "late()"

class Outer(msgspec.Struct):
    inner: Inner

make = {"ours": decoder, "bare": msgspec.json.Decoder}[sys.argv[1]]
first = threading.Thread(target=make, args=(Outer,))
first.start()
begun.wait(10)
print(make(Outer).decode(b'{"inner": {"number": 7}}').inner.number)
first.join()
"""


def meet(make: str) -> tuple[int, str]:
    """Exit code and output of a process where a thread decodes a type that another is about to note."""
    done = subprocess.run([sys.executable, "-c", MEETING, make], cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.strip()


def test_a_thread_waits_until_the_type_is_known() -> None:
    assert meet("ours") == (0, "7")


def test_a_type_has_one_decoder() -> None:
    assert decoder(list[int]) is decoder(list[int])
    with pytest.raises(ValueError, match="Expected `int`"):
        decoder(list[int]).decode(b'["a"]')
