"""Reading a page as a browser would."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


def parse(page: str) -> Element:
    """The document, by the HTML standard's own algorithm."""
    root: Element = html5lib.parse(page)
    return root


def shape(root: Element) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Every element with its attributes, in order, without any text."""
    return [(str(node.tag), tuple(sorted(node.attrib.items()))) for node in root.iter()]


def by_id(root: Element, name: str) -> Element:
    """The element with an id."""
    return next(node for node in root.iter() if node.get("id") == name)


def chapter(root: Element, name: str) -> Element:
    """The section under a heading's id."""
    return next(node for node in root.iter(f"{HTML}section") if node.get("aria-labelledby") == name)


def text(node: Element) -> str:
    """All text within, elements apart, blanks folded."""
    return " ".join(" ".join(node.itertext()).split())


def rows(table: Element) -> Iterator[list[str]]:
    """The body's rows as text."""
    for row in table.iter(f"{HTML}tr"):
        if (cells := list(row)) and any(cell.tag == f"{HTML}td" for cell in cells):
            yield [text(cell) for cell in cells]
