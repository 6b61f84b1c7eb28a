"""A PostgreSQL database of its own for a test, where a server listens on loopback."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from styrman.store.schema import VERSION_TABLE

_SERVER = "host=127.0.0.1 port=5432 user=postgres connect_timeout=2"


def empty(url: str) -> None:
    """Delete every row but the schema's version: many times quicker than a new database."""
    import psycopg  # noqa: PLC0415 - an optional extra

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            if table != VERSION_TABLE:
                connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the name is from the server's own catalogue


@contextmanager
def own_database() -> Iterator[str]:
    """Create a database, give its URL, drop it; skip where there is no server."""
    psycopg = pytest.importorskip("psycopg", reason="the extra postgresql is not installed")
    name = f"styrman_test_{uuid.uuid4().hex[:12]}"
    try:
        server = psycopg.connect(f"{_SERVER} dbname=postgres", autocommit=True)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL server for user postgres on 127.0.0.1:5432: {error}")
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:5432/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
