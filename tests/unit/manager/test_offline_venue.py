import asyncio
from pathlib import Path

import pytest

from styrman import BotManagerAsync, Settings
from styrman.config import VenueSettings
from styrman.domain.bots import Observed
from styrman.errors import ConfigInvalid
from styrman.manager import engine, venues
from styrman.manager.bus import Subscription
from unit.manager import far_venue


async def arrival(events: Subscription, manager: BotManagerAsync, bot_id: str) -> Observed:
    """Return where a bot is once it is RUNNING or has failed."""
    while (status := await manager.get_status(bot_id)).observed in (Observed.STOPPED, Observed.STARTING):
        await anext(aiter(events))
    return status.observed


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "VENUES_OPEN_S", 0.2)
    monkeypatch.setattr(venues, "FIRST_RETRY_S", 0.05)


async def test_a_venue_that_is_away_at_boot_holds_up_its_own_bots_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, profile="embedded", wiring="unit.manager.far_venue:wire")
    far_venue.reachable.set()
    async with asyncio.timeout(20), BotManagerAsync(settings) as manager:
        for bot_id, venue in (("near", "sim"), ("away", "far")):
            await manager.create_bot(
                {"id": bot_id, "strategy": "idle", "venue": venue, "instruments": ["BTC/USDT"], "cycle": {"every_s": 0.1}}
            )
            await manager.start_bot(bot_id, wait_s=10)
    far_venue.reachable.clear()
    async with asyncio.timeout(20), BotManagerAsync(settings) as manager:
        events = manager.bus.subscribe(None)
        near = await arrival(events, manager, "near")
        away, is_ready = (await manager.get_status("away")).observed, manager.is_ready
        far_venue.reachable.set()
        arrived = await arrival(events, manager, "away")

    assert near is Observed.RUNNING
    assert away is Observed.STARTING
    assert is_ready
    assert arrived is Observed.RUNNING


async def test_a_venue_whose_settings_cannot_be_used_ends_the_boot(tmp_path: Path) -> None:
    wrong = VenueSettings(adapter="simulated", source="nowhere")
    manager = BotManagerAsync(Settings(home=tmp_path, profile="embedded", venues={"sim": wrong}))

    with pytest.raises(ConfigInvalid, match="'nowhere'"):
        await manager.open()
