"""What the testnet answers about itself, beside Binance's dialect: faults, the truth about orders, the log, prices held by hand."""

import re
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation

import orjson
from aiohttp import web

from styrman.domain.market import Side
from styrman.testnet.account import balances_of
from styrman.testnet.bourse import Bourse
from styrman.testnet.faults import BadFault, FaultRequest, Faults, Kind, parse_fault
from styrman.testnet.gateway import Gateway
from styrman.testnet.orders import Renderer
from styrman.testnet.refusals import Refusal
from styrman.testnet.symbols import Symbols

_LOG_PAGE = 100_000
_ASSET = re.compile(r"[A-Z0-9]{1,20}")
_MOST, _DECIMALS = Decimal(10) ** 15, 8


class Control:
    """The endpoints that begin with an underscore. They are never struck by a fault, and want no key: the testnet is local."""

    def __init__(self, bourse: Bourse, gateway: Gateway, renderer: Renderer, symbols: Symbols) -> None:
        self._bourse, self._gateway, self._renderer, self._symbols = bourse, gateway, renderer, symbols
        self._faults: Faults = gateway.faults
        self.on_streams: Callable[[FaultRequest], int] = lambda _: 0  # closes or silences streams; how many
        self._routes: dict[tuple[str, str], Callable[[web.Request], Awaitable[web.Response]]] = {
            ("GET", "/_faults"): self._list_faults,
            ("POST", "/_faults"): self._add_fault,
            ("DELETE", "/_faults"): self._clear_faults,
            ("GET", "/_orders"): self._orders,
            ("GET", "/_log"): self._log,
            ("GET", "/_balances"): self._balances,
            ("POST", "/_market"): self._hold,
            ("POST", "/_transfer"): self._transfer,
        }

    async def serve(self, request: web.Request) -> web.Response:
        """Answer; 404 names what there is."""
        handler = self._routes.get((request.method, request.path))
        if handler is None:
            there = ", ".join(f"{method} {path}" for method, path in self._routes)
            return _json({"message": f"There is no {request.method} {request.path}; there are {there}."}, status=404)
        return await handler(request)

    async def _list_faults(self, request: web.Request) -> web.Response:
        del request
        return _json(self._faults.describe())

    async def _add_fault(self, request: web.Request) -> web.Response:
        body = await _body(request)
        try:
            fault = parse_fault(body)
        except BadFault as bad:
            return _json({"message": "This is no fault.", "errors": bad.errors}, status=422)
        if fault.kind is Kind.DROP_STREAM:
            return _json({"streams": self.on_streams(fault)}, status=201)
        return _json(self._faults.add(fault).describe(), status=201)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        del request
        self._faults.clear()
        return _json([])

    async def _orders(self, request: web.Request) -> web.Response:
        """Tell every order ever, hidden or not, with its trades."""
        del request
        await self._bourse.exchange.working(None)
        view = self._bourse.records.view(0, shows_all=True)
        told = []
        for order in view.orders():
            trades = [self._renderer.trade(fill, -1) for fill in view.fills(number=order.number)]
            told.append(self._renderer.full(order) | {"reason": order.reason, "trades": trades})
        return _json(told)

    async def _log(self, request: web.Request) -> web.Response:
        """Tell the last requests, oldest first; `?path=` those of one path."""
        path = request.query.get("path")
        entries = [entry.describe() for entry in self._gateway.log if path in (None, entry.path)]
        return _json(entries[-_LOG_PAGE:])

    async def _balances(self, request: web.Request) -> web.Response:
        del request
        await self._bourse.exchange.working(None)
        return _json(balances_of(self._bourse.records.account(float("inf")), set()))

    async def _hold(self, request: web.Request) -> web.Response:
        """Let the price of a symbol stand where it is told to, from now on."""
        body = await _body(request)
        fields = body if isinstance(body, dict) else {}
        instrument = self._symbols.instruments.get(str(fields.get("symbol")))
        price = _number(fields.get("price"))
        if instrument is None or price <= 0:
            message = f"Write a symbol ({', '.join(self._symbols.instruments)}) and a price above zero."
            return _json({"message": message}, status=422)
        rounded = self._bourse.market.rules[instrument].round_price(price, Side.BUY)
        await self._bourse.hold(instrument, rounded)
        return _json({"symbol": fields["symbol"], "price": str(rounded)})

    async def _transfer(self, request: web.Request) -> web.Response:
        """Let money come to the account, or, below zero, leave it."""
        body = await _body(request)
        fields = body if isinstance(body, dict) else {}
        asset, amount = str(fields.get("asset")), _number(fields.get("amount"))
        if not _ASSET.fullmatch(asset) or not amount or amount != round(amount, _DECIMALS):
            return _json({"message": 'Write an asset ("USDT") and an amount: above zero it comes, below zero it leaves.'}, status=422)
        try:
            made = await self._bourse.transfer(asset, amount)
        except Refusal as refusal:
            return _json({"message": refusal.message}, status=409)
        return _json({"id": f"t{made.number}", "asset": asset, "amount": str(amount), "time": made.at_ms}, status=201)


def _number(sent: object) -> Decimal:
    """Return a number as it was sent; zero where it is none that an account can hold."""
    try:
        number = Decimal(str(sent))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() and abs(number) < _MOST else Decimal(0)


async def _body(request: web.Request) -> object:
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return None


def _json(content: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(content), content_type="application/json")
