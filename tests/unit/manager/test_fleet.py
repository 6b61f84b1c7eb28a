"""A reader who takes one snapshot and then goes by the stream alone has, a beat later, what a new snapshot has: whatever happened."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import cast

import orjson
import pytest
from pydantic import JsonValue

from styrman import Plan, WorkingOrder
from styrman.domain.bots import BotError, Observed
from styrman.domain.market import Side
from styrman.domain.orders import OrderType, Protection
from styrman.errors import ErrorClass, StyrmanError
from styrman.manager.encoding import encode
from styrman.manager.fleet import CHANGED, FleetRow, Snapshot
from styrman.manager.heart import BEAT_S
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC

DELTA = ("id", "observed", "trading_state", "cycle_count", "last_cycle_at", *FleetRow._fields[22:30])
SPEC_CHANGES = ("create", "apply", "update")
SAME_NAME = (
    *("desired", "observed", "generation", "observed_generation", "trading_state", "halted_by", "since", "restarts", "next_retry_at"),
    *("uncancelled_orders", "caretaker", "instruments"),
)
BEATS_S = 2.5

Row = dict[str, object]


def buying(quantity: str, price: str | None = None, *, stop: float | None = None) -> Plan:
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    order = WorkingOrder(
        key=quantity, instrument=BTC, side=Side.BUY, quantity=Decimal(quantity), price=None if price is None else Decimal(price), type=kind
    )
    return Plan(orders=(order,), protections={} if stop is None else {BTC: Protection(stop=stop)})


async def read(snapshot: Snapshot) -> dict[str, Row]:
    """Return a snapshot's rows by bot id, as a client sees them."""
    rows: dict[str, Row] = {}
    async for part in snapshot.slices:
        rows |= {row[0]: dict(zip(FleetRow._fields, row, strict=True)) for row in orjson.loads(encode(part))}
    return rows


class Reader:
    """What a dashboard does."""

    def __init__(self, rig: ManagerRig) -> None:
        self._rig = rig
        self.rows: dict[str, Row] = {}
        self.heard: list[tuple[str, object]] = []

    async def begin(self) -> None:
        snapshot = self._rig.manager.fleet()
        self.rows = await read(snapshot)
        self._place = snapshot.stream
        self._reader = self._rig.manager.bus.subscribe(self._place)

    def come_back(self) -> None:
        """Lose the connection and go on after the last message heard."""
        self._reader = self._rig.manager.bus.subscribe(self._place)

    async def catch_up(self) -> None:
        for message in self._reader.ready(100_000):
            assert message.event != "resync"
            self._place = self._rig.manager.bus.id_of(message)
            told = orjson.loads(message.body)
            if message.event == "bots.delta":
                for row in told["rows"]:
                    self.rows.setdefault(row[0], {}).update(zip(DELTA, row, strict=True))
            elif message.event == "bot.state":
                self.heard.append((told["id"], told["name"]))
                await self._apply(told)

    async def _apply(self, told: Row) -> None:
        bot_id = cast("str", told["id"])
        if told.get("deleted"):
            self.rows.pop(bot_id, None)
        elif told["name"] in SPEC_CHANGES or bot_id not in self.rows:
            self.rows |= await read(self._rig.manager.fleet([bot_id]))
        else:
            error = cast("dict[str, str] | None", told["last_error"])
            self.rows[bot_id] |= {name: told[name] for name in SAME_NAME}
            self.rows[bot_id] |= {
                "error": error and f"{error['type']}: {error['message']}"[:200],
                "error_class": error and error["class"],
            }


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ManagerRig]:
    async with ManagerRig(tmp_path) as made:
        yield made


def differing(had: Row, has: Row) -> list[tuple[object, ...]]:
    return [(has["id"], name, had[name], has[name]) for name in has if had[name] != has[name]]


async def agreed(rig: ManagerRig, *readers: Reader) -> None:
    """Let beats pass; assert that each reader has, right after one, what a new one gets."""
    heart = rig.manager._engine.heart
    await rig.clock.advance(BEATS_S)
    await rig.clock.advance(heart.last_beat_at + BEAT_S - rig.clock.monotonic() + 1e-6)
    for reader in readers:
        await reader.catch_up()
    fresh = await read(rig.manager.fleet())

    for reader in readers:
        assert reader.rows.keys() == fresh.keys()
        assert [wrong for bot_id in fresh for wrong in differing(reader.rows[bot_id], fresh[bot_id])] == []


async def listening(rig: ManagerRig) -> Reader:
    reader = Reader(rig)
    await reader.begin()
    return reader


async def test_rows_have_every_column_in_order_and_agree_with_the_bots_own_view(rig: ManagerRig) -> None:
    await rig.run("b1", buying("10", stop=0.1), labels={"team": "a"})
    await rig.until(lambda: rig.position() == 10)
    rig.venue.quote(BTC, "101")
    await rig.clock.advance(1)
    (row,) = (await read(rig.manager.fleet())).values()
    view = orjson.loads(encode(await rig.manager.get_status("b1")))
    same = [name for name in FleetRow._fields if name in view and name not in ("working_orders", "uncancelled_orders", "strategy")]

    assert len(same) == 26
    assert {name: row[name] for name in same} == {name: view[name] for name in same}
    assert (row["strategy"], row["open_positions"], row["position_value"], row["currency"]) == ("script", 1, "1010", "USDT")
    assert (row["equity"], row["day_pnl"], row["caretaker"]) == ("10009.000", "9.000", "venue")


async def test_a_snapshot_names_only_the_bots_that_are_there(rig: ManagerRig) -> None:
    await rig.create("b1")
    await rig.create("b2")

    assert list(await read(rig.manager.fleet(["b2", "nobody"]))) == ["b2"]


@pytest.mark.parametrize("scope", [{}, {"account": "sim"}, {"bot_id": "b1"}])
async def test_halting_and_unhalting_reach_the_rows(rig: ManagerRig, scope: dict[str, str]) -> None:
    await rig.run("b1")
    await rig.create("b2")
    reader = await listening(rig)
    await rig.manager.halt(**scope)  # type: ignore[arg-type] # names of a bot or an account
    await agreed(rig, reader)
    halted = reader.rows["b1"]["halted_by"]
    await rig.manager.unhalt(**scope)
    await agreed(rig, reader)

    assert halted
    assert reader.rows["b1"]["halted_by"] == []
    assert reader.rows["b1"]["trading_state"] == "ACTIVE"


async def test_creating_editing_pausing_and_deleting_reach_the_rows(rig: ManagerRig) -> None:
    reader = await listening(rig)
    await rig.create("b1")
    await agreed(rig, reader)
    await rig.manager.update_bot("b1", {"labels": {"team": "z"}, "capital": "777"})
    await agreed(rig, reader)
    edited = reader.rows["b1"]
    await rig.manager.pause_bot("b1")
    await agreed(rig, reader)
    paused = reader.rows["b1"]["trading_state"]
    await rig.manager.delete_bot("b1")
    await agreed(rig, reader)

    assert (edited["labels"], edited["capital"], edited["equity"]) == ({"team": "z"}, "777", "777")
    assert (paused, reader.rows) == ("REDUCING", {})


async def test_an_order_that_a_stop_gets_off_late_reaches_the_row_without_an_event(rig: ManagerRig) -> None:
    await rig.run("b1", buying("1", "90"))
    await rig.until(lambda: bool(rig.trader().working()))
    reader = await listening(rig)
    rig.venue.deaf_cancels = 1_000
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    await agreed(rig, reader)
    left = reader.rows["b1"]["uncancelled_orders"]
    rig.venue.deaf_cancels = 0
    await agreed(rig, reader, *[await listening(rig)])
    await rig.until(lambda: not rig.trader().live)
    await agreed(rig, reader)

    assert left == 1
    assert reader.rows["b1"]["uncancelled_orders"] == 0


async def test_a_value_that_comes_back_between_two_beats_is_told_to_who_saw_it_gone(rig: ManagerRig) -> None:
    """The snapshot was taken between two beats that have nothing to tell each other."""
    await rig.run("b1", buying("10", stop=0.5))
    await rig.until(lambda: rig.position() == 10)
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    first = await listening(rig)
    await agreed(rig, first)
    rig.venue.quote(BTC, "105")
    await rig.clock.settle()
    second = await listening(rig)
    rig.venue.quote(BTC, "100")
    await rig.clock.settle()
    await agreed(rig, first, second)

    assert second.rows["b1"]["equity"] == "9999.000"


async def test_nothing_is_told_of_bots_that_stand_still(rig: ManagerRig) -> None:
    for number in range(3):
        await rig.create(f"b{number}")
    await rig.clock.advance(BEATS_S)
    reader = await listening(rig)
    await agreed(rig, reader)
    place = rig.manager.bus.last
    await agreed(rig, reader)

    assert rig.manager.bus.last == place


async def test_a_thousand_rows_come_in_slices_and_others_run_between(rig: ManagerRig) -> None:
    spec: dict[str, JsonValue] = {"main": "script", "venue": "sim", "instruments": [BTC], "capital": "1"}
    await rig.manager.apply_bots([{**spec, "id": f"b{number:04d}"} for number in range(1200)])
    sizes: list[Sequence[object]] = [part async for part in rig.manager.fleet().slices]

    assert [len(part) for part in sizes] == [500, 500, 200]


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_every_reader_ends_up_with_what_is(rig: ManagerRig, seed: int) -> None:
    chance, readers = random.Random(seed), [await listening(rig)]  # noqa: S311 - the same each time is the point
    for name in ("b0", "b1", "b2"):
        rig.plans[name] = buying(name[1:] + "1", chance.choice([None, "95"]), stop=chance.choice([None, 0.02]))
        await rig.create(name)
    for _ in range(25):
        await something(rig, chance)
        for reader in readers:
            if chance.random() < 0.5:
                await reader.catch_up()
            if chance.random() < 0.1:
                reader.come_back()
        if chance.random() < 0.15:
            readers.append(await listening(rig))
    await agreed(rig, *readers)


async def something(rig: ManagerRig, chance: random.Random) -> None:
    """Have one thing happen."""
    bot, manager = f"b{chance.randrange(4)}", rig.manager
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "start": lambda: manager.start_bot(bot),
        "stop": lambda: manager.stop_bot(bot, positions=chance.choice(["hold", "flatten"])),
        "restart": lambda: manager.restart_bot(bot),
        "pause": lambda: manager.pause_bot(bot),
        "resume": lambda: manager.resume_bot(bot),
        "halt": lambda: manager.halt(**chance.choice([{}, {"account": "sim"}, {"bot_id": bot}])),  # type: ignore[arg-type] # a scope
        "unhalt": lambda: manager.unhalt(**chance.choice([{}, {"account": "sim"}, {"bot_id": bot}])),
        "edit": lambda: manager.update_bot(bot, {"capital": str(chance.randrange(9000, 20_000)), "labels": {"n": str(chance.random())}}),
        "create": lambda: rig.create(bot),
        "delete": lambda: manager.delete_bot(bot, exposure="abandon"),
    }
    action = chance.choice([*steps, "time", "time", "price", "price"])
    if action == "time":
        await rig.clock.advance(chance.choice([0.1, 0.5, 1.0, 3.0]))
    elif action == "price":
        rig.venue.quote(BTC, str(chance.randrange(90, 111)))
        await rig.clock.settle()
    else:
        try:
            await steps[action]()
        except StyrmanError:
            return  # refused: nothing happened


async def test_an_error_that_utf8_can_not_say_hides_no_bot_and_stops_no_heart(rig: ManagerRig) -> None:
    for bot_id in ("b0", "b1"):
        await rig.create(bot_id)
    reader = Reader(rig)
    await reader.begin()
    _, status = await rig.manager.state.get("b1")
    error = BotError(
        error_class=ErrorClass.PROGRAMMING, type="ValueError", message="half a \udc80 pair", traceback_hash="", at=status.since
    )
    await rig.manager.state.observe([replace(status, last_error=error)])
    await rig.clock.advance(BEATS_S)
    await rig.clock.settle()
    await reader.catch_up()
    rows = await read(rig.manager.fleet())

    assert rows.keys() == {"b0", "b1"}
    assert rows["b1"]["error"] == "ValueError: half a \\udc80 pair"
    assert ("b1", CHANGED) in reader.heard
    assert rig.manager.is_ready
