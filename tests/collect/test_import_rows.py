"""Cutting a file into rows: each byte of it in one of them, whatever the file is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.collect.import_rows import MOST_LINE, Row, rows
from pipeline.collect.import_shapes import MalformedError, UnknownShapeError, source_of, strict
from pipeline.collect.import_unpack import File, UnreadableError, measure

GRAPH = {"id": "a", "activityDateTime": "2026-11-01T10:00:00Z", "activityDisplayName": "Add user"}
MONITOR = {
    "time": "2026-11-01T10:00:00Z",
    "operationName": "Add user",
    "category": "AuditLogs",
    "properties": {"id": "a"},
}
TABLE = {"TenantId": "t", "TimeGenerated": "2026-11-01T10:00:00Z", "OperationName": "x", "AADOperationType": "Add"}


def cut(folder: Path, data: bytes, name: str = "a.jsonl") -> list[Row]:
    file = File(folder / name, name)
    file.path.write_bytes(data)
    return list(rows(file, measure(file)))


def whole(cut_rows: list[Row]) -> bytes:
    return b"".join(row.lead + row.body for row in cut_rows)


def dense(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def taken(cut_rows: list[Row]) -> list[tuple[int, str]]:
    return [(row.line, row.source or row.reason or "") for row in cut_rows if row.body]


A, B = b'{"id":"a","activityDisplayName":"x"}', b'{"id":"b","activityDisplayName":"y"}'
LAYOUTS = {
    "lines": A + b"\n\r\n" + B,
    "page": b'{"@odata.context":"c","value":[' + A + b",\n" + B + b"]}\n",
    "records": b' {"records": [' + A + b"\t," + B + b"]}",
    "array": b"\xef\xbb\xbf[" + A + b"," + B + b"]",
    "printed": json.dumps({"value": [json.loads(A), json.loads(B)]}, indent=2).encode(),
    "pages in lines": b'{"value":[' + A + b']}\n{"value":[]}\n[' + B + b"]\n",
    "with BOM in lines": b"\xef\xbb\xbf" + A + b"\n" + B + b"\n",
}


@pytest.mark.parametrize("data", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_gives_its_rows_and_loses_no_byte(tmp_path: Path, data: bytes) -> None:
    found = cut(tmp_path, data)
    assert [json.loads(row.body)["id"] for row in found if row.body] == ["a", "b"]
    assert {row.source for row in found if row.body} == {"graph_import"}
    assert whole(found) == data


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "a.jsonl.gz"), (zstandard.compress, "a.jsonl.zst")])
def test_packed_files_are_the_same(tmp_path: Path, pack: object, name: str) -> None:
    data = b"\n".join(dense(GRAPH, MONITOR, TABLE))
    assert callable(pack)
    several = pack(data[:50]) + pack(data[50:])
    assert whole(cut(tmp_path, several, name)) == data
    assert [source for _, source in taken(cut(tmp_path, several, name))] == ["graph_import", "monitor", "log_analytics"]


def test_rows_know_their_lines(tmp_path: Path) -> None:
    lines = b"\n\n".join([*dense(GRAPH), b"{torn", *dense(MONITOR, {"x": 1})]) + b"\n"
    assert taken(cut(tmp_path, lines)) == [(1, "graph_import"), (3, "malformed"), (5, "monitor"), (7, "unknown_shape")]
    printed = json.dumps([GRAPH, 7, TABLE], indent=1).encode()
    assert taken(cut(tmp_path, printed)) == [(2, "graph_import"), (7, "unknown_shape"), (8, "log_analytics")]


def test_a_row_that_reads_like_its_envelope_is_found_behind_it(tmp_path: Path) -> None:
    inner = b'{"id":"a","activityDisplayName":"x"}'
    data = b'{"first":' + inner + b',"value":[' + inner + b"]}"
    found = cut(tmp_path, data)
    assert [row.body for row in found if row.body] == [inner]
    assert whole(found) == data


def test_an_overlong_line_is_one_rejected_row(tmp_path: Path) -> None:
    long = b'{"id":"' + b"y " * (MOST_LINE + 5) + b'"}'
    data = A + b"\n" + long + b"\n\n" + B + b"\n" + b"z" * (MOST_LINE + 1)
    found = cut(tmp_path, data)
    assert taken(found) == [(1, "graph_import"), (2, "too_long"), (4, "graph_import"), (5, "too_long")]
    assert whole(found) == data


def test_too_many_blanks_are_no_log(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="blanks"):
        cut(tmp_path, b"{}\n" + b"\n" * (1 << 21))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_named(tmp_path: Path, encoding: str) -> None:
    data = ("\ufeff" if encoding == "utf-16-be" else "") + json.dumps(GRAPH)
    with pytest.raises(UnreadableError, match="UTF-16"):
        cut(tmp_path, data.encode(encoding))


signs = [b"\n", b"\r\n", b" ", b"{", b"}", b"[", b"]", b",", b'"', b"\\", b"\xff", b"\xef\xbb\xbf"]
pieces = st.sampled_from(
    [*signs, b'{"value":[', b'{"records":[', *dense(GRAPH, MONITOR, TABLE, {"id": "é"}, 1, None)],
)


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=12))
@example([b"\n", b"\xef\xbb\xbf"])
def test_no_byte_is_lost_or_doubled(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    data = b"".join(parts)
    found = cut(tmp_path_factory.getbasetemp(), data, "any.json")
    assert whole(found) == data
    for row in found:
        assert (row.source is None) or (row.reason is None)
        assert row.source is None or isinstance(json.loads(row.body), dict)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1}x',
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\x00"}',
        b'{"a":1,"a":2}',
        b'{"b":{"c":[{"a":1,"x":0,"a":"\\u0022"}]}}',
        b'{"a\\u0022":1,"a\\"":2}',
        b"[" * 100_000,
    ],
)
def test_what_parsers_read_differently_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        strict(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":"\\u0022\\"\\\\","b":["\\ud83d\\ude00\\u0000"],"c":{"a":1}}',
        b'{"a\\u0022":1,"a":"\\\\u0022"}',
        b" [1, 2.5e3] ",
    ],
)
def test_what_is_only_unusual_is_not(data: bytes) -> None:
    assert strict(data) == json.loads(data)


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        (7, "not a JSON object"),
        ({}, "its keys are none"),
        ({"id": "x", "createdDateTime": "y"}, "'id', 'createdDateTime'"),
        ({**MONITOR, "category": "SignInLogs"}, "'SignInLogs'"),
        ({**MONITOR, "properties": "text"}, "no audit event"),
        ({"TimeGenerated": "t", "OperationName": "Sign-in activity", "Type": "SigninLogs"}, "table 'SigninLogs'"),
    ],
)
def test_what_is_no_audit_event_says_what_it_is(row: object, detail: str) -> None:
    with pytest.raises(UnknownShapeError, match=detail):
        source_of(row)
