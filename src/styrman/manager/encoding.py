"""Values as JSON bytes, one way for answers, the event stream and stored answers: money as decimal strings, times in UTC with a Z.

Bytes out only. What comes in is read by pydantic.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import cast

import orjson

from styrman.domain.bots import BotError

# Fields whose name in JSON is a word that Python keeps for itself.
_NAMES: dict[tuple[type, str], str] = {(BotError, "error_class"): "class"}
_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_UTC_Z


def encode(value: object) -> bytes:
    """Return the JSON of a value made of dataclasses, mappings, sequences, enums, decimals and aware times. TypeError otherwise.

    Half a surrogate pair, which texts of exceptions and venues may hold, is written as a backslash escape, as the store does.
    """
    try:
        return orjson.dumps(value, _plain, _OPTIONS)
    except TypeError:  # perhaps for such a text alone, and one bot's must not hide ten thousand
        return orjson.dumps(_sayable(value), _plain, _OPTIONS)


def _sayable(value: object) -> object:
    """Return the value with every text in it as UTF-8 can say it."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping) or (is_dataclass(value) and not isinstance(value, type)):
        plain = cast("dict[object, object]", _plain(value))
        return {_sayable(key): _sayable(inner) for key, inner in plain.items()}
    return [_sayable(inner) for inner in value] if isinstance(value, list | tuple) else value


def _plain(value: object) -> object:
    """Return what orjson can write in place of what it can't."""
    if isinstance(value, Decimal):
        text = str(value)
        return format(value, "f") if "E" in text else text  # never an exponent: "100", not "1E+2"; format alone is 20 times slower
    if is_dataclass(value) and not isinstance(value, type):
        names, read = _shape(type(value))
        return dict(zip(names, read(value), strict=True))
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no JSON form")


@lru_cache(maxsize=256)
def _shape(kind: type) -> tuple[tuple[str, ...], Callable[[object], tuple[object, ...]]]:
    """Return a dataclass's names in JSON and what reads its fields in that order."""
    own = [item.name for item in fields(kind)]
    return tuple(_NAMES.get((kind, name), name) for name in own), _reader(own)


def _reader(names: list[str]) -> Callable[[object], tuple[object, ...]]:
    read = attrgetter(*names)
    if len(names) > 1:
        return cast("Callable[[object], tuple[object, ...]]", read)
    return lambda value: (read(value),)  # attrgetter gives one name's value bare
