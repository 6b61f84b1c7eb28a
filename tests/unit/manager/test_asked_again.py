"""When an order that was not sent is decided again: a close soon, whatever else was refused later."""

from pathlib import Path

from styrman import Plan, Protection
from styrman.domain.orders import Intent, IntentState
from styrman.ports import OrderFilter, PageRequest
from styrman.trading.trader import Trader
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC

GUARDED = {BTC: Protection(stop=0.2)}


async def no_room(trader: Trader, intent: Intent) -> bool:
    del trader, intent
    return False


async def test_a_close_that_found_no_room_is_decided_again_soon(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run(plan=Plan({BTC: 0.5}, protections=GUARDED))
        await rig.until(lambda: rig.position() > 0 and bool(rig.venue.working))
        desk = rig.manager._engine.desks["sim"]
        make_room, desk.make_room = desk.make_room, no_room
        rig.plans["b1"] = Plan({BTC: 0.0}, protections=GUARDED)
        await rig.until(lambda: bool(rig.manager._engine.supervisor.runs()[0].bot.refusals.is_held_off(BTC)))
        (refused, *_) = (await rig.store.intents(PageRequest(limit=1), OrderFilter(bots=["b1"]))).items
        desk.make_room = make_room
        await rig.clock.advance(4)

        assert refused.state is IntentState.NOT_PLACED
        assert rig.position() == 0
