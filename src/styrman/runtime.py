"""The composition root: the one file that names concrete adapters. It wires a manager, and runs it as a service."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from styrman.access import TokenFile, ensure_token, write_profile
from styrman.access.sessions import Sessions
from styrman.api.app import create_app
from styrman.api.server import ApiServer
from styrman.clock import Clock
from styrman.compute.dispatch import Dispatcher
from styrman.config import Settings, VenueSettings
from styrman.errors import ConfigInvalid, Invalid, PortInUse, UnsafeBind
from styrman.log import get_logger
from styrman.manager.manager import BotManagerAsync
from styrman.manager.wiring import Wiring
from styrman.market.hub import MarketHub
from styrman.market.limiter import Budgets
from styrman.ports import Venue
from styrman.store.repositories import SqlStore
from styrman.telemetry import Instrumentation
from styrman.trading.catalogue import Catalogue
from styrman.venues.ccxt import CcxtMarket, CcxtVenue
from styrman.venues.exchange.options import parse_options
from styrman.venues.exchange.sharing import Shared
from styrman.venues.paper import PAPER_OPTIONS, PaperVenue
from styrman.venues.simulated import SimulatedVenue

log = get_logger()
EXIT_FAILED = 1
# The young are looked at often and the old seldom: with ten thousand bots each look holds the loop up for 3 ms instead of 10 to 20.
GC_THRESHOLDS = (700, 2, 50)
DEMO: tuple[Mapping[str, object], ...] = (
    {
        "id": "demo-trend",
        "strategy": "ema_cross",
        "params": {"fast": 8, "slow": 21, "stop_loss": 0.02},
        "instruments": ["BTC/USDT", "ETH/USDT"],
    },
    {"id": "demo-reversion", "strategy": "rsi_reversion", "instruments": ["SOL/USDT"]},
    {"id": "demo-grid", "strategy": "grid", "instruments": ["XRP/USDT"]},
)
VenueMaker = Callable[[str, VenueSettings, Path, Clock, Shared], Venue]


def _simulated(name: str, settings: VenueSettings, home: Path, clock: Clock, shared: Shared) -> Venue:
    del shared
    return SimulatedVenue(name, settings.options, folder=home / "venues" / name, clock=clock)


def _ccxt(name: str, settings: VenueSettings, home: Path, clock: Clock, shared: Shared) -> Venue:
    """Live only where the settings say so; else our own fills on what everybody may see."""
    options = parse_options(name, settings.options, also=PAPER_OPTIONS)
    if options.live:
        return CcxtVenue(name, settings.options, shared=shared, home=home, clock=clock)
    market = CcxtMarket(name, options, shared=shared, clock=clock)
    return PaperVenue(name, settings.options, source=market, folder=home / "venues" / name, clock=clock)


VENUES: Mapping[str, VenueMaker] = {"simulated": _simulated, "ccxt": _ccxt}


def wire(settings: Settings, clock: Clock) -> Wiring:
    """Build the adapters that the settings ask for. ConfigInvalid names the setting that can't be used."""
    shared = Shared(Budgets(clock))
    venues = {name: _venue(name, each, settings.home, clock, shared) for name, each in settings.venues.items()}
    catalogue = Catalogue(settings.home)
    telemetry = Instrumentation(settings)
    return Wiring(
        store=SqlStore(settings, clock),
        venues=venues,
        market=MarketHub(venues, clock),
        compute=Dispatcher(settings.compute, catalogue, clock),
        telemetry=telemetry,
        catalogue=catalogue,
        close=telemetry.close,
    )


def _venue(name: str, settings: VenueSettings, home: Path, clock: Clock, shared: Shared) -> Venue:
    make = VENUES.get(settings.adapter)
    if make is None:
        raise ConfigInvalid(f"Venue {name!r} names the adapter {settings.adapter!r}; there are: {', '.join(VENUES)}.")
    return make(name, settings, home, clock, shared)


# ---------------------------------------------------------------- the service


def serve(settings: Settings, *, demo: bool | None = None) -> int:
    """Run the service until SIGINT or SIGTERM; return the exit code. StartupError, in one sentence, where it can't start.

    `demo`: create and start three demo bots; None: only where there are no bots at all.
    """
    check_bind(settings)
    os.umask(0o077)  # what the home folder holds is its owner's
    gc.set_threshold(*GC_THRESHOLDS)
    with listening(settings) as listener:
        return asyncio.run(_serve(settings, listener, demo=demo))


async def _serve(settings: Settings, listener: socket.socket, *, demo: bool | None) -> int:
    manager = BotManagerAsync(settings)
    tokens = TokenFile(settings.home)
    sessions = Sessions(settings.home, seal=tokens.hash, now=manager.clock.timestamp)
    app = create_app(manager, verify=tokens.matches, sessions=sessions)
    # The lifespan runs here, not within uvicorn: what fails there is ours to tell in one sentence.
    async with app.router.lifespan_context(app):
        link = _grant_access(settings, listener)
        await _start_demo(manager, demo=demo)
        server = ApiServer(_uvicorn(settings, app), manager.bus, on_listening=partial(print, link, flush=True))
        failing = asyncio.ensure_future(manager.failure())
        failing.add_done_callback(lambda _: setattr(server, "should_exit", True))
        with _signals(server):
            await server.serve(sockets=[listener])
        failed = failing.done()
        failing.cancel()
    return EXIT_FAILED if failed else 0


def _uvicorn(settings: Settings, app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type] # an ASGI application; FastAPI is one
        lifespan="off",
        log_config=None,
        access_log=False,
        root_path=settings.root_path,
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips="127.0.0.1,::1",
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


@contextlib.contextmanager
def _signals(server: ApiServer) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the server, and only that: uvicorn's own way raises them again before we have cleaned up."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def check_bind(settings: Settings) -> None:
    """Raise UnsafeBind where the service would speak in the clear to more than this machine, and nobody asked for it by name."""
    safe = is_loopback(settings.host) or settings.tls_certificate is not None or settings.behind_proxy or settings.allow_insecure_bind
    if not safe:
        raise UnsafeBind(
            f"Listening on {settings.host} without TLS would send the token in the clear; set tls_certificate and tls_key, "
            "or behind_proxy = true behind a proxy that speaks TLS, or, knowing that, allow_insecure_bind = true."
        )


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Hold a socket that listens on the settings' address. PortInUse."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or asyncio leaves Nagle's algorithm on
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # It takes no connection before the server runs: whoever connects early waits in the backlog instead of being refused.
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise PortInUse(f"Can't listen on {where}: {error.strerror or error}; choose another with --port or STYRMAN_PORT.") from error
    with listener:
        yield listener


def _grant_access(settings: Settings, listener: socket.socket) -> str:
    """Make the admin token at the first start; return the line that tells the address, and that token this once."""
    grant = ensure_token(settings.home, settings.admin_token)
    scheme = "https" if settings.tls_certificate else "http"
    host, port = listener.getsockname()[:2]
    url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{settings.root_path}"
    own_token = settings.admin_token.get_secret_value() if settings.admin_token else grant.token
    write_profile(settings.home, url=url, token=own_token)
    link = f"{url}/#token={grant.token}" if grant.token else f"{url}/"
    note = "  (the token is shown this once; styrman token reset makes another)" if grant.token else ""
    return f"styrman runs at {link}{note}"


async def _start_demo(manager: BotManagerAsync, *, demo: bool | None) -> None:
    bots = await manager.list_bots(limit=1)
    if demo is False or (demo is None and bots.items):
        return
    specs = [{**spec, "venue": "sim", "capital": "10000", "labels": {"demo": "true"}} for spec in DEMO]
    try:
        await manager.apply_bots(specs, actor="styrman", reason="demo")  # type: ignore[arg-type] # JSON values, checked by admission
        await manager.operate("start", selector="demo=true", actor="styrman", reason="demo")
    except Invalid as error:
        log.warning("no demo bots: this market has other instruments", error=error.detail)
