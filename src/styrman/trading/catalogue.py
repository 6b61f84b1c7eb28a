"""Which work a name stands for: shipped strategies, files of HOME/strategies, installed packages, mains that an application registered.

It finds names and runs nobody's code: what a user brings is loaded by `ports.Compute`, where it can be killed.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import JsonValue

from styrman.domain.plan import Context, Plan
from styrman.domain.spec import BotSpec
from styrman.errors import FieldError, InvalidSpec, StrategyBroken, StrategyError, StrategyNotFound
from styrman.ports import Compute, Work
from styrman.trading import strategies
from styrman.trading.strategy_files import StrategyClass, StrategyFile, StrategyFolder

Main: TypeAlias = Callable[[Context], Awaitable[Plan | None]]

_DOTTED = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<qualname>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A strategy that a spec may name, or a file that offers none because of `error`."""

    name: str
    source: Literal["shipped", "home"]
    summary: str = ""
    work: Work | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A strategy with its parameters as a JSON schema; None, with the reason by file and line, where it can't be loaded."""

    name: str
    description: str
    source: Literal["shipped", "home"]
    parameters: Mapping[str, JsonValue] | None
    error: str | None = None


class Catalogue:
    """The names that specs may use. Files are looked at again with every call: a changed one is other work."""

    def __init__(self, home: Path) -> None:
        self._home = StrategyFolder(home / "strategies")
        self._shipped = {entry.name: entry for entry in _entries(StrategyFolder(Path(strategies.__path__[0])), "shipped")}
        self._mains: dict[str, Main] = {}
        self._listed: dict[Work, Listing] = {}

    def register(self, name: str, main: Main) -> None:
        """Let specs say `main: NAME` for a function of the application that embeds us; a second one of that name replaces it."""
        self._mains[name] = main

    def registered(self, work: Work) -> Main | None:
        """Return the application's function where the work is one."""
        return self._mains.get(work.name) if work.kind == "main" else None

    def resolve(self, spec: BotSpec) -> Work:
        """Return what the bot runs. StrategyNotFound lists the names there are; StrategyBroken says which file, and where."""
        return self._main(spec.main) if spec.main is not None else self.find(spec.work)

    def find(self, name: str) -> Work:
        """Return the strategy of this name, shipped before local. StrategyNotFound, StrategyBroken."""
        dotted = _DOTTED.fullmatch(name)
        if dotted is not None:
            return Work(kind="strategy", name=name, module=dotted["module"], qualname=dotted["qualname"])
        entry = self._shipped.get(name) or next((entry for entry in self._at_home() if entry.name == name), None)
        if entry is None:
            broken = [f" Not usable: {other.error}." for other in self._at_home() if other.error]
            raise StrategyNotFound("".join([_unknown("strategy", name, self.names()), *broken]))
        if entry.work is None:
            raise StrategyBroken(f"Strategy {name!r} can't be used: {entry.error}.")
        return entry.work

    async def admit(self, spec: BotSpec, compute: Compute) -> Work:
        """Return what the bot runs, its code loaded and its parameters checked. InvalidSpec names the field and the allowed values."""
        field = "strategy" if spec.main is None else "main"
        try:
            work = self.resolve(spec)
            if self.registered(work) is None:
                await compute.check(work, spec.params)
        except StrategyNotFound as error:
            allowed = nearest_first(spec.work, self.names() if spec.main is None else self._mains)
            raise InvalidSpec(error.detail, [FieldError((field,), error.detail, allowed)]) from error
        except StrategyError as error:
            raise InvalidSpec(error.detail, [FieldError((field,), error.detail)]) from error
        return work

    def names(self) -> Sequence[str]:
        """Return the names of the usable strategies, shipped ones first."""
        return [entry.name for entry in self.entries() if entry.work is not None]

    def entries(self) -> Sequence[Entry]:
        """Return the shipped strategies, then the local ones, then files that offer none; nothing is loaded."""
        return [*self._shipped.values(), *self._at_home()]

    async def list(self, compute: Compute) -> Sequence[Listing]:
        """Return every strategy with its parameters. A file that hangs or crashes shows as an error and is not tried again unchanged."""
        entries = await asyncio.to_thread(self.entries)
        listings = await asyncio.gather(*(self._listing(entry, compute) for entry in entries))
        works = (entry.work for entry in entries)
        self._listed = {work: listing for work, listing in zip(works, listings, strict=True) if work is not None}
        return listings

    async def _listing(self, entry: Entry, compute: Compute) -> Listing:
        if entry.work is None:
            return Listing(name=entry.name, description="", source=entry.source, parameters=None, error=entry.error)
        if entry.work in self._listed:
            return self._listed[entry.work]
        try:
            parameters = (await compute.inspect(entry.work)).parameters
        except StrategyError as error:
            return Listing(name=entry.name, description=entry.summary, source=entry.source, parameters=None, error=error.detail)
        return Listing(name=entry.name, description=entry.summary, source=entry.source, parameters=parameters)

    def _main(self, name: str) -> Work:
        dotted = _DOTTED.fullmatch(name)
        if name in self._mains:
            return Work(kind="main", name=name, module="", qualname=name)
        if dotted is None:
            raise StrategyNotFound(_unknown("main", name, self._mains) + " Or write package.module:function.")
        return Work(kind="main", name=name, module=dotted["module"], qualname=dotted["qualname"])

    def _at_home(self) -> Iterable[Entry]:
        """Return the local entries, each name once: a name that is taken is an error of the file that wants it too."""
        taken = dict.fromkeys(self._shipped, "a shipped strategy")
        usable, broken = [], []
        for entry in _entries(self._home, "home"):
            where = entry.work.path if entry.work else None
            if where is None:
                broken.append(entry)
            elif entry.name in taken:
                reason = f"{where}: the name {entry.name!r} is taken by {taken[entry.name]}; rename the class"
                broken.append(Entry(name=entry.name, source="home", summary=entry.summary, error=reason))
            else:
                taken[entry.name] = where
                usable.append(entry)
        return [*usable, *broken]


def nearest_first(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, those that resemble `name` before the others."""
    rest = list(names)
    near = get_close_matches(name, rest, n=3)
    return (*near, *(other for other in rest if other not in near))


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    ordered = nearest_first(name, known)
    return f"No {kind} is called {name!r}; there are: {', '.join(ordered) or 'none'}."


def _entries(folder: StrategyFolder, source: Literal["shipped", "home"]) -> Iterable[Entry]:
    for file in folder.files():
        if file.error is not None:
            yield Entry(name=file.path.stem, source=source, error=file.error)
        for offered in file.classes:
            yield Entry(name=offered.name, source=source, summary=offered.summary, work=_WORK[source](file, offered))


def _shipped_work(file: StrategyFile, offered: StrategyClass) -> Work:
    module = f"{strategies.__name__}.{file.path.stem}"
    return Work(kind="strategy", name=offered.name, module=module, qualname=offered.qualname, shipped=True)


def _home_work(file: StrategyFile, offered: StrategyClass) -> Work:
    return Work(
        kind="strategy",
        name=offered.name,
        module=f"styrman_home.{file.path.stem}_{file.file_hash}",
        qualname=offered.qualname,
        path=str(file.path),
        file_hash=file.file_hash,
    )


_WORK: Mapping[str, Callable[[StrategyFile, StrategyClass], Work]] = {"shipped": _shipped_work, "home": _home_work}
