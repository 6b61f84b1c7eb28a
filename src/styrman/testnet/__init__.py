"""A local exchange that speaks Binance's spot dialect, REST and WebSocket, over the simulated market, and fails on request."""

from styrman.testnet.options import TestnetOptions
from styrman.testnet.server import Testnet

__all__ = ["Testnet", "TestnetOptions"]
