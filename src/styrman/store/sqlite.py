"""SQLite as the store uses it: WAL, every commit on the disk, one connection that writes and checkpoints, the others read only."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import cast
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from styrman.errors import DatabaseUnreadable

READERS = 2
_CHECK_S = 1.0  # the integrity check gives up after this: a large file must not hold up the boot
_CHECK_STEPS = 10_000  # virtual machine steps between two looks at the clock
_BUSY_MS = 1_500  # how long another program (a shell, a backup) may hold the file before an operation fails
_BACKUPS_KEPT = 3
_WRITER = ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=67108864")  # bytes: a burst's log is cut back to it


class SqliteBackend:
    """The file HOME/styrman.db."""

    def __init__(self, path: Path) -> None:
        self.label = str(path)
        self._path = path
        self.writer = _engine(URL.create("sqlite", database=str(path)), "BEGIN IMMEDIATE", _WRITER)
        read_only = URL.create("sqlite", database=f"file:{quote(str(path))}?mode=ro", query={"uri": "true"})
        self.reader = _engine(read_only, "BEGIN", ("query_only=ON",))

    def guard(self, connection: Connection) -> None:
        """Check the file, for as long as a boot may wait."""
        give_up = time.monotonic() + _CHECK_S
        driver = _driver(connection)
        driver.set_progress_handler(lambda: time.monotonic() > give_up, _CHECK_STEPS)
        try:
            verdict = driver.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.OperationalError:
            if time.monotonic() <= give_up:
                raise
            verdict = "ok"  # as far as it got
        finally:
            driver.set_progress_handler(None, 0)
        if verdict != "ok":
            reason = " ".join(verdict.split())
            raise DatabaseUnreadable(f"Database {self.label} is damaged ({reason}); restore a backup or move it away.")

    def release(self, connection: Connection) -> None:
        """Do nothing: the lock is the home folder's."""

    def backup(self, connection: Connection, folder: Path, name: str) -> str:
        """Copy the file to folder/name.db and keep the last three copies."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial, complete = folder / f"{name}.partial", folder / f"{name}.db"
        with closing(sqlite3.connect(partial)) as target:
            _driver(connection).backup(target)
        partial.rename(complete)
        for old in sorted(folder.glob("*.db"), key=lambda copy: copy.stat().st_mtime)[:-_BACKUPS_KEPT]:
            old.unlink()
        return f"a copy of it as it was lies at {complete}"

    def size_bytes(self) -> int:
        """Return the size of the file and of its write-ahead log."""
        parts = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())


def _engine(url: URL, begin: str, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(url, pool_size=READERS, max_overflow=0)

    def prepare(driver: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection = cast("sqlite3.Connection", driver)
        connection.isolation_level = None  # no transaction but those that we begin
        for pragma in (f"busy_timeout={_BUSY_MS}", "foreign_keys=ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    return engine


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
