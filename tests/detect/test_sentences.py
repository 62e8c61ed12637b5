"""Sentences: data is filled in and never compiled, and a template can do no work."""

import pytest

from pipeline.detect import sentences

ROW = {"name": "Eva {{ 7 * 7 }} {% raw %}", "none": None, "rate": 0.8, "many": 4000, "at": "2026-03-10T02:12:59.5Z"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ name }} came", "Eva {{ 7 * 7 }} {% raw %} came"),
        ("[{{ none }}]", "[]"),
        ("{{ none or 'nobody' }}", "nobody"),
        ("{% if none %}a{% elif rate %}b{% else %}c{% endif %}", "b"),
        ("{{ rate | number }} of {{ many | number }}, {{ none | number }}", "0.8 of 4,000, "),
        ("{{ 'x' if rate > 0.5 and not none else 'y' }}", "x"),
        ("{{ at | utc }}|{{ at | day }}|{{ none | utc }}{{ none | day }}", "2026-03-10 02:12 UTC|2026-03-10|"),
        ("{{ 'a' ~ many }}", "a4000"),
        ("two\n  lines", "two   lines"),
    ],
)
def test_said(text: str, said: str) -> None:
    assert sentences.faults(text) == []
    assert sentences.render(text, ROW) == said


@pytest.mark.parametrize(
    ("values", "said"), [(None, ""), ([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(values: list[str] | None, said: str) -> None:
    assert sentences.render("{{ v | listed }}", {"v": values}) == said


def test_control_characters_leave_one_line() -> None:
    hostile = "a\r\nb\x00c\x1b[31md\u2028e\u0085f"
    assert sentences.render("{{ v }}", {"v": hostile}) == "a b c [31md e f"


def test_the_longest_sentence_is_cut() -> None:
    said = sentences.render("{{ v }}", {"v": "x" * 100_000})
    assert len(said) == 2000
    assert said.endswith("…")


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'x' * 1000000000 }}",
        "{{ name.__class__ }}",
        "{{ name['upper'] }}",
        "{{ name.upper() }}",
        "{{ range(9) }}",
        "{% for x in name %}{{ x }}{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{{ 2 ** 999 }}",
        "{{ name | attr('x') }}",
        "{{ name | upper }}",
        "{{ name",
        "{% nonsense %}",
    ],
)
def test_refused(text: str) -> None:
    assert sentences.faults(text) != []


def test_a_column_that_is_missing_is_an_error() -> None:
    assert sentences.names("{{ a }} {% if b %}{{ c or a }}{% endif %}") == {"a", "b", "c"}
    with pytest.raises(ValueError, match="'a' is undefined"):
        sentences.render("{{ a }}", {})


def test_a_value_of_the_wrong_kind_is_an_error() -> None:
    with pytest.raises(ValueError):
        sentences.render("{{ v | utc }}", {"v": "yesterday"})
    with pytest.raises(ValueError):
        sentences.render("{{ v | number }}", {"v": "many"})
