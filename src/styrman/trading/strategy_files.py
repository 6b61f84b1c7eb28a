"""Reads a folder of strategy files without running a line of them: names, summaries and faults come from the syntax tree."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

MAX_BYTES = 262_144
_DECIDING = frozenset({"target", "decide"})
_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class StrategyClass:
    """A class that a file seems to offer as a strategy. Whether it is one shows when it is loaded."""

    name: str  # in snake_case: what a spec says
    qualname: str
    line: int
    summary: str  # first line of its docstring


@dataclass(frozen=True, slots=True)
class StrategyFile:
    """One file as it was when it was read."""

    path: Path
    file_hash: str
    classes: tuple[StrategyClass, ...] = ()
    error: str | None = None  # file, line and what is wrong, where it can't be parsed


_Seen: TypeAlias = tuple[tuple[int, int], StrategyFile | None]  # modification time and size, and what was read then


class StrategyFolder:
    """The strategy files of one folder; a file is parsed again where it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[Path, _Seen] = {}

    def files(self) -> Sequence[StrategyFile]:
        """Return the files by name; none where there is no such folder. Names with a leading underscore are left out."""
        paths = sorted(path for path in self.path.glob("*.py") if not path.name.startswith("_"))
        read = {path: self._look(path) for path in paths}
        self._read = read  # replaced whole: listings read on other threads
        return [file for _, file in read.values() if file is not None]

    def _look(self, path: Path) -> _Seen:
        try:
            stat = path.stat()
            stamp = stat.st_mtime_ns, stat.st_size
            seen = self._read.get(path)
            return seen if seen is not None and seen[0] == stamp else (stamp, read_file(path))
        except FileNotFoundError:  # deleted since it was listed
            return (0, 0), None
        except OSError as error:
            return (0, 0), StrategyFile(path, "", error=f"{path} can't be read: {error.strerror}")


def read_file(path: Path) -> StrategyFile:
    """Return what a file offers. OSError where it can't be read."""
    source = path.read_bytes()
    file_hash = source_hash(source)
    if len(source) > MAX_BYTES:
        return StrategyFile(path, file_hash, error=f"{path} is larger than {MAX_BYTES} bytes; a strategy is shorter")
    try:
        tree = ast.parse(source, filename=str(path))
    except SyntaxError as error:
        return StrategyFile(path, file_hash, error=f"{path}:{error.lineno or 1}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; nested deeper than the parser goes
        return StrategyFile(path, file_hash, error=f"{path}:1: {type(error).__name__}: {error}")
    return StrategyFile(path, file_hash, tuple(_strategies(tree)))


def source_hash(source: bytes) -> str:
    """Return the hash that tells one state of a file from another."""
    return sha256(source).hexdigest()[:16]


def snake_case(name: str) -> str:
    """Return a class name as a spec writes it: MyEma is my_ema, RSIReversion is rsi_reversion."""
    return _WORD_BREAK.sub("_", name).lower()


def _strategies(tree: ast.Module) -> Iterator[StrategyClass]:
    """Yield the public classes that derive from something of styrman, or that derive from something and decide."""
    known = set(_names_from_styrman(tree))
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or not node.bases:
            continue
        methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
        if methods & _DECIDING or any(_root(base) in known for base in node.bases):
            known.add(node.name)
            if not node.name.startswith("_"):
                summary = (ast.get_docstring(node) or "").partition("\n")[0]
                yield StrategyClass(snake_case(node.name), node.name, node.lineno, summary)


def _names_from_styrman(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and _is_styrman(node.module or ""):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names if _is_styrman(alias.name))


def _is_styrman(module: str) -> bool:
    return module.partition(".")[0] == "styrman"


def _root(base: ast.expr) -> str:
    """Return the name that an expression such as `styrman.Strategy` or `Base[int]` begins with."""
    while isinstance(base, ast.Attribute | ast.Subscript):
        base = base.value
    return base.id if isinstance(base, ast.Name) else ""
