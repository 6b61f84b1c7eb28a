"""styrman: runs, supervises and steers trading bots, one or ten thousand, in one process.

The public names are imported on first use: `import styrman` alone costs nothing, so the command line stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from styrman.config import Settings
    from styrman.domain.market import Candles, Side
    from styrman.domain.orders import Protection, WorkingOrder
    from styrman.domain.plan import Context, Plan
    from styrman.manager.manager import BotManagerAsync
    from styrman.manager.state import AsyncBotState
    from styrman.trading.strategy import Strategy

__version__ = "0.1.0"

_HOMES = {
    "AsyncBotState": "styrman.manager.state",
    "BotManagerAsync": "styrman.manager.manager",
    "Candles": "styrman.domain.market",
    "Context": "styrman.domain.plan",
    "Plan": "styrman.domain.plan",
    "Protection": "styrman.domain.orders",
    "Settings": "styrman.config",
    "Side": "styrman.domain.market",
    "Strategy": "styrman.trading.strategy",
    "WorkingOrder": "styrman.domain.orders",
}

__all__ = [
    "AsyncBotState",
    "BotManagerAsync",
    "Candles",
    "Context",
    "Plan",
    "Protection",
    "Settings",
    "Side",
    "Strategy",
    "WorkingOrder",
    "__version__",
]


def __getattr__(name: str) -> object:
    """Import a public name from its home."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'styrman' has no attribute {name!r}")
    return getattr(import_module(home), name)
