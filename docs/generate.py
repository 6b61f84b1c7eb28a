"""Writes the pages that say what the code says: the lifecycle from its table of moves, settings and parameters from
their classes, paths from the OpenAPI document.

`python docs/generate.py` writes them; with `--check` it only says which are out of step, and fails.
"""

import importlib
import inspect
import json
import pkgutil
import re
import sys
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from html import escape
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, SecretStr
from pydantic.fields import FieldInfo

from styrman.api.document import document
from styrman.config import Settings
from styrman.domain.bots import MOVES, Observed
from styrman.trading import strategies
from styrman.trading.strategy import Strategy
from styrman.venues.simulation.options import SimulationOptions

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; change the code instead. -->\n\n"
LANE, TOP, ROW, MARGIN = 128, 54, 30, 16
LETTER = 6  # pixels that a letter of a label takes, roughly
INK, FAINT, PAPER = "#1f2937", "#cbd5e1", "#ffffff"
COLOURS = {
    Observed.STOPPED: "#64748b",
    Observed.STARTING: "#2563eb",
    Observed.RUNNING: "#15803d",
    Observed.STOPPING: "#7c3aed",
    Observed.BACKOFF: "#b45309",
    Observed.FAILED: "#b91c1c",
    Observed.QUARANTINED: "#831843",
}
WORDS = {
    Path: "path",
    SecretStr: "secret",
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Decimal: "decimal as text",
    datetime: "time",
    AwareDatetime: "time",
}
_COMMENT = re.compile(r"^    (\w+): .*?  # (.+)$", re.MULTILINE)


def lifecycle_svg() -> str:
    """Return the table of moves drawn: a column for each state, an arrow for each move."""
    moves = [(source, target, reason) for source, targets in MOVES.items() for target, reason in targets.items()]
    width, height = MARGIN * 2 + LANE * len(Observed), TOP + ROW * len(moves) + MARGIN
    drawn = "\n".join([*(_lane(state, height) for state in Observed), *(_arrow(row, *move) for row, move in enumerate(moves))])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" role="img">\n'
        "<title>Every move that a bot's observed state can make</title>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}"/>\n{drawn}\n</svg>\n'
    )


def _middle(state: Observed) -> int:
    return MARGIN + LANE * list(Observed).index(state) + LANE // 2


def _lane(state: Observed, height: int) -> str:
    x = _middle(state)
    return (
        f'<path d="M{x} {TOP - 12}V{height - MARGIN}" stroke="{FAINT}"/>'
        f'<rect x="{x - 56}" y="{MARGIN}" width="112" height="26" rx="6" fill="{COLOURS[state]}"/>'
        f'<text x="{x}" y="{MARGIN + 17}" font-size="12" font-weight="600" fill="{PAPER}" text-anchor="middle">{state}</text>'
    )


def _arrow(row: int, source: Observed, target: Observed, reason: str) -> str:
    start, end, y, colour = _middle(source), _middle(target), TOP + ROW * row + ROW // 2, COLOURS[source]
    back = 7 if end > start else -7
    left, right = min(start, end) + 8, MARGIN + LANE * len(Observed)
    place = f'x="{left}"' if left + len(reason) * LETTER < right else f'x="{right}" text-anchor="end"'
    return (
        f'<circle cx="{start}" cy="{y}" r="3.5" fill="{colour}"/><path d="M{start} {y}H{end - back}" stroke="{colour}" stroke-width="1.6"/>'
        f'<path d="M{end} {y}l{-back} -4v8z" fill="{colour}"/>'
        f'<text {place} y="{y - 5}" font-size="10.5" fill="{INK}" stroke="{PAPER}" stroke-width="3" paint-order="stroke">'
        f"{escape(reason)}</text>"
    )


def lifecycle_table() -> str:
    """Return the states, as their members are explained, and the moves, as Markdown."""
    explained = dict(re.findall(r'^    (\w+) = "\w+"  # (.+)$', inspect.getsource(Observed), re.MULTILINE))
    states = "\n".join(f"| `{state}` | {explained[state.name]} |" for state in Observed)
    moves = "\n".join(f"| `{source}` | `{target}` | {why} |" for source, targets in MOVES.items() for target, why in targets.items())
    return f"{NOTE}| Observed | Meaning |\n|---|---|\n{states}\n\n| From | To | When |\n|---|---|---|\n{moves}\n"


def configuration_table() -> str:
    """Return every setting with its type, default and meaning, as Markdown."""
    return NOTE + "\n".join(_section("", Settings))


def venue_table() -> str:
    """Return every option of a simulated venue, as Markdown."""
    return NOTE + "\n".join(_section("venues.sim", SimulationOptions))


def strategies_table() -> str:
    """Return the shipped strategies with their parameters, as Markdown."""
    common = set(Strategy.model_fields)
    parts = []
    for name, strategy in _shipped():
        own = {field: kind for field, kind in strategy.model_json_schema()["properties"].items() if field not in common}
        parts.append(f"### `{name}`\n\n{inspect.getdoc(strategy)}\n\n{_parameters(own)}")
    properties = {field: kind for field, kind in Strategy.model_json_schema()["properties"].items() if field in common}
    return f"{NOTE}{''.join(parts)}### Common to all\n\n{_parameters(properties)}"


def _shipped() -> Iterator[tuple[str, type[Strategy]]]:
    for module in pkgutil.iter_modules(strategies.__path__):
        members = vars(importlib.import_module(f"{strategies.__name__}.{module.name}"))
        title = "".join(part.capitalize() for part in module.name.split("_"))
        yield module.name, members[title]


def _parameters(properties: dict[str, dict[str, object]]) -> str:
    rows = (f"| `{name}` | {_shown(kind.get('default'))} | {kind.get('description', '')} |\n" for name, kind in properties.items())
    return "| Parameter | Default | Meaning |\n|---|---|---|\n" + "".join(rows) + "\n" if properties else "No parameters of its own.\n\n"


def paths_table() -> str:
    """Return every path of the API with what it does, as Markdown."""
    rows = (
        f"| `{method.upper()}` | `{path}` | {operation.get('description', '').partition(chr(10))[0]} |"
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    )
    return NOTE + "| Method | Path | What it does |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _section(path: str, model: type[BaseModel]) -> Iterator[str]:
    comments = dict(_COMMENT.findall(inspect.getsource(model)))
    inner = {name: kind for name, field in model.model_fields.items() if (kind := _model(field)) is not None}
    yield f"### `[{path}]`\n\n{inspect.getdoc(model)}\n" if path else "### Top level\n"
    yield "| Setting | Type | Default | Meaning |\n|---|---|---|---|"
    for name, field in model.model_fields.items():
        if name not in inner:
            yield f"| `{name}` | {_type(field.annotation)} | {_default(field)} | {comments.get(name, '')} |"
    yield ""
    for name, kind in inner.items():
        yield from _section(f"{path}.{name}".lstrip("."), kind)


def _model(field: FieldInfo) -> type[BaseModel] | None:
    return field.annotation if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel) else None


def _type(annotation: object) -> str:
    """Return a type as a reader of config.toml thinks of it."""
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(inside[0])
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in inside)
    if origin in (types.UnionType, typing.Union):
        return " or ".join("unset" if part is types.NoneType else _type(part) for part in inside)
    if origin is dict:
        return "table"
    if origin is tuple:
        return "list of " + _type(inside[0])
    return WORDS[annotation] if isinstance(annotation, type) else "text"


def _default(field: FieldInfo) -> str:
    """Return a default as config.toml would say it."""
    return _shown(None if field.default_factory is not None else field.default)


def _shown(default: object) -> str:
    return "unset" if default is None else f"`{json.dumps(default, default=str)}`"


PAGES = {
    "assets/lifecycle.svg": lifecycle_svg,
    "generated/lifecycle.md": lifecycle_table,
    "generated/configuration.md": configuration_table,
    "generated/venue.md": venue_table,
    "generated/strategies.md": strategies_table,
    "generated/paths.md": paths_table,
}


def main(*, check: bool) -> int:
    """Write the pages, or say which differ; return the exit code."""
    stale = [name for name, make in PAGES.items() if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != make()]
    for name in stale:
        if check:
            sys.stderr.write(f"docs/{name} is out of step with the code; run: make docs\n")
        else:
            (DOCS / name).parent.mkdir(exist_ok=True)
            (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
