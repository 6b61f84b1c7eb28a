"""What history is past its time: found page by page on a reader, deleted by the writer in commits as small as the pages.

A journal is walked from its oldest row and no further than the first page with nothing old on it: no index on time needed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, or_, select, true

from styrman.domain.orders import IntentState
from styrman.ports import Retention
from styrman.store import tables
from styrman.store.columns import to_micros

PAGE = 500
ANSWERS_KEPT = timedelta(days=1)
_FINAL = [state.value for state in IntentState if state.is_final]

Doomed: TypeAlias = list[tuple[Column[object], list[object]]]  # columns, and the values of the rows to delete


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk over one table by its key. Rows that are `old` may be deleted; of these, those that are `doomed` are."""

    key: Column[object]
    old: ColumnElement[bool]
    doomed: ColumnElement[bool]
    is_journal: bool = True  # hence the rows are in the order of time

    def page(self, connection: Connection, after: object) -> tuple[Doomed, object | None]:
        """Return what to delete among the rows after a key, and the key to go on after; None at the end."""
        query = select(self.key, self.old, self.doomed).order_by(self.key).limit(PAGE)
        rows = connection.execute(query if after is None else query.where(self.key > after)).all()
        doomed: list[object] = [key for key, _, is_doomed in rows if is_doomed]
        goes_on = len(rows) == PAGE and (not self.is_journal or any(old for _, old, _ in rows))
        return self._with_fills(connection, doomed) if doomed else [], rows[-1][0] if goes_on else None

    def _with_fills(self, connection: Connection, doomed: list[object]) -> Doomed:
        intents, fills = tables.INTENTS.table, tables.FILLS.table
        if self.key.table is not intents:
            return [(self.key, doomed)]
        of_them = select(intents.c.intent_id).where(self.key.in_(doomed))
        theirs: list[object] = list(connection.execute(select(fills.c.seq).where(fills.c.intent_id.in_(of_them))).scalars())
        return [(fills.c.seq, theirs), (self.key, doomed)]


def walks(retention: Retention, now: datetime) -> list[Walk]:
    """Return a walk for each table that has a time limit."""
    found = [_answers(now)]
    if retention.events is not None:
        found += [_journal(tables.EVENTS.table, now - retention.events), _operations(now - retention.events)]
    if retention.equity is not None:
        found.append(_equity(now - retention.equity))
    if retention.intents is not None:
        found.append(_intents(now - retention.intents))
    return found


def _journal(table: Table, before: datetime) -> Walk:
    old = table.c.at < to_micros(before)
    return Walk(table.c.seq, old, old)


def _equity(before: datetime) -> Walk:
    """Of each bot that there is, the last point of the time before stays: it says what the bot has been worth since."""
    points, later, bots = tables.EQUITY.table, tables.EQUITY.table.alias(), tables.BOTS.table
    old = points.c.at < to_micros(before)
    same_bot = and_(later.c.bot_id == points.c.bot_id, later.c.at >= points.c.at, later.c.at < to_micros(before))
    has_later = select(later.c.seq).where(same_bot, or_(later.c.at > points.c.at, later.c.seq > points.c.seq)).exists()
    has_bot = select(bots.c.bot_id).where(bots.c.bot_id == points.c.bot_id).exists()
    return Walk(points.c.seq, old, and_(old, or_(has_later, ~has_bot)))


def _intents(before: datetime) -> Walk:
    intents = tables.INTENTS.table.c
    is_final = intents.state.in_(_FINAL)
    return Walk(intents.seq, intents.stamp < to_micros(before), and_(is_final, intents.updated_at < to_micros(before)))


def _answers(now: datetime) -> Walk:
    answers = tables.ANSWERS.table.c
    return Walk(answers.key, true(), answers.at < to_micros(now - ANSWERS_KEPT), is_journal=False)


def _operations(before: datetime) -> Walk:
    operations = tables.OPERATIONS.table.c
    is_past = and_(operations.state != "running", operations.at < to_micros(before))
    return Walk(operations.id, true(), is_past, is_journal=False)
