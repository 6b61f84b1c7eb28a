"""kill -9 of a process that trades: the account keeps every order and every fill that anyone was told of."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from styrman.clock import SystemClock
from styrman.venues.simulated import SimulatedVenue

_TESTS = Path(__file__).parent.parent.parent
_LINES = (120, 333, 700)  # each process is killed after it has said so much


def trade_and_die(folder: Path, lines: int) -> list[list[str]]:
    """Run the child until it has said enough, kill it, and return every whole line it said."""
    child = [sys.executable, str(Path(__file__).with_name("trading_child.py")), str(folder)]
    with subprocess.Popen(child, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(_TESTS)}) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n")]


async def test_no_order_no_fill_and_no_money_is_lost(tmp_path: Path) -> None:
    told: dict[str, str] = {}
    fills: set[str] = set()
    for lines in _LINES:
        for kind, number, *status in trade_and_die(tmp_path / "sim", lines):
            if kind == "fill":
                fills.add(number)
            else:
                told[number] = status[0]
    venue = SimulatedVenue("sim", {}, folder=tmp_path / "sim", clock=SystemClock())
    await venue.open()
    try:
        long_ago = datetime(2000, 1, 1, tzinfo=UTC)
        orders = {order.venue_order_id: order.status for order in await venue.fetch_orders("BTC/USDT", long_ago)}
        kept = await venue.fetch_fills("BTC/USDT", long_ago)
        balances = await venue.fetch_balances()
        working = await venue.fetch_open_orders()
    finally:
        await venue.close()

    # an order that was told open may have been taken off before the kill, its answer not written
    assert all(orders[number] == status or status == "open" for number, status in told.items())
    assert fills <= {fill.trade_id for fill in kept}
    assert len(told) > 300
    assert balances["USDT"] == 1_000_000 - sum((fill.price * fill.quantity + fill.fee for fill in kept), Decimal(0))
    assert {order.venue_order_id for order in working} == {number for number, status in orders.items() if status == "open"}
