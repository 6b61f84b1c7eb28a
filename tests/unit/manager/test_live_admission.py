"""Who may trade real money, and what is told of names that a venue does not know."""

from dataclasses import replace
from typing import Any

import pytest

from styrman.domain.bots import Observed
from styrman.errors import ErrorClass, InvalidSpec, VenueNotOpen
from styrman.ports import ClientIdClass, Mode
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, market

LIMIT: dict[str, Any] = {"max_order_value": "100"}


@pytest.fixture
def live(rig: ManagerRig) -> ManagerRig:
    rig.venue.mode = Mode.LIVE
    return rig


async def test_a_bot_on_a_live_venue_needs_a_limit_for_its_orders(live: ManagerRig) -> None:
    with pytest.raises(InvalidSpec, match="trades real money") as refused:
        await live.create()
    created = await live.create(risk=LIMIT)

    assert refused.value.errors[0].loc == ("risk", "max_order_value")
    assert created.mode is Mode.LIVE


async def test_a_spec_edit_can_not_take_the_limit_away(live: ManagerRig) -> None:
    await live.create(risk=LIMIT)
    with pytest.raises(InvalidSpec, match="max_order_value"):
        await live.manager.update_bot("b1", {"risk": None})


async def test_a_move_to_a_live_venue_is_checked_the_same(tmp_path: Any) -> None:
    async with ManagerRig(tmp_path, venues=("sim", "real")) as rig:
        rig.venues["real"].mode = Mode.LIVE
        await rig.create()
        with pytest.raises(InvalidSpec, match="trades real money"):
            await rig.manager.update_bot("b1", {"venue": "real"})

        assert (await rig.manager.update_bot("b1", {"venue": "real", "risk": LIMIT})).mode is Mode.LIVE


async def test_a_venue_without_client_ids_is_never_traded_live(live: ManagerRig) -> None:
    live.venue.capabilities = replace(live.venue.capabilities, client_id_class=ClientIdClass.C)
    with pytest.raises(InvalidSpec, match="can't be traded live") as refused:
        await live.create(risk=LIMIT)

    assert refused.value.errors[0].loc == ("venue",)


async def test_a_bot_whose_venue_became_live_fails_instead_of_trading_without_a_limit(rig: ManagerRig) -> None:
    await rig.create()
    rig.venue.mode = Mode.LIVE
    await rig.manager.start_bot("b1")
    await rig.until_observed("b1", Observed.FAILED)
    error = (await rig.manager.get_status("b1")).last_error

    assert error is not None
    assert error.error_class is ErrorClass.PERMANENT
    assert "max_order_value" in error.message


@pytest.mark.parametrize("written", ["btc/usdt", "BTCUSDT", "btcusdt", "BTC-USDT", "BTC/USD", "BTC_USDT", "BTC/USDT:USDT"])
async def test_a_misspelt_instrument_is_told_what_was_meant(rig: ManagerRig, written: str) -> None:
    rig.venue.rules |= {name: market(name) for name in ("BTC/EUR", "ETH/BTC", "BCH/USDT", "XBT/USDC")}
    with pytest.raises(InvalidSpec) as refused:
        await rig.create(instruments=[written])

    assert refused.value.errors[0].loc == ("instruments", 0)
    assert refused.value.errors[0].allowed[0] == BTC
    assert f"near it: {BTC}" in refused.value.detail


async def test_a_misspelt_instrument_of_a_feed_is_told_what_was_meant(rig: ManagerRig) -> None:
    with pytest.raises(InvalidSpec) as refused:
        await rig.create(feeds=[{"timeframe": "1h", "instruments": ["btcusdt"]}])

    assert refused.value.errors[0].loc == ("feeds", 0, "instruments", 0)
    assert refused.value.errors[0].allowed[0] == BTC


@pytest.mark.parametrize("written", ["", "/", "💥", "x" * 500, None, 7])
async def test_what_is_no_name_at_all_is_refused_all_the_same(rig: ManagerRig, written: object) -> None:
    with pytest.raises(InvalidSpec):
        await rig.create(instruments=[written])


async def test_a_venue_that_was_never_reached_refuses_for_now_and_not_by_name(rig: ManagerRig) -> None:
    rig.venue.rules.clear()

    with pytest.raises(VenueNotOpen, match="has not been reached yet"):
        await rig.create()


async def test_the_log_says_whose_money_a_bot_trades_and_where(live: ManagerRig) -> None:
    await live.run(risk=LIMIT)
    (line,) = [each for each in live.manager.telemetry.logs.tail("b1", limit=10) if each.message == "bot started"]

    assert (line.fields["mode"], line.fields["venue"]) == ("live", "sim")
