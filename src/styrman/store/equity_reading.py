"""The queries over all bots' equity at once. Each seeks bot by bot: the table is long, and its index begins with the bot."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from styrman.domain.records import EquityPoint
from styrman.store import tables
from styrman.store.columns import to_micros

_POINTS = tables.EQUITY.table


def at(connection: Connection, moment: datetime) -> dict[str, EquityPoint]:
    """Return each bot's last point at or before a moment, by bot id."""
    bots, own = tables.BOTS.table, _POINTS.alias()
    last = (
        select(own.c.seq)
        .where(own.c.bot_id == bots.c.bot_id, own.c.at <= to_micros(moment))
        .order_by(own.c.at.desc(), own.c.seq.desc())
        .limit(1)
        .correlate(bots)
        .scalar_subquery()
    )
    found = connection.execute(select(*tables.EQUITY.selected).select_from(bots).join(_POINTS, _POINTS.c.seq == last))
    return {point.bot_id: point for point in map(tables.EQUITY.decode, found)}


def steps(connection: Connection, bot_ids: Sequence[str], since: datetime, step: timedelta) -> list[EquityPoint]:
    """Return these bots' points after a time, of each span of `step` the one recorded last; by bot, oldest first."""
    since_us, step_us = to_micros(since), step // timedelta(microseconds=1)
    last = (
        select(func.max(_POINTS.c.seq).label("seq"))
        .where(_POINTS.c.bot_id.in_(bot_ids), _POINTS.c.at > since_us)
        .group_by(_POINTS.c.bot_id, (_POINTS.c.at - since_us) // step_us)
        .subquery()
    )
    query = select(*tables.EQUITY.selected).join(last, last.c.seq == _POINTS.c.seq).order_by(_POINTS.c.bot_id, _POINTS.c.at)
    return [tables.EQUITY.decode(values) for values in connection.execute(query)]
