"""How one field of a row is kept in one column: the field's type decides. Knows no table and no database.

Times are whole microseconds since 1970 in UTC: exact, sortable, and half the size of ISO text. Money, prices and quantities
are the text of their `Decimal`, enums their value, everything composite JSON.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import NoneType
from typing import Any, get_args

import orjson
from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, LargeBinary, Text
from sqlalchemy.types import TypeEngine

from styrman.domain.spec import BotSpec, dump_spec, parse_spec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Codec:
    """A column's SQL type, and how a value gets into it and out again. None: as it is."""

    type: TypeEngine[Any]  # invariant: there is no other way to say "of whatever"
    dump: Callable[..., object] | None = None
    load: Callable[..., object] | None = None


def to_micros(at: datetime) -> int:
    """Return the microseconds since the epoch of an aware time; TypeError where it is naive."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC time of a number of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=micros)


def storable(text: str) -> str:
    """Return the text with what no database takes (lone surrogates, NUL) written as a backslash escape.

    Texts come from exceptions and venues. Refusing one would fail a commit, and that ends the process.
    """
    if text.isascii() and "\0" not in text:
        return str(text)
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def dump_json(value: object) -> str:
    """Return the value as JSON text, NaN and infinity as null. TypeError where JSON can't hold it."""
    try:
        return orjson.dumps(value, default=_decimal).decode()
    except TypeError:  # perhaps for a lone surrogate alone
        return orjson.dumps(_cleaned(value), default=_decimal).decode()


def codec_of(annotation: object) -> tuple[Codec, bool]:
    """Return the codec for a field of this type, and whether the field may be None."""
    options = get_args(annotation)
    if NoneType in options:
        return codec_of(next(option for option in options if option is not NoneType))[0], True
    return _KNOWN.get(annotation) or _enum_or_json(annotation), False


def _enum_or_json(annotation: object) -> Codec:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return Codec(Text(), str, annotation)
    adapter: TypeAdapter[object] = TypeAdapter(annotation)  # type: ignore[arg-type] # an annotation is what it takes
    return Codec(Text(), dump_json, adapter.validate_json)


def _decimal(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _cleaned(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case dict():
            return {_cleaned(key): _cleaned(item) for key, item in value.items()}
        case list() | tuple():
            return [_cleaned(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _cleaned(asdict(value))
        case _:
            return value


_KNOWN: dict[object, Codec] = {
    int: Codec(BigInteger()),
    bool: Codec(Boolean()),
    bytes: Codec(LargeBinary()),
    str: Codec(Text(), storable),
    Decimal: Codec(Text(), str, Decimal),
    datetime: Codec(BigInteger(), to_micros, from_micros),
    BotSpec: Codec(Text(), lambda spec: dump_json(dump_spec(spec)), lambda text: parse_spec(orjson.loads(text))),
}
