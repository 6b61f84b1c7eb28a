"""Browser sessions: what the admin token is exchanged for, so that no page has to keep the token. A small file in the home folder.

It holds hashes of the session ids alone, so reading it lets nobody in. All sessions stand under the hash of the token that opened
them: with another token none of them counts. Decided nowhere but here: whether a session still lives.
"""

import asyncio
import hmac
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from styrman.access.files import replace_file
from styrman.errors import StartupError
from styrman.log import get_logger

SESSIONS_FILE = "sessions.json"
DAY_S = 86_400.0
LIFE_S = 30 * DAY_S  # after its last use
MOST = 64  # further ones replace the longest unused: nobody has so many browsers, and the file stays small
_SHA256 = re.compile(r"[0-9a-f]{64}")
log = get_logger()


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's. Times are seconds since the epoch; `seen` follows its use by up to a day, so that use costs no writes."""

    hash: str
    created: float
    seen: float

    @property
    def expires(self) -> float:
        """When it ends, unless it is used before."""
        return self.seen + LIFE_S

    def lives(self, now: float) -> bool:
        """Whether it still counts. One from beyond tomorrow was made by a wrong clock, and would never end."""
        return now < self.expires and self.seen <= now + DAY_S


class Sessions:
    """The sessions of one service, in memory and in its file. Used on one loop."""

    def __init__(self, home: Path, *, seal: Callable[[], str], now: Callable[[], float]) -> None:
        """`seal` tells the hash of the admin token, `now` the wall time. A file that can't be read is as good as none."""
        self._path = home / SESSIONS_FILE
        self.seal = seal
        self._now = now
        self._writing = asyncio.Lock()
        self._sealed_by, self._open = _read(self._path)

    async def begin(self, seal: str, *, instead_of: Session | None = None) -> tuple[str, Session]:
        """Open a session under the hash of the token that was shown, in place of the caller's earlier one where it has one.

        Return its id, which exists nowhere else, and what is kept of it. Where the token is another by now, it opens nothing.
        """
        opaque = secrets.token_urlsafe(32)
        session = Session(_hash(opaque), created=self._now(), seen=self._now())
        others = [each for each in self._living() if instead_of is None or each.hash != instead_of.hash]
        kept = sorted(others, key=lambda each: each.seen)[-(MOST - 1) :] if self._sealed_by == seal else []
        self._sealed_by, self._open = seal, (*kept, session)
        await self._write()
        return opaque, session

    async def find(self, opaque: str) -> Session | None:
        """Return the session of this id; None where it was ended, outlived, or opened with another token. Use prolongs it."""
        digest = _hash(opaque)
        session = next((each for each in self._living() if hmac.compare_digest(each.hash, digest)), None)
        if session is None or self._now() - session.seen < DAY_S:
            return session
        renewed = replace(session, seen=self._now())
        self._open = tuple(renewed if each is session else each for each in self._open)
        await self._write()
        return renewed

    def lasts(self, session: Session) -> bool:
        """Whether a session that was found is still one."""
        return any(each.hash == session.hash for each in self._living())

    async def end(self, session: Session) -> None:
        """End a session at once."""
        self._open = tuple(each for each in self._open if each.hash != session.hash)
        await self._write()

    def _living(self) -> tuple[Session, ...]:
        now = self._now()
        same_token = bool(self._sealed_by) and self._sealed_by == self.seal()
        return tuple(each for each in self._open if each.lives(now)) if same_token else ()

    async def _write(self) -> None:
        """Write the file, off the loop. An ill disk keeps nobody from getting in to halt: memory counts, and the log is told."""
        async with self._writing:
            text = json.dumps({"token": self._sealed_by, "sessions": [asdict(each) for each in self._open]})
            try:
                await asyncio.to_thread(replace_file, self._path, f"{text}\n")
            except StartupError as error:
                log.error("sessions not written; a restart of the service brings back those of the file", error=error)


def _hash(opaque: str) -> str:
    """Return the SHA-256 of an id. A random 256-bit id needs no slow hash."""
    return sha256(opaque.encode("utf-8", "surrogateescape")).hexdigest()


def _read(path: Path) -> tuple[str, tuple[Session, ...]]:
    """Return whose token opened the file's sessions, and these; nothing where there is no such file, or garbage in it."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return _digest(kept["token"]), tuple(
            Session(_digest(each["hash"]), float(each["created"]), float(each["seen"])) for each in kept["sessions"][:MOST]
        )
    except FileNotFoundError:
        return "", ()
    except (OSError, ValueError, LookupError, TypeError, RecursionError, OverflowError) as error:
        log.warning("sessions can't be read; everybody signs in anew", file=str(path), error=type(error).__name__)
        return "", ()


def _digest(value: object) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError("no SHA-256")
    return value
