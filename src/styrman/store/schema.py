"""Brings a database to the schema of this version: creates it, or migrates it with Alembic, which is loaded only then."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, String, Table, insert, inspect, select

from styrman.errors import DatabaseUnreadable
from styrman.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"  # the newest file of migrations/versions
MIGRATIONS = Path(__file__).with_name("migrations")
VERSION_TABLE = "styrman_version"

_version = Table(VERSION_TABLE, metadata, Column("version_num", String(32), primary_key=True))  # as Alembic makes it


def version(connection: Connection) -> str | None:
    """Return the version of the schema that is there; None where there is none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(_version.c.version_num)).scalar()


def create(connection: Connection) -> None:
    """Create every table of this version. An error of the database where one of them exists: it is not ours."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(_version).values(version_num=HEAD))


def refuse_unknown(found: str, migrations: Path = MIGRATIONS) -> None:
    """Raise DatabaseUnreadable where no migration leads from this version to ours."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - 11 MB that an idle service need not carry
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        ScriptDirectory.from_config(_config(migrations)).get_revision(found)
    except CommandError:
        raise DatabaseUnreadable(
            f"The database has schema {found}, which is newer than this version's {HEAD}; install the newer styrman or restore a backup."
        ) from None


def upgrade(connection: Connection, migrations: Path = MIGRATIONS) -> None:
    """Run every migration that is due, inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - as above

    config = _config(migrations)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(migrations: Path) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config
