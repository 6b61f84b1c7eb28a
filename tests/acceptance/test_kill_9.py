"""A thousand bots and `kill -9` at random moments, between commands and in the midst of them: nothing that counts is lost.

`STYRMAN_KILLS=50` kills fifty times instead of five; `STYRMAN_SEED` repeats the choice of bots and moments.
"""

import itertools
import os
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx

from acceptance.service import Bot, Service, idle, spec, until
from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.bots import MOVES, Observed
from styrman.domain.events import Event, EventKind
from styrman.domain.market import Side, from_ms
from styrman.domain.orders import Fill, Intent, IntentState, OrderReport
from styrman.domain.records import Boot
from styrman.ports import Order, PageRequest
from styrman.store.repositories import SqlStore
from styrman.venues.simulated import SimulatedVenue

KILLS = int(os.environ.get("STYRMAN_KILLS", "5"))
SEED = int(os.environ.get("STYRMAN_SEED", "9"))
BOTS = 1000
INSTRUMENTS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT")
DEPOSIT = Decimal(100_000_000)
CONFIG = f'[venues.sim]\nadapter = "simulated"\nspeed = 60\nfee_in_base = true\nbalances = {{USDT = "{DEPOSIT}"}}\n'
COMMANDERS = 4
RUNNING_AGAIN_S = 5.0
LOST_COUNTS_S = 2.0
EVERYTHING = PageRequest(limit=10_000_000, order=Order.OLDEST_FIRST)


def specs() -> Iterator[dict[str, object]]:
    """Return nine idle bots in ten; the others trade, half of them with resting orders, at a candle a second."""
    for number in range(BOTS):
        instrument = INSTRUMENTS[number % len(INSTRUMENTS)]
        trading: dict[str, object] = {"instruments": [instrument], "capital": "10000", "timeframe": "1m"}
        match number % 20:
            case 0:
                yield spec(f"cross-{number:03}", "ema_cross", params={"fast": 2, "slow": 3}, **trading)
            case 1:
                yield spec(f"grid-{number:03}", "grid", params={"levels": 3, "step": 0.001}, **trading)
            case _:
                yield idle(f"idle-{number:03}", capital="100")


@dataclass
class Told:
    """What the service has acknowledged of one bot: nothing of it may be lost. `open_action`: a command without an answer yet."""

    generation: int
    desired: str
    acknowledged: dict[int, str] = field(default_factory=dict)  # action by generation
    open_action: str | None = None

    def allows(self, bot: Bot) -> bool:
        """Whether a bot may look like this: as acknowledged, or one step further where a command was under way."""
        seen = (bot["generation"], bot["desired"])
        further = (self.generation + 1, DESIRES.get(self.open_action or "", ""))
        return seen in ((self.generation, self.desired), further)


DESIRES = {"start": "RUNNING", "stop": "STOPPED"}


class Commanders:
    """Threads that start and stop bots at random until the service dies. Each bot has one commander, so its commands are in order."""

    def __init__(self, service: Service, chance: random.Random, told: dict[str, Told]) -> None:
        self._service, self._told = service, told
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(COMMANDERS)
        ids = sorted(told)
        seeds = [chance.random() for _ in range(COMMANDERS)]
        self._work = [self._pool.submit(self._command, ids[n::COMMANDERS], seed) for n, seed in enumerate(seeds)]

    def join(self) -> None:
        """Return when the threads have seen that the service is dead."""
        self._over.set()
        for work in self._work:
            work.result()
        self._pool.shutdown()

    def _command(self, bot_ids: list[str], seed: float) -> None:
        chance = random.Random(seed)  # noqa: S311 - a choice of bots, not a secret
        while not self._over.is_set():
            bot_id = chance.choice(bot_ids)
            told = self._told[bot_id]
            told.open_action = "stop" if told.desired == "RUNNING" and chance.random() < 0.5 else "start"
            try:
                answer = self._service.http.post(f"/api/v1/bots/{bot_id}/{told.open_action}")
            except httpx.TransportError:
                return
            assert answer.is_success, answer.text
            row = answer.json()
            if answer.status_code == httpx.codes.ACCEPTED:
                told.acknowledged[row["generation"]] = told.open_action
            told.generation, told.desired, told.open_action = row["generation"], row["desired"], None


class Counts:
    """Cycle counts of one life of the service, sampled all the time, so that it is known what there was two seconds before its death."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._samples: list[tuple[float, dict[str, int]]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="counts")
        self._thread.start()

    def before(self, died_at: float) -> dict[str, int]:
        """Return the newest counts that are older than what may be lost."""
        self._over.set()
        self._thread.join()
        old = [counts for at, counts in self._samples if at <= died_at - LOST_COUNTS_S]
        return old[-1] if old else {}

    def _sample(self) -> None:
        while not self._over.wait(0.3):
            at = time.monotonic()
            try:
                self._samples.append((at, cycle_counts(self._service.bots())))
            except httpx.TransportError:
                return


def cycle_counts(bots: dict[str, Bot]) -> dict[str, int]:
    return {bot_id: bot["cycle_count"] for bot_id, bot in bots.items()}


NOT_RUNNING = [state.value for state in Observed if state is not Observed.RUNNING]


def held_up(service: Service) -> dict[str, str]:
    """Return the bots that should run and don't, each with where it is."""
    return {bot_id: bot["observed"] for bot_id, bot in service.bots(*NOT_RUNNING).items() if bot["desired"] == "RUNNING"}


def live_and_die(service: Service, chance: random.Random, told: dict[str, Told]) -> dict[str, int]:
    """Let the service live for a random while under commands, kill it; return the counts that must have survived."""
    counts, commanders = Counts(service), Commanders(service, chance, told)
    threading.Event().wait(chance.uniform(0.0, 5.0))
    died_at = service.kill()
    commanders.join()
    return counts.before(died_at)


def come_back(service: Service) -> float:
    """Start the service again; return how long after its first answer all bots that should run were RUNNING.

    But those with an order that the kill caught on its way: a bot starts when its own orders are known, after their horizon.
    """
    service.start()
    took = until(
        lambda: set(held_up(service)) <= set(unresolved(service)), within_s=30, every_s=0.1, what=lambda: f"RUNNING: {held_up(service)}"
    )
    until(lambda: not held_up(service), within_s=30, every_s=0.1, what=lambda: f"all RUNNING: {held_up(service)}")
    return took


async def test_nothing_is_lost_when_a_thousand_bots_are_killed(make_service: Callable[..., Service]) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a choice of moments, not a secret
    service = make_service(CONFIG).start()
    service.apply(list(specs()))
    service.operate("start")
    told = {bot_id: Told(bot["generation"], bot["desired"], {1: "apply", 2: "start"}) for bot_id, bot in service.bots().items()}
    took: list[float] = []
    for _ in range(KILLS):
        kept = live_and_die(service, chance, told)
        took.append(come_back(service))
        bots = service.bots()
        gone_back = {bot_id: (count, bots[bot_id]["cycle_count"]) for bot_id, count in kept.items() if bots[bot_id]["cycle_count"] < count}

        assert not gone_back
        assert [bot_id for bot_id, bot in bots.items() if not told[bot_id].allows(bot)] == []

        settle(told, bots)

    assert max(took) <= RUNNING_AGAIN_S, took

    # An order that the last kill caught on its way is proven absent only after its horizon: 13 seconds.
    until(lambda: not unresolved(service), within_s=30, every_s=0.5, what=lambda: f"all orders resolved: {unresolved(service)}")
    service.operate("stop")
    assert service.stop() == 0
    journal = await Kept.of(service.home)
    check_journal(journal.events, told)
    check_orders(journal)


def unresolved(service: Service) -> list[str]:
    """Return the bots that have an order which the venue may or may not hold."""
    return [bot_id for bot_id, bot in service.bots().items() if bot["unresolved_orders"]]


def settle(told: dict[str, Told], bots: dict[str, Bot]) -> None:
    """Take what became of the commands without an answer."""
    for bot_id, bot in bots.items():
        one = told[bot_id]
        if one.open_action is not None and bot["generation"] > one.generation:
            one.acknowledged[bot["generation"]] = one.open_action
        one.generation, one.desired, one.open_action = bot["generation"], bot["desired"], None


@dataclass(frozen=True)
class Kept:
    """All that the dead service left behind: its journal, and its venue's account."""

    boot: Boot
    events: list[Event]
    intents: list[Intent]
    booked: list[tuple[str, Fill]]  # with the bot
    orders: list[OrderReport]
    fills: list[Fill]
    balances: dict[str, Decimal]

    @classmethod
    async def of(cls, home: Path) -> "Kept":
        """Read it."""
        clock = SystemClock()
        store = SqlStore(Settings(home=home), clock)
        await store.open()
        venue = SimulatedVenue("sim", Settings(home=home).venues["sim"].options, folder=home / "venues" / "sim", clock=clock)
        await venue.open()
        epoch = from_ms(0)
        try:
            return cls(
                boot=await store.boot(),
                events=list((await store.events(EVERYTHING)).items),
                intents=list((await store.intents(EVERYTHING)).items),
                booked=[(row.bot_id, row.fill) for row in (await store.fills(EVERYTHING)).items],
                orders=[order for name in INSTRUMENTS for order in await venue.fetch_orders(name, epoch)],
                fills=[fill for name in INSTRUMENTS for fill in await venue.fetch_fills(name, epoch)],
                balances=dict(await venue.fetch_balances()),
            )
        finally:
            await venue.close()
            await store.close()


# ---------------------------------------------------------------- the journal


def check_journal(events: list[Event], told: dict[str, Told]) -> None:
    """Each command that was answered is there, once, in order; each bot's moves are of the table, from one life to the next."""
    commands: dict[str, dict[int, str]] = defaultdict(dict)
    moves: dict[str, list[str]] = defaultdict(list)
    for event in events:
        if event.kind is EventKind.COMMAND and event.bot_id is not None:
            generation = int(str(event.fields["generation"]))
            assert generation not in commands[event.bot_id], f"generation {generation} of {event.bot_id} twice"
            commands[event.bot_id][generation] = event.name
        elif event.kind is EventKind.LIFECYCLE and "observed" in event.fields:
            moves[str(event.bot_id)].append(str(event.fields["observed"]))

    assert {bot_id: list(made) for bot_id, made in commands.items() if list(made) != list(range(1, len(made) + 1))} == {}
    assert {bot_id for bot_id, one in told.items() if not one.acknowledged.items() <= commands[bot_id].items()} == set()
    assert {bot_id: wrong for bot_id, chain in moves.items() if (wrong := illegal(chain))} == {}


def illegal(chain: list[str]) -> list[str]:
    """Return the moves that the table has not."""
    steps = itertools.pairwise([Observed.STOPPED, *map(Observed, chain)])
    return [f"{a} to {b}" for a, b in steps if b not in MOVES[a]]


# ---------------------------------------------------------------- orders and books

PLACED = {IntentState.FILLED, IntentState.CANCELED, IntentState.EXPIRED}


def check_orders(kept: Kept) -> None:
    """Each order has one intent and each placed intent one order; books are the sums of the venue's fills; the balances agree."""
    intents = {intent.request.client_order_id: intent for intent in kept.intents}
    twice = [name for name, count in Counter(order.client_order_id for order in kept.orders).items() if count > 1]
    orders = {order.client_order_id or "": order for order in kept.orders}

    assert len(kept.orders) > KILLS  # else the test says nothing
    assert len(intents) == len(kept.intents)
    assert twice == []
    assert orders.keys() <= intents.keys()
    assert kept.boot.open_intents == []
    assert {name for name, intent in intents.items() if intent.state in PLACED} == orders.keys()
    assert {n: (i.filled, orders[n].filled) for n, i in intents.items() if n in orders and i.filled != orders[n].filled} == {}
    assert Counter(fill.trade_id for fill in kept.fills) == Counter(fill.trade_id for _, fill in kept.booked)
    assert held(kept) == positions(kept)
    assert kept.balances == {name: amount for name, amount in balances(kept.fills).items() if amount or name in kept.balances}


def held(kept: Kept) -> dict[tuple[str, str], Decimal]:
    return {(row.bot_id, row.instrument): row.quantity for row in kept.boot.holdings if row.quantity}


def positions(kept: Kept) -> dict[tuple[str, str], Decimal]:
    """Return each bot's position as the sum of its fills, fees in the base asset taken off."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for bot_id, fill in kept.booked:
        base, _, _ = fill.instrument.partition("/")
        fee = fill.fee if fill.fee_currency == base else Decimal(0)
        sums[bot_id, fill.instrument] += (fill.quantity if fill.side is Side.BUY else -fill.quantity) - fee
    return {key: amount for key, amount in sums.items() if amount}


def balances(fills: list[Fill]) -> dict[str, Decimal]:
    """Return what the account must hold after these trades."""
    sums: dict[str, Decimal] = defaultdict(Decimal, USDT=DEPOSIT)
    for fill in fills:
        base, _, quote = fill.instrument.partition("/")
        sign = 1 if fill.side is Side.BUY else -1
        sums[base] += sign * fill.quantity
        sums[quote] -= sign * fill.quantity * fill.price
        sums[fill.fee_currency] -= fill.fee
    return sums
