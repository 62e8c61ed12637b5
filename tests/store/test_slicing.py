"""An answer cut into items is the answer again, to the byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.slicing import join, slice_items, slice_page
from pipeline.store.strictness import flaw

white = st.text(alphabet=" \t\r\n", max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


HOSTILE = {
    b'{"id":"\\ud800"}': "lone surrogate",
    b'{"id":"\\ude00\\ud83d"}': "lone surrogate",
    b'{"\\udc00":1}': "lone surrogate",
    b'{"id":"a","id":"b"}': "twice",
    b'{"a":{"id":"a","\\u0069d":"a"}}': "twice",
    b'{"id":"\xff"}': "UTF-8",
    b'{"id":"\xed\xa0\x80"}': "UTF-8",
    b'{"id":NaN}': "",
    b'{"id":-Infinity}': "",
    b'{"id":01}': "",
    b'{"id":"a" "b"}': "",
    b'{"id":"\n"}': "",
    b'{"id":"\\x"}': "",
    b'{"n":' + b"1" * 5000 + b"}": "",
    b'{"id":' + b"[" * 200 + b"]" * 200 + b"}": "nested too deeply",
    b'{"id":' * 10_000 + b"1" + b"}" * 10_000: "nested too deeply",
    b"null": "no object",
    b'"}],"': "no object",
    b"[{}]": "no object",
}
objects = st.dictionaries(st.text(max_size=4), values, max_size=3)


@st.composite
def pages(draw: st.DrawFn) -> tuple[bytes, list[object]]:
    """A body with white space and odd spelling wherever JSON allows it, and the objects and bad items it holds."""
    items = draw(st.lists(objects | st.sampled_from([item for item in HOSTILE if len(item) < 500]), max_size=5))
    if not any(isinstance(item, dict) for item in items):
        items = []
    indents = draw(st.lists(st.sampled_from([None, 1]), min_size=5, max_size=5))
    texts = [
        item
        if isinstance(item, bytes)
        else json.dumps(item, ensure_ascii=draw(st.booleans()), indent=indents[n]).encode()
        for n, item in enumerate(items)
    ]
    inside = (draw(white) + "," + draw(white)).encode().join(texts)
    link = draw(st.none() | st.just('"@odata.nextLink" : "https://graph.example/next",'))
    head = '{"@odata.context":"x",' + (link or "") + '"value"' + draw(white) + ":" + draw(white) + "["
    tail = draw(white) + "]" + draw(white) + draw(st.sampled_from(["", ',"@odata.count":1'])) + "}"
    return (head + draw(white)).encode() + inside + tail.encode(), items


@given(pages())
def test_a_page_is_put_together_again_to_the_byte_and_every_item_is_accounted_for(
    page: tuple[bytes, list[object]],
) -> None:
    body, items = page
    sliced = slice_page(body).sliced
    assert join(sliced) == body
    assert [json.loads(item) for item in sliced.items] == [item for item in items if isinstance(item, dict)]
    assert [(found.ordinal, found.body) for found in sliced.rejected] == [
        (n, item) for n, item in enumerate(items) if isinstance(item, bytes)
    ]
    assert not any(b"\n" in item or b"\r" in item for item in sliced.items)


@pytest.mark.parametrize(("item", "reason"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_one_bad_item_spoils_no_other_and_its_reason_is_told(item: bytes, reason: str) -> None:
    page = slice_page(b'{"@odata.nextLink":"https://n","value":[{"id":"a"},%b,{"id":"b"}]}' % item)
    assert page.sliced.items == (b'{"id":"a"}', b'{"id":"b"}')
    assert page.next_link == "https://n"
    (rejected,) = page.sliced.rejected
    assert (rejected.ordinal, rejected.body) == (1, item)
    assert reason in rejected.reason and rejected.reason.isprintable()


@pytest.mark.parametrize(
    "item",
    [
        '{"id":"😀 \\ud83d\\ude00 \\u0000 \\/"}',
        '{"n":12345678901234567890123,"f":2.50e3,"z":-0.0}',
        '{"a":[{"id":1},{"id":2}],"id":3}',
        '{"id":"{[{[{[" , "b":"]}\\\\"}',
        '{"id":' + "[" * 50 + "]" * 50 + "}",
        '{"id":"' + "[" * 500 + '"}',
        "{}",
    ],
)
def test_what_is_only_unusual_is_an_item(item: str) -> None:
    assert flaw(item.encode()) is None
    assert slice_page(b'{"value":[%b]}' % item.encode()).sliced.items == (item.encode(),)


def test_the_next_link_is_read_from_the_page_itself() -> None:
    assert slice_page(b'{"value":[],"@odata.nextLink":"https://n"}').next_link == "https://n"
    assert slice_page(b'{"value":[{"@odata.nextLink":"https://evil"}]}').next_link is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b'{"value":[{"id":"a"}',
        b'{"value":[{"id":"a"},{"error":',
        b'{"value":null}',
        b'{"value":{}}',
        b'{"error":{"code":"BadRequest"}}',
        b"[]",
        '{"value":[]}'.encode("utf-16"),
        b'{"value":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"value":[{"id":"a"}],"value":[]}',
        b'{"value":[{"id":"a"}],"value":[{"id":"a"}]}',
        b'{"v\\u0061lue":[{"id":"a"}],"value":[{"id":"b"}]}',
        b'{"@odata.nextLink":"https://n","value":[],"@odata.nextLink":null}',
        b'{"value":[{"id":"a"},{"error":{"code":"BadRequest"}}]}',
        b'{"value":[{"id":"a","n":"b{"error":{"code":"BadRequest"}}',
        b'{"value":[{"id":"a"},]}',
        b'{"value":[,{"id":"a"}]}',
        b'{"value":[{"id":"a"},{"id":NaN}],"n":NaN}',
        b'{"value":[{"id":"a"},{"id":NaN}],"value":[]}',
        b'{"value":[{"id":"a"},{"id":NaN}],"n":"\xff"}',
        b'{"value":[{"id":"a"},{"id":NaN}]}{}',
        b'{"value":[{"id":"a"},{"id":NaN]}}',
        b'{"value":[{"id":"a"},{"id":NaN}],"error":{"code":"BadRequest"}}',
        b'{"n":{"value":[{"id":NaN},{"id":"a"}]}}',
        b'{"value":[1,NaN]}',
    ],
    ids=[
        *("empty", "html", "cut", "spliced", "null", "object", "error", "list", "utf-16", "deep"),
        *("twice", "twice the same", "twice, spelt differently", "two links"),
        *("error item", "error spliced into an item", "comma at the end", "comma at the start", "bad around"),
        *("twice and bad", "no UTF-8 around", "two pages", "crossed brackets", "error beside", "deeper", "no objects"),
    ],
)
def test_what_is_no_complete_page_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        slice_page(body)


def test_an_item_that_is_not_in_the_body_is_refused() -> None:
    with pytest.raises(ValueError, match="does not stand in the body"):
        slice_items(b"[1]", [b"2"])
