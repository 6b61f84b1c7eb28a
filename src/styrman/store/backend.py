"""What SQLite and PostgreSQL have to do differently; everything else is written once, in `database.py`."""

from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine


class Backend(Protocol):
    """One kind of database. Its engines connect on first use."""

    label: str  # how a sentence names the database, no password in it
    writer: Engine
    reader: Engine  # its connections can't write

    def guard(self, connection: Connection) -> None:
        """Make sure of a new writing connection: that it is ours alone and the database sound. StartupError."""
        ...

    def release(self, connection: Connection) -> None:
        """Give back what `guard` took, before the connection is closed: whoever opens the database next must find it free."""
        ...

    def backup(self, connection: Connection, folder: Path, name: str) -> str:
        """Copy the database before it is migrated; return what a sentence says of the copy."""
        ...

    def size_bytes(self) -> int:
        """Return how much the database takes on this machine's disk."""
        ...
