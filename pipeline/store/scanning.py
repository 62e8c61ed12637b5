"""Find the items of a page by its strings and brackets alone, so that an item no parser takes spoils no other."""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|["{}\[\],:]', re.DOTALL)
_WHITE = b" \t\r\n"
_CLOSES = {b"}": b"{", b"]": b"["}


def item_spans(body: bytes) -> list[tuple[int, int]]:
    """(start, end) of every item of the list that the outermost object holds under `value`.

    Raises ValueError where brackets or quotes do not match, where there is no such list or more than one, or an item is
    missing between two commas. What stands between the brackets of an item is not looked at.
    """
    scan = _Scan(body)
    for token in _TOKEN.finditer(body):
        scan.take(token[0], token.start(), token.end())
    if scan.open or not scan.is_closed or scan.spans is None:
        raise ValueError("no complete object with a value list")
    if body[scan.end :].strip(_WHITE):
        raise ValueError("something follows the page")
    return scan.spans


class _Scan:
    """The way through a body, token by token."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.open: list[bytes] = []
        self.spans: list[tuple[int, int]] | None = None
        self.is_closed, self.end = False, 0
        self._last_string, self._key = b"", b""
        self._in_list, self._item_start = False, 0

    def take(self, token: bytes, start: int, end: int) -> None:
        if self.is_closed or token == b'"':
            raise ValueError("quotes that do not match, or something behind the page")
        if token in (b"{", b"["):
            self._enter(token, start, end)
        elif token in _CLOSES:
            self._leave(token, start, end)
        elif len(self.open) == 1:
            self._between(token)
        elif token == b"," and self._in_list and len(self.open) == 2:
            self._add_item(start)
            self._item_start = end

    def _enter(self, token: bytes, start: int, end: int) -> None:
        if not self.open and (token != b"{" or self._body[:start].strip(_WHITE)):
            raise ValueError("no object")
        if len(self.open) == 1 and token == b"[" and self._key == b'"value"':
            if self.spans is not None:
                raise ValueError("value stands twice")
            self.spans, self._in_list, self._item_start = [], True, end
        self.open.append(token)

    def _leave(self, token: bytes, start: int, end: int) -> None:
        if not self.open or self.open.pop() != _CLOSES[token]:
            raise ValueError("brackets that do not match")
        if self._in_list and len(self.open) == 1:
            if self.spans or self._body[self._item_start : start].strip(_WHITE):
                self._add_item(start)
            self._in_list = False
        if not self.open:
            self.is_closed, self.end = True, end

    def _between(self, token: bytes) -> None:
        """A string, colon or comma of the outermost object."""
        if token == b":":
            self._key = self._last_string
        elif token == b",":
            self._key = b""
        else:
            self._last_string = token

    def _add_item(self, end: int) -> None:
        item = self._body[self._item_start : end]
        start = self._item_start + len(item) - len(item.lstrip(_WHITE))
        if start == end or self.spans is None:
            raise ValueError("an item is missing")
        self.spans.append((start, start + len(item.strip(_WHITE))))
