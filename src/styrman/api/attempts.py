"""Wrong tokens, counted by where they come from: ten a minute are answered, further ones wait. The right token is never counted."""

import math
from collections import OrderedDict, deque
from dataclasses import dataclass

from styrman.api.origins import source_of
from styrman.clock import Clock
from styrman.log import get_logger

log = get_logger()


@dataclass(slots=True)
class _Attempts:
    """The wrong tokens of one source: when the last ones were answered, and when the log was told of it."""

    answered: deque[float]
    told_at: float = -math.inf


class WrongTokens:
    """Counts wrong tokens by address: ten a minute are answered, further ones wait. Remembers the last few thousand addresses."""

    LIMIT, WINDOW_S, ADDRESSES = 10, 60.0, 4096

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, _Attempts] = OrderedDict()

    def count(self, address: str) -> float:
        """Count one; return for how many seconds further ones are refused, 0 where this one is still answered."""
        now, source = self._clock.monotonic(), source_of(address)
        attempts = self._seen.setdefault(source, _Attempts(deque(maxlen=self.LIMIT)))
        self._seen.move_to_end(source)
        if len(self._seen) > self.ADDRESSES:
            self._seen.popitem(last=False)
        if len(attempts.answered) < self.LIMIT or now - attempts.answered[0] >= self.WINDOW_S:
            attempts.answered.append(now)
            return 0.0
        if now - attempts.told_at >= self.WINDOW_S:
            attempts.told_at = now
            log.warning("too many wrong tokens; further ones are refused for a minute", address=source)
        return attempts.answered[0] + self.WINDOW_S - now
