"""On the simulated venue a guarded position is closed by what rests there, though our process is down, and the next one knows."""

import asyncio
from decimal import Decimal
from pathlib import Path

from pydantic import JsonValue

from styrman import BotManagerAsync, Context, Plan, Protection, Settings
from styrman.domain.orders import OrderReport, OrderType

SPEC: dict[str, JsonValue] = {
    "main": "guarded",
    "venue": "sim",
    "instruments": ["BTC/USDT"],
    "capital": "10000",
    "cycle": {"every_s": 0.05},
}
WAIT_S = 5.0


async def guarded(ctx: Context) -> Plan:
    return Plan(dict.fromkeys(ctx.instruments, 0.5), protections=dict.fromkeys(ctx.instruments, Protection(stop=0.3, take_profit=0.4)))


def service(home: Path) -> BotManagerAsync:
    manager = BotManagerAsync(Settings(home=home, profile="embedded"))
    manager.register("guarded", guarded)
    return manager


async def resting(manager: BotManagerAsync) -> list[OrderReport]:
    """Return what works at the venue once both protections do."""
    venue = manager._engine.desks["sim"].venue
    async with asyncio.timeout(WAIT_S):
        while len(orders := list(await venue.fetch_open_orders())) < 2:
            await manager.clock.sleep(0.01)
    return orders


async def test_a_pair_rests_outlives_stop_and_process_and_is_known_again(tmp_path: Path) -> None:
    async with service(tmp_path) as manager:
        await manager.create_bot({**SPEC, "id": "b1"})
        await manager.start_bot("b1", wait_s=WAIT_S)
        first = await resting(manager)
        await manager.stop_bot("b1", wait_s=WAIT_S)
    async with service(tmp_path) as manager:
        second = await resting(manager)
        view = await manager.get_status("b1")
        await manager.flatten_bot("b1", wait_s=WAIT_S)
        left = await manager._engine.desks["sim"].venue.fetch_open_orders()

    (position,) = view.positions
    assert {order.type for order in first} == {OrderType.STOP, OrderType.LIMIT}
    assert {order.quantity for order in first} == {position.quantity}
    assert [order.venue_order_id for order in second] == [order.venue_order_id for order in first]
    assert view.caretaker == "venue"
    assert left == []
    assert (position.average_price * Decimal("0.7") - (first[0].stop_price or first[1].stop_price or 0)).copy_abs() <= Decimal("0.01")
