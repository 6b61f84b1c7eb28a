"""The database of a home: locked, checked, brought to this version's schema; written by one thread, read by a few."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from styrman.clock import Clock
from styrman.config import Settings
from styrman.errors import DatabaseUnreadable, Unavailable
from styrman.store import schema
from styrman.store.backend import Backend
from styrman.store.lock import home_lock
from styrman.store.postgresql import PostgresqlBackend
from styrman.store.sqlite import READERS, SqliteBackend
from styrman.store.statements import Statements, Step, execute

T = TypeVar("T")


class Database:
    """One home's database. `opened` and `write` belong to the writer's thread; `read` may be called on READERS others at once."""

    def __init__(self, settings: Settings, clock: Clock, *, migrations: Path = schema.MIGRATIONS) -> None:
        self._home = settings.home
        self._clock = clock
        self._migrations = migrations
        url = settings.database_url
        self._backend: Backend = PostgresqlBackend(url.get_secret_value(), READERS) if url else SqliteBackend(settings.home / "styrman.db")
        self._connection: Connection | None = None
        self.statements = Statements(self._backend.writer.dialect)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the lock and the connection while the block runs. HomeLocked; DatabaseUnreadable says in a sentence what is wrong."""
        with ExitStack() as resources:
            try:
                resources.enter_context(home_lock(self._home, self._clock.now()))
                resources.callback(self._release)
                self._bring_up_to_date(self._writable())
            except (SQLAlchemyError, sqlite3.Error, OSError) as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                raise DatabaseUnreadable(
                    f"Database {self._backend.label} can't be used: {_one_line(cause)}; mend that, restore a backup or move it away."
                ) from error
            yield

    def write(self, steps: Iterable[Step]) -> None:
        """Write the steps in one transaction. Whatever the driver raises: nothing was written, unless the connection was lost."""
        connection = self._writable()
        with connection.begin():
            execute(connection, steps)

    def read(self, query: Callable[[Connection], T]) -> T:
        """Return what a query finds, on a connection that can't write, in one snapshot. Unavailable."""
        try:
            with self._backend.reader.begin() as connection:
                return query(connection)
        except SQLAlchemyError as error:
            reason = _one_line(error.orig if isinstance(error, DBAPIError) else error)
        # Not from within: the driver's error holds a cursor, which no other thread may be the last to let go of.
        raise Unavailable(f"The journal could not be read ({reason}); try again.")

    def size_bytes(self) -> int:
        """Return what it takes on this machine's disk."""
        return self._backend.size_bytes()

    def _writable(self) -> Connection:
        """Return the one connection that writes; a new one where the last was lost."""
        if self._connection is not None and self._connection.invalidated:
            self._connection.close()
            self._connection = None
        if self._connection is None:
            connection = self._backend.writer.connect()
            try:
                self._backend.guard(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _bring_up_to_date(self, connection: Connection) -> None:
        with connection.begin():
            found = schema.version(connection)
            if found is None:
                schema.create(connection)
        if found not in (None, schema.HEAD):
            self._migrate(connection, found)

    def _migrate(self, connection: Connection, found: str) -> None:
        schema.refuse_unknown(found, self._migrations)
        name = f"styrman-{found}-{self._clock.now():%Y%m%dT%H%M%S%f}"
        copy = self._backend.backup(connection, self._home / "backups", name)
        try:
            with connection.begin():
                schema.upgrade(connection, self._migrations)
        except Exception as error:
            raise DatabaseUnreadable(
                f"Database {self._backend.label} could not be migrated from schema {found}: {_one_line(error)}; "
                f"nothing was changed, and {copy}."
            ) from error

    def _release(self) -> None:
        """Close the readers first: the last connection checkpoints, and that is to be the writer's."""
        self._backend.reader.dispose()
        if self._connection is not None:
            self._backend.release(self._connection)
            self._connection.close()
            self._connection = None
        self._backend.writer.dispose()


def _one_line(error: object) -> str:
    return " ".join(str(error).split())
