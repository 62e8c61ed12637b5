"""An answer cut into items is the answer again, to the byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.slicing import join, slice_items, slice_page

white = st.text(alphabet=" \t\r\n", max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[bytes, list[object]]:
    """A body with white space and odd spelling wherever JSON allows it, and the items it holds."""
    items = draw(st.lists(values, max_size=5))
    indents = draw(st.lists(st.sampled_from([None, 1]), min_size=5, max_size=5))
    texts = [json.dumps(item, ensure_ascii=draw(st.booleans()), indent=indents[n]) for n, item in enumerate(items)]
    inside = (draw(white) + "," + draw(white)).join(texts)
    link = draw(st.none() | st.just('"@odata.nextLink" : "https://graph.example/next",'))
    head = '{"@odata.context":"x",' + (link or "") + '"value"' + draw(white) + ":" + draw(white) + "["
    return (head + draw(white) + inside + draw(white) + "]" + draw(white) + "}").encode("utf-8"), items


@given(pages())
def test_a_page_is_put_together_again_to_the_byte(page: tuple[bytes, list[object]]) -> None:
    body, items = page
    sliced = slice_page(body).sliced
    assert join(sliced) == body
    assert [json.loads(item) for item in sliced.items] == items
    assert not any(b"\n" in item or b"\r" in item for item in sliced.items)


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
    ],
    ids=[
        *("empty", "html", "cut", "spliced", "null", "object", "error", "list", "utf-16", "deep"),
        *("twice", "twice the same", "twice, spelt differently", "two links"),
    ],
)
def test_what_is_no_complete_page_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        slice_page(body)


def test_an_item_that_is_not_in_the_body_is_refused() -> None:
    with pytest.raises(ValueError, match="does not stand in the body"):
        slice_items(b"[1]", [b"2"])
