"""An account whose venue trades other money than its bots' books were made with is left alone until a person has decided."""

from decimal import Decimal
from pathlib import Path

import pytest

from styrman import Plan
from styrman.clock import ManualClock
from styrman.config import VenueSettings
from styrman.domain.bots import Observed
from styrman.domain.market import Side
from styrman.domain.orders import OrderType, WorkingOrder
from styrman.domain.records import AccountBook, Holding, TargetLatch
from styrman.errors import BooksElsewhere, OrderDenied
from styrman.manager.grounds import Ground
from styrman.ports import Mode, PageRequest
from styrman.trading.trader import Trader
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, LossyVenue
from unit.trading.order_rig import bot_record

BUY = Plan(orders=(WorkingOrder(key="k", instrument=BTC, side=Side.BUY, quantity="1", type=OrderType.MARKET),))  # type: ignore[arg-type] # plain words are taken
RISK = {"max_order_value": "100000"}
REST = Plan(orders=(WorkingOrder(key="k", instrument=BTC, side=Side.BUY, quantity="1", price="90"),))  # type: ignore[arg-type] # plain words are taken


async def switch(rig: ManagerRig, mode: Mode) -> None:
    """Stop the process, edit the configuration, start it again."""
    rig.venue.mode = mode
    await rig.crash()
    await rig.clock.advance(5)


async def test_a_venue_made_live_starts_no_bot_that_holds_paper_coins_and_sends_nothing(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path, venues=("sim", "other")) as rig:
        rig.venue.mode = Mode.PAPER
        await rig.crash()
        await rig.run("b1", BUY)
        await rig.run("b3", venue="other")
        await rig.until(lambda: rig.position() == 1)
        await switch(rig, Mode.LIVE)
        await rig.until_observed("b3", Observed.RUNNING, within_s=5)
        await rig.manager.start_bot("b1")
        await rig.manager.flatten_bot("b1")
        await rig.clock.advance(90)
        account = (await rig.manager.accounts())[0]

        assert rig.observed("b1") is Observed.STOPPED
        assert rig.venue.requests.total() == 1, "the paper one"
        assert account.held is not None
        assert "is mode live now, and the books of b1 were made on mode paper" in account.held
        assert "abandon" in account.held
        assert (await rig.manager.venue("sim")).held == account.held


async def test_nothing_changes_hands_on_a_held_account_and_no_drift_is_accepted(tmp_path: Path) -> None:
    """Either would write the account's row anew, as if its books were of the new money."""
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", BUY)
        await rig.until(lambda: rig.position() == 1)
        await switch(rig, Mode.LIVE)
        with pytest.raises(BooksElsewhere):
            await rig.manager.accept_drift("sim", reason="mine")
        with pytest.raises(BooksElsewhere):
            await rig.manager.hand_back_position("b1", instrument=BTC, price=Decimal(100), reason="not its own")

        assert (await rig.store.boot()).accounts["sim"].made_on["mode"] == "simulated"
        assert rig.position() == 1


async def test_set_back_it_goes_on_where_it_was(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", BUY)
        await rig.until(lambda: rig.position() == 1)
        await switch(rig, Mode.LIVE)
        held = rig.observed("b1")
        await switch(rig, Mode.SIMULATED)
        await rig.until_observed("b1", Observed.RUNNING, within_s=5)

        assert held is Observed.STOPPED
        assert (await rig.manager.accounts())[0].held is None
        assert rig.position() == 1


async def test_an_order_of_the_former_mode_that_is_open_holds_its_account(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", REST)
        await rig.until(lambda: bool(rig.venue.working))
        await switch(rig, Mode.LIVE)

        assert rig.observed("b1") is Observed.STOPPED
        assert not rig.venue.cancels


async def test_once_its_bots_are_deleted_the_account_opens_afresh_by_itself(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", BUY)
        await rig.create("b2", risk=RISK)
        await rig.manager.start_bot("b2")
        await rig.until(lambda: rig.position() == 1)
        await switch(rig, Mode.LIVE)
        await rig.manager.stop_bot("b1")
        await rig.until_observed("b1", Observed.STOPPED)
        await rig.manager.delete_bot("b1", exposure="abandon")
        await rig.until_observed("b2", Observed.RUNNING, within_s=70)
        book = (await rig.store.boot()).accounts["sim"]

        assert book.made_on["mode"] == "live"
        assert (book.settled, book.drift) == ({}, {}), "what the deleted bot's paper book left is nobody's here"


async def test_a_venue_whose_bots_never_traded_takes_the_new_mode(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", risk=RISK)
        await switch(rig, Mode.LIVE)
        await rig.until_observed("b1", Observed.RUNNING, within_s=5)

        assert (await rig.store.boot()).accounts["sim"].made_on["mode"] == "live"


async def test_an_exit_of_the_former_mode_is_not_driven_and_a_gate_stands_behind_that(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", BUY)
        await rig.until(lambda: rig.position() == 1)
        rig.trader().latch(BTC, TargetLatch(target=None, quantity=rig.position() * 0, flat="flatten"))
        await rig.manager._engine.desks["sim"].save(rig.trader())
        orders = rig.venue.requests.total()
        await switch(rig, Mode.LIVE)
        await rig.clock.advance(30)
        intent = (await rig.store.intents(PageRequest(limit=1))).items[0]

        assert rig.venue.requests.total() == orders
        with pytest.raises(OrderDenied, match="is mode live now"):
            rig.manager._engine.gates.check(intent)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"market": "swap"}, "market spot"),
        ({"exchange": "okx"}, "exchange binance"),
        ({"base_url": None}, "address local"),
        ({"base_url": "http://127.0.0.1:9102"}, None),
        ({"credential": "other"}, None),
    ],
)
def test_another_exchange_market_or_a_testnet_left_behind_is_another_ground(change: dict[str, str | None], words: str | None) -> None:
    options = {"exchange": "binance", "market": "spot", "base_url": "http://127.0.0.1:9101"}
    clock = ManualClock()
    before, now = (
        Ground(LossyVenue(clock), VenueSettings(adapter="ccxt", **{name: value for name, value in each.items() if value}))
        for each in (options, options | change)
    )
    book = AccountBook(account="sim", external={}, made_on=before.now, at=clock.now())
    trader = Trader(bot_record(clock), [Holding(bot_id="b1", instrument=BTC)])

    assert before.is_new(book, [trader], []) is False
    if words is None:
        assert now.is_new(book, [trader], []) is False
        return
    with pytest.raises(BooksElsewhere, match=f"were made on {words}: nothing"):
        now.is_new(book, [trader], [])
    assert now.is_new(book, [], []) is True
