"""A lossy venue with a full account: fees in any currency, a swap that it nets by its own average, deposits and funding."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from styrman import BotManagerAsync
from styrman.clock import Clock
from styrman.domain.cash import CashFlow, CashFlowKind
from styrman.domain.market import InstrumentRules, Side, asset_of, quote_of, settled_in
from styrman.domain.orders import Fill, OrderReport, OrderRequest, OrderType, VenueOrderStatus
from styrman.domain.records import AccountBook
from styrman.manager.account import Account
from styrman.manager.sums import Sums, total
from styrman.ports import RunOrder
from styrman.trading.intents import new_client_order_id
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, ETH, FEE, LossyVenue

SWAP = "BTC/USDT:USDT"
OPENING = {"USDT": Decimal(1_000_000), "BNB": Decimal(100), "BTC": Decimal(50)}


class Net:
    """What the account holds of a swap, by average cost: one average for all who trade it."""

    def __init__(self) -> None:
        self.quantity = self.cost = self.realized = Decimal(0)

    def trade(self, quantity: Decimal, price: Decimal) -> None:
        """Close first, at the average; open the rest."""
        closing = Decimal(0)
        if self.quantity * quantity < 0:
            closing = max(-abs(self.quantity), -abs(quantity)).copy_sign(quantity)
            gone = (self.cost * -closing / self.quantity).quantize(Decimal("1e-12"))
            self.realized += -closing * price - gone
            self.cost -= gone
        self.quantity += quantity
        self.cost += (quantity - closing) * price


class BankVenue(LossyVenue):
    """Everything at the price that stands. `told` is what it tells of its cash flows."""

    def __init__(self, clock: Clock, name: str = "sim") -> None:
        super().__init__(clock, name, (BTC, ETH))
        self.rules[SWAP] = InstrumentRules(
            SWAP, "BTC", "USDT", quantity_step=Decimal("0.001"), shortable=True, taker_fee=FEE, maker_fee=FEE
        )
        self.prices[SWAP] = Decimal(100)
        self._closed[SWAP] = self._history()
        self.fee_in = "quote"  # quote | base | BNB
        self.flows: list[CashFlow] = []
        self.told: list[CashFlow] = []
        self.strange: Sums = {}  # what differs for no reason that it tells
        self.asked_since: list[datetime] = []

    def pay(
        self, amount: str, kind: CashFlowKind = CashFlowKind.DEPOSIT, *, instrument: str | None = None, is_told: bool = True
    ) -> CashFlow:
        """Let money come to the account, or leave it, now."""
        flow = CashFlow(
            id=f"{kind}-{len(self.flows)}",
            kind=kind,
            currency="USDT",
            amount=Decimal(amount),
            instrument=instrument,
            market_time=self.market_time(),
        )
        self.flows.append(flow)
        if is_told:
            self.told.append(flow)
        return flow

    def trade(self, order: OrderReport, quantity: str | None = None) -> Fill:
        order = self.read(order.venue_order_id)
        size = order.quantity - order.filled if quantity is None else Decimal(quantity)
        price = order.price or self.prices[order.instrument]
        in_base = self.fee_in == "base" and not settled_in(order.instrument)
        currency = "BNB" if self.fee_in == "BNB" else asset_of(order.instrument) if in_base else quote_of(order.instrument)
        fill = Fill(
            trade_id=f"t{len(self.fills) + 1}",
            venue_order_id=order.venue_order_id,
            client_order_id=order.client_order_id,
            instrument=order.instrument,
            side=order.side,
            price=price,
            quantity=size,
            fee=size * FEE if in_base else size * price * FEE / (500 if self.fee_in == "BNB" else 1),
            fee_currency=currency,
            maker=False,
            market_time=self.market_time(),
        )
        self.fills.append(fill)
        self._tell(fill)
        filled = order.filled + size
        status = VenueOrderStatus.FILLED if filled == order.quantity else VenueOrderStatus.PARTIALLY_FILLED
        self._write(replace(order, filled=filled, status=status, average_price=price))
        return fill

    def stranger(self, side: Side, quantity: str, instrument: str) -> None:
        """Let somebody else trade on the account."""
        self._place(OrderRequest(client_order_id="x", instrument=instrument, side=side, type=OrderType.MARKET, quantity=Decimal(quantity)))

    async def fetch_balances(self) -> Mapping[str, Decimal]:
        self._fail_where_away()
        parts: list[Mapping[str, Decimal]] = [OPENING, self.strange, *({flow.currency: flow.amount} for flow in self.flows)]
        for fill in self.fills:
            signed = fill.side.sign * fill.quantity
            parts += [{asset_of(fill.instrument): signed}, {fill.fee_currency: -fill.fee}]
            if not settled_in(fill.instrument):
                parts.append({quote_of(fill.instrument): -signed * fill.price})
        return total([*parts, {"USDT": self.net().realized}])

    async def fetch_cash_flows(self, since: datetime) -> Sequence[CashFlow]:
        self._fail_where_away()
        self.asked_since.append(since)
        return [flow for flow in self.told if flow.market_time >= since]

    def net(self) -> Net:
        """Return the account's net position in the swap."""
        net = Net()
        for fill in self.fills:
            if fill.instrument == SWAP:
                net.trade(fill.side.sign * fill.quantity, fill.price)
        return net


class CostVenue(BankVenue):
    """One that tells what its open swaps cost."""

    async def fetch_entry_costs(self) -> Mapping[str, Decimal]:
        self._fail_where_away()
        net = self.net()
        return {SWAP: net.cost} if net.quantity else {}


class AccountRig(ManagerRig):
    """A manager on a bank venue, whose bots trade what the test says and nothing else."""

    venue: BankVenue

    def __init__(self, home: Path, make: type[BankVenue] = CostVenue) -> None:
        self._make_bank: type[BankVenue] | None = make
        super().__init__(home)

    def _make(self) -> BotManagerAsync:
        if self._make_bank is not None:  # the first manager is being made
            self.venue, self._make_bank = self._make_bank(self.clock), None
            self.venues = {"sim": self.venue}
        return super()._make()

    @property
    def account(self) -> Account:
        """The account itself."""
        return self.manager._engine.accounts._accounts["sim"]

    @property
    def book(self) -> AccountBook:
        """What the account's row says."""
        assert self.account.book is not None
        return self.account.book

    async def trade(self, bot_id: str, side: Side, quantity: str, instrument: str = SWAP) -> None:
        """Have a bot trade at the price that stands."""
        desk, trader = self.account.desk, self.trader(bot_id)
        request = OrderRequest(
            client_order_id=new_client_order_id(), instrument=instrument, side=side, type=OrderType.MARKET, quantity=Decimal(quantity)
        )
        run = RunOrder(bot_id=bot_id, run_id="r1", epoch=1, generation=1)
        await desk.place(trader, [desk.prepare(request, run, origin="plan")])
        await self.clock.settle()

    async def check(self, times: int = 1) -> None:
        """Have the account checked."""
        for _ in range(times):
            await self.account.check()

    def unexplained(self) -> Sums:
        """Return by how much the last reading differs from books and what is external."""
        reading = self.account.reading
        return total(
            [reading.outside, *({asset: -amount for asset, amount in part.items()} for part in (self.book.external, self.book.settled))]
        )
