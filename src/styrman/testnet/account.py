"""The account's endpoints: balances, trades, and the listen keys of the user data stream."""

import secrets

from styrman.testnet.call import Call, Json
from styrman.testnet.orders import Renderer, list_id_of
from styrman.testnet.refusals import Refusal
from styrman.testnet.symbols import text_of
from styrman.testnet.trading import span_of
from styrman.testnet.transfers import listed
from styrman.venues.simulation.account import Account

_KEY_S = 3600.0  # a listen key dies unless it is kept alive


def balances_of(account: Account, currencies: set[str]) -> list[dict[str, object]]:
    """Return an account's money as Binance has it."""
    names = sorted(account.totals.keys() | currencies)
    return [
        {"asset": name, "free": text_of(account.free(name)), "locked": text_of(account.locked.get(name, 0 * account.free(name)))}
        for name in names
    ]


class ListenKeys:
    """The keys by which the user data stream is opened."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def make(self, now: float) -> str:
        """Return a key that lives: the same while it does, as on Binance."""
        alive = next((key for key, until in self._until.items() if until > now), None)
        key = alive or secrets.token_urlsafe(45)
        self._until[key] = now + _KEY_S
        return key

    def keep(self, key: str, now: float) -> None:
        """Let a key live on. Refusal where it is dead."""
        if not self.is_alive(key, now):
            raise Refusal(-1125, "This listenKey does not exist.")
        self._until[key] = now + _KEY_S

    def drop(self, key: str) -> None:
        """End a key."""
        self._until.pop(key, None)

    def is_alive(self, key: str, now: float) -> bool:
        """Whether it opens the stream."""
        return self._until.get(key, 0.0) > now


class AccountDesk:
    """What the account's endpoints do."""

    def __init__(self, renderer: Renderer, keys: ListenKeys) -> None:
        self._renderer, self._keys = renderer, keys

    async def account(self, call: Call) -> Json:
        """Show the balances."""
        await call.bourse.exchange.working(None)
        rules = call.bourse.market.rules.values()
        balances = balances_of(call.view.account(), {name for each in rules for name in (each.base, each.quote)})
        if call.parameters.text("omitZeroBalances") == "true":
            balances = [each for each in balances if (each["free"], each["locked"]) != ("0.00000000", "0.00000000")]
        fee = text_of(call.bourse.options.fee)
        return {
            "makerCommission": int(call.bourse.options.fee * 10_000),
            "takerCommission": int(call.bourse.options.fee * 10_000),
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": {"maker": fee, "taker": fee, "buyer": "0.00000000", "seller": "0.00000000"},
            "canTrade": True,
            "canWithdraw": False,
            "canDeposit": False,
            "brokered": False,
            "requireSelfTradePrevention": False,
            "preventSor": False,
            "updateTime": call.now_ms,
            "accountType": "SPOT",
            "balances": balances,
            "permissions": ["SPOT"],
            "uid": 1,
        }

    async def trades(self, call: Call) -> Json:
        """List the account's trades of a symbol."""
        instrument, parameters = call.instrument(), call.parameters
        await call.bourse.exchange.working(instrument)
        fills = call.view.fills(instrument, parameters.integer("orderId"))
        first, limit = parameters.integer("fromId"), parameters.limit(500, 1000)
        since, until = span_of(parameters)
        wall = call.bourse.calendar.wall_at
        chosen = [fill for fill in fills if int(fill.trade_id) >= (first or 0) and since <= wall(fill.market_time) <= until]
        forward = first is not None or parameters.integer("startTime") is not None
        listed = chosen[:limit] if forward else chosen[-limit:]
        orders = {fill.venue_order_id: call.view.order(int(fill.venue_order_id)) for fill in listed}
        lists = {number: list_id_of(order) if order else -1 for number, order in orders.items()}
        return [self._renderer.trade(fill, lists[fill.venue_order_id]) for fill in listed]

    async def deposits(self, call: Call) -> Json:
        """List what was deposited; what was here before the first request was not."""
        return listed(call.bourse.transfers, call.parameters, deposits=True)

    async def withdrawals(self, call: Call) -> Json:
        """List what was withdrawn."""
        return listed(call.bourse.transfers, call.parameters, deposits=False)

    async def make_key(self, call: Call) -> Json:
        """Give a listen key."""
        return {"listenKey": self._keys.make(call.bourse.clock.monotonic())}

    async def keep_key(self, call: Call) -> Json:
        """Keep a listen key alive."""
        self._keys.keep(call.parameters.need("listenKey"), call.bourse.clock.monotonic())
        return {}

    async def drop_key(self, call: Call) -> Json:
        """End a listen key."""
        self._keys.drop(call.parameters.need("listenKey"))
        return {}

    async def commission(self, call: Call) -> Json:
        """Tell the fees of a symbol."""
        fee = text_of(call.bourse.options.fee)
        rates = {"maker": fee, "taker": fee, "buyer": "0.00000000", "seller": "0.00000000"}
        return {"symbol": call.parameters.need("symbol"), "standardCommission": rates}

    async def order_count(self, call: Call) -> Json:
        """List the order counts; they are in the headers too."""
        del call
        return []
