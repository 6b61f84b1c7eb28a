"""What is shown of a venue: how it is reached, what it can do, what is assumed of it, and no secret."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from styrman.config import VenueSettings
from styrman.errors import VenueNotFound, VenueUnavailable
from styrman.manager.encoding import encode
from styrman.manager.venue_views import without_userinfo
from styrman.ports import ClientIdClass, Mode
from unit.manager.manager_rig import ManagerRig

CCXT: dict[str, Any] = {
    "adapter": "ccxt",
    "exchange": "binance",
    "market": "spot",
    "credential": "main",
    "base_url": "http://user:hunter2@127.0.0.1:9101/x?key=hunter2",
    "secret": "hunter2",
}


async def test_a_venue_shows_how_it_is_reached_and_what_it_can_do(rig: ManagerRig) -> None:
    await rig.create()
    rig.manager._engine.settings.venues["sim"] = VenueSettings(**CCXT)
    shown = await rig.manager.venue("sim")

    assert (shown.adapter, shown.exchange, shown.market, shown.credential) == ("ccxt", "binance", "spot", "main")
    assert (shown.mode, shown.live, shown.is_open, shown.trouble, shown.held) == (Mode.SIMULATED, False, True, None, None)
    assert (shown.bots, shown.instruments) == (1, 2)
    assert shown.capabilities.order_types == ("limit", "market", "stop")
    assert shown.capabilities.window_s == 5
    assert list(shown.assumptions) == ["A1", "A2", "A3", "A4", "A5", "A6"]
    assert "after 1 s" in shown.assumptions["A2"]
    assert "older than 5 s; absence is proven 2 s later" in shown.assumptions["A3"]


async def test_nothing_that_could_be_a_secret_is_shown(rig: ManagerRig) -> None:
    rig.manager._engine.settings.venues["sim"] = VenueSettings(**CCXT)

    assert b"hunter2" not in encode(await rig.manager.venues())
    assert (await rig.manager.venue("sim")).base_url == "http://127.0.0.1:9101/x"


@pytest.mark.parametrize(("url", "shown"), [(None, None), ("ws://a:b@h:1/p", "ws://h:1/p"), ("http://[::1]:9101", "http://[::1]:9101")])
def test_an_address_is_shown_without_its_user(url: str | None, shown: str | None) -> None:
    assert without_userinfo(url) == shown


async def test_a_venue_that_enforces_no_deadline_says_that_nothing_is_inferred(rig: ManagerRig) -> None:
    rig.venue.capabilities = replace(rig.venue.capabilities, window=None, client_id_class=ClientIdClass.B)
    shown = await rig.manager.venue("sim")

    assert "nothing is inferred from time" in shown.assumptions["A3"]
    assert shown.capabilities.window_s is None
    assert "one unresolved order per instrument" in shown.capabilities.client_id_class_means


async def test_the_measured_clock_is_shown_in_milliseconds(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.venue, "clock_offset", lambda: timedelta(microseconds=-12_500))
    shown = await rig.manager.venue("sim")

    assert shown.clock_offset_ms == -12.5
    assert "-12 ms" in shown.assumptions["A4"]


async def test_a_venue_that_can_not_be_reached_says_why_until_it_is(tmp_path: Any) -> None:
    rig = ManagerRig(tmp_path, venues=("sim", "far"))
    rig.venues["far"].away = VenueUnavailable("Venue 'far' does not answer.")
    async with rig:
        before = await rig.manager.venue("far")
        rig.venues["far"].away = None
        await rig.until(lambda: rig.manager._engine.venues.is_open("far"))

        assert (before.is_open, before.trouble, before.instruments) == (False, "Venue 'far' does not answer.", 0)
        assert (await rig.manager.venue("far")).trouble is None


async def test_an_unknown_venue_is_not_found_and_the_known_are_named(rig: ManagerRig) -> None:
    with pytest.raises(VenueNotFound, match="there are: sim"):
        await rig.manager.venue("binance")


async def test_the_system_counts_bots_by_whose_money_they_trade(rig: ManagerRig) -> None:
    await rig.create()

    assert (await rig.manager.system()).modes == {"simulated": 1, "paper": 0, "live": 0}
