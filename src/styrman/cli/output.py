"""Data on stdout in the form that was asked for. Colours and widths only where a terminal shows them."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence

from styrman.cli.columns import Column, Room, Row, plain, style
from styrman.cli.session import Output

_UNBOUNDED = 1_000_000  # a pipe has no width
_FLEXIBLE = 16  # narrow enough for a text that wraps or is cut
_PAIR = (Column("", lambda row: plain(row["field"])), Column("", lambda row: plain(row["value"]), room=Room.WRAP))


class Printer:
    """Writes things and lists of things."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def items(self, items: Iterable[Row], columns: Sequence[Column], *, name: str = "id") -> None:
        """Write a list; `name` is the field that says which is which."""
        match self._output:
            case Output.TABLE:
                self._table(items, columns)
            case Output.JSON:
                _write(_json(list(items), indent=2))
            case Output.YAML:
                _write(_yaml(list(items)))
            case Output.JSONL | Output.NAME:
                for item in items:
                    self.line(item, name=name)

    def item(self, item: Row, columns: Sequence[Column] | None = None, *, name: str = "id") -> None:
        """Write one thing: as a row where columns are given, else field by field."""
        match self._output:
            case Output.TABLE if columns:
                self._table([item], columns)
            case Output.TABLE:
                self._table(_fields(item), _PAIR)
            case Output.JSON:
                _write(_json(item, indent=2))
            case Output.YAML:
                _write(_yaml(item))
            case Output.JSONL | Output.NAME:
                self.line(item, name=name)

    def line(self, item: Row, *, text: str = "", name: str = "id") -> None:
        """Write one thing of an endless list at once, for people as `text`."""
        match self._output:
            case Output.TABLE:
                _write(text)
            case Output.JSON | Output.JSONL:
                _write(_json(item))
            case Output.YAML:
                _write(f"---\n{_yaml(item)}")
            case Output.NAME:
                _write(str(item.get(name, "")))
        sys.stdout.flush()

    @staticmethod
    def clear() -> None:
        """Empty the terminal's screen."""
        from rich.console import Console  # noqa: PLC0415 - see _table

        Console().clear()

    @staticmethod
    def _table(items: Iterable[Row], columns: Sequence[Column]) -> None:
        """Write a table of columns that fit: on a terminal, a thing is a line."""
        from rich.console import Console  # noqa: PLC0415 - machines' formats do without rich
        from rich.table import Table  # noqa: PLC0415 - as above
        from rich.text import Text  # noqa: PLC0415 - as above

        console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _UNBOUNDED, highlight=False)
        listed = list(items)
        texts = {column: [column.shown(item) for item in listed] for column in columns}
        needed = {column: _needed(column, cells) for column, cells in texts.items()}
        fitting = _fitting(needed, console.width)
        left = console.width - _width(needed, fitting)
        table = Table(box=None, pad_edge=False, show_header=any(column.title for column in columns))
        for column in fitting:
            is_cut = column.room is Room.CUT
            table.add_column(
                column.title,
                justify="right" if column.right else "left",
                no_wrap=column.room is not Room.WRAP,
                overflow="ellipsis" if is_cut else "fold",
                max_width=max(needed[column], needed[column] + left) if is_cut else None,
            )
        for cells in zip(*(texts[column] for column in fitting), strict=True):
            table.add_row(*(Text(cell, style=style(cell)) for cell in cells))
        with console.capture() as captured:
            console.print(table)
        _write("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _needed(column: Column, cells: Sequence[str]) -> int:
    """Return the width that a column wants at least."""
    widest = max(map(len, (column.title, *cells)))
    return widest if column.room is Room.KEEP else min(widest, _FLEXIBLE)


def _width(needed: Mapping[Column, int], columns: Iterable[Column]) -> int:
    """Return the width of columns side by side, two spaces between them."""
    return sum(needed[column] + 2 for column in columns) - 2


def _fitting(needed: Mapping[Column, int], width: int) -> list[Column]:
    """Return the columns that fit, or those that are always shown."""
    fitting = list(needed)
    while _width(needed, fitting) > width and any(column.spare for column in fitting):
        fitting.remove(max(fitting, key=lambda column: column.spare))
    return fitting


def _fields(item: Row) -> Iterable[Row]:
    for key, value in item.items():
        if isinstance(value, dict) and value:
            yield from ({"field": f"{key}.{inner}", "value": each} for inner, each in value.items())
        else:
            yield {"field": key, "value": value}


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _yaml(value: object) -> str:
    import yaml  # noqa: PLC0415 - the other formats do without

    dumped: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=False)
    return dumped.rstrip("\n")


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
