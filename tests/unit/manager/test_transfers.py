"""What changes hands between a bot and what is external changes both sides in one commit, and nothing at the venue."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from styrman import Plan, Protection
from styrman.domain.bots import Observed
from styrman.domain.market import Side
from styrman.domain.records import Holding, TargetLatch
from styrman.errors import StoreFailed, TransferRefused, VenueUnavailable
from styrman.manager.state import Asked
from unit.manager.bank_venue import SWAP, AccountRig
from unit.trading.lossy_venue import BTC, ETH, Fault

ADOPT = Asked("adopt", actor="anna", reason="it is the bot's", fields={"request": "r1"})


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[AccountRig]:
    async with AccountRig(tmp_path) as rig:
        for bot_id in ("b1", "b2"):
            await rig.create(bot_id, instruments=[SWAP, BTC, ETH])
        yield rig


async def move(rig: AccountRig, quantity: str, instrument: str = BTC, price: str = "110", bot_id: str = "b1") -> Holding:
    return await rig.manager._engine.accounts.transfer(rig.trader(bot_id), instrument, Decimal(quantity), Decimal(price), ADOPT)


async def test_an_adopted_position_is_bought_from_what_is_external(rig: AccountRig) -> None:
    holding = await move(rig, "2")
    await rig.check(2)

    assert [holding.quantity, holding.average_price, holding.fees] == [2, 110, 0]
    assert rig.book.external == {"BTC": 48, "BNB": 100, "USDT": 1_000_220}
    assert (rig.unexplained(), rig.book.drift) == ({}, {})
    assert rig.venue.orders == []


async def test_both_sides_of_a_transfer_survive_a_crash_and_the_request_is_journaled(rig: AccountRig) -> None:
    await move(rig, "2")
    await move(rig, "-0.5", price="120")
    await rig.crash()
    await rig.check(2)
    told = [event.fields for event in await rig.events("b1") if event.name == "adopt"]

    assert rig.position() == Decimal("1.5")
    assert rig.trader("b1").book.realized_pnl == 5
    assert rig.unexplained() == {}
    assert [(fields["quantity"], fields["price"], fields["request"]) for fields in told] == [("2", "110", "r1"), ("-0.5", "120", "r1")]


async def test_the_bot_neither_sells_what_it_adopted_nor_buys_what_it_gave(rig: AccountRig) -> None:
    await rig.run("b3", plan=Plan({BTC: 0.5}))
    await rig.until(lambda: rig.position("b3") > 0)
    await rig.clock.advance(2)
    held, sent = rig.position("b3"), rig.venue.requests.total()
    await move(rig, "2", bot_id="b3")
    await rig.clock.advance(5)
    await move(rig, "-5", bot_id="b3")
    await rig.clock.advance(5)

    assert rig.position("b3") == held - 3
    assert rig.venue.requests.total() == sent


@pytest.mark.parametrize(
    ("quantity", "why"),
    [
        ("51", "holds 50 BTC that no bot owns"),
        ("-1", "can't adopt -1"),
        ("0", "nothing that can change hands"),
        ("NaN", "nothing that can"),
    ],
)
async def test_no_more_is_adopted_than_is_external(rig: AccountRig, quantity: str, why: str) -> None:
    with pytest.raises(TransferRefused, match=why):
        await move(rig, quantity)
    assert [rig.position(), rig.book.external["BTC"]] == [0, 50]


async def test_no_more_is_handed_back_than_the_bot_holds(rig: AccountRig) -> None:
    await move(rig, "2")

    with pytest.raises(TransferRefused, match="more than it can hand back"):
        await move(rig, "-3")
    assert rig.position() == 2


async def test_nothing_changes_hands_while_an_order_of_the_bot_there_is_unknown(rig: AccountRig) -> None:
    rig.venue.faults.append(Fault.ANSWER_LOST)
    rig.venue.is_mute = True
    rig.venue.away = VenueUnavailable("away")
    await rig.trade("b1", Side.BUY, "1", BTC)

    with pytest.raises(TransferRefused, match="outcome is not known"):
        await move(rig, "1")


async def test_a_transfer_that_the_journal_refuses_is_taken_back_on_both_sides(rig: AccountRig) -> None:
    await move(rig, "2")
    rig.store.failing = "disk full"
    with pytest.raises(StoreFailed):
        await move(rig, "1")
    rig.store.failing = ""
    await rig.check(2)

    assert [rig.position(), rig.book.external["BTC"]] == [2, 48]
    assert rig.unexplained() == {}


async def flatten(rig: AccountRig, bot_id: str = "b1") -> None:
    await rig.manager.flatten_bot(bot_id)
    await rig.until(lambda: rig.position(bot_id) == 0 and not rig.trader(bot_id).orders())
    await rig.clock.advance(1)


async def test_an_adoption_lifts_the_flat_latch_in_its_commit_and_no_later_boot_closes_it(rig: AccountRig) -> None:
    await rig.run("b3", plan=Plan({BTC: 0.5}))
    await rig.until(lambda: rig.position("b3") > 0)
    await flatten(rig, "b3")
    await move(rig, "2", bot_id="b3")
    await rig.clock.advance(5)
    sent = rig.venue.requests.total()
    await rig.crash()
    await rig.clock.advance(10)
    latch = rig.trader("b3").memory.latches[BTC]

    assert rig.position("b3") == 2
    assert rig.venue.requests.total() == sent
    assert latch == TargetLatch(target=0.5, quantity=Decimal(2), forced=True)


async def test_what_is_adopted_where_a_protection_was_touched_is_guarded_anew(rig: AccountRig) -> None:
    guarded = Plan({BTC: 0.5}, protections={BTC: Protection(stop=0.1, trailing=0.1)})
    await rig.run("b3", plan=guarded)
    await rig.until(lambda: rig.position("b3") > 0)
    await rig.manager.stop_bot("b3")
    await rig.until_observed("b3", Observed.STOPPED)
    rig.venue.quote(BTC, "80")
    await rig.until(lambda: rig.position("b3") == 0 and not rig.trader("b3").orders())
    await move(rig, "2", price="80", bot_id="b3")
    await rig.clock.advance(10)
    kept = rig.position("b3")
    rig.venue.quote(BTC, "60")
    await rig.until(lambda: rig.position("b3") == 0)

    assert kept == 2


async def test_nothing_is_adopted_into_an_instrument_that_is_being_left(rig: AccountRig) -> None:
    await move(rig, "2")
    rig.trader().latch(BTC, TargetLatch(target=None, quantity=Decimal(0), flat="flatten"))

    with pytest.raises(TransferRefused, match="just leaving BTC/USDT"):
        await move(rig, "1")
    assert rig.trader().is_flat(BTC)


async def test_an_adoption_that_the_journal_refuses_leaves_the_flat_latch(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "1", BTC)
    await flatten(rig)
    before = rig.trader("b1").memory
    rig.store.failing = "disk full"
    with pytest.raises(StoreFailed):
        await move(rig, "1")
    rig.store.failing = ""

    assert rig.trader("b1").memory == before
    assert rig.position() == 0


async def test_an_exit_that_waits_for_its_bot_closes_nothing_that_is_adopted_meanwhile(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "1", BTC)
    trader = rig.trader("b1")
    async with trader.lock:
        trader.latch(BTC, TargetLatch(target=None, quantity=Decimal(0), flat="flatten"))
        rig.manager._engine.exits.resume(trader)
        await rig.clock.settle()
        trader.latch(BTC, TargetLatch(target=0.5, quantity=Decimal(1), forced=True))
    await rig.clock.advance(5)

    assert rig.position() == 1


async def test_a_strangers_short_swap_is_adopted_and_funding_follows_it(rig: AccountRig) -> None:
    rig.venue.stranger(Side.SELL, "4", SWAP)
    await rig.check()
    await rig.manager.accept_drift("sim", reason="mine")
    await move(rig, "-3", SWAP)
    await rig.trade("b1", Side.BUY, "3", SWAP)
    await rig.check(2)

    assert rig.trader("b1").book.realized_pnl == 30 - Decimal("0.3")
    assert rig.book.external[SWAP] == -1
    assert (rig.unexplained(), rig.book.drift) == ({}, {})
