"""Opening a live venue: keys, secrets, sharing, redirect."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import structlog

from integration.exchange.conftest import BTC, KEY, SECRET, Rig
from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.errors import AuthenticationFailed, ConfigInvalid, StyrmanError, VenueUnavailable
from styrman.ports import Mode
from styrman.runtime import wire
from styrman.venues.ccxt import CcxtVenue


async def test_missing_keys_are_named_with_both_places(rig: Rig) -> None:
    with pytest.raises(AuthenticationFailed) as refused:
        await rig.make(credential="spare").open()

    assert "'spare'" in refused.value.detail
    assert "STYRMAN_CREDENTIAL_SPARE_KEY" in refused.value.detail
    assert "credentials.toml" in refused.value.detail


async def test_wrong_keys_show_at_the_opening_and_name_the_credential(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYRMAN_CREDENTIAL_MAIN_KEY", "wrong-key-0123456789")
    monkeypatch.setenv("STYRMAN_CREDENTIAL_MAIN_SECRET", "wrong-secret-0123456789")
    venue = rig.make()

    with pytest.raises(AuthenticationFailed) as refused:
        await venue.open()

    assert "'main'" in refused.value.detail
    assert "wrong-" not in refused.value.detail
    assert venue._connection.exchange is None


async def test_no_secret_gets_out_by_errors_logs_or_reprs(rig: Rig, venue: CcxtVenue) -> None:
    told: list[str] = [repr(venue.__dict__), repr(venue._connection.__dict__)]
    with structlog.testing.capture_logs() as logs:
        for kind in ("drop_answer", "nonsense", "status", "reset"):
            await rig.fault(kind, path="/api/v3/*", method="GET")
            with pytest.raises(StyrmanError) as failed:
                await venue.fetch_open_orders()
            told += [failed.value.detail, repr(failed.value), repr(failed.value.__cause__)]

    everything = "\n".join([*told, repr(logs)])
    assert KEY not in everything
    assert SECRET not in everything
    assert "signature=" not in everything


READS: list[Callable[[CcxtVenue], Awaitable[object]]] = [
    lambda venue: venue.fetch_balances(),
    lambda venue: venue.fetch_open_orders(),
    lambda venue: venue.fetch_open_orders(BTC),
    lambda venue: venue.fetch_orders(BTC, venue.market_time()),
    lambda venue: venue.fetch_fills(BTC, venue.market_time()),
    lambda venue: venue.fetch_order(BTC, "nobody"),
]


@pytest.mark.parametrize("read", READS)
async def test_nonsense_is_never_taken_for_nothing(rig: Rig, venue: CcxtVenue, read: Callable[[CcxtVenue], Awaitable[object]]) -> None:
    """ccxt makes an empty list of a page of HTML, and an empty list would prove an order absent."""
    await rig.fault("nonsense", method="GET", path="/api/v3/*", count=3)

    with pytest.raises(VenueUnavailable):
        await read(venue)


async def test_nonsense_is_counted_and_the_next_answer_is_read(rig: Rig, venue: CcxtVenue) -> None:
    await rig.fault("nonsense", method="GET", path="/api/v3/account")

    with pytest.raises(VenueUnavailable):
        await venue.fetch_balances()

    assert venue._connection.unreadable == 1
    assert (await venue.fetch_balances())["USDT"] == 1_000_000


async def test_a_second_account_takes_the_markets_of_the_first(rig: Rig, venue: CcxtVenue) -> None:
    other = rig.make("second")
    await other.open()

    assert other.mode is Mode.LIVE
    assert other._connection.exchange.markets is venue._connection.exchange.markets
    assert other._connection.exchange.ssl_context is venue._connection.exchange.ssl_context
    await other.close()


async def test_a_closed_venue_says_so_and_opens_again(venue: CcxtVenue) -> None:
    await venue.close()
    with pytest.raises(VenueUnavailable):
        await venue.fetch_balances()

    await venue.open()

    assert (await venue.fetch_balances())["USDT"] == 1_000_000
    assert venue.try_turn()


async def test_live_is_said_or_it_is_paper(tmp_path: Path) -> None:
    table = {"adapter": "ccxt", "exchange": "binance", "credential": "main"}
    settings = Settings(home=tmp_path, venues={"real": table | {"live": True}, "paper": table | {"balances": {"USDT": "5000"}}})

    venues = wire(settings, SystemClock()).venues

    assert {name: venue.mode for name, venue in venues.items()} == {"real": Mode.LIVE, "paper": Mode.PAPER, "sim": Mode.SIMULATED}


async def test_a_paper_account_s_settings_are_refused_where_it_is_live(tmp_path: Path) -> None:
    table = {"adapter": "ccxt", "exchange": "binance", "credential": "main", "live": True, "balances": {"USDT": "5000"}}
    settings = Settings(home=tmp_path, venues={"real": table})

    with pytest.raises(ConfigInvalid, match=r"venues\.real\.balances"):
        wire(settings, SystemClock())


async def test_budgets_tell_the_request_weight_of_our_address_and_the_order_counts_of_the_account(rig: Rig) -> None:
    venue, market = rig.make(), rig.make("other")
    before = venue.budgets()
    await venue.open()
    assert venue.try_turn(2)
    after = venue.budgets()
    await market.open()
    shared = market.budgets()
    await market.close()
    await venue.close()

    assert [each.name for each in before] == ["orders", "orders"]
    assert [(each.name, each.per_s) for each in after] == [("request weight", 60.0), ("orders", 10.0), ("orders", 86_400.0)]
    assert [each.used for each in after[1:]] == [2, 2]
    assert 0 < after[0].used < shared[0].used <= after[0].capacity
    assert [each.used for each in shared[1:]] == [0, 0]
