"""The schema: the migrations tell the same as the tables, and a migration that fails leaves everything as it was."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.errors import DatabaseUnreadable
from styrman.store import schema
from styrman.store.repositories import SqlStore
from styrman.store.tables import metadata
from unit.store import samples

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("bots") as bots:
        bots.add_column(sa.Column("nickname", sa.Text(), nullable=True))
    {more}
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'empty.db'}" if request.param == "sqlite" else request.getfixturevalue("postgresql")
    made = create_engine(url)
    yield made
    made.dispose()


def migrations(folder: Path, *, more: str = "pass") -> Path:
    """Return a copy of the migrations with one more."""
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0002_next.py").write_text(NEXT.format(head=schema.HEAD, more=more))
    return folder


def columns(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / "styrman.db")) as connection:
        return {row[1] for row in connection.execute("PRAGMA table_info(bots)")}


async def fill_a_home(home: Path) -> Settings:
    settings = Settings(home=home)
    store = SqlStore(settings, SystemClock())
    await store.open()
    await store.commit(samples.record())
    await store.close()
    return settings


def test_the_head_is_the_newest_migration() -> None:
    script = ScriptDirectory(str(schema.MIGRATIONS))

    assert script.get_heads() == [schema.HEAD]


def test_the_migrations_make_the_tables_that_the_code_expects(engine: Engine) -> None:
    with engine.begin() as connection:
        schema.upgrade(connection)
        found = schema.version(connection)
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": True})
        differences = compare_metadata(context, metadata)

    assert differences == []
    assert found == schema.HEAD


async def test_a_due_migration_runs_after_a_backup_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = await fill_a_home(tmp_path / "home")
    newer = migrations(tmp_path / "migrations")
    monkeypatch.setattr(schema, "HEAD", "0002")
    store = SqlStore(settings, SystemClock(), migrations=newer)
    await store.open()
    boot = await store.boot()
    await store.close()
    (copy,) = (settings.home / "backups").iterdir()

    assert boot.bots[0][0] == samples.record()
    assert "nickname" in columns(settings.home)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM bots").fetchone() == (1,)
        assert connection.execute(f"SELECT * FROM {schema.VERSION_TABLE}").fetchone() == ("0001",)  # noqa: S608 - our own name


async def test_a_migration_that_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = await fill_a_home(tmp_path / "home")
    broken = migrations(tmp_path / "migrations", more='raise RuntimeError("half way")')
    with monkeypatch.context() as patched:
        patched.setattr(schema, "HEAD", "0002")
        store = SqlStore(settings, SystemClock(), migrations=broken)
        with pytest.raises(DatabaseUnreadable, match=r"half way; nothing was changed, and a copy .*backups"):
            await store.open()
        await store.close()
    again = SqlStore(settings, SystemClock())
    await again.open()
    boot = await again.boot()
    await again.close()

    assert "nickname" not in columns(settings.home)
    assert [record for record, _ in boot.bots] == [samples.record()]


async def test_the_last_three_backups_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = await fill_a_home(tmp_path / "home")
    broken = migrations(tmp_path / "migrations", more='raise RuntimeError("no")')
    monkeypatch.setattr(schema, "HEAD", "0002")
    for _ in range(5):
        with pytest.raises(DatabaseUnreadable):
            await SqlStore(settings, SystemClock(), migrations=broken).open()

    assert len(list((settings.home / "backups").iterdir())) == 3


async def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    settings = await fill_a_home(tmp_path)
    with closing(sqlite3.connect(tmp_path / "styrman.db")) as connection, connection:
        connection.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")  # noqa: S608 - our own name
    with pytest.raises(DatabaseUnreadable, match=r"schema 9999, which is newer than this version's 0001; install the newer styrman"):
        await SqlStore(settings, SystemClock()).open()

    assert not (tmp_path / "backups").exists()


def test_an_idle_store_loads_neither_alembic_nor_psycopg(tmp_path: Path) -> None:
    """They would cost every idle service eleven and six megabytes."""
    program = f"""
import asyncio, sys
from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.store.repositories import SqlStore

async def main():
    for _ in range(2):
        store = SqlStore(Settings(home={str(tmp_path)!r}), SystemClock())
        await store.open()
        await store.boot()
        await store.close()

asyncio.run(main())
print([name for name in ("alembic", "psycopg", "mako", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "[]\n"
