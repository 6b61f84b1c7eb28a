"""What `doctor` looks at, one function a check. Each says what it looked at, what it found, and what to do. Changes nothing."""

import platform
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from enum import StrEnum
from importlib.util import find_spec
from urllib.parse import urlsplit

import httpx

from styrman.cli.columns import Row
from styrman.cli.exits import ExitCode, Failure
from styrman.cli.session import Session, is_loopback
from styrman.config import Settings
from styrman.errors import ConfigInvalid

OLDEST, NEWEST = (3, 11), (3, 14)
DATABASE = "styrman.db"
_GIB = 1 << 30
_SCARCE = 100 << 20
_SKEW_S = 2.0
_EXTRAS = {"polars": "polars", "postgresql": "psycopg", "otel": "opentelemetry.sdk", "ray": "ray"}


class Verdict(StrEnum):
    """What a check came to."""

    OK = "ok"
    NOTE = "note"  # worth knowing
    WRONG = "wrong"


def finding(check: str, result: Verdict, found: str, advice: str = "") -> Row:
    """Return one line of the report."""
    return {"check": check, "result": result.value, "found": found, "advice": advice}


def examine(session: Session) -> Iterator[Row]:
    """Yield every finding, from the machine up to the service."""
    yield python()
    yield home(session)
    yield disk(session)
    settings, found = config(session)
    yield found
    if settings is not None:
        yield database(settings)
        yield from extras(settings)
    yield from service(session, settings)


def python() -> Row:
    """The Python that runs us."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return finding("python", Verdict.OK, platform.python_version())
    wanted = " to ".join(".".join(map(str, version)) for version in (OLDEST, NEWEST))
    return finding("python", Verdict.WRONG, platform.python_version(), f"use Python {wanted}")


def home(session: Session) -> Row:
    """Whether the home folder is there and takes files."""
    if not session.home.exists():
        return finding("home", Verdict.NOTE, f"{session.home} does not exist yet", "`styrman up` makes it")
    try:
        with tempfile.TemporaryFile(dir=session.home):
            return finding("home", Verdict.OK, f"{session.home} is writable")
    except OSError as error:
        return finding("home", Verdict.WRONG, f"{session.home}: {error.strerror}", "make it writable, or choose another with --home")


def disk(session: Session) -> Row:
    """Whether the home's disk has room."""
    there = next(path for path in (session.home, *session.home.parents) if path.exists())
    free = shutil.disk_usage(there).free
    found = f"{free / _GIB:.1f} GiB free at {there}"
    if free < _SCARCE:
        return finding("disk", Verdict.WRONG, found, "free some space: a full disk stops all trading")
    return finding("disk", Verdict.OK if free > _GIB else Verdict.NOTE, found)


def config(session: Session) -> tuple[Settings | None, Row]:
    """Whether config.toml and the environment can be used."""
    file = session.home / "config.toml"
    try:
        settings = Settings.load(**({"home": session.home_given} if session.home_given else {}))
    except ConfigInvalid as error:
        return None, finding("config", Verdict.WRONG, error.detail, "mend it; the service won't start")
    return settings, finding("config", Verdict.OK, str(file) if file.exists() else "defaults; there is no config.toml")


def database(settings: Settings) -> Row:
    """Whether the database can be opened, for reading only."""
    if settings.database_url is not None:
        return finding("database", Verdict.NOTE, "not SQLite; the service checks it at start")
    file = settings.home / DATABASE
    if not file.exists():
        return finding("database", Verdict.NOTE, f"{file} does not exist yet", "`styrman up` makes it")
    try:
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=1)
        try:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        return finding("database", Verdict.WRONG, f"{file}: {error}", f"restore a backup from {settings.home / 'backups'}")
    return finding("database", Verdict.OK, f"{file} opens, {tables} tables")


def extras(settings: Settings) -> Iterator[Row]:
    """Which extras are installed, and whether the settings need one that isn't."""
    there = {extra: _is_installed(module) for extra, module in _EXTRAS.items()}
    listed = ", ".join(extra for extra, found in there.items() if found)
    yield finding("extras", Verdict.OK, listed or "none installed; none is needed")
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    needed = {"postgresql": url.startswith("postgresql"), "otel": settings.telemetry.otlp_endpoint is not None}
    for extra in (name for name, wanted in needed.items() if wanted and not there[name]):
        yield finding("extras", Verdict.WRONG, f"the settings need {extra}", f"pip install 'styrman[{extra}]'")


def service(session: Session, settings: Settings | None) -> Iterator[Row]:
    """Whether the service answers at its address, takes our token, and agrees with our clock."""
    try:
        # Trusting the environment would ask a proxy for this machine's own address.
        answer = httpx.get(f"{session.url.rstrip('/')}/livez", timeout=5, trust_env=not is_loopback(session.url))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield finding(
            "service", Verdict.NOTE, f"nothing answers at {session.url}: {error}", "start it with `styrman up`, or name it with --url"
        )
        yield port(session, settings)
        return
    if answer.is_error:
        yield finding(
            "service", Verdict.WRONG, f"{session.url}/livez answers {answer.status_code}", "look who listens there, or name it with --url"
        )
        return
    yield finding("service", Verdict.OK, f"{session.url} answers")
    yield _clock(answer)
    yield _token(session)


def port(session: Session, settings: Settings | None) -> Row:
    """Whether the port that the service would take is free."""
    host, number = (settings.host, settings.port) if settings else (urlsplit(session.url).hostname or "127.0.0.1", 8080)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            return finding("port", Verdict.WRONG, f"{host}:{number}: {error.strerror}", "end what listens there, or use --port")
    return finding("port", Verdict.OK, f"{host}:{number} is free")


def _clock(answer: httpx.Response) -> Row:
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return finding("clock", Verdict.NOTE, "the service tells no time")
    apart = abs(time.time() - theirs)
    if apart <= _SKEW_S:
        return finding("clock", Verdict.OK, "agrees with the service's")
    return finding("clock", Verdict.WRONG, f"{apart:.0f} s from the service's", "synchronise both machines by NTP")


def _token(session: Session) -> Row:
    try:
        session.api.get("/system")
    except Failure as failure:
        denied = failure.code is ExitCode.DENIED
        advice = "show it with --token or STYRMAN_TOKEN; a lost one: styrman token reset" if denied else "look into the service's log"
        return finding("token", Verdict.WRONG, failure.message.splitlines()[0], advice)
    return finding("token", Verdict.OK, "is taken")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
