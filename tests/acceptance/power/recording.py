"""A recording of all that a process wrote, and what a disk may hold of it when the power fails at any moment.

The model: what was synced is there. Of what was written after the last sync of its file anything may be there or not, in any
order, down to single sectors; a file that was never synced may be missing. Renames and removals count as done at once.
"""

import random
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

RECORDER = Path(__file__).with_name("recorder.c")
SECTOR = 512


def build_recorder(folder: Path) -> Path:
    """Compile the library that records; CalledProcessError with the compiler's words where it can't be."""
    library = folder / "recorder.so"
    command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(RECORDER), "-ldl", "-lpthread"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return library


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the process did to a file."""

    kind: str
    path: str
    offset: int
    content: bytes


def read_record(path: Path) -> Iterator[Step]:
    """Yield the steps of a recording, as they happened."""
    raw, at = path.read_bytes(), 0
    while at < len(raw):
        kind, length = struct.unpack_from("=cH", raw, at)
        at += 3
        name = raw[at : at + length].decode()
        offset, size = struct.unpack_from("=qq", raw, at + length)
        at += length + 16
        yield Step(kind.decode(), name, offset, raw[at : at + size])
        at += size


@dataclass(slots=True)
class _File:
    is_certain: bool = False  # whether it was ever synced
    synced: bytearray = field(default_factory=bytearray)
    loose: list[Step] = field(default_factory=list)  # since the last sync

    def settle(self) -> None:
        """Take what was written as synced."""
        for step in self.loose:
            _apply(self.synced, step)
        self.loose.clear()
        self.is_certain = True

    def after_cut(self, chance: random.Random) -> bytes | None:
        """Return what is left of it when the power fails now; None where nothing is."""
        if not self.is_certain and chance.random() < 0.5:
            return None
        left = bytearray(self.synced)
        for step in _surviving(self.loose, chance):
            _apply(left, step)
        return bytes(left)


class Disk:
    """What the process's files hold, step by step."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def take(self, step: Step) -> None:
        """Go one step on."""
        if step.kind == "r":
            self._files.pop(step.path, None)
        elif step.kind == "m":
            self._files[step.content.decode()] = self._files.pop(step.path, _File())
        elif step.kind == "s":
            self._files.setdefault(step.path, _File()).settle()
        else:
            self._files.setdefault(step.path, _File()).loose.append(step)

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """Return the files that a start after a power cut would find, by path."""
        left = {path: file.after_cut(chance) for path, file in self._files.items()}
        return {path: content for path, content in left.items() if content is not None}


def _surviving(loose: list[Step], chance: random.Random) -> Iterator[Step]:
    """Yield what of the steps that were not synced reached the disk: nothing, the first of them, any of them, or parts of them."""
    fate = chance.choice(("none", "first", "any", "torn"))
    if fate == "first":
        yield from loose[: chance.randrange(len(loose) + 1)]
    elif fate == "any":
        yield from (step for step in loose if chance.random() < 0.5)
    elif fate == "torn":
        for step in loose:
            yield from _sectors(step, chance) if step.kind == "w" else (step,)


def _sectors(step: Step, chance: random.Random) -> Iterator[Step]:
    for at in range(0, len(step.content), SECTOR):
        if chance.random() < 0.5:
            yield Step("w", step.path, step.offset + at, step.content[at : at + SECTOR])


def _apply(content: bytearray, step: Step) -> None:
    if step.kind == "t":
        del content[step.offset :]
        content.extend(bytes(step.offset - len(content)))
    elif step.kind == "w":
        content.extend(bytes(max(0, step.offset - len(content))))
        content[step.offset : step.offset + len(step.content)] = step.content
