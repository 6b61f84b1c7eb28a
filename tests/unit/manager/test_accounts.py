"""An account is its bots' books and what is external, whatever it pays its fees in, whatever it nets, and whoever pays in or out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from styrman.domain.bots import TradingState
from styrman.domain.cash import CashFlowKind
from styrman.domain.market import Side
from styrman.errors import AuthenticationFailed, Conflict, StoreFailed, VenueError, VenueRefused, VenueUnavailable
from styrman.manager.heart import ACCOUNTS_EVERY_S
from styrman.ports import PageRequest
from unit.manager.bank_venue import SWAP, AccountRig, BankVenue
from unit.trading.lossy_venue import BTC, ETH, Fault

AWAY = VenueUnavailable("its history is away")
FUNDING = CashFlowKind.FUNDING


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[AccountRig]:
    async with AccountRig(tmp_path) as rig:
        for bot_id in ("b1", "b2"):
            await rig.create(bot_id, instruments=[SWAP, BTC, ETH])
        yield rig


async def names(rig: AccountRig) -> list[str]:
    return [event.name for event in await rig.events()]


# ---------------------------------------------------------------- fees and swaps


@pytest.mark.parametrize("fee_in", ["quote", "base", "BNB"])
async def test_fees_in_any_currency_are_in_the_books(rig: AccountRig, fee_in: str) -> None:
    rig.venue.fee_in = fee_in
    await rig.trade("b1", Side.BUY, "2", BTC)
    await rig.trade("b2", Side.BUY, "1", BTC)
    await rig.trade("b1", Side.SELL, "1", BTC)
    await rig.check(2)
    view = rig.manager._engine.accounts.view("sim")

    assert (rig.unexplained(), view.drift) == ({}, {})
    assert view.balances["USDT"] == view.books["USDT"] + view.external["USDT"]


async def test_bots_that_trade_one_swap_agree_with_a_venue_that_nets_them(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "2")
    rig.venue.quote(SWAP, "120")
    await rig.trade("b2", Side.SELL, "3")
    rig.venue.quote(SWAP, "90")
    await rig.trade("b1", Side.SELL, "1")
    await rig.check(2)
    view = rig.manager._engine.accounts.view("sim")

    assert [rig.trader(bot_id).position(SWAP) for bot_id in ("b1", "b2")] == [1, -3]
    assert (rig.unexplained(), view.drift) == ({}, {})
    assert view.external["USDT"] == Decimal(1_000_000) + rig.venue.net().cost - (100 - 360)


async def test_where_a_venue_tells_no_entry_costs_one_bots_swap_still_agrees(tmp_path: Path) -> None:
    async with AccountRig(tmp_path, BankVenue) as rig:
        await rig.create(instruments=[SWAP])
        await rig.trade("b1", Side.BUY, "2")
        rig.venue.quote(SWAP, "120")
        await rig.trade("b1", Side.SELL, "3")
        await rig.check(2)

        assert rig.unexplained() == {}


async def test_a_position_whose_cost_a_venue_leaves_out_costs_what_it_cost_the_bots(tmp_path: Path) -> None:
    class Reserved(BankVenue):
        async def fetch_entry_costs(self) -> dict[str, Decimal]:
            return {}

    async with AccountRig(tmp_path, Reserved) as rig:
        await rig.create(instruments=[SWAP])
        await rig.trade("b1", Side.BUY, "2")
        rig.venue.quote(SWAP, "120")
        await rig.check(2)

        assert (rig.unexplained(), rig.book.drift) == ({}, {})


# ---------------------------------------------------------------- cash flows


async def test_a_deposit_is_external_and_no_drift(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "1", BTC)
    before = rig.trader("b1").book.realized_pnl
    rig.venue.pay("500")
    rig.venue.pay("-20", CashFlowKind.WITHDRAWAL)
    await rig.check(3)

    assert rig.book.external["USDT"] == 1_000_480
    assert rig.manager._engine.accounts.free("sim", "USDT") == 1_000_480
    assert rig.trader("b1").book.realized_pnl == before
    assert (await names(rig)).count("TransferSeen") == 2
    assert "AccountDrifted" not in await names(rig)


async def test_funding_goes_to_those_who_held_the_swap_then_and_is_pnl(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "2")
    await rig.trade("b2", Side.BUY, "1")
    await rig.clock.advance(1)
    before = rig.trader("b1").book.realized_pnl
    rig.venue.pay("-0.1", FUNDING, instrument=SWAP)
    await rig.clock.advance(1)
    await rig.trade("b2", Side.BUY, "5")
    await rig.check(2)
    (entry,) = (await rig.store.cash_flows(PageRequest(), account="sim")).items

    assert entry.shares == {"b1": Decimal("-0.06666667"), "b2": Decimal("-0.03333333")}
    assert sum(entry.shares.values()) == Decimal("-0.1")
    assert rig.trader("b1").book.realized_pnl - before == entry.shares["b1"]
    assert (rig.unexplained(), rig.book.drift) == ({}, {})


async def test_a_bot_that_holds_against_the_others_gets_what_they_pay(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "3")
    await rig.trade("b2", Side.SELL, "1")
    rig.venue.pay("-0.2", FUNDING, instrument=SWAP)
    await rig.check()

    assert [rig.trader(bot_id).book.funding(SWAP) for bot_id in ("b1", "b2")] == [Decimal("-0.3"), Decimal("0.1")]


async def test_funding_that_nobody_here_held_is_external(rig: AccountRig) -> None:
    rig.venue.pay("-0.2", FUNDING, instrument=SWAP)
    await rig.check(2)

    assert rig.book.external["USDT"] == Decimal("999999.8")
    assert rig.book.drift == {}


async def test_what_was_paid_before_the_account_was_ever_read_is_not_entered(tmp_path: Path) -> None:
    rig = AccountRig(tmp_path)
    rig.venue.pay("500")
    await rig.clock.advance(5)
    async with rig:
        await rig.check(2)

        assert rig.book.external["USDT"] == 1_000_500
        assert (await rig.store.cash_flows(PageRequest())).items == []


async def test_a_flow_told_again_or_after_a_crash_is_entered_once(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "2")
    rig.venue.pay("-0.1", FUNDING, instrument=SWAP)
    rig.venue.pay("7")
    rig.venue.told *= 2
    await rig.check(2)
    await rig.crash()
    await rig.check(2)

    assert rig.trader("b1").book.funding(SWAP) == Decimal("-0.1")
    assert rig.book.external["USDT"] == 1_000_007
    assert rig.unexplained() == {}


async def test_a_flow_whose_commit_failed_is_entered_by_the_next_check(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "2")
    rig.venue.pay("-0.1", FUNDING, instrument=SWAP)
    rig.store.failing = "disk full"
    with pytest.raises(StoreFailed):
        await rig.check()
    shown = rig.trader("b1").book.funding(SWAP)
    rig.store.failing = ""
    await rig.crash()
    await rig.check(2)

    assert shown == 0, "what is not durable is not shown"
    assert rig.trader("b1").book.funding(SWAP) == Decimal("-0.1")
    assert rig.unexplained() == {}


async def test_a_reader_who_leaves_does_not_leave_half_a_flow(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "2")
    rig.venue.pay("-0.1", FUNDING, instrument=SWAP)
    for turns in range(12):
        reading = asyncio.create_task(rig.account.check())
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
    await rig.clock.settle()
    await rig.check(2)

    assert rig.trader("b1").book.funding(SWAP) == Decimal("-0.1")
    assert rig.unexplained() == {}


async def test_a_deleted_bots_funding_stays_with_the_account(rig: AccountRig) -> None:
    await rig.trade("b1", Side.BUY, "2")
    rig.venue.pay("-0.1", FUNDING, instrument=SWAP)
    await rig.check()
    await rig.manager.delete_bot("b1", exposure="abandon")
    await rig.crash()
    await rig.check(2)

    assert rig.book.settled == {SWAP: 2, "USDT": Decimal("-200.3")}, "as if paid for: 200 for the swap, 0.2 for the fee, 0.1 funding"
    assert (rig.unexplained(), rig.book.drift) == ({}, {})


async def test_flows_are_asked_for_from_ever_later_and_never_from_before_the_first_check(rig: AccountRig) -> None:
    began = rig.book.flows_since
    await rig.check()
    await rig.clock.advance(60)
    rig.clock._elapsed_s += timedelta(days=30).total_seconds()
    await rig.check(2)

    assert began is not None
    assert min(rig.venue.asked_since) == began
    assert rig.venue.asked_since[-1] == rig.clock.now() - timedelta(days=1)


async def test_nothing_is_called_drift_while_the_venue_does_not_tell_its_cash_flows(
    rig: AccountRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(since: object) -> None:
        del since
        raise AWAY

    rig.venue.pay("500")
    with monkeypatch.context() as away:
        away.setattr(rig.venue, "fetch_cash_flows", refuse)
        await rig.check(3)
        meanwhile = rig.book.drift
    await rig.check(2)

    assert (meanwhile, rig.book.drift) == ({}, {})
    assert rig.book.external["USDT"] == 1_000_500


@pytest.mark.parametrize("no", [VenueRefused("not for this key"), AuthenticationFailed("not for this key")])
async def test_a_venue_that_never_tells_its_cash_flows_is_looked_at_for_drift_all_the_same(
    rig: AccountRig, monkeypatch: pytest.MonkeyPatch, no: VenueError
) -> None:
    async def refuse(since: object) -> None:
        del since
        raise no

    monkeypatch.setattr(rig.venue, "fetch_cash_flows", refuse)
    rig.venue.pay("500")
    await rig.check(3)

    assert rig.book.drift == {"USDT": 500}


# ---------------------------------------------------------------- drift


async def test_a_drift_outlives_a_restart_and_keeps_new_exposure_closed(rig: AccountRig) -> None:
    rig.venue.stranger(Side.SELL, "1", SWAP)
    await rig.check(2)
    await rig.crash()

    assert SWAP in rig.account.desk.drifting, "before any check of the new process"
    assert rig.book.drift[SWAP] == -1


async def test_a_drifting_swap_closes_itself_and_not_the_coin_of_the_same_name(rig: AccountRig) -> None:
    await rig.run("b3", instruments=[SWAP, BTC])
    rig.venue.stranger(Side.SELL, "1", SWAP)
    await rig.check(2)
    run = next(run for run in rig.manager._engine.supervisor.runs() if run.bot.spec.id == "b3")

    assert run.bot.trading_state(SWAP) is TradingState.REDUCING
    assert run.bot.trading_state(BTC) is TradingState.ACTIVE


async def test_a_drift_that_changes_stays_closed_until_two_checks_agree_on_the_new_amount(rig: AccountRig) -> None:
    rig.venue.stranger(Side.BUY, "1", BTC)
    await rig.check(2)
    rig.venue.stranger(Side.BUY, "2", BTC)
    await rig.check()
    meanwhile = dict(rig.book.drift)
    await rig.check()

    assert [meanwhile["BTC"], rig.book.drift["BTC"]] == [1, 3]
    assert "BTC" in rig.account.desk.drifting


async def test_a_drift_that_is_gone_opens_the_asset_again_and_is_told(rig: AccountRig) -> None:
    rig.venue.pay("500", is_told=False)
    await rig.check(2)
    drifted = dict(rig.book.drift)
    rig.venue.told = list(rig.venue.flows)
    await rig.check()

    assert drifted == {"USDT": 500}
    assert (rig.book.drift, rig.account.desk.drifting) == ({}, frozenset())
    assert "DriftGone" in await names(rig)


async def test_dust_of_rounding_becomes_external_and_is_told(rig: AccountRig) -> None:
    rig.venue.strange = {"USDT": Decimal("0.00000001")}
    await rig.check()
    once = rig.book.external["USDT"]
    await rig.check()

    assert [once, rig.book.external["USDT"]] == [1_000_000, Decimal("1000000.00000001")]
    assert rig.book.drift == {}
    assert "RoundingTaken" in await names(rig)


async def test_more_than_dust_is_drift_to_the_last_digit(rig: AccountRig) -> None:
    rig.venue.strange = {"USDT": Decimal("0.00000101")}
    await rig.check(2)

    assert rig.book.drift == {"USDT": Decimal("0.00000101")}
    assert rig.book.external["USDT"] == 1_000_000


async def test_a_drift_is_not_accepted_while_an_orders_outcome_is_open(rig: AccountRig) -> None:
    rig.venue.faults.append(Fault.ANSWER_LOST)
    rig.venue.is_mute = True
    rig.venue.away = AWAY
    await rig.trade("b1", Side.BUY, "1", BTC)
    rig.venue.away = None

    with pytest.raises(Conflict, match="at rest"):
        await rig.manager.accept_drift("sim", reason="mine")
    assert rig.book.external["BTC"] == 50


async def test_what_is_accepted_is_journaled_to_the_digit(rig: AccountRig) -> None:
    rig.venue.stranger(Side.BUY, "1", BTC)
    await rig.check()
    await rig.manager.accept_drift("sim", actor="anna", reason="mine")
    await rig.check(2)
    accepted = next(event for event in await rig.events() if event.name == "DriftAccepted")

    assert accepted.fields["drift"] == {"BTC": "1", "USDT": "-100.100"}
    assert (accepted.actor, accepted.reason) == ("anna", "mine")
    assert (rig.unexplained(), rig.book.drift) == ({}, {})


async def test_a_venue_that_hangs_holds_up_neither_the_heart_nor_a_reader(rig: AccountRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(rig.venue, "fetch_balances", hang)
    await rig.clock.advance(3 * ACCOUNTS_EVERY_S)
    beaten_at = rig.manager._engine.heart.last_beat_at
    async with asyncio.timeout(5):
        (account,) = await rig.manager.accounts()

    assert rig.clock.monotonic() - beaten_at <= 1
    assert account.account == "sim"
