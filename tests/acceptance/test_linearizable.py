"""Eight clients start, stop and read the same three bots while the service is killed: one order of all commands explains every answer.

`STYRMAN_KILLS=50` kills fifty times instead of four.
"""

import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from acceptance.linear import Operation, Register, explain
from acceptance.service import TOKEN, Service, idle

BOTS = ("a", "b", "c")
CLIENTS = 8
KILLS = int(os.environ.get("STYRMAN_KILLS", "4"))
CREATED = Register(1, "STOPPED")


class Client:
    """Does one thing after the other to random bots, and notes when it asked, when it was answered, and what."""

    def __init__(self, service: Service, chance: random.Random, over: threading.Event) -> None:
        self.history: dict[str, list[Operation]] = {bot_id: [] for bot_id in BOTS}
        self._service, self._chance, self._over = service, chance, over
        self._http = httpx.Client(base_url=service.http.base_url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)

    def run(self) -> None:
        """Go on until told that it is over."""
        with self._http:
            while not self._over.is_set():
                bot_id = self._chance.choice(BOTS)
                operation = self._ask(bot_id, self._chance.choice(("start", "stop", "read")))
                if operation is not None:
                    self.history[bot_id].append(operation)

    def _ask(self, bot_id: str, action: str) -> Operation | None:
        asked = Operation(action, time.monotonic())
        path = f"/api/v1/bots/{bot_id}"
        try:
            answer = self._http.get(path) if action == "read" else self._http.post(f"{path}/{action}")
        except httpx.ConnectError:  # nobody took it
            self._over.wait(0.05)
            return None
        except httpx.TransportError:  # who took it is dead: what hasn't happened by now never will
            return None if action == "read" else replace(asked, returned=time.monotonic())
        assert answer.is_success, answer.text
        row = answer.json()
        seen = Register(row["generation"], row["desired"])
        return replace(asked, returned=time.monotonic(), seen=seen, changed=answer.status_code == httpx.codes.ACCEPTED)


def histories(service: Service, chance: random.Random) -> dict[str, list[Operation]]:
    """Let the clients work while the service is killed and started again, and return what each bot saw."""
    over = threading.Event()
    clients = [Client(service, random.Random(chance.random()), over) for _ in range(CLIENTS)]  # noqa: S311 - choices, not secrets
    with ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(client.run) for client in clients]
        try:
            for _ in range(KILLS):
                over.wait(chance.uniform(0.3, 1.2))
                service.kill()
                service.start()
            over.wait(0.5)
        finally:
            over.set()
        for each in work:
            each.result()
    return {bot_id: [operation for client in clients for operation in client.history[bot_id]] for bot_id in BOTS}


def test_commands_on_a_bot_are_linearizable_through_kills(make_service: Callable[..., Service]) -> None:
    service = make_service().start()
    service.apply([idle(bot_id, every_s=0.5) for bot_id in BOTS])
    chance = random.Random(5)  # noqa: S311 - choices, not secrets
    seen = histories(service, chance)

    for history in seen.values():
        answered = [operation for operation in history if operation.seen is not None]

        assert len(answered) > 100
        assert len(answered) < len(history)  # some commands were cut off, else the test says little
        assert explain(history, CREATED) is None
        assert explain(with_a_lie(history, chance), CREATED) is not None


def with_a_lie(history: list[Operation], chance: random.Random) -> list[Operation]:
    """Return the history with one answer that a service which had forgotten the last command would have given."""
    place = chance.choice([i for i, op in enumerate(history) if op.seen is not None and op.changed])
    told = history[place]
    assert told.seen is not None
    return [*history[:place], replace(told, seen=told.seen._replace(generation=told.seen.generation - 1)), *history[place + 1 :]]


# ---------------------------------------------------------------- the checker itself

START, STOP = Register(2, "RUNNING"), Register(3, "STOPPED")


def test_a_read_that_comes_after_a_start_may_not_miss_it() -> None:
    start = Operation("start", 0, 1, START, changed=True)

    assert explain([start, Operation("read", 2, 3, CREATED)], CREATED) is not None
    assert explain([start, Operation("read", 0.5, 3, CREATED)], CREATED) is None


def test_two_reads_may_not_see_a_start_and_then_not() -> None:
    start = Operation("start", 0, 9, START, changed=True)

    assert explain([start, Operation("read", 1, 2, START), Operation("read", 3, 4, CREATED)], CREATED) is not None
    assert explain([start, Operation("read", 1, 2, CREATED), Operation("read", 3, 4, START)], CREATED) is None


@pytest.mark.parametrize("seen", [CREATED, START])
def test_a_command_without_an_answer_may_have_happened_or_not(seen: Register) -> None:
    assert explain([Operation("start", 0, 1), Operation("read", 2, 3, seen)], CREATED) is None


def test_a_command_without_an_answer_happens_once_and_not_after_the_death() -> None:
    lost = Operation("start", 0, 1)

    assert explain([lost, Operation("read", 2, 3, CREATED), Operation("read", 4, 5, START)], CREATED) is not None


def test_two_starts_at_a_time_may_not_both_be_the_one_that_changed_it() -> None:
    both = [Operation("start", at, 5, START, changed=True) for at in (0, 1)]

    assert explain(both, CREATED) is not None
    assert explain([both[0], replace(both[1], changed=False)], CREATED) is None


def test_a_stop_and_a_start_at_a_time_are_told_in_one_order() -> None:
    start, stop = Operation("start", 0, 5, START, changed=True), Operation("stop", 1, 4, STOP, changed=True)

    assert explain([start, stop], CREATED) is None
    assert explain([start, replace(stop, seen=CREATED, changed=False)], CREATED) is None
    assert explain([start, replace(stop, seen=STOP, changed=False)], CREATED) is not None
