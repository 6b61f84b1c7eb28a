"""The lock on the home folder: one process at a time, and whoever comes second is told who holds it.

The lock is the kernel's: it is gone with the process, however that dies. The file's text is only for people.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from styrman.errors import HomeLocked


@contextmanager
def home_lock(home: Path, now: datetime) -> Iterator[None]:
    """Hold HOME/lock while the block runs. HomeLocked names the holder; OSError where the folder can't be used."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeLocked(f"{home} is in use by {_holder(descriptor)}; stop that one or choose another home.") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {now:%Y-%m-%dT%H:%M:%SZ}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """Return what the holder wrote; it may be between taking the lock and writing."""
    words = os.pread(descriptor, 200, 0).decode(errors="replace").split()
    return f"process {words[0]} (since {words[1]})" if len(words) == 2 else "another process"  # noqa: PLR2004 - pid and time
