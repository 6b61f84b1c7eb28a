"""What is sent to the database for a row: statements compiled once for its dialect, and the values that go with them.

Statements on different tables commute (there are no foreign keys and no triggers), hence a batch is sent table by table and
each run of one statement as one executemany. Within a table the order of the rows is kept.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Column, Connection, Dialect, Table, bindparam, delete
from sqlalchemy.sql.dml import Delete, Insert

from styrman.domain.records import BotRemoved, Row
from styrman.store import tables
from styrman.store.kept import Kept, OnConflict

if TYPE_CHECKING:
    from sqlalchemy.dialects import sqlite

Values: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement in the dialect's own words, with positional parameters."""

    table: str
    sql: str


Step: TypeAlias = tuple[Statement, Values]
_Encode: TypeAlias = Callable[..., Values]


class Statements:
    """Every statement that writes, for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._by_row: dict[type, tuple[_Encode, tuple[Statement, ...]]] = {
            kept.row: (kept.encode, (self._compiled(kept.table.name, _insert(dialect, kept), kept.columns),)) for kept in tables.ALL
        }
        removals = tuple(self.delete(kept.table.c.bot_id) for kept in tables.OF_A_BOT)
        self._by_row[BotRemoved] = (lambda row: (row.bot_id,)), removals

    def steps(self, rows: Iterable[Row]) -> list[Step]:
        """Return what writes the rows, as they are now. Invalid names a row that can't be kept."""
        steps: list[Step] = []
        for row in rows:
            encode, statements = self._by_row[type(row)]
            values = encode(row)
            steps += [(statement, values) for statement in statements]
        return steps

    def delete(self, column: Column[object]) -> Statement:
        """Return the statement that deletes the rows whose `column` has a value."""
        statement = delete(column.table).where(column == bindparam("value"))
        return self._compiled(column.table.name, statement, ("value",))

    def _compiled(self, table: str, statement: Insert | Delete, names: Sequence[str]) -> Statement:
        compiled = statement.compile(dialect=self._dialect, column_keys=list(names) if isinstance(statement, Insert) else None)
        if tuple(compiled.positiontup or ()) != tuple(names):
            raise AssertionError(f"{table}: parameters {compiled.positiontup} are not in the order of {names}")
        return Statement(table, str(compiled))


def execute(connection: Connection, steps: Iterable[Step]) -> None:
    """Send the steps, table by table, as few executemany as their order within a table allows."""
    runs: dict[str, list[tuple[Statement, list[Values]]]] = {}
    for statement, values in steps:
        of_table = runs.setdefault(statement.table, [])
        if not of_table or of_table[-1][0] is not statement:
            of_table.append((statement, []))
        of_table[-1][1].append(values)
    for of_table in runs.values():
        for statement, many in of_table:
            connection.exec_driver_sql(statement.sql, many)


def _insert(dialect: Dialect, kept: Kept[object]) -> Insert:
    # Both dialects have the same `insert`, each in its own module, of which only the one in use is to be loaded.
    insert: Callable[[Table], sqlite.Insert] = import_module(f"sqlalchemy.dialects.{dialect.name}").insert
    statement = insert(kept.table).inline()  # nobody asks for the seq
    if not kept.key:
        return statement
    if kept.on_conflict is OnConflict.IGNORE:
        return statement.on_conflict_do_nothing(index_elements=kept.key)
    replaced = {name: statement.excluded[name] for name in kept.columns if name not in kept.key}
    return statement.on_conflict_do_update(index_elements=kept.key, set_=replaced)
