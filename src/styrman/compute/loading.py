"""Imports what a `Work` names. The text of a user's file travels with the bot, so each process runs what the bot began with."""

import linecache
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path
from types import ModuleType

from pydantic import JsonValue

from styrman.errors import StrategyBroken
from styrman.ports import Work
from styrman.trading.strategy import Strategy
from styrman.trading.strategy_files import source_hash

# Modules whose code has run to its end. sys.modules also holds those that another thread is at, half empty.
_loaded: dict[str, ModuleType] = {}
_at_work: dict[str, threading.Lock] = {}  # by module: two threads never run the same text at once


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A bot's code as it travels: what to load, the text of its file where it has one, its parameters."""

    owner: str  # the bot; "" for code that is only looked at
    work: Work
    params: Mapping[str, JsonValue]
    source: bytes | None = None


def pack(owner: str, work: Work, params: Mapping[str, JsonValue]) -> Bundle:
    """Return the work with its file as it is now, which may be newer than when it was resolved. StrategyBroken: unreadable."""
    if work.path is None:
        return Bundle(owner, work, params)
    path = Path(work.path)
    try:
        source = path.read_bytes()
    except OSError as error:
        raise StrategyBroken(f"Strategy {work.name!r}: {path} can't be read: {error.strerror}.") from error
    now = source_hash(source)
    return Bundle(owner, replace(work, file_hash=now, module=f"styrman_home.{path.stem}_{now}"), params, source)


def is_loaded(work: Work) -> bool:
    """Whether the code is in this process already, whole: loading it takes no time then."""
    return work.module in _loaded


def load_strategy(bundle: Bundle) -> type[Strategy]:
    """Return the strategy's class. StrategyBroken names file and line."""
    found = _load(bundle)
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        raise StrategyBroken(f"{_place(bundle.work)}: {bundle.work.qualname} is not a Strategy; derive it from styrman.Strategy.")
    return found


def load_main(bundle: Bundle) -> Callable[..., object]:
    """Return the main function. StrategyBroken names file and line."""
    found = _load(bundle)
    if not callable(found):
        raise StrategyBroken(f"{_place(bundle.work)}: {bundle.work.qualname} is not a function; write async def main(ctx).")
    if not iscoroutinefunction(found):
        raise StrategyBroken(f"{_place(bundle.work)}: {bundle.work.qualname} is not async; write async def main(ctx).")
    return found


def _load(bundle: Bundle) -> object:
    work = bundle.work
    try:
        found: object = _module(bundle)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        raise StrategyBroken(f"Strategy {work.name!r} can't be loaded: {_fault(error, work)}.") from error
    for part in work.qualname.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise StrategyBroken(f"{_place(work)} has no {work.qualname}.")
    return found


def _module(bundle: Bundle) -> ModuleType:
    name = bundle.work.module
    with _at_work.setdefault(name, threading.Lock()):
        if name not in _loaded:
            _loaded[name] = import_module(name) if bundle.source is None else _execute(bundle)
        return _loaded[name]


def _execute(bundle: Bundle) -> ModuleType:
    """Run a file's text as a module of its own; a changed file is another module, which leaves older bots theirs."""
    work, source = bundle.work, bundle.source or b""
    path = work.path or work.module
    module = ModuleType(work.module)
    module.__file__ = path
    code = compile(source, path, "exec")
    # Tracebacks show this text, whatever the file holds by then.
    linecache.cache[path] = len(source), None, source.decode(errors="replace").splitlines(keepends=True), path
    sys.modules[work.module] = module
    try:
        exec(code, module.__dict__)  # noqa: S102 - the user's own strategy is what we are here to run
    except BaseException:
        del sys.modules[work.module]
        raise
    return module


def _fault(error: BaseException, work: Work) -> str:
    """Return file and line of an error, the last one in the work's own file, and what it was."""
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {error.msg}"
    trace, place = error.__traceback__, _place(work)
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == work.path:
            place = f"{work.path}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{place}: {what}"


def _place(work: Work) -> str:
    return work.path or work.module
