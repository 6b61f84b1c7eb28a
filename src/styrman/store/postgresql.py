"""PostgreSQL as the store uses it. An advisory lock, held by the writing connection, keeps a second manager out."""

import os
import socket
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from styrman.errors import ConfigInvalid, HomeLocked

_LOCK = 0x7374_7972_6D61_6E  # "styrman"
_CONNECT_S = 2  # libpq's least
_HOLDER = """
    SELECT a.application_name, a.client_addr, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = %s AND l.objid = %s
"""


class PostgresqlBackend:
    """A database of its own on a PostgreSQL server."""

    def __init__(self, url: str, readers: int) -> None:
        try:
            target = make_url(url)
        except ArgumentError:
            raise ConfigInvalid("Setting 'database_url' can't be read; write postgresql+psycopg://USER:PASSWORD@HOST/DATABASE.") from None
        if target.get_backend_name() != "postgresql":
            raise ConfigInvalid(
                f"Setting 'database_url' names {target.drivername}; write postgresql+psycopg://…, or leave it out for SQLite."
            )
        target = target.set(drivername="postgresql+psycopg")
        self.label = target.render_as_string(hide_password=True)
        name = f"styrman process {os.getpid()} on {socket.gethostname()}"[:63]

        def engine(size: int, options: str) -> Engine:
            arguments = {"application_name": name, "connect_timeout": _CONNECT_S, "options": options}
            return create_engine(target, pool_size=size, max_overflow=0, paramstyle="format", connect_args=arguments)

        try:
            self.writer = engine(1, "")
            self.reader = engine(readers, "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read")
        except ModuleNotFoundError:
            raise ConfigInvalid("PostgreSQL needs the extra: pip install 'styrman[postgresql]'.") from None

    def guard(self, connection: Connection) -> None:
        """Take the lock; it is held for as long as the connection lives."""
        if not connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).scalar():
            holder = connection.exec_driver_sql(_HOLDER, (_LOCK >> 32, _LOCK & 0xFFFF_FFFF)).first()
            who = f"{holder[0]} ({holder[1] or 'local'}, since {holder[2]:%Y-%m-%dT%H:%M:%S%z})" if holder else "another process"
            raise HomeLocked(f"{self.label} is in use by {who}; stop that one or choose another database.")
        connection.commit()

    def release(self, connection: Connection) -> None:
        """Give the lock back now: the server notices a closed connection only some time later. One that is lost holds none."""
        with suppress(SQLAlchemyError):
            connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (_LOCK,))
            connection.commit()

    def backup(self, connection: Connection, folder: Path, name: str) -> str:
        """Leave copies to the server's own tools."""
        del connection, folder, name
        return "PostgreSQL keeps its own backups"

    def size_bytes(self) -> int:
        """Return 0: nothing of it lies here."""
        return 0
