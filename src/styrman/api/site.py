"""The dashboard's files as the build left them in this package, read once: a path that is no key here does not exist.

A clone whose dashboard was not built has none; `index` is then None.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_INDEX = "index.html"
_PACKED = ".gz"
_MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file, and the same compressed where that is worth it."""

    body: bytes
    packed: bytes | None
    media_type: str


@dataclass(frozen=True, slots=True)
class Site:
    """The page that every path begins with, and the files beside it by their path below the dashboard's base."""

    index: str | None
    files: dict[str, SiteFile]


def read_site(folder: Traversable) -> Site:
    """Return what the build left in a folder; an empty site where there is no such folder."""
    found = dict(_walk(folder, "")) if folder.is_dir() else {}
    index = found.pop(_INDEX, None)
    served = {path: SiteFile(body, found.get(f"{path}{_PACKED}"), _media_type(path)) for path, body in found.items() if _is_served(path)}
    return Site(index.decode() if index is not None else None, served)


@cache
def built_site() -> Site:
    """Return the site of this installation. Some milliseconds the first time, then none."""
    return read_site(files("styrman.api") / "web")


def _walk(folder: Traversable, below: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        path = f"{below}{entry.name}"
        found += _walk(entry, f"{path}/") if entry.is_dir() else [(path, entry.read_bytes())]
    return found


def _is_served(path: str) -> bool:
    return not path.endswith((_PACKED, ".html", ".map"))


def _media_type(path: str) -> str:
    return _MEDIA_TYPES.get(path[path.rfind(".") :], "application/octet-stream")
