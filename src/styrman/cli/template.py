"""The file that `strategy new` writes: a strategy that runs as it is, commented for its first reader."""

from string import Template

_TEXT = Template('''"""A strategy of your own. styrman reads this file whenever a bot that names `$name` starts.

Check it:   styrman strategy check $path
Try it:     styrman bot create --id my-$id --strategy $name --venue sim --instrument BTC/USDT
            styrman bot start my-$id --wait
Change it:  edit, check, then: styrman bot restart my-$id
"""

import numpy as np
from pydantic import Field

from styrman import Candles, Strategy


class $title(Strategy):
    """Holds while the close is above its own average."""  # this line stands in `styrman strategy list`

    # Parameters are fields: typed, checked before a bot is accepted, shown as a form. In a spec: params: {window: 50}
    window: int = Field(20, ge=2, le=500, description="Candles of the average")

    @property
    def warmup(self) -> int:
        """Closed candles needed before the first decision."""
        return self.window

    def target(self, candles: Candles) -> np.ndarray:
        """For each closed candle, the wanted fraction of the bot's equity: 1 all of it, 0 flat, NaN no opinion.

        Say what should be, never "buy": styrman compares it with what is and sends the difference. Be pure: the value for
        a candle may depend on that candle and earlier ones, on nothing else. Columns are numpy arrays: candles.open, high,
        low, close, volume, and time in ms.
        """
        sums = np.cumsum(np.insert(candles.close, 0, 0.0))
        average = np.full(len(candles), np.nan)
        average[self.window - 1 :] = (sums[self.window :] - sums[: -self.window]) / self.window
        return np.where(np.isnan(average), np.nan, np.where(candles.close > average, 1.0, 0.0))

    # For full control override `async def decide(self, ctx)` instead of `target`. It sees the book, the working orders and
    # a durable dict `ctx.state`, and returns a styrman.Plan with targets, working orders and protections.
''')


def strategy_file(name: str, path: str) -> str:
    """Return the text of a new strategy called `name` (snake_case), to be written to `path`."""
    title = "".join(part.capitalize() for part in name.split("_"))
    return _TEXT.substitute(name=name, path=path, title=title, id=name.replace("_", "-"))
