"""Bot files: what a value means, and which line it stands on."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from styrman.cli.documents import read_entries, read_scalar
from styrman.cli.exits import Failure

FILE = Path("bots.yaml")
TEXT = """\
# the morning bots
id: a
params: {fast: 10, slow: 50}
cycle: {on: candle}
---
- id: b
  params:
    slow: [1,
           2]
- &base {id: c, venue: sim}
- <<: *base
  id: d
"""


def test_documents_and_lists_are_one_list_of_entries() -> None:
    assert [entry.value for entry in read_entries(FILE, TEXT)] == [
        {"id": "a", "params": {"fast": 10, "slow": 50}, "cycle": {"on": "candle"}},
        {"id": "b", "params": {"slow": [1, 2]}},
        {"id": "c", "venue": "sim"},
        {"id": "d", "venue": "sim"},
    ]


@pytest.mark.parametrize(
    ("entry", "loc", "line"),
    [
        (0, (), 2),
        (0, ("params", "slow"), 3),
        (0, ("params", "nope"), 3),  # not there: the nearest thing around it
        (0, ("venue",), 2),  # missing: the entry itself
        (1, (), 6),
        (1, ("params", "slow", 1), 9),
        (1, ("params", "slow", 7), 8),
        (3, ("id",), 12),
        (3, ("venue",), 10),  # merged: where it was written
    ],
)
def test_each_value_knows_its_line(entry: int, loc: tuple[str | int, ...], line: int) -> None:
    assert read_entries(FILE, TEXT)[entry].line(loc) == line


def test_plain_words_stay_words() -> None:
    (entry,) = read_entries(FILE, "{a: on, b: no, c: 12:30, d: 2026-01-01, e: 010, f: 1_000, g: 0x1F, h: y, i: '1'}")

    assert entry.value == {
        "a": "on", "b": "no", "c": "12:30", "d": "2026-01-01", "e": 10, "f": "1_000", "g": "0x1F", "h": "y", "i": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id: a\nid: b\n", 2),
        ("id: a\nparams: {fast: 1, fast: 2}", 2),
        ("id: [1\n", 2),
        ("a: b: c", 1),
        ("id: a\nx: !!python/object:os.system x", 2),
        ("- &a [*b]", 1),
        ("{[1]: 2}", 1),
    ],
)
def test_fault_of_the_file_names_its_line(text: str, line: int) -> None:
    with pytest.raises(Failure, match=rf"^bots\.yaml:{line}: .*nothing was applied"):
        read_entries(FILE, text)


def test_text_that_yaml_forbids_is_one_sentence() -> None:
    with pytest.raises(Failure, match=r"^bots\.yaml is not text that YAML allows[^\n]*$"):
        read_entries(FILE, "id: \x00")


@pytest.mark.parametrize("text", ["", "---\n---\n", "# nothing\n", "null"])
def test_empty_file_holds_no_bots(text: str) -> None:
    assert read_entries(FILE, text) == []


WORDS = st.text(max_size=30)  # PyYAML takes keys of up to 1,024 characters, escapes counted
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=25, deadline=None)
@given(
    value=st.dictionaries(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9), JSON, min_size=1),
    indent=st.sampled_from([None, 2, "\t"]),
)
def test_every_json_file_is_read_as_json(value: dict[str, object], indent: int | str | None) -> None:
    (entry,) = read_entries(FILE, json.dumps(value, indent=indent))

    # A pair of \\u escapes is one character to JSON and two halves to YAML: the API gets the same escapes back.
    assert json.loads(json.dumps(entry.value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("x", "x"),
        ("[a, 2]", ["a", 2]),
        ("{a: true}", {"a": True}),
        ("'1'", "1"),
        ("", ""),
        ("{", "{"),
        ("*x", "*x"),
        ("on", "on"),
    ],
)
def test_value_on_the_command_line_is_a_scalar_or_flow_of_yaml(text: str, value: object) -> None:
    assert read_scalar(text) == value
