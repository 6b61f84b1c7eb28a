"""A testnet as a process: runs until SIGTERM or Ctrl-C. kill -9 loses nothing that was answered, where it has a state file."""

import asyncio
import signal
import sys
from collections.abc import Callable

import structlog

from styrman.testnet.options import TestnetOptions
from styrman.testnet.server import Testnet


def run(options: TestnetOptions, on_listening: Callable[[str], None]) -> None:
    """Serve until told to end; `on_listening` gets the address. ConfigInvalid, PortInUse, VenueUnavailable."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the address alone
    asyncio.run(_serve(options, on_listening))


async def _serve(options: TestnetOptions, on_listening: Callable[[str], None]) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    async with Testnet(options) as testnet:
        on_listening(testnet.url)
        await told.wait()
