"""Specs on their way to the service: from options, from a file whose faults are named by line, from an editor."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path

import yaml

from styrman.cli.client import ApiFailure, bot_path
from styrman.cli.columns import Row
from styrman.cli.documents import Entry, read_entries, read_scalar
from styrman.cli.exits import ExitCode, Failure, UsageFailure
from styrman.cli.session import Session

_STDIN = Path("-")
_STALE = 412


def pairs(given: Sequence[str] | None, *, typed: bool) -> Row:
    """Return KEY=VALUE options as an object; `typed` reads values as YAML does: numbers, lists, booleans."""
    split = [(key, equals, value) for key, equals, value in (each.partition("=") for each in given or ())]
    wrong = next((key for key, equals, _ in split if not equals or not key), None)
    if wrong is not None:
        raise UsageFailure(f"{wrong!r} is no pair; write KEY=VALUE.")
    return {key: read_scalar(value) if typed else value for key, _, value in split}


def create(session: Session, spec: Row, file: Path | None, reason: str) -> Row:
    """Create the bot that the options or the file describe."""
    if file is None:
        return session.api.post("/bots", spec, reason=reason)
    entries = _read(file)
    if len(entries) != 1:
        raise UsageFailure(f"{file} holds {len(entries)} bots, create takes one; send them all with: styrman bot apply -f {file}")
    with _lines(file, entries, is_list=False):
        return session.api.post("/bots", entries[0].value, reason=reason)


def apply(session: Session, file: Path, reason: str) -> Row:
    """Apply every bot of a file, all or nothing."""
    entries = _read(file)
    if not entries:
        raise UsageFailure(f"{file} holds no bots.")
    with _lines(file, entries, is_list=True):
        return session.api.post("/bots/apply", [entry.value for entry in entries], reason=reason)


def delete(session: Session, ids: Sequence[str], options: Row) -> tuple[list[Row], Failure | None]:
    """Delete bots one by one; return those that are gone, and the failure where some are not."""
    deleted: list[Row] = []
    refusals: list[ApiFailure] = []
    for bot_id in ids:
        try:
            session.api.send("DELETE", bot_path(bot_id), params=options)
            deleted.append({"id": bot_id, "result": "deleted"})
        except ApiFailure as refusal:
            refusals.append(refusal)
    if not refusals:
        return deleted, None
    code = ExitCode.PARTLY if deleted else refusals[0].code
    return deleted, Failure("\n".join(refusal.message for refusal in refusals), code)


def edit(session: Session, bot_id: str, reason: str) -> Row | None:
    """Open the bot's spec in the editor and put what comes back; None where nothing was changed. The draft of a failure is kept."""
    answer = session.api.send("GET", bot_path(bot_id))
    before = _yaml(answer.body)
    draft = Path(tempfile.mkdtemp(prefix="styrman-")) / f"{bot_id}.yaml"
    draft.write_text(before, encoding="utf-8")
    _open_editor(draft)
    after = draft.read_text(encoding="utf-8")
    if after == before:
        _discard(draft)
        session.say("Nothing was changed.")
        return None
    try:
        put = _put(session, bot_id, draft, answer.etag, reason)
    except Failure as failure:
        theirs = _difference(session, bot_id, before, after) if failure.code is ExitCode.CONFLICT else ""
        raise Failure(f"{failure.message}{theirs}\nYour text is kept in {draft}.", failure.code) from None
    _discard(draft)
    return put


def _put(session: Session, bot_id: str, draft: Path, etag: str | None, reason: str) -> Row:
    entries = _read(draft)
    if len(entries) != 1:
        raise Failure(f"{draft} holds {len(entries)} bots instead of one; nothing was changed.")
    with _lines(draft, entries, is_list=False):
        headers = {"If-Match": etag} if etag else None
        return session.api.send("PUT", bot_path(bot_id), body=entries[0].value, params={"reason": reason or None}, headers=headers).body


def _difference(session: Session, bot_id: str, before: str, after: str) -> str:
    """Return both sides of a conflict: what they changed since we looked, and what we wanted to change."""
    now = _yaml(session.api.get(bot_path(bot_id)))
    sides = (("theirs", before, now), ("yours", before, after))
    return "".join(f"\n{''.join(unified_diff(old.splitlines(True), new.splitlines(True), 'before', name))}" for name, old, new in sides)


@contextmanager
def _lines(file: Path, entries: Sequence[Entry], *, is_list: bool) -> Iterator[None]:
    """Tell the faults that the API finds in a file's entries by the file's lines."""
    try:
        yield
    except ApiFailure as failure:
        problem = failure.problem
        if not problem.errors:
            raise
        faults = "".join(f"\n{_place(file, entries, loc, is_list=is_list)}: {message}" for loc, message in problem.errors)
        raise Failure(f"{problem.detail}{faults}", failure.code) from None


def _place(file: Path, entries: Sequence[Entry], loc: tuple[str | int, ...], *, is_list: bool) -> str:
    path = loc[1:] if loc[:1] == ("body",) else loc
    index, rest = (path[0], path[1:]) if is_list and path else (0, path)
    if not isinstance(index, int) or index >= len(entries):
        return str(file)
    field = ".".join(map(str, rest))
    return f"{file}:{entries[index].line(rest)}" + (f": {field}" if field else "")


def _read(file: Path) -> list[Entry]:
    try:
        text = sys.stdin.read() if file == _STDIN else file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageFailure(f"{file} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise UsageFailure(f"{file} is no UTF-8 text: {error}.") from None
    return read_entries(Path("stdin") if file == _STDIN else file, text)


def _open_editor(draft: Path) -> None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        ended = subprocess.run([*shlex.split(editor), str(draft)], check=False)  # noqa: S603 - the person's own editor
    except OSError as error:
        _discard(draft)
        raise UsageFailure(f"The editor {editor!r} does not start: {error.strerror}; set EDITOR.") from None
    if ended.returncode:
        raise Failure(f"The editor {editor!r} ended with {ended.returncode}; nothing was changed. Your text is kept in {draft}.")


def _discard(draft: Path) -> None:
    draft.unlink()
    draft.parent.rmdir()


def _yaml(bot: Row) -> str:
    dumped: str = yaml.safe_dump(bot.get("spec"), sort_keys=False, allow_unicode=True)
    return dumped
