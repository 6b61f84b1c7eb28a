"""Which command a bulk action is for each of its bots. What needs more than a change of the record is the manager's own."""

from collections.abc import Mapping
from functools import partial

from pydantic import JsonValue, TypeAdapter, ValidationError

from styrman.domain.bots import StopOptions
from styrman.errors import FieldError, InvalidSpec
from styrman.manager import commands
from styrman.manager.state import Change

LONGEST_STOP_S = 3600.0
BULK: Mapping[str, Change] = {
    "start": commands.start,
    "restart": commands.restart,
    "pause": commands.pause,
    "reset": commands.reset,
}
BULK_ACTIONS = ("start", "stop", "restart", "pause", "resume", "reset", "flatten", "halt", "unhalt", "delete")
OPTIONS: Mapping[str, tuple[str, ...]] = {"stop": ("orders", "positions", "timeout_s"), "halt": ("flatten",)}


def bulk_change(action: str, options: Mapping[str, JsonValue]) -> Change:
    """Return what a bulk action does to each bot. InvalidSpec."""
    if action == "stop":
        return partial(commands.stop, stop_options(options))
    if action not in BULK:
        allowed = ", ".join(BULK_ACTIONS)
        raise InvalidSpec(
            f"There is no bulk action {action!r}; there are: {allowed}.", [FieldError(("action",), "unknown action", BULK_ACTIONS)]
        )
    return BULK[action]


def stop_options(options: Mapping[str, JsonValue]) -> StopOptions:
    """Return how bots are to be stopped. InvalidSpec: an endless wait has no form in the store, and its bots none after a boot."""
    try:
        chosen = TypeAdapter(StopOptions).validate_python(options)
    except ValidationError as error:
        raise InvalidSpec("The options of stop can't be used.", [FieldError(("options",), error.errors()[0]["msg"])]) from None
    if not 0 < chosen.timeout_s <= LONGEST_STOP_S:
        fault = FieldError(("options", "timeout_s"), f"give more than 0 and at most {LONGEST_STOP_S:g} seconds")
        raise InvalidSpec(f"A stop can't wait for {chosen.timeout_s:g} s: {fault.message}.", [fault])
    return chosen


def check_options(action: str, options: Mapping[str, JsonValue]) -> None:
    """Raise InvalidSpec where an action takes no such option: one that is not understood must not be passed over."""
    allowed = OPTIONS.get(action, ())
    if unknown := [name for name in options if name not in allowed]:
        takes = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
        fault = FieldError(("options", unknown[0]), "unknown option", allowed)
        raise InvalidSpec(f"{action} has no option {unknown[0][:60]!r}; {takes}.", [fault])


def flattens(options: Mapping[str, JsonValue]) -> bool:
    """Return whether a halt closes positions too. InvalidSpec."""
    wanted = options.get("flatten", False)
    if not isinstance(wanted, bool):
        raise InvalidSpec("The options of halt can't be used.", [FieldError(("options", "flatten"), "write true or false")])
    return wanted
