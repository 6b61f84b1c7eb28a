"""Small files that only their owner can read, each replaced whole: what reads one meanwhile, or a crash, sees the old or the new."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from styrman.errors import StartupError


def replace_file(path: Path, text: str) -> None:
    """Write a file with mode 0600, all of it or nothing, whatever reads it meanwhile. StartupError where it can't be written."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise StartupError(f"{path} can't be written: {error.strerror}; make the folder writable or choose another with --home.") from error
