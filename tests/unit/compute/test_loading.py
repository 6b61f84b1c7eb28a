import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from styrman.compute.loading import Bundle, is_loaded, load_strategy
from styrman.ports import Work

SOURCE = b"""
import styrman_gate
styrman_gate.entered.set()
styrman_gate.leave.wait(10)
from styrman import Strategy
class Slow(Strategy): ...
"""


def test_nobody_sees_a_module_that_another_thread_is_still_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = SimpleNamespace(entered=threading.Event(), leave=threading.Event())
    monkeypatch.setitem(sys.modules, "styrman_gate", gate)
    bundle = Bundle("b1", Work(kind="strategy", name="slow", module="styrman_home.slow_1", qualname="Slow", path="slow.py"), {}, SOURCE)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(load_strategy, bundle)
        assert gate.entered.wait(10)
        loaded_too_early = is_loaded(bundle.work)
        second = threads.submit(load_strategy, bundle)
        gate.leave.set()

    assert not loaded_too_early
    assert first.result() is second.result()
    assert is_loaded(bundle.work)
