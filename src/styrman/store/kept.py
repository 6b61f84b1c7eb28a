"""How a row type and its table belong together. Knows how values are encoded and decoded, not how they are written."""

import reprlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import Enum, auto
from operator import attrgetter
from typing import Generic, TypeVar, cast, get_type_hints

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table
from sqlalchemy.schema import SchemaItem

from styrman.errors import Invalid
from styrman.store.columns import Codec, codec_of

R_co = TypeVar("R_co", covariant=True)

metadata = MetaData()


class OnConflict(Enum):
    """What a row does that meets another with its key."""

    REPLACE = auto()  # takes its place
    IGNORE = auto()  # is forgotten


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a row type, or of the dataclass inside it, and the column that keeps it."""

    column: str
    path: str  # of the attribute, from the row
    codec: Codec
    nullable: bool = False


class Kept(Generic[R_co]):
    """One row type, its table, and the way between them.

    `key` names the columns that say which row it is; without one, rows are appended. A `journal` has a `seq`, given by the
    database in the order of the inserts. The fields of the dataclass in the field `inner` have columns of their own. `derived`
    names a key that the row type has as a property: column and path.
    """

    def __init__(  # noqa: PLR0913 - a declaration: each table names the few that it needs
        self,
        row: type[R_co],
        name: str,
        *items: SchemaItem,
        key: Sequence[str] = (),
        on_conflict: OnConflict = OnConflict.REPLACE,
        journal: bool = False,
        inner: str = "",
        derived: tuple[str, str] | None = None,
    ) -> None:
        self.row = row
        self._make: Callable[..., R_co] = row
        self._make_inner: Callable[..., object] = get_type_hints(row).get(inner, dict)
        self._inner = inner
        self._outer = _fields(row, without=inner)
        self._within = _fields(self._make_inner, prefix=f"{inner}.") if inner else []
        extra = [_Field(*derived, codec_of(str)[0])] if derived else []
        filled = [item for item in (*extra, *self._outer, *self._within) if item.column != "seq"]
        self._attributes = attrgetter(*(item.path for item in filled))
        self._dumps = [item.codec.dump for item in filled]
        self.key = tuple(key)
        self.on_conflict = on_conflict
        self.columns = tuple(item.column for item in filled)  # those that an insert fills
        columns = [_seq()] if journal else []
        columns += [_column(item, primary=not journal and item.column in key) for item in filled]
        # AUTOINCREMENT: a journal that was pruned to nothing must not begin again at 1, or cursors would lie.
        self.table = Table(name, metadata, *columns, *items, sqlite_autoincrement=journal)
        self.selected = [self.table.c[item.column] for item in (*self._outer, *self._within)]

    def encode(self, row: object) -> tuple[object, ...]:
        """Return the values of `columns` for the row. Invalid where a field holds what can't be kept."""
        values = self._attributes(row)
        try:
            return tuple([value if dump is None or value is None else dump(value) for value, dump in zip(values, self._dumps, strict=True)])
        except (TypeError, ValueError, RecursionError) as error:
            raise Invalid(f"A row can't be stored: {error}. Keep in it only what JSON can hold: {reprlib.repr(row)}") from error

    def decode(self, values: Sequence[object]) -> R_co:
        """Return the row that the values of `selected` describe. ValueError where this version can't read one of them."""
        made = _load(self._outer, values)
        if self._inner:
            made[self._inner] = self._make_inner(**_load(self._within, values[len(self._outer) :]))
        return self._make(**made)


def _seq() -> Column[object]:
    return Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _fields(row: Callable[..., object], *, prefix: str = "", without: str = "") -> list[_Field]:
    hints = get_type_hints(row)
    names = [item.name for item in fields(cast("type", row)) if item.name != without]
    return [_Field(name, prefix + name, *codec_of(hints[name])) for name in names]


def _column(item: _Field, *, primary: bool) -> Column[object]:
    return Column(item.column, item.codec.type, primary_key=primary, nullable=item.nullable, autoincrement=False)


def _load(items: Sequence[_Field], values: Sequence[object]) -> dict[str, object]:
    made: dict[str, object] = {}
    for item, value in zip(items, values, strict=False):  # the values may go on with those of the inner dataclass
        load = item.codec.load
        made[item.column] = value if load is None or value is None else load(value)
    return made
