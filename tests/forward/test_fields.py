from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.forward.fields import LIMIT, WHOLE, fit
from pipeline.store.record import ALERT_COLUMNS, frozen


def size(value: object) -> int:
    return len(value.encode() if isinstance(value, str) else msgspec.json.encode(value))


def fitted(**values: object) -> dict[str, object]:
    decoded: dict[str, object] = msgspec.json.decode(fit(msgspec.json.encode(values).decode()))
    return decoded


def test_a_record_within_the_limits_keeps_its_bytes() -> None:
    text = '{"a": "é\\u00e9", "n": 1.0,  "d": {"k": [null, true]}}'
    assert fit(text) == text.encode()
    largest = '{"a":"' + "x" * LIMIT + '"}'
    assert fit(largest) == largest.encode()


def test_a_long_text_is_cut_with_a_mark_and_the_hash_of_the_whole() -> None:
    whole = "🔑ä" * 20_000
    value = fitted(Justification=whole, RuleId="a.b")["Justification"]
    assert isinstance(value, str)
    assert size(value) <= LIMIT
    assert value.startswith("🔑ä🔑ä")
    assert value.endswith(f" [cut: 120000 bytes, sha256 {hashlib.sha256(whole.encode()).hexdigest()}]")
    assert "\ufffd" not in value


def test_a_long_list_keeps_its_first_elements_and_a_mark() -> None:
    ids = [f"{n:036d}" for n in range(3_000)]
    value = fitted(EvidenceIds=ids)["EvidenceIds"]
    assert isinstance(value, list)
    assert size(value) <= LIMIT
    assert value[:-1] == ids[: len(value) - 1]
    assert len(value) > 1_600
    assert hashlib.sha256(msgspec.json.encode(ids)).hexdigest() in value[-1]


def test_a_long_object_keeps_its_first_keys_and_a_mark() -> None:
    facts = {"baseline": 3, "path": "x" * 70_000, "after": 1}
    value = fitted(Context=facts)["Context"]
    assert isinstance(value, dict)
    assert value["baseline"] == 3
    assert hashlib.sha256(msgspec.json.encode(facts)).hexdigest() in value["_cut"]
    assert set(value) == {"baseline", "_cut"}


def test_what_is_no_object_is_refused() -> None:
    for text in ("[]", "{", "null", '{"a":NaN}', ""):
        with pytest.raises(ValueError):
            fit(text)


def test_a_record_too_large_as_a_whole_has_its_fields_cut_shorter() -> None:
    record = dict.fromkeys((name for name, _ in ALERT_COLUMNS), "\\\n" * 32_000) | {"AlertId": "a"}
    line = fit(frozen(record))
    held = msgspec.json.decode(line)
    assert len(line) <= WHOLE
    assert list(held) == list(record)
    assert held["AlertId"] == "a"
    assert held["Justification"].startswith("\\\n" * 2_000)
    whole = hashlib.sha256(b"\\\n" * 32_000).hexdigest()
    assert held["AlertName"].endswith(f"[cut: 64000 bytes, sha256 {whole}]")
    assert fit(line.decode()) == line


texts = st.text(min_size=1, max_size=6).map(lambda unit: unit * 12_000)
values = texts | st.lists(texts, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "_cut"]), texts, max_size=3)


@settings(max_examples=30, deadline=None)
@given(values)
def test_no_value_is_over_the_limit_and_fitting_twice_changes_nothing(value: object) -> None:
    once = fit(msgspec.json.encode({"v": value, "n": None}).decode())
    held = msgspec.json.decode(once)
    assert size(held["v"]) <= LIMIT
    assert list(held) == ["v", "n"]
    whole = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
    mark = f"[cut: {len(whole)} bytes, sha256 {hashlib.sha256(whole).hexdigest()}]"
    assert (mark in str(held["v"])) if len(whole) > LIMIT else (held["v"] == value)
    assert fit(once.decode()) == once
    assert b"\n" not in once
