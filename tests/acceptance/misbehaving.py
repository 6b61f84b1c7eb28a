# ruff: noqa: ARG002 - what misbehaves does not look at what it is given
"""Strategies that do what no strategy should. The test copies this file into a home folder; nothing imports it from here."""

import asyncio
import os
import sys
import time

import numpy as np
from numpy.typing import NDArray

from styrman import Candles, Context, Plan, Strategy

Column = NDArray[np.float64]


class Raises(Strategy):
    """Raises."""

    async def decide(self, ctx: Context) -> Plan:
        raise ValueError(f"boom of {ctx.bot_id}")


class LoopsSync(Strategy):
    """Never returns, and lets nobody else run."""

    def target(self, candles: Candles) -> Column:
        while True:
            pass


class LoopsAsync(Strategy):
    """Never returns, politely."""

    async def decide(self, ctx: Context) -> Plan:
        while True:  # noqa: ASYNC110 - it waits for nothing
            await asyncio.sleep(0)


class SwallowsCancellation(Strategy):
    """Never returns, whoever asks."""

    async def decide(self, ctx: Context) -> Plan:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue


class CallsSysExit(Strategy):
    """Wants the process to end."""

    async def decide(self, ctx: Context) -> Plan:
        sys.exit(3)


class LeavesAtOnce(Strategy):
    """Ends the process."""

    async def decide(self, ctx: Context) -> Plan:
        os._exit(3)


class ReturnsNan(Strategy):
    """Has no opinion, ever."""

    def target(self, candles: Candles) -> Column:
        return np.full(len(candles), np.nan)


class PlansNan(Strategy):
    """Has no opinion, and says so itself."""

    async def decide(self, ctx: Context) -> Plan:
        return Plan(dict.fromkeys(ctx.instruments, float("nan")))


class ReturnsTheWrongLength(Strategy):
    """Returns fewer values than candles."""

    def target(self, candles: Candles) -> Column:
        return np.ones(len(candles) - 1)


class EatsMemory(Strategy):
    """Takes memory without end."""

    async def decide(self, ctx: Context) -> Plan:
        eaten = []
        while True:
            eaten.append(bytearray(16 * 1024 * 1024))


class SleepsSync(Strategy):
    """Sleeps for half a second and lets nobody else run."""

    def target(self, candles: Candles) -> Column:
        time.sleep(0.5)
        return np.zeros(len(candles))


class SleepsAsync(Strategy):
    """Sleeps for half a second, politely."""

    async def decide(self, ctx: Context) -> Plan:
        await asyncio.sleep(0.5)
        return Plan(dict.fromkeys(ctx.instruments, 0.0))
