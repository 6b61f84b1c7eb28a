"""No order of faults, fills, cancels, halts, claims, crashes and time makes the book differ from the venue, or two orders of an intent."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from styrman.config import Settings
from styrman.domain.market import Side
from styrman.domain.orders import Fill
from styrman.domain.records import SYSTEM_SCOPE, HaltLatch
from styrman.errors import Conflict, StoreFailed, VenueError, VenueUnavailable
from styrman.ports import ClientIdClass
from styrman.telemetry import Instrumentation
from unit.trading.lossy_venue import BTC, Fault
from unit.trading.order_rig import OrderRig

CALM_S = 120
RARELY = st.sampled_from([False, False, False, True])
AWAY = VenueUnavailable("the venue is away")
# The venues of section 5: by our id or not, with a deadline for requests or without one.
KINDS = {"A": (ClientIdClass.A, True), "B": (ClientIdClass.B, True), "endless": (ClientIdClass.A, False)}
FAULTS = st.sampled_from([Fault.NONE] * 6 + [fault for fault in Fault if fault is not Fault.HANGS])


class ExecutionMachine(RuleBasedStateMachine):
    """One account, one bot, a venue that loses what it can, and a process that dies at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = TemporaryDirectory()
        self._telemetry = Instrumentation(Settings(home=Path(self._folder.name), profile="embedded"))
        self.rig = self._runner.run(self._open())
        self._asking: set[asyncio.Task[object]] = set()
        self._outside: dict[str, int] = {}  # the venue's id of an order of somebody else's: how many of its trades are not the bot's
        self._bugs: list[BaseException] = []  # what nobody should have been told
        self._halted_at: int | None = None  # requests until the gate closed

    async def _open(self) -> OrderRig:
        rig = OrderRig(self._telemetry)
        await rig.open()
        return rig

    @initialize(kind=st.sampled_from(sorted(KINDS)), nameless=st.booleans())
    def choose(self, *, kind: str, nameless: bool) -> None:
        """Choose what kind of venue it is."""
        known_by, has_deadline = KINDS[kind]
        able = self.rig.venue.capabilities
        window = able.window if has_deadline else None
        self.rig.venue.capabilities = replace(able, client_id_class=known_by, window=window)
        self.rig.venue.is_nameless = nameless

    # ------------------------------------------------------------ what we do

    @rule(side=st.sampled_from(Side), quantity=st.sampled_from(["1", "2"]), price=st.sampled_from(["100", "100", None]), fault=FAULTS)
    def place(self, side: Side, quantity: str, price: str | None, fault: Fault) -> None:
        self._ask(lambda: self.rig.place(side, quantity, price), fault)

    @rule(fault=FAULTS)
    def place_pair(self, fault: Fault) -> None:
        self._ask(lambda: self.rig.desk.place_pair(self.rig.trader, *self.rig.pair()), fault)

    @rule(price=st.sampled_from(["100", None]), fault=FAULTS, turns=st.integers(0, 12))
    def place_and_die(self, price: str | None, fault: Fault, turns: int) -> None:
        """The process dies between any two steps of a send."""
        self._ask(lambda: self.rig.place(price=price), fault, turns=turns)
        self.die_and_boot()

    @rule(price=st.sampled_from(["100", None]), turns=st.integers(0, 6))
    def place_and_halt(self, price: str | None, turns: int) -> None:
        """The gate closes between any two steps of a send."""
        self._ask(lambda: self.rig.place(price=price), turns=turns)
        self.halt(closed=True)
        self._settle()

    def _ask(self, work: Callable[[], Coroutine[object, object, object]], fault: Fault = Fault.NONE, turns: int | None = None) -> None:
        self.rig.venue.faults.clear()
        self.rig.venue.faults.append(fault)
        self._runner.run(self._start(work, turns))

    async def _start(self, work: Callable[[], Coroutine[object, object, object]], turns: int | None) -> None:
        task: asyncio.Task[object] = asyncio.create_task(work(), name="test:ask")
        self._asking.add(task)
        task.add_done_callback(self._ended)
        if turns is None:
            await self.rig.clock.settle()
        else:
            for _ in range(turns):
                await asyncio.sleep(0)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._asking.discard(task)
        if not task.cancelled() and not isinstance(error := task.exception(), StoreFailed | Conflict | VenueError | None):
            self._bugs.append(error)

    @rule()
    def cancel_everything(self) -> None:
        self._ask(lambda: self.rig.desk.cancel(self.rig.trader, self.rig.trader.orders(), reason="test"))

    @rule()
    def leave(self) -> None:
        """Whoever waits for an answer waits no longer."""
        self._runner.run(self._leave())

    async def _leave(self) -> None:
        for task in tuple(self._asking):
            task.cancel()
        await self.rig.clock.settle()

    @rule(closed=st.booleans())
    def halt(self, *, closed: bool) -> None:
        latch = HaltLatch(scope=SYSTEM_SCOPE, closed=True, at=self.rig.clock.now(), actor="test")
        if closed:
            self.rig.gates.close(latch)
            self._halted_at = self._requests() if self._halted_at is None else self._halted_at
        else:
            self.rig.gates.open(SYSTEM_SCOPE)
            self._halted_at = None

    def _requests(self) -> int:
        """Count what was sent but protections, which pass a halt."""
        return sum(times for name, times in self.rig.venue.requests.items() if name not in self.rig.protections)

    # ------------------------------------------------------------ what the world does

    @precondition(lambda self: self.rig.venue.working)
    @rule(part=st.sampled_from([True, True, False]))
    def trade(self, *, part: bool) -> None:
        order = self.rig.venue.working[0]
        left = order.quantity - order.filled
        self.rig.venue.trade(order, str(left / 2) if part else None)
        self._settle()

    @precondition(lambda self: self.rig.venue.working)
    @rule()
    def expire(self) -> None:
        self.rig.venue.expire(self.rig.venue.working[-1])
        self._settle()

    @rule(name=st.sampled_from([None, "web"]), part=st.booleans())
    def outsider(self, *, name: str | None, part: bool) -> None:
        """Somebody else places an order at the account."""
        order = self.rig.outsider(name=name and f"{name}{len(self.rig.venue.orders)}")
        if part:
            self.rig.venue.trade(order, "1")
        self._outside[order.venue_order_id] = -1
        self._settle()

    @precondition(lambda self: any(trades < 0 for trades in self._outside.values()))
    @rule()
    def claim(self) -> None:
        """A person gives that order to the bot."""
        venue_order_id = next(name for name, trades in self._outside.items() if trades < 0)
        report = self.rig.venue.read(venue_order_id)
        before = len(self._trades(venue_order_id))
        self._ask(lambda: self.rig.desk.claim(self.rig.trader, report))
        if self.rig.desk.blotter.find(None, venue_order_id) is not None:
            self._outside[venue_order_id] = before
        else:
            self._runner.run(self._leave())

    def _trades(self, venue_order_id: str) -> list[Fill]:
        return [fill for fill in self.rig.venue.fills if fill.venue_order_id == venue_order_id]

    @rule(mute=RARELY, repetitive=st.booleans(), deaf=st.sampled_from([0, 0, 2]))
    def mood(self, *, mute: bool, repetitive: bool, deaf: int) -> None:
        self.rig.venue.is_mute, self.rig.venue.is_repetitive, self.rig.venue.deaf_cancels = mute, repetitive, deaf

    @rule(away=RARELY)
    def come_and_go(self, *, away: bool) -> None:
        self.rig.venue.away = AWAY if away else None

    @rule(open_=RARELY.map(lambda rare: not rare))
    def answers(self, *, open_: bool) -> None:
        (self.rig.venue.may_answer.set if open_ else self.rig.venue.may_answer.clear)()
        self._settle()

    @rule(free=RARELY.map(lambda rare: not rare))
    def budget(self, *, free: bool) -> None:
        (self.rig.venue.may_turn.set if free else self.rig.venue.may_turn.clear)()
        self._settle()

    @rule(failing=st.sampled_from(["", "", "the disk is full"]))
    def journal(self, failing: str) -> None:
        self.rig.store.failing = failing

    @rule(seconds=st.sampled_from([0.6, 3.0, 8.0, 40.0]))
    def let_time_pass(self, seconds: float) -> None:
        self._runner.run(self.rig.clock.advance(seconds))

    @rule()
    def die_and_boot(self) -> None:
        self.rig.store.failing, self.rig.venue.away = "", None
        self._runner.run(self._crash())
        self._halted_at = None

    async def _crash(self) -> None:
        waiting = tuple(self._asking)
        await self.rig.crash()
        for task in waiting:
            task.cancel()
        await self.rig.clock.settle()

    def _settle(self) -> None:
        self._runner.run(self.rig.clock.settle())

    # ------------------------------------------------------------ what holds

    @invariant()
    def who_asks_is_told_of_faults_alone(self) -> None:
        assert not self._bugs

    @invariant()
    def one_intent_makes_at_most_one_order(self) -> None:
        assert all(times == 1 for times in self.rig.venue.requests.values())

    @invariant()
    def nothing_is_sent_while_the_gate_is_closed(self) -> None:
        assert self._halted_at in (None, self._requests())

    @invariant()
    def a_class_b_instrument_has_one_unresolved_request(self) -> None:
        unresolved = [order for order in self.rig.trader.live.values() if order.intent.state.is_unresolved]
        requests = {order.intent.group_id or order.intent.intent_id for order in unresolved}
        assert self.rig.venue.capabilities.client_id_class is ClientIdClass.A or len(requests) <= 1

    @invariant()
    def the_book_never_counts_what_did_not_trade(self) -> None:
        sums: set[Decimal] = {Decimal(0)}
        for fill in self._own_fills():  # every sum of them, some not told yet
            sums |= {total + fill.side.sign * fill.quantity for total in sums}
        assert self.rig.trader.position(BTC) in sums

    def _own_fills(self) -> list[Fill]:
        """Return the venue's fills that belong into the bot's book: those of its orders, and of a claimed one those after the claim."""
        foreign = [trade for name, before in self._outside.items() for trade in self._trades(name)[: None if before < 0 else before]]
        return [fill for fill in self.rig.venue.fills if fill not in foreign]

    def teardown(self) -> None:
        """In calm weather the book is what the venue says, and every intent has one final, journaled outcome."""
        try:
            self._runner.run(self._calm_down())
        finally:
            self._runner.close()
            self._telemetry.close()
            self._folder.cleanup()

    async def _calm_down(self) -> None:
        rig = self.rig
        rig.store.failing, rig.venue.away = "", None
        rig.venue.is_mute, rig.venue.deaf_cancels = False, 0
        rig.venue.faults.clear()
        rig.venue.may_answer.set()
        rig.venue.may_turn.set()
        await rig.clock.advance(CALM_S)
        await rig.crash()  # with whatever works: its trades are known again, each once
        await rig.resolver.refresh_all(rig.desk)
        await rig.desk.cancel(rig.trader, rig.trader.orders(), reason="the end")
        await rig.clock.advance(CALM_S)
        await self._decide()
        live = [order.intent for order in rig.trader.live.values()]
        in_book, traded = rig.position, sum((fill.side.sign * fill.quantity for fill in self._own_fills()), Decimal(0))
        await rig.crash()  # a final state that the journal missed is asked for again
        await rig.clock.advance(CALM_S)
        left = (await rig.store.boot()).open_intents
        after, booked, fills = rig.position, await rig.booked(), await rig.fills_booked()
        await rig.close()

        assert live == left == []
        assert in_book == traded == after == booked == fills

    async def _decide(self) -> None:
        """Where the venue enforces no deadline, only a person can say that an order is not there."""
        if self.rig.venue.capabilities.window is None:
            for order in self.rig.trader.orders():
                await self.rig.desk.decide(self.rig.trader, order.intent.intent_id, reason="it is nowhere to be seen")


TestExecution = ExecutionMachine.TestCase
TestExecution.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
