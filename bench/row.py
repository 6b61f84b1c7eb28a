"""A row of the table, and how a measurement becomes a program: it prints its rows, or hands them on as JSON to `python -m bench`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

WIDTHS = (40, 38, 20, 8)  # of the first four columns; the table fits 120


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, beside its reference and its bar."""

    what: str
    reference: str
    ours: str
    bar: str
    met: bool


def heading() -> str:
    """Return the table's first two lines."""
    names = ("what", "reference, measured in the same run", "ours", "bar", "met")
    return f"{_line(names)}\n{_line(['-' * width for width in (*WIDTHS, 3)])}"


def line(row: Row) -> str:
    """Return a row as a line of text."""
    return _line((row.what, row.reference, row.ours, row.bar, "yes" if row.met else "NO"))


def program(measure: Callable[[bool], Sequence[Row]]) -> None:
    """Run a measurement with the command line's options. It is told whether a quick look at few bots is enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="few bots and repeats: whether it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="rows as JSON, for the table of all")
    options = parser.parse_args()
    rows = measure(options.quick)
    if options.json:
        json.dump([asdict(row) for row in rows], sys.stdout)
    else:
        print(heading(), *map(line, rows), sep="\n")


def _line(cells: Sequence[str]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, (*WIDTHS, 3), strict=True)).rstrip()
