"""Keys of an exchange's account, by name: from the environment, else from HOME/credentials.toml. They never leave this package.

Never shown: `SecretStr` keeps them out of every repr, and `Credential.scrub` takes them out of what others say.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from styrman.errors import AuthenticationFailed

FIELDS = ("key", "secret", "password")
_OTHERS = 0o077
_TELLING = re.compile(
    r"(?i)((?:signature|sign|api[_-]?key|x-mbx-apikey|secret|passphrase|listenKey|token)['\"]?\s*[=:]\s*['\"]?)[^\s&'\",}]+"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """One account's keys. `password` is what some exchanges call a passphrase."""

    name: str
    key: SecretStr
    secret: SecretStr
    password: SecretStr | None = None

    def scrub(self, text: str) -> str:
        """Return the text without the keys, and without what was made of them."""
        for each in (self.secret, self.password, self.key):
            if each is not None and each.get_secret_value():
                text = text.replace(each.get_secret_value(), "***")
        return scrub(text)


def scrub(text: str) -> str:
    """Return the text without signatures, tokens and keys as exchanges write them."""
    return _TELLING.sub(r"\1***", text)


def find_credential(name: str, home: Path, environment: Mapping[str, str] = os.environ) -> Credential:
    """Return the keys named `name`. AuthenticationFailed names the credential and both places where it is looked for."""
    prefix = f"STYRMAN_CREDENTIAL_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}_"
    path = home / "credentials.toml"
    found = {field: environment.get(prefix + field.upper(), "") for field in FIELDS}
    if not found["key"] and not found["secret"]:
        found = _from_file(name, path)
    missing = [field for field in ("key", "secret") if not found[field]]
    if missing:
        raise AuthenticationFailed(
            f"Credential {name!r} has no {' and no '.join(missing)}; set {prefix}KEY and {prefix}SECRET in the environment, "
            f"or key and secret under [{name}] in {path}."
        )
    password = SecretStr(found["password"]) if found["password"] else None
    return Credential(name, SecretStr(found["key"]), SecretStr(found["secret"]), password)


def _from_file(name: str, path: Path) -> dict[str, str]:
    if not path.exists():
        return dict.fromkeys(FIELDS, "")
    if path.stat().st_mode & _OTHERS:
        raise AuthenticationFailed(
            f"{path} can be read by others than its owner, so credential {name!r} is not used; run: chmod 600 {path}"
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # The text of a syntax error quotes nothing of the file.
        raise AuthenticationFailed(f"{path} can't be read, so credential {name!r} is not known: {error}; mend the file.") from None
    written = table if isinstance(table, dict) else {}
    return {field: each if isinstance(each := written.get(field, ""), str) else "" for field in FIELDS}
