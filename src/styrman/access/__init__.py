"""Who may speak to the service: the admin token's hash and the command line's profile, two small files in the home folder.

The token itself lies in the profile alone, readable by its owner only; the service keeps nothing but the hash. What browsers are let
in with stands in `sessions`.
"""

import hmac
import json
import re
import secrets
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from styrman.access.files import replace_file
from styrman.errors import ConfigInvalid

if TYPE_CHECKING:  # pydantic costs the command line 70 ms
    from pydantic import SecretStr

HASH_FILE = "admin-token.sha256"
PROFILE_FILE = "cli.toml"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """What the service checks tokens against. `token` is there only when it was made just now: nobody can read it again."""

    hash: str
    token: str | None = None

    def __repr__(self) -> str:
        return f"AccessGrant(hash={self.hash!r}, token={'***' if self.token else None})"


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the command line finds the service, and the token it shows there."""

    url: str | None = None
    token: str | None = None

    def __repr__(self) -> str:
        return f"Profile(url={self.url!r}, token={'***' if self.token else None})"


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token. A random 256-bit token needs no slow hash."""
    return sha256(token.encode()).hexdigest()


def matches(token: str, expected_hash: str) -> bool:
    """Whether the token has this hash, in constant time."""
    return hmac.compare_digest(hash_token(token), expected_hash)


def ensure_token(home: Path, override: "SecretStr | None" = None) -> AccessGrant:
    """Return the hash to check against: the override's (which is stored), the stored one, or that of a token made now.

    The caller holds the lock on the home folder. StartupError where the folder or the file can't be used.
    """
    if override is not None:
        return AccessGrant(_store(home, override.get_secret_value()))
    try:
        stored = (home / HASH_FILE).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        token = secrets.token_urlsafe(32)
        return AccessGrant(_store(home, token), token)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{home / HASH_FILE} can't be read: {error}; make a new token with: styrman token reset") from error
    if not _HASH.fullmatch(stored):
        raise ConfigInvalid(f"{home / HASH_FILE} holds no token's hash; make a new token with: styrman token reset")
    return AccessGrant(stored)


def reset_token(home: Path) -> str:
    """Replace the token and return the new one; a service that runs on this home takes it within a second."""
    token = secrets.token_urlsafe(32)
    _store(home, token)
    return token


def write_profile(home: Path, *, url: str | None = None, token: str | None = None) -> None:
    """Write the command line's profile with mode 0600; what is None stays as it was."""
    before = read_profile(home)
    values = {"url": url or before.url, "token": token or before.token}
    # A JSON string is a TOML basic string.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items() if value]
    replace_file(home / PROFILE_FILE, "".join(lines))


def read_profile(home: Path) -> Profile:
    """Return the profile; an empty one where there is none or it can't be read: the command line then says what it lacks."""
    try:
        values = tomllib.loads((home / PROFILE_FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return Profile()
    return Profile(*(value if isinstance(value := values.get(key), str) else None for key in ("url", "token")))


class TokenFile:
    """Checks tokens against the hash file and notices its replacement, looking at most once a second.

    A file that can't be read now changes nothing: an operator must get in to halt even while the disk is ill.
    """

    LOOK_EVERY_S = 1.0

    def __init__(self, home: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = home / HASH_FILE
        self._monotonic = monotonic
        self._next_look = -1.0
        self._version: tuple[int, int] | None = None
        self._hash = ""

    def matches(self, token: str) -> bool:
        """Whether this is the token, in constant time."""
        return matches(token, self.hash())

    def hash(self) -> str:
        """Return the token's hash; an empty text, which no token has, where the file could not be read yet."""
        if (now := self._monotonic()) >= self._next_look:
            self._next_look = now + self.LOOK_EVERY_S
            self._look()
        return self._hash

    def _look(self) -> None:
        with suppress(OSError, UnicodeDecodeError):
            found = self._path.stat()
            version = (found.st_mtime_ns, found.st_ino)
            if version != self._version:
                stored = self._path.read_text(encoding="ascii").strip()
                self._hash, self._version = stored, version


def _store(home: Path, token: str) -> str:
    digest = hash_token(token)
    replace_file(home / HASH_FILE, f"{digest}\n")
    return digest
