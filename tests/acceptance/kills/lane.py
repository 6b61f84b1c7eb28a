"""One testnet and one home, and lives of the service on it that are killed at random moments."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from acceptance.kills.ledger import Held, Journal, differences, leftovers, read_journal
from acceptance.service import PROGRAM, TOKEN, environment, free_port, until

TESTS = Path(__file__).parents[2]
KEY, SECRET = "a-key-of-the-kill-loop", "a-secret-of-the-kill-loop"
REST_S = 60.0  # after the last kill, everything comes to rest within this
FAULTS: tuple[Mapping[str, object], ...] = (
    {"method": "POST", "path": "/api/v3/order*", "kind": "drop_answer", "p": 0.10},
    {"method": "POST", "path": "/api/v3/order*", "kind": "status", "status": 503, "executed": True, "p": 0.03},
    {"method": "POST", "path": "/api/v3/order*", "kind": "status", "status": 503, "p": 0.03},
    {"method": "POST", "path": "/api/v3/order*", "kind": "reset", "p": 0.03},
    {"method": "POST", "path": "/api/v3/order*", "kind": "vanish", "seconds": 0.2, "p": 0.10},
    {"method": "DELETE", "path": "/api/v3/order*", "kind": "drop_answer", "p": 0.10},
    {"method": "GET", "path": "/api/v3/order*", "kind": "status", "status": 502, "p": 0.03},
    {"method": "GET", "path": "/api/v3/*", "kind": "stale", "seconds": 0.2, "p": 0.05},
)
CONFIG = """
port = 0
[venues.binance]
adapter = "ccxt"
exchange = "binance"
market = "spot"
base_url = "{url}"
credential = "main"
live = true
visibility_lag_s = 0.4
window_s = 0.5

[orders]
clock_skew_s = 0.1
proof_gap_s = 0.1

[log]
format = "json"
"""


def spec(bot_id: str, strategy: str, instrument: str, every_s: float = 0.15) -> dict[str, object]:
    """Return the spec of a bot that trades live."""
    return {
        "id": bot_id,
        "strategy": strategy,
        "venue": "binance",
        "instruments": [instrument],
        "capital": "500",
        "compute": "inline",
        "cycle": {"every_s": every_s},
        "risk": {"max_order_value": "1000", "max_orders_per_minute": 10_000},
    }


SPECS = (
    spec("flip-1", "flipper", "BTC/USDT"),
    spec("flip-2", "flipper", "ETH/USDT", 0.2),
    spec("mesh", "mesh", "ETH/USDT"),
    spec("chain", "chain", "BTC/USDT", 0.1),
    spec("brackets", "brackets", "BTC/USDT", 0.1),
)


@dataclass
class Lane:
    """Leaving the context ends everything. `plant` names the bug, if any."""

    folder: Path
    seed: int
    plant: str = ""
    kills: int = 0
    kills_while_busy: int = 0  # the ones that left an intent without an outcome
    intents: int = 0
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self._log = self.folder / "home.log"
        self._log.touch()
        self._log_began = 0
        self._chance = random.Random(self.seed)  # noqa: S311 - a choice of moments, not a secret
        self._port = free_port()
        self._testnet: subprocess.Popen[bytes] | None = None
        self._zygote: subprocess.Popen[str] | None = None
        self._pid = 0
        self._http = httpx.Client(timeout=10)

    # ------------------------------------------------------------ the exchange and the home

    @property
    def url(self) -> str:
        """Where the testnet listens."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._begin_testnet()
        self._furnish()
        self._begin_zygote()
        self._create_bots()
        for fault in FAULTS:
            self._http.post(f"{self.url}/_faults", json={"count": 1_000_000_000, "seed": self.seed, **fault}).raise_for_status()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._pid:
            self._end_life()
        for process in (self._zygote, self._testnet):
            if process is not None:
                process.kill()
                process.wait(10)
                for pipe in (process.stdin, process.stdout):
                    if pipe is not None:
                        pipe.close()
        self._http.close()

    def _begin_testnet(self) -> None:
        market = f"--symbols BTC/USDT,ETH/USDT --source synthetic --seed {self.seed} --speed 60"
        market += " --weight-limit 1000000000 --order-limit 1000000"  # a start a second asks for more than Binance would allow
        options = f"--port {self._port} {market} --key {KEY} --secret {SECRET}"
        command = [str(PROGRAM), "testnet", *options.split(), "--state", str(self.folder / "testnet.db")]
        with (self.folder / "testnet.log").open("ab") as log:
            self._testnet = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._testnet_answers, within_s=30, what=lambda: (self.folder / "testnet.log").read_text()[-1500:])

    def _testnet_answers(self) -> bool:
        try:
            return self._http.get(f"{self.url}/api/v3/ping").is_success
        except httpx.TransportError:
            return False

    def _furnish(self) -> None:
        (self.home / "strategies").mkdir(parents=True)
        (self.home / "config.toml").write_text(CONFIG.format(url=self.url))
        mine = Path(__file__).with_name("strategies.py").read_text()
        (self.home / "strategies" / "kills.py").write_text(mine)

    def _begin_zygote(self) -> None:
        credential = {"STYRMAN_CREDENTIAL_MAIN_KEY": KEY, "STYRMAN_CREDENTIAL_MAIN_SECRET": SECRET}
        env = environment(STYRMAN_ADMIN_TOKEN=TOKEN, PYTHONPATH=str(TESTS), OPENBLAS_NUM_THREADS="1", **credential)
        command = [sys.executable, "-m", "acceptance.kills.zygote", str(self.home), self.plant]
        with (self.folder / "zygote.log").open("ab") as log:
            self._zygote = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)

    def _ask(self, words: str) -> int:
        assert self._zygote is not None
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(f"{words}\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    # ------------------------------------------------------------ lives

    def _begin_life(self) -> None:
        (self.home / "boots.json").unlink(missing_ok=True)  # many of these lives end before they are ready: no reason for safe mode
        self._log_began = self._log.stat().st_size
        self._pid = self._ask("life")

    def _end_life(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self._ask(f"reap {self._pid}")
        self._pid = 0

    def _api(self) -> httpx.Client:
        """Return a client of the life that runs, once it answers."""
        until(lambda: bool(self._links()), within_s=30, what=self.last_words)
        return httpx.Client(base_url=f"{self._links()[0]}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)

    def _links(self) -> list[str]:
        """Return the address that the life printed, if it has."""
        return re.findall(r"styrman runs at (http://[^/\s]+)", self._log.read_bytes()[self._log_began :].decode(errors="replace"))

    def last_words(self) -> str:
        """Return the end of what the lives wrote."""
        return self._log.read_text(errors="replace")[-3000:]

    def _create_bots(self) -> None:
        self._begin_life()
        with self._api() as api:
            answer = api.post("/bots/apply", json=SPECS)
            assert answer.is_success, answer.text
            for bot in SPECS:
                answer = api.post(f"/bots/{bot['id']}/start", params={"wait": 20})
                assert answer.is_success, answer.text
        self._end_life()

    def kill_once(self) -> None:
        """Let a life begin, kill it at a random moment, and compare what it left with the exchange."""
        self._begin_life()
        threading.Event().wait(
            self._chance.choice((self._chance.uniform(0.05, 0.7), self._chance.uniform(0.7, 2.2), self._chance.uniform(0.7, 2.2)))
        )
        self._end_life()
        self.kills += 1
        journal = self.look()
        self.kills_while_busy += bool(journal.unresolved)

    def look(self) -> Journal:
        """Note what must not be, the process being dead."""
        journal = read_journal(self.home)
        self.intents = len(journal.intents)
        self.problems += [f"kill {self.kills}: {each}" for each in differences(journal, self.orders())]
        return journal

    def rest(self) -> Journal:
        """Let a last life stop its bots and clear up without faults; then nothing may be left over."""
        self._http.delete(f"{self.url}/_faults").raise_for_status()
        self._begin_life()
        with self._api() as api:
            api.post("/operations", json={"action": "stop", "all": True, "reason": "the end"}).raise_for_status()
            began = time.monotonic()
            until(
                lambda: self._rests(api),
                within_s=REST_S,
                what=lambda: f"{time.monotonic() - began:.0f} s: {self._unrest(api)}",
                every_s=0.2,
            )
        self._end_life()
        journal = self.look()
        self.problems += [f"at the end: {each}" for each in leftovers(journal, self.orders())]
        return journal

    def _rests(self, api: httpx.Client) -> bool:
        return not self._unrest(api)

    def _unrest(self, api: httpx.Client) -> str:
        accounts = api.get("/accounts").json()["items"]
        if not all(account["checked_at"] for account in accounts):
            return "what the life before left open is not known yet"
        bots = api.get("/bots", params={"limit": 100}).json()["items"]
        return ", ".join(
            f"{bot['id']} {bot['observed']} {bot['unresolved_orders']}"
            for bot in bots
            if bot["observed"] != "STOPPED" or bot["unresolved_orders"]
        )

    def orders(self) -> Iterator[Held]:
        """Yield every order that the exchange ever took."""
        for order in self._http.get(f"{self.url}/_orders").raise_for_status().json():
            yield Held(order["clientOrderId"], order["status"], Decimal(order["executedQty"]))
