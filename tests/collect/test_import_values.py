"""Values that do not keep to lines, and the answers of queries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect.import_rows import Row, rows
from pipeline.collect.import_unpack import File, UnreadableError, measure


def cut(folder: Path, data: bytes) -> list[Row]:
    file = File(folder / "a.json", "a.json")
    file.path.write_bytes(data)
    return list(rows(file, measure(file)))


def item(number: int) -> dict[str, Any]:
    return {"id": f'"{{{number}]\\', "activityDisplayName": "Add [user", "targetResources": [{"id": "x"}, {}]}


def ids(found: list[Row]) -> list[str]:
    return [json.loads(row.body)["id"] if row.source else str(row.reason) for row in found if row.body]


def whole(found: list[Row]) -> bytes:
    return b"".join(row.lead + row.body for row in found)


ONE, TWO = {"records": [item(1), item(2)]}, {"records": [item(3)]}
THREE = [item(number)["id"] for number in (1, 2, 3)]
LAYOUTS = {
    "one a line": (json.dumps(ONE) + "\n" + json.dumps(TWO), [1, 1, 2]),
    "on one line": (json.dumps(ONE) + json.dumps(TWO), [1, 1, 1]),
    "printed, one after another": (json.dumps(ONE, indent=1) + "\n" + json.dumps(TWO, indent=1) + "\n", [3, 13, 27]),
    "printed, one right behind another": (json.dumps(ONE, indent=1) + json.dumps(TWO, indent=1), [3, 13, 26]),
    "rows on one line": ("".join(json.dumps(item(number)) for number in (1, 2, 3)), [1, 1, 1]),
    "printed rows": ("\r\n".join(json.dumps(item(number), indent=2) for number in (1, 2, 3)), [1, 11, 21]),
}


@pytest.mark.parametrize(("text", "lines"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_batches_are_found_however_they_are_written(tmp_path: Path, text: str, lines: list[int]) -> None:
    found = cut(tmp_path, text.encode())
    assert ids(found) == THREE
    assert [row.line for row in found if row.body] == lines
    assert whole(found) == text.encode()


TORN = [
    b'{"id":"a","x":',
    b'{"id":"a","x":"half a str',
    b'{"id":"a","x":[1,2',
    b'{"id":"a"',
    b'["',
    b"{torn",
    b'{"a":1]',
]


@pytest.mark.parametrize("torn", TORN)
def test_a_torn_line_takes_no_other_with_it(tmp_path: Path, torn: bytes) -> None:
    good = [json.dumps(item(number)).encode() for number in (1, 2, 3)]
    data = b"\n".join([good[0], torn, *good[1:]]) + b"\n"
    found = cut(tmp_path, data)
    assert ids(found) == [THREE[0], "malformed", *THREE[1:]]
    assert [row.line for row in found if row.reason] == [2]
    assert whole(found) == data


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([None, 1, 4]), st.sampled_from(["", "\n", "\r\n", " \n\n"]))),
)
def test_any_mixture_of_layouts_gives_every_row(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[bool, int | None, str]]
) -> None:
    text, expected = "", []
    for number, (in_batch, indent, end) in enumerate(parts):
        expected.append(item(number)["id"])
        text += json.dumps({"records": [item(number)]} if in_batch else item(number), indent=indent) + end
    found = cut(tmp_path_factory.getbasetemp(), text.encode())
    assert ids(found) == expected
    assert whole(found) == text.encode()


def answer(rows: list[list[Any]], **more: Any) -> dict[str, Any]:
    columns = [{"name": name, "type": "string"} for name in ("TimeGenerated", "Id", "LoggedByService", "InitiatedBy")]
    return {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}], **more}


def test_rows_of_an_answer_become_objects_whose_cells_keep_their_bytes(tmp_path: Path) -> None:
    text = json.dumps(answer([["2026-11-01T10:00:00Z", "a", "PIM", '{"user":{}}'], ["t", "b", None, "{}"]]), indent=1)
    found = [row for row in cut(tmp_path, text.replace('"a"', '"\\u0061"').encode()) if row.body]
    assert [row.source for row in found] == ["log_analytics"] * 2
    assert found[0].body == (
        b'{"TimeGenerated":"2026-11-01T10:00:00Z","Id":"\\u0061","LoggedByService":"PIM","InitiatedBy":"{\\"user\\":{}}"}'
    )
    assert [text.splitlines()[row.line - 1].strip() for row in found] == ["[", "["]


def test_a_row_that_does_not_fit_its_columns_is_malformed(tmp_path: Path) -> None:
    found = [
        row for row in cut(tmp_path, json.dumps(answer([["t", "a"], ["t", "b", "PIM", "{}"]])).encode()) if row.body
    ]
    assert [(row.source, row.reason, row.detail) for row in found] == [
        (None, "malformed", "a row of 2 cells under 4 columns"),
        ("log_analytics", None, ""),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xef\xbb\xbfDate (UTC),CorrelationId,Service\n", "csv"),
        (b'"TimeGenerated [UTC]","OperationName"\n', "csv"),
        (b"\x89PNG\r\n\x1a\n\0\0", "malformed"),
        (b"\0\0\0\0", "no_text"),
    ],
)
def test_what_is_no_log_says_what_it_is(tmp_path: Path, data: bytes, reason: str) -> None:
    try:
        found = cut(tmp_path, data)
    except UnreadableError as error:
        assert error.reason == reason
    else:
        assert {row.reason for row in found if row.body} == {reason}
