"""The sentry: keeps at the venue the orders that protect positions, as `resting` says they should be, whether or not a bot's task runs.

Level-triggered: each look compares what rests with what should and takes one step. What rests wrongly is cancelled first, and only
once the venue has confirmed its end is anything placed anew; meanwhile, and always, the caretaker watches the prices.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from styrman.clock import Clock
from styrman.domain.orders import Intent, IntentState
from styrman.errors import StyrmanError
from styrman.log import get_logger
from styrman.ports import RunOrder
from styrman.trading.execution import Desk
from styrman.trading.owned import OwnedTasks
from styrman.trading.post import Post
from styrman.trading.protection_events import resting_event
from styrman.trading.protections import Barrier, exit_side
from styrman.trading.refusals import REFUSED
from styrman.trading.resting import (
    Leg,
    barrier_of,
    closing,
    excess,
    fault,
    is_stop,
    is_triggered,
    legs,
    missing,
    reduces_only,
    run_id,
    slack,
    strays,
    works,
)
from styrman.trading.trader import LiveOrder, Trader

log = get_logger()


@dataclass(frozen=True, slots=True)
class Step:
    """What one look found to do: orders to cancel or, where there are none, legs to place."""

    cancels: tuple[LiveOrder, ...] = ()
    places: tuple[Leg, ...] = ()


class Sentry:
    """Drives the resting protections of all accounts, one step at a time a bot and instrument."""

    def __init__(
        self,
        desks: Mapping[str, Desk],
        *,
        clock: Clock,
        tasks: OwnedTasks,
        is_exiting: Callable[[Trader, str], bool],
        rejected: Callable[[Trader, str, Barrier], None],
    ) -> None:
        self._desks = desks
        self._clock = clock
        self._tasks = tasks
        self._is_exiting = is_exiting  # whether the position is being closed, hence what rests is not the sentry's to move
        self._rejected = rejected  # the venue said no to a stop: the position is to be exited
        self._posts: dict[tuple[str, str], Post] = {}  # by bot id and instrument
        self._relieved: set[str] = set()  # bots whose protections come off for good
        self._is_closed = False

    def close(self) -> None:
        """Place and move nothing more. What rests stays."""
        self._is_closed = True

    def post(self, trader: Trader, instrument: str) -> Post:
        """Return what is remembered of a position's protections."""
        return self._posts.setdefault((trader.bot_id, instrument), Post())

    def relieve(self, trader: Trader) -> None:
        """Want no protections for a bot: it is being deleted."""
        self._relieved.add(trader.bot_id)

    def resume(self, trader: Trader) -> None:
        """Want protections for a bot again: it was not deleted after all."""
        self._relieved.discard(trader.bot_id)

    def leave(self, trader: Trader) -> None:
        """Forget a deleted bot."""
        self._relieved.discard(trader.bot_id)
        for key in [key for key in self._posts if key[0] == trader.bot_id]:
            del self._posts[key]

    # ------------------------------------------------------------ one look, one step

    def look(self, trader: Trader, instrument: str) -> None:
        """Compare, and see to a difference in the background. Cheap where there is none, and where one is being seen to."""
        post = self.post(trader, instrument)
        if post.task is None and self._step(trader, instrument, post) is not None:
            post.task = self._tasks.start(self._take(trader, instrument, post), name=f"protect:{trader.bot_id}:{instrument}")
            post.task.add_done_callback(partial(self._taken, trader, instrument, post))

    async def _take(self, trader: Trader, instrument: str, post: Post) -> None:
        """Take one step. From the decision until the desk has its orders nothing is awaited, so that both are of one moment."""
        step = self._step(trader, instrument, post)
        if step is None:
            return
        try:
            if step.cancels:
                post.cancels(step.cancels, self._clock.monotonic())
                desk = self._desks[trader.record.account]
                await desk.cancel(trader, step.cancels, reason="what it protects has changed")
            else:
                post.places(self._clock.monotonic())
                self._judge(trader, instrument, post, await self._place(trader, instrument, step.places))
        except StyrmanError as error:
            log.warning("protection could not be placed; watched", bot_id=trader.bot_id, instrument=instrument, error=error.detail)
            post.is_refused(self._clock.monotonic())

    def _taken(self, trader: Trader, instrument: str, post: Post, task: asyncio.Task[None]) -> None:
        post.task = None
        if task.cancelled():
            return
        if task.exception() is not None:
            post.is_refused(self._clock.monotonic())
        self.look(trader, instrument)

    def _step(self, trader: Trader, instrument: str, post: Post) -> Step | None:
        """Return what is to be done now; None where nothing is, or where something has to end or to be known first."""
        desk = self._desks[trader.record.account]
        is_ours = desk.recovered.is_set() and desk.traders.get(trader.bot_id) is trader  # else not known yet, or deleted
        is_listed = instrument in desk.venue.instruments()  # what rests of one that is not (for now) is the venue's to take off
        if self._is_closed or not is_ours or not is_listed or self._is_exiting(trader, instrument):
            return None
        resting = [order for order in trader.orders(instrument) if order.is_guard]
        if any(not works(order) or is_triggered(order) for order in resting):
            return None
        wanted = self._wanted(trader, instrument)
        if not (wanted or resting):
            post.rest()
            return None
        return self._cancels(trader, instrument, resting, wanted) or self._places(trader, instrument, resting, wanted)

    def _wanted(self, trader: Trader, instrument: str) -> tuple[Leg, ...]:
        desk, guard, holding = self._desks[trader.record.account], trader.memory.guards.get(instrument), trader.book.holding(instrument)
        rules = desk.venue.instruments().get(instrument)
        if guard is None or rules is None or not holding.quantity or trader.bot_id in self._relieved:
            return ()
        opposing = desk.blotter.opposing(trader, instrument, exit_side(holding))
        return legs(guard, holding, rules, desk.venue.capabilities, closing=closing(trader, instrument), opposing=opposing)

    def _cancels(self, trader: Trader, instrument: str, resting: Sequence[LiveOrder], wanted: Sequence[Leg]) -> Step | None:
        """Return what is to come off. While it is too early to place anything, only what could close too much."""
        post, venue = self.post(trader, instrument), self._desks[trader.record.account].venue
        if self._clock.monotonic() < post.places_at():
            cancels = excess(resting, wanted)
        else:
            cancels = strays(resting, wanted, self._lags(trader, instrument, wanted), apart=reduces_only(venue.capabilities))
        if not cancels or self._is_early(trader, instrument, post.cancels_at(cancels)):
            return None
        return Step(cancels=cancels)

    def _lags(self, trader: Trader, instrument: str, wanted: Sequence[Leg]) -> list[Decimal]:
        """Return by how much each leg's order may be looser: any, while it is too early to move a trailing stop again."""
        post, guard = self.post(trader, instrument), trader.memory.guards.get(instrument)
        if guard is None:
            return [Decimal(0) for _ in wanted]
        if guard.trailing is not None and self._is_early(trader, instrument, post.moves_at()):
            return [leg.price if leg.is_stop else Decimal(0) for leg in wanted]
        rules = self._desks[trader.record.account].venue.instruments()[instrument]
        return [slack(guard, leg, rules) for leg in wanted]

    def _places(self, trader: Trader, instrument: str, resting: Sequence[LiveOrder], wanted: Sequence[Leg]) -> Step | None:
        post, places = self.post(trader, instrument), missing(resting, wanted)
        if not places or self._is_early(trader, instrument, post.places_at()):
            return None
        return Step(places=places)

    def _is_early(self, trader: Trader, instrument: str, at: float) -> bool:
        """Whether it is before a time; another look is arranged for then."""
        if self._clock.monotonic() >= at:
            return False
        post = self.post(trader, instrument)
        if post.looks_at < at:
            post.looks_at = at
            self._tasks.start(self._look_at(trader, instrument, at), name=f"protect:{trader.bot_id}:{instrument}:later")
        return True

    async def _look_at(self, trader: Trader, instrument: str, at: float) -> None:
        await self._clock.sleep(at - self._clock.monotonic())
        self.look(trader, instrument)

    # ------------------------------------------------------------ placing

    async def _place(self, trader: Trader, instrument: str, places: Sequence[Leg]) -> list[LiveOrder]:
        desk = self._desks[trader.record.account]
        intents = [self._intent(desk, trader, instrument, leg) for leg in places]
        if len(intents) > 1 and desk.venue.capabilities.order_lists:
            stop, target = intents
            return await desk.place_pair(trader, stop, target)
        return await desk.place(trader, intents)

    def _intent(self, desk: Desk, trader: Trader, instrument: str, leg: Leg) -> Intent:
        request = leg.request(instrument, reduce_only=reduces_only(desk.venue.capabilities))
        run = RunOrder(bot_id=trader.bot_id, run_id=run_id(leg, request), epoch=0, generation=trader.record.generation)
        return desk.prepare(request, run, origin="guard")

    def _judge(self, trader: Trader, instrument: str, post: Post, orders: Sequence[LiveOrder]) -> None:
        """Take in the venue's answer. A stop that it rejects turns into an exit, unless the fault is provably our own."""
        desk, refused = self._desks[trader.record.account], [order for order in orders if order.intent.state in REFUSED]
        if not refused:
            desk.tell(resting_event("ProtectionMoved" if post.was_placed else "ProtectionPlaced", orders, at=self._clock.now()))
            post.was_placed = True
            return
        post.is_refused(self._clock.monotonic())
        rules, reason = desk.venue.instruments()[instrument], refused[0].intent.reason
        log.error("protection refused", bot_id=trader.bot_id, instrument=instrument, reason=reason)
        desk.tell(resting_event("ProtectionRefused", refused, at=self._clock.now(), reason=reason))
        for order in refused:
            # A `failure` is none of the order's: a credential, or a request of a kind that the venue never takes.
            is_no = order.intent.state is IntentState.REJECTED and order.failure is None
            if is_stop(order) and is_no and not fault(order.intent.request, rules):
                self._rejected(trader, instrument, barrier_of(order.intent))
