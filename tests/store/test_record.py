"""The declaration of the records, and what may stand in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.record import ALERT, ALERT_COLUMNS, HEARTBEAT, HEARTBEAT_COLUMNS, frozen, ordered

KINDS = {"string", "int", "long", "real", "boolean", "datetime", "dynamic"}
RESERVED = {"TenantId", "Type", "Title", "id", "UniqueId", "_ResourceId", "_SubscriptionId", "MG", "RawData"}


@pytest.mark.parametrize("columns", [ALERT, HEARTBEAT])
def test_columns_are_what_a_stream_and_a_table_take(columns: tuple[tuple[str, str, str], ...]) -> None:
    names = [name for name, _, _ in columns]
    assert columns[0][:2] == ("TimeGenerated", "datetime")
    assert len(set(names)) == len(names) <= 500
    assert not set(names) & RESERVED
    assert all(name.isalnum() and name[0].isalpha() and len(name) <= 45 for name in names)
    assert {kind for _, kind, _ in columns} <= KINDS
    assert all(meaning and not meaning.endswith(".") for _, _, meaning in columns)


def test_a_record_has_every_column_in_order_and_no_other() -> None:
    assert list(ordered({"AlertId": "a"})) == [name for name, _ in ALERT_COLUMNS]
    assert list(ordered({"Version": "1"}, HEARTBEAT_COLUMNS)) == [name for name, _ in HEARTBEAT_COLUMNS]
    with pytest.raises(KeyError, match="Alert_Id"):
        ordered({"Alert_Id": "a"})


def test_what_no_reader_takes_is_replaced_where_it_can_be_seen() -> None:
    told = frozen({"a": "x\x00y\x1b[2J\x7f\ud800\tz\n", "b": [float("nan"), {"k\x07": float("-inf")}], "c": (1, True)})
    expected = {"a": "x␀y␛[2J␡\ufffd\tz\n", "b": [None, {"k␇": None}], "c": [1, True]}
    assert json.loads(told) == expected
    assert told == frozen(expected)
    assert "\n" not in told


texts = st.text(alphabet=st.characters(codec=None, exclude_categories=()))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_whatever_stands_in_it_a_record_is_one_line_of_strict_json_in_utf8(record: dict[str, object]) -> None:
    told = frozen(record)
    line = told.encode("utf-8")
    assert b"\n" not in line and b"\r" not in line
    assert frozen(json.loads(line, parse_constant=pytest.fail)) == told
