"""What goes into a column comes out again."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from styrman.store.columns import codec_of, dump_json, from_micros, storable, to_micros
from styrman.store.tables import ALL, BOTS

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 - hypothesis wants its bounds naive
def test_a_time_keeps_every_microsecond(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)

    assert from_micros(to_micros(at)) == at
    assert from_micros(to_micros(at)).tzinfo is UTC


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert from_micros(to_micros(at)) == at


@given(st.decimals(allow_nan=False))
def test_a_decimal_keeps_its_digits_and_its_scale(value: Decimal) -> None:
    codec, _ = codec_of(Decimal)
    assert codec.dump is not None
    assert codec.load is not None

    assert str(codec.load(codec.dump(value))) == str(value)


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=3), _json, max_size=3))
def test_json_comes_back_as_it_was(value: dict[str, JsonValue]) -> None:
    codec, _ = codec_of(dict[str, JsonValue])
    assert codec.load is not None
    text = dump_json(value)

    assert codec.load(text) == value
    assert "\0" not in text


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_can_be_stored(text: str) -> None:
    kept = storable(text)

    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert kept == text or "\\" in kept


def test_nan_and_infinity_become_null() -> None:
    assert dump_json({"a": math.nan, "b": [math.inf]}) == '{"a":null,"b":[null]}'


def test_a_circle_is_refused_rather_than_followed() -> None:
    circle: dict[str, object] = {}
    circle["self"] = circle
    with pytest.raises((TypeError, RecursionError)):
        dump_json(circle)


@dataclass(frozen=True)
class _Told:
    message: str


def test_a_lone_surrogate_deep_inside_does_not_refuse_the_rest() -> None:
    value = {"told": _Told("a\udfff"), "list": ["\ud800"], "number": Decimal("1.50")}

    assert dump_json(value) == '{"told":{"message":"a\\\\udfff"},"list":["\\\\ud800"],"number":"1.50"}'


def test_every_field_of_every_row_type_has_its_column() -> None:
    for kept in ALL:
        names = {column.name for column in kept.table.columns}

        assert {column.name for column in kept.selected} <= names
        assert names - {column.name for column in kept.selected} <= {"seq", *(["bot_id"] if kept is BOTS else [])}
        assert set(kept.columns) | {"seq"} >= names


def test_an_optional_field_is_a_nullable_column() -> None:
    codec, nullable = codec_of(cast("object", Decimal | None))

    assert nullable
    assert codec.load is Decimal
