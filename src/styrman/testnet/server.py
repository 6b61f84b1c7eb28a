"""The testnet itself: opens the exchange, listens, and passes every request to the gateway, the streams or the control endpoints."""

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import ClassVar, Self

from aiohttp import web

from styrman.clock import Clock, SystemClock
from styrman.errors import PortInUse
from styrman.testnet.account import AccountDesk, ListenKeys
from styrman.testnet.bourse import Bourse
from styrman.testnet.connections import Connections
from styrman.testnet.control import Control
from styrman.testnet.delivery import deliver, error_answer, reset
from styrman.testnet.endpoints import account_endpoints, market_endpoints, order_endpoints
from styrman.testnet.events import UserStream
from styrman.testnet.faults import Kind
from styrman.testnet.gateway import Asked, Gateway
from styrman.testnet.limits import Limits
from styrman.testnet.lists import ListDesk
from styrman.testnet.market import MarketDesk
from styrman.testnet.options import TestnetOptions
from styrman.testnet.orders import Renderer
from styrman.testnet.signing import read_pairs, unsigned
from styrman.testnet.socket_api import SocketApi
from styrman.testnet.sockets import StreamSockets
from styrman.testnet.streams import StreamNames, Teller
from styrman.testnet.symbols import Symbols
from styrman.testnet.tape import Tape
from styrman.testnet.trading import OrderDesk
from styrman.venues.simulation.source import Source

_GRACE_S = 1.0  # for requests under way when it is told to end
_FOLDER_SUFFIX = ".d"  # of the folder beside the state file


class Testnet:
    """A local exchange. `async with Testnet(options) as testnet:` listens at `testnet.url` inside the block.

    `clock` is the server's; `source` a market of one's own in place of the options'. ConfigInvalid, PortInUse, VenueUnavailable.
    """

    __test__: ClassVar[bool] = False  # not a test, though its name begins like one

    def __init__(self, options: TestnetOptions | None = None, *, clock: Clock | None = None, source: Source | None = None) -> None:
        self.options = options or TestnetOptions()
        self._clock, self._source = clock or SystemClock(), source
        self._stack = AsyncExitStack()
        self.url = ""

    @property
    def key(self) -> str:
        """The API key."""
        return self.options.key

    @property
    def secret(self) -> str:
        """Its secret."""
        return self.options.secret

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()

    async def _open(self, stack: AsyncExitStack) -> None:
        bourse = Bourse(self.options, self._folder(stack), self._clock, self._source)
        stack.push_async_callback(bourse.close)
        await bourse.open()
        self.bourse = bourse
        self._connections = Connections(self._clock)
        self._build(bourse)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE_S)
        stack.push_async_callback(runner.cleanup)
        stack.push_async_callback(self._connections.close)
        await runner.setup()
        site = web.TCPSite(runner, self.options.host, self.options.port)
        try:
            await site.start()
        except OSError as error:
            raise PortInUse(f"The testnet can't listen on {self.options.host}:{self.options.port}: {error.strerror}.") from None
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    def _folder(self, stack: AsyncExitStack) -> Path:
        """Return the folder of the account's journal."""
        if self.options.state is not None:
            return Path(f"{self.options.state}{_FOLDER_SUFFIX}")
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="styrman-testnet-")))

    def _build(self, bourse: Bourse) -> None:
        symbols = Symbols(bourse.market.rules)
        renderer, tape = Renderer(symbols, bourse.calendar), Tape(bourse.market)
        limits = Limits(self._clock, weight=self.options.weight_limit, orders=self.options.order_limit)
        keys = ListenKeys()
        market = MarketDesk(tape, symbols, limits)
        endpoints = market_endpoints(market)
        endpoints |= account_endpoints(AccountDesk(renderer, keys))
        endpoints |= order_endpoints(OrderDesk(renderer), ListDesk(renderer))
        self.gateway = Gateway(bourse, endpoints, symbols, limits)
        self._control = Control(bourse, self.gateway, renderer, symbols)
        self._control.on_streams = self._connections.strike
        users = UserStream(bourse, renderer, symbols)
        teller = Teller(bourse, tape, market, symbols)
        self._streams = StreamSockets(bourse, StreamNames(symbols), teller, users, keys, self._connections)
        self._socket_api = SocketApi(self.gateway, users, self._connections, self._clock)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Answer any request."""
        if request.path.startswith("/_"):
            return await self._control.serve(request)
        if "upgrade" in request.headers.get("Connection", "").lower():
            return await (self._socket_api if "/ws-api/" in request.path else self._streams).serve(request)
        return await self._answer(request)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request of the REST API."""
        query, body = request.rel_url.raw_query_string, (await request.read()).decode()
        parameters = read_pairs(query) | read_pairs(body)
        entry, strikes = self.gateway.enter(request.method, request.path, parameters)
        if delay_s := strikes.seconds(Kind.DELAY):
            await self._clock.sleep(delay_s)
        if strikes.before(Kind.RESET):
            reset(request)
            return web.Response()
        if (fault := strikes.before(Kind.STATUS)) is not None:
            entry.status = fault.status
            return await deliver(request, error_answer(fault.status), strikes)
        asked = Asked(
            method=request.method,
            path=request.path,
            parameters=parameters,
            key=request.headers.get("X-MBX-APIKEY"),
            payload=unsigned(query) + unsigned(body),
        )
        answer = await self.gateway.execute(asked, strikes)
        entry.status = answer.status
        if delay_s := strikes.seconds(Kind.DELAY_ANSWER):
            await self._clock.sleep(delay_s)
        return await deliver(request, answer, strikes)
