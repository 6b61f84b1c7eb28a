"""Money and positions of one account, and what came and went without a trade."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from pydantic import JsonValue

from styrman.domain.cash import CashFlow, CashFlowKind
from styrman.domain.market import from_ms, to_ms
from styrman.errors import AuthenticationFailed, VenueRefused
from styrman.log import get_logger
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.history import AHEAD, DAY_MS, Reach, read_span
from styrman.venues.exchange.parsed import Parsed, text
from styrman.venues.exchange.rules import number

log = get_logger()
_FUNDING = Reach(page=100, span_ms=7 * DAY_MS, back_ms=90 * DAY_MS)
_TRANSFERS = Reach(page=50, span_ms=30 * DAY_MS, back_ms=90 * DAY_MS)
_NEVER_HAPPENED = ("canceled", "failed", "rejected")


class Account:
    """Reads the account. What the exchange does not let us read is left out, and said once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unreadable: set[str] = set()

    async def balances(self) -> dict[str, Decimal]:
        """Return totals by currency; of swaps, wallet money without unrealized PnL, and positions in base by instrument."""
        answer = cast("Mapping[str, Any]", await self._connection.call("fetch_balance", listing=True))
        if self._connection.options.market == "spot":
            return _held({str(code): number(total) for code, total in answer["total"].items()})
        wallets = _wallets(answer.get("info"))
        totals = wallets or {str(code): number(total) for code, total in answer["total"].items()}
        return _held(totals) | await self._positions()

    async def entry_costs(self) -> dict[str, Decimal]:
        """Return what open positions cost, by instrument, signed; those whose entry price the exchange does not tell are left out."""
        if self._connection.options.market == "spot":
            return {}
        costs: dict[str, Decimal] = {}
        untold: set[str] = set()
        for row, instrument, size in await self._open_positions():
            price = number(row.get("entryPrice"))
            costs[instrument] = costs.get(instrument, Decimal(0)) + size * price
            if size and not price:
                untold.add(instrument)
        return _held({instrument: cost for instrument, cost in costs.items() if instrument not in untold})

    async def _positions(self) -> dict[str, Decimal]:
        held: dict[str, Decimal] = {}
        for _, instrument, size in await self._open_positions():
            held[instrument] = held.get(instrument, Decimal(0)) + size  # in hedge mode both sides are listed
        return _held(held)

    async def _open_positions(self) -> list[tuple[Parsed, str, Decimal]]:
        """Return each position with its instrument and its size in base, signed."""
        rows = cast("Sequence[Parsed]", await self._connection.call("fetch_positions", listing=True))
        found: list[tuple[Parsed, str, Decimal]] = []
        for row in rows:
            listing = self._connection.listings.get(text(row, "symbol") or "")
            if listing is not None:
                sign = -1 if row.get("side") == "short" else 1
                found.append((row, listing.rules.instrument, abs(listing.to_base(number(row.get("contracts")))) * sign))
        return found

    async def cash_flows(self, since: datetime) -> list[CashFlow]:
        """Return funding, deposits and withdrawals since, oldest first."""
        flows: list[CashFlow] = []
        if self._connection.options.market == "swap":
            flows += [_funding(row) for row in await self._rows("fetchFundingHistory", "fetch_funding_history", since, _FUNDING)]
        else:
            for feature, method, sign in (("fetchDeposits", "fetch_deposits", 1), ("fetchWithdrawals", "fetch_withdrawals", -1)):
                rows = await self._rows(feature, method, since, _TRANSFERS)
                flows += [_transfer(row, sign) for row in rows if row.get("status") not in _NEVER_HAPPENED]
        return sorted((flow for flow in flows if flow.market_time >= since), key=lambda flow: flow.market_time)

    async def _rows(self, feature: str, method: str, since: datetime, reach: Reach) -> Sequence[Parsed]:
        if not self._connection.has(feature) or method in self._unreadable:
            return ()

        async def page(start_ms: int, end_ms: int, limit: int | None) -> Sequence[Parsed]:
            return cast("Sequence[Parsed]", await self._connection.call(method, None, start_ms, limit, {"until": end_ms}, listing=True))

        try:
            return await read_span(page, to_ms(since), to_ms(self._connection.venue_now() + AHEAD), reach)
        except (VenueRefused, AuthenticationFailed) as error:
            # The keys are right, or nothing else would work: they are not allowed to read this, which trading does not need.
            self._unreadable.add(method)
            log.warning("cash flows can't be read, and are left out", venue=self._connection.name, what=method, error=error.detail)
            return ()


def _held(totals: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: total for name, total in totals.items() if total}


def _wallets(answer: JsonValue) -> dict[str, Decimal]:
    """Return wallet money by currency where the exchange tells it apart from unrealized PnL: Binance, Bybit, OKX."""
    rows = _rows_at(answer, "assets") or _rows_at(answer, "result", "list", "coin") or _rows_at(answer, "data", "details")
    found: dict[str, Decimal] = {}
    for row in rows:
        code = row.get("asset") or row.get("coin") or row.get("ccy")
        money = next((row[key] for key in ("walletBalance", "cashBal") if row.get(key) not in (None, "")), None)
        if code is not None and money is not None:
            found[str(code)] = number(money)
    return found


def _rows_at(answer: JsonValue, *path: str) -> list[dict[str, JsonValue]]:
    """Return the tables at the end of a path; of a list on the way, the first."""
    value = answer
    for step in path:
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(step) if isinstance(value, dict) else None
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _funding(row: Parsed) -> CashFlow:
    at = int(number(row["timestamp"]))
    return CashFlow(
        # Prefixed, as transfers are: exchanges count each kind, and some each symbol, on their own.
        id=f"{CashFlowKind.FUNDING}:{row['symbol']}:{text(row, 'id') or at}",
        kind=CashFlowKind.FUNDING,
        currency=str(row["code"]),
        amount=number(row["amount"]),
        instrument=text(row, "symbol"),
        market_time=from_ms(at),
    )


def _transfer(row: Parsed, sign: int) -> CashFlow:
    """Return a deposit or withdrawal; a withdrawal's fee leaves with it."""
    fee = row.get("fee")
    paid = number(fee.get("cost")) if sign < 0 and isinstance(fee, dict) else Decimal(0)
    kind = CashFlowKind.DEPOSIT if sign > 0 else CashFlowKind.WITHDRAWAL
    return CashFlow(
        id=f"{kind}:{row['id']}",
        kind=kind,
        currency=str(row["currency"]),
        amount=(number(row["amount"]) + paid) * sign,
        market_time=from_ms(int(number(row["timestamp"]))),
    )
