"""Bot files: YAML or JSON read to values, with the line that each value stands on. Knows nothing of specs.

Plain scalars are read as YAML 1.2 reads them: `on`, `no` and `12:30` are strings, so `cycle: {on: candle}` means what it says.
"""

import json
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from styrman.cli.exits import Failure

_CORE_SCHEMA = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", "~nN"),
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "tag:yaml.org,2002:int": (r"[-+]?[0-9]+", "-+0123456789"),
    "tag:yaml.org,2002:float": (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    "tag:yaml.org,2002:merge": (r"<<", "<"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a file: its value, and the YAML node it was read from."""

    value: object
    node: yaml.Node

    def line(self, loc: Sequence[str | int] = ()) -> int:
        """Return the line (from 1) on which the value at a path stands, or the nearest thing around it that is there."""
        node, at = self.node, self.node
        for part in loc:
            found = _child(node, part)
            if found is None:
                break
            at, node = found
        return int(at.start_mark.line) + 1


class _Loader(yaml.SafeLoader):
    """The safe loader with the core schema of YAML 1.2, refusing a key that stands twice."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - the library's own class attribute

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002 - overrides the library's
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} stands twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Read 010 as ten: YAML 1.2 has no bare octals."""
        return int(node.value)


for _tag, (_pattern, _first) in _CORE_SCHEMA.items():
    _Loader.add_implicit_resolver(_tag, re.compile(f"(?:{_pattern})$"), [*_first, ""] if _tag.endswith("null") else list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def read_entries(path: Path, text: str) -> list[Entry]:
    """Return the entries of a bot file: of each document, the list's items or the one thing it holds. Failure names file and line."""
    try:
        loader = _Loader(_as_yaml(text))
        entries: list[Entry] = []
        while loader.check_node():
            entries += _entries(loader, loader.get_node())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise Failure(f"{where}: {error.problem or error.context}; nothing was applied.") from None
    except yaml.YAMLError as error:
        raise Failure(f"{path} is not text that YAML allows: {' '.join(str(error).split())}; nothing was applied.") from None
    return entries


def read_scalar(text: str) -> object:
    """Return what a value on the command line means: a YAML scalar or flow, else the text itself."""
    try:
        return _Loader(text).get_single_data() if text else ""
    except yaml.YAMLError:
        return text


def _entries(loader: _Loader, node: yaml.Node | None) -> list[Entry]:
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return []
    value = loader.construct_document(node)
    if isinstance(node, yaml.SequenceNode) and isinstance(value, list):
        return [Entry(each, part) for each, part in zip(value, node.value, strict=True)]
    return [Entry(value, node)]


def _as_yaml(text: str) -> str:
    """Return JSON as YAML can read it: JSON allows tabs between tokens (and none inside strings), YAML doesn't."""
    try:
        json.loads(text)
    except ValueError:
        return text
    return text.replace("\t", " ")


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return where a field or item is named and the node of its value; None where it isn't there."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    if isinstance(node, yaml.MappingNode):
        # What was merged in stands before the mapping's own keys, which win.
        return next(((key, value) for key, value in reversed(node.value) if key.value == str(part)), None)
    return None
