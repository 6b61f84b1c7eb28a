"""A Wing-Gong search: is there one order of all operations, each within its own span of time, that a bot's register explains?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

DESIRES = {"start": "RUNNING", "stop": "STOPPED"}


class Register(NamedTuple):
    """What a bot is to its clients: what is desired of it, and how many changes it took."""

    generation: int
    desired: str


@dataclass(frozen=True)
class Operation:
    """One call. `seen` is its answer; None: the service died first, so it happened before `returned`, or never."""

    action: str  # start | stop | read
    invoked: float
    returned: float = inf
    seen: Register | None = None
    changed: bool = False  # answered 202, not 200

    def applied_to(self, before: Register) -> Iterator[Register]:
        """Yield the register after this operation, where its answer could be what it is."""
        desired = DESIRES.get(self.action, before.desired)
        changes = desired != before.desired
        after = Register(before.generation + changes, desired)
        if self.seen is None or (self.seen == after and self.changed == changes):
            yield after


Places = frozenset[tuple[Register, frozenset[Operation]]]  # where one could be: the register, and the open operations that took place


def explain(history: Iterable[Operation], start: Register) -> Operation | None:
    """Return None where the history is linearizable, else the operation whose answer no order explains."""
    moments = [(op.invoked, False, op) for op in history] + [(op.returned, True, op) for op in history]
    places: Places = frozenset({(start, frozenset())})
    pending: set[Operation] = set()
    for _, returns, op in sorted(moments, key=lambda moment: moment[:2]):
        if not returns:
            pending.add(op)
            continue
        reached = _closure(places, pending)
        took_place = frozenset((register, done - {op}) for register, done in reached if op in done)
        never = frozenset(place for place in reached if op not in place[1]) if op.seen is None else frozenset()
        places = took_place | never
        pending.remove(op)
        if not places:
            return op
    return None


def _closure(places: Places, pending: set[Operation]) -> Places:
    """Return every place that can be reached by letting pending operations take place, in any order."""
    reached, edge = set(places), list(places)
    while edge:
        register, done = edge.pop()
        for op in pending - done:
            for after in op.applied_to(register):
                place = (after, done | {op})
                if place not in reached:
                    reached.add(place)
                    edge.append(place)
    return frozenset(reached)
