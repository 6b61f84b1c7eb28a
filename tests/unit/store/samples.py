"""Rows with something in every field: what comes back from a store is compared with them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from styrman.domain.bots import BotError, BotRecord, BotStatus, Desired, Observed, StopOptions
from styrman.domain.cash import BotFunding, CashEntry, CashFlow, CashFlowKind
from styrman.domain.events import Event, EventKind
from styrman.domain.market import Side
from styrman.domain.orders import Fill, Intent, IntentState, OrderRequest, OrderType, TimeInForce
from styrman.domain.records import (
    AccountBook,
    BotFill,
    BotMemory,
    CounterPage,
    EquityPoint,
    Guard,
    HaltLatch,
    Holding,
    Operation,
    OperationState,
    StoredAnswer,
    TargetLatch,
)
from styrman.domain.spec import parse_spec, spec_hash
from styrman.errors import ErrorClass

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
HOUR = timedelta(hours=1)


def record(bot_id: str = "b1", *, slot: int = 7, generation: int = 3) -> BotRecord:
    spec = parse_spec(
        {
            "id": bot_id,
            "strategy": "ema_cross",
            "params": {"fast": 10, "names": ["a", None, 1.5]},
            "venue": "sim",
            "instruments": {"quote": "USDT", "top": 20, "exclude": ["USDC/USDT"]},
            "capital": "1234.5600",
            "feeds": [{"timeframe": "1h"}],
            "cycle": {"every_s": 0.1},
            "risk": {"max_order_value": "2000"},
            "labels": {"team": "a"},
        }
    )
    return BotRecord(
        spec=spec,
        spec_hash=spec_hash(spec),
        slot=slot,
        desired=Desired.RUNNING,
        generation=generation,
        run_after=2,
        reset_after=1,
        paused=True,
        stop=StopOptions(orders="keep", positions="flatten", timeout_s=1.5),
        asked_by="ann",
        asked_at=NOW,
        reason="why not",
        created_at=NOW - HOUR,
    )


def status(bot_id: str = "b1", *, epoch: int = 5) -> BotStatus:
    return BotStatus(
        bot_id=bot_id,
        observed=Observed.BACKOFF,
        observed_generation=3,
        since=NOW,
        run_id="r1",
        run_generation=2,
        epoch=epoch,
        attempt=1,
        restarts=9,
        restarted_at=(1.25, 1_767_322_000.123_456),
        same_traceback=2,
        next_retry_at=NOW + HOUR,
        last_error=BotError(error_class=ErrorClass.TRANSIENT, type="ValueError", message="no", traceback_hash="abc", at=NOW),
        healthy_since=NOW - HOUR,
    )


def memory(bot_id: str = "b1") -> BotMemory:
    return BotMemory(
        bot_id=bot_id,
        state={"seen": [1, 2.5, None, True], "deep": {"er": "ö"}},
        latches={
            "BTC/USDT": TargetLatch(target=0.5, quantity=Decimal("0.1000")),
            "ETH/USDT": TargetLatch(target=None, quantity=Decimal(0), flat="stop"),
        },
        spent=("k1", "k2"),
        traded={"k1": Decimal("0.10"), "k2": Decimal(3)},
        guards={
            "BTC/USDT": Guard(stop=0.02, take_profit=None, trailing=0.1, time_limit_s=60.0, best_price=Decimal("101.10"), touched="stop"),
        },
    )


def holding(bot_id: str = "b1", instrument: str = "BTC/USDT") -> Holding:
    return Holding(
        bot_id=bot_id,
        instrument=instrument,
        quantity=Decimal("-0.30000000"),
        cost=Decimal("-30.1"),
        realized_pnl=Decimal("1E+3"),
        fees=Decimal("0.000000000000000001"),
        other_fees={"BNB": Decimal("0.00100")},
        opened_at=NOW,
    )


def funding(bot_id: str = "b1", instrument: str = "BTC/USDT:USDT", amount: str = "-0.1200") -> BotFunding:
    return BotFunding(bot_id=bot_id, instrument=instrument, amount=Decimal(amount))


def cash_entry(number: int = 1, *, account: str = "sim", kind: CashFlowKind = CashFlowKind.FUNDING) -> CashEntry:
    flow = CashFlow(
        id=f"f{number}", kind=kind, currency="USDT", amount=Decimal("-0.30"), instrument="BTC/USDT:USDT", market_time=NOW - HOUR
    )
    return CashEntry(account=account, flow=flow, shares={"b1": Decimal("-0.1200")}, at=NOW)


def intent(number: int = 1, *, bot_id: str = "b1", state: IntentState = IntentState.ACKED, at: datetime = NOW) -> Intent:
    return Intent(
        intent_id=f"i{number}",
        bot_id=bot_id,
        run_id="r1",
        epoch=5,
        account="sim",
        request=OrderRequest(
            client_order_id=f"c{number}",
            instrument="BTC/USDT",
            side=Side.SELL,
            type=OrderType.STOP,
            quantity=Decimal("0.30"),
            price=Decimal("100.0"),
            stop_price=Decimal("99.9"),
            time_in_force=TimeInForce.FOK,
            post_only=True,
            reduce_only=True,
        ),
        payload_hash="h",
        stamp=at,
        not_after=at + timedelta(seconds=5),
        market_at=at - HOUR,
        key="grid-1",
        origin="protection",
        state=state,
        venue_order_id="v1",
        filled=Decimal("0.1"),
        reason="because",
        updated_at=at,
    )


def fill(number: int = 1, *, bot_id: str = "b1", intent_id: str = "i1", account: str = "sim") -> BotFill:
    traded = Fill(
        trade_id=f"t{number}",
        venue_order_id="v1",
        client_order_id="c1",
        instrument="BTC/USDT",
        side=Side.BUY,
        price=Decimal("100.10"),
        quantity=Decimal("0.1"),
        fee=Decimal("0.001"),
        fee_currency="BTC",
        maker=True,
        market_time=NOW - HOUR,
    )
    return BotFill(bot_id=bot_id, intent_id=intent_id, account=account, fill=traded, at=NOW)


def event(name: str = "BotStarted", *, bot_id: str | None = "b1", kind: EventKind = EventKind.LIFECYCLE, at: datetime = NOW) -> Event:
    return Event(kind=kind, name=name, at=at, bot_id=bot_id, actor="ann", reason="wanted", fields={"from": "STOPPED", "n": [1, 2.5]})


def equity(bot_id: str = "b1", *, at: datetime = NOW, amount: str = "10000.50") -> EquityPoint:
    return EquityPoint(
        bot_id=bot_id, at=at, market_at=at - HOUR, equity=Decimal(amount), realized_pnl=Decimal("0.50"), unrealized_pnl=Decimal(-1)
    )


def halt(scope: str = "system", *, closed: bool = True) -> HaltLatch:
    return HaltLatch(scope=scope, closed=closed, at=NOW, actor="ann", reason="smoke")


def counters(first: int = 0, body: bytes = b"\x00\xff\x01") -> CounterPage:
    return CounterPage(first=first, body=body)


def account(name: str = "sim") -> AccountBook:
    return AccountBook(
        account=name,
        external={"BTC": Decimal("0.10")},
        settled={"USDT": Decimal("-3.00")},
        drift={"BTC/USDT:USDT": Decimal("0.5")},
        made_on={"mode": "live", "exchange": "binance"},
        flows_since=NOW - HOUR,
        at=NOW,
    )


def operation(number: int = 1, *, state: OperationState = OperationState.RUNNING, at: datetime = NOW) -> Operation:
    return Operation(
        id=f"o{number}",
        action="start",
        actor="ann",
        reason="morning",
        at=at,
        state=state,
        total=3,
        done=1,
        failed=1,
        errors={"b1": "no such luck"},
        finished_at=at + HOUR,
    )


def answer(key: str = "k", *, at: datetime = NOW) -> StoredAnswer:
    return StoredAnswer(key=key, request_hash="h", status=202, headers={"etag": '"3"'}, body=b'{"\xc3\xb6": 1}', at=at)


def unnumbered(events: list[Event]) -> list[Event]:
    """Return events as they were before a store numbered them."""
    return [replace(item, seq=0) for item in events]
