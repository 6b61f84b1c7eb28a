"""The service that most tests look at: a fast market, a bot that surely trades, one whose orders rest, one that crashes, and idle ones."""

from collections.abc import Mapping
from pathlib import Path
from shutil import copy

from acceptance.service import Service, idle, spec, until

STRATEGIES = Path(__file__).with_name("restless.py")
# A candle each second. A bot that crashed twice is not restarted for minutes: it is found backing off.
CONFIG = """\
[venues.sim]
adapter = "simulated"
speed = 60
[supervision]
max_restarts = 1
"""
TRADING: dict[str, object] = {"capital": "10000", "timeframe": "1m"}
TRADER, RESTING, CRASHING, FAILED = "trader", "resting", "crashing", "failed"
IDLE = tuple(f"idle-{number:02}" for number in range(12))


def open_house(home: Path, *, config: str = CONFIG, env: Mapping[str, str] | None = None) -> Service:
    """Return a service with the strategies of these tests, not started yet."""
    service = Service(home, config=config, env=env)
    (home / "strategies").mkdir(exist_ok=True)
    copy(STRATEGIES, home / "strategies")
    return service


def resting(bot_id: str) -> dict[str, object]:
    """Return the spec of a bot whose orders rest far below the price."""
    return spec(bot_id, "grid", params={"levels": 3, "step": 0.03}, **TRADING)


def trading(bot_id: str) -> dict[str, object]:
    """Return the spec of a bot that each candle brings a fill."""
    return spec(bot_id, "restless", **TRADING)


def crashing(bot_id: str) -> dict[str, object]:
    """Return the spec of a bot that crashes and is restarted for ever."""
    return spec(bot_id, "crashing", cycle={"every_s": 0.2})


def failing(bot_id: str) -> dict[str, object]:
    """Return the spec of a bot that crashes once and is given up."""
    return spec(bot_id, "wrong", cycle={"every_s": 0.2}, restart={"policy": "never"})


def furnish(house: Service) -> None:
    """Create the bots that the tests look at and none of them changes; return once they are as they shall be."""
    quiet = [idle(bot_id, capital="100", labels={"team": "night" if number % 3 else "day"}) for number, bot_id in enumerate(IDLE)]
    house.apply([trading(TRADER), resting(RESTING), crashing(CRASHING), failing(FAILED), *quiet])
    house.post("/operations", {"action": "start", "ids": [TRADER, RESTING, CRASHING, FAILED, *IDLE[:6]], "reason": "the house opens"})
    until(lambda: _is_furnished(house), within_s=60, what=lambda: str(house.bots()))


def _is_furnished(house: Service) -> bool:
    bots = house.bots()
    runs = all(bots[bot_id]["observed"] == "RUNNING" for bot_id in (TRADER, RESTING, *IDLE[:6]))
    down = (bots[CRASHING]["observed"], bots[CRASHING]["restarts"], bots[FAILED]["observed"]) == ("BACKOFF", 2, "FAILED")
    return runs and down and bool(bots[RESTING]["working_orders"])
