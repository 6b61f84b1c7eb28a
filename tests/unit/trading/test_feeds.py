import pickle
import threading

from styrman.domain.market import Candles
from styrman.trading.feeds import CandleWindow


class Shared:
    """A series as the hub holds it: with things that can't leave the process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def tail(self, count: int) -> Candles:
        return Candles.from_rows("BTC/USDT", "1m", [(60_000 * n, 1.0, 2.0, 0.5, 1.5, 10.0) for n in range(count)])


def test_candles_of_a_context_cross_to_another_process_without_what_feeds_them() -> None:
    key = ("BTC/USDT", "1m")
    window = CandleWindow({key: Shared()}, 3)  # type: ignore[dict-item] # it is read, and nothing else
    crossed = pickle.loads(pickle.dumps(window))  # noqa: S301 - our own bytes

    assert list(crossed) == [key]
    assert crossed[key].time.tolist() == [0, 60_000, 120_000]
