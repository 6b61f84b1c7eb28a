"""What a spec may name: whatever the bot could not run with is refused before anything is stored, by field."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from styrman import BotManagerAsync, Context, Plan, Settings
from styrman.errors import BotExists, BotHasExposure, CapitalOverbooked, InvalidSpec

SPEC: dict[str, Any] = {"id": "one", "strategy": "ema_cross", "venue": "sim", "instruments": ["BTC/USDT"]}


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[BotManagerAsync]:
    venue = {"adapter": "simulated", "balances": {"USDT": "1000"}}
    async with BotManagerAsync(Settings(home=tmp_path, profile="embedded", venues={"sim": venue, "other": venue})) as manager:
        yield manager


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"strategy": "ema_cros"}, "strategy"),
        ({"venue": "binance"}, "venue"),
        ({"instruments": ["BTC/USD"]}, "instruments"),
        ({"capital": "-1"}, "capital"),
        ({"params": {"fast": 30, "slow": 20}}, "params"),
        ({"params": {"fastest": 3}}, "params"),
        ({"timeframe": "7s"}, "timeframe"),
        ({"feeds": [{"timeframe": "7s"}]}, "feeds"),
        ({"colour": "red"}, "colour"),
        ({"strategy": None, "main": "os:getcwd"}, "main"),
    ],
)
async def test_a_faulty_field_is_named_and_nothing_is_stored(manager: BotManagerAsync, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        await manager.create_bot({key: value for key, value in {**SPEC, **changes}.items() if value is not None})

    assert refused.value.errors[0].loc[0] == field
    assert (await manager.list_bots()).items == ()


async def test_the_later_of_two_entries_with_one_id_is_named(manager: BotManagerAsync) -> None:
    with pytest.raises(InvalidSpec) as refused:
        await manager.apply_bots([SPEC, {**SPEC, "id": "two"}, SPEC])

    assert [error.loc for error in refused.value.errors] == [(2, "id")]
    assert (await manager.list_bots()).items == ()


async def test_capital_is_reserved_and_never_twice(manager: BotManagerAsync) -> None:
    await manager.create_bot({**SPEC, "capital": "600"})
    with pytest.raises(CapitalOverbooked, match="1000"):
        await manager.create_bot({**SPEC, "id": "two", "capital": "600"})

    assert (await manager.create_bot({**SPEC, "id": "three", "capital": "400"})).capital == 400


async def test_a_bot_that_never_traded_may_move_to_another_venue(manager: BotManagerAsync) -> None:
    await manager.create_bot(SPEC)

    moved = await manager.update_bot("one", {"venue": "other"})

    assert moved.venue == "other"
    assert [account.reserved for account in await manager.accounts()] == [0, moved.capital]


async def test_a_bot_that_traded_keeps_its_book_at_its_venue(manager: BotManagerAsync) -> None:
    async def buy(_: Context) -> Plan:
        return Plan({"BTC/USDT": 1.0})

    manager.register("buy", buy)
    await manager.create_bot({**SPEC, "strategy": None, "main": "buy"})
    await manager.start_bot("one", wait_s=10)
    async with asyncio.timeout(20):
        while not (await manager.get_status("one")).positions:
            await manager.candles("one", limit=1)
    await manager.stop_bot("one", wait_s=10)

    with pytest.raises(BotHasExposure, match="its book is there"):
        await manager.update_bot("one", {"venue": "other"})


async def test_a_bot_whose_venue_left_the_configuration_hurts_nobody_and_comes_back_with_it(tmp_path: Path) -> None:
    both = {"sim": {"adapter": "simulated"}, "other": {"adapter": "simulated"}}
    one = {"sim": {"adapter": "simulated"}}
    async with BotManagerAsync(Settings(home=tmp_path, profile="embedded", venues=both)) as manager:
        await manager.apply_bots([SPEC, {**SPEC, "id": "two", "venue": "other"}])
        await manager.start_bot("two", wait_s=10)

    async with BotManagerAsync(Settings(home=tmp_path, profile="embedded", venues=one)) as manager:
        assert [bot.id for bot in (await manager.list_bots()).items] == ["one"]
        with pytest.raises(BotExists, match="'other' is not in the configuration"):
            await manager.create_bot({**SPEC, "id": "two"})
        assert "BotUnreadable" in [event.name for event in await manager.events(bot_id="two")]

    async with BotManagerAsync(Settings(home=tmp_path, profile="embedded", venues=both)) as manager:
        async with asyncio.timeout(20):
            while (await manager.get_status("two")).observed != "RUNNING":
                await manager.candles("two", limit=1)
