"""An account is checked against its venue while orders rest there: a grid always has some."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from styrman import BotManagerAsync, Context, Plan, Settings, WorkingOrder
from styrman.domain.market import Side

SPEC = {"id": "b1", "main": "resting", "venue": "sim", "instruments": ["BTC/USDT"], "capital": "10000", "cycle": {"every_s": 0.05}}


async def resting(ctx: Context) -> Plan:
    (instrument,) = ctx.instruments
    return Plan(orders=(WorkingOrder(key="far", instrument=instrument, side=Side.BUY, quantity=Decimal("0.01"), price=Decimal(50_000)),))


async def test_a_drift_is_told_while_an_order_rests(tmp_path: Path) -> None:
    manager = BotManagerAsync(Settings(home=tmp_path / "home", profile="embedded"))
    manager.register("resting", resting)
    async with manager:
        await manager.create_bot(SPEC)  # type: ignore[arg-type] # JSON values
        await manager.start_bot("b1", wait_s=5)
        async with asyncio.timeout(5):
            while not (view := await manager.get_status("b1")).working_orders or view.unresolved_orders:
                await manager.clock.sleep(0.01)
        accounts = manager._engine.accounts
        book = accounts._accounts["sim"].book
        assert book is not None
        accounts._accounts["sim"].book = replace(book, external={**book.external, "USDT": book.external["USDT"] + 7})

        async with asyncio.timeout(5):
            while not accounts.view("sim").drift:  # a check while the order is on its way tells nothing
                await accounts.check("sim")

        assert accounts.view("sim").drift == {"USDT": Decimal(-7)}
