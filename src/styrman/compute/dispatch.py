"""Decides where each bot's code runs: inline, in a thread, or in a worker process. Runs none itself."""

from collections.abc import Mapping
from functools import partial

import orjson
from pydantic import JsonValue

from styrman.clock import Clock
from styrman.compute.guest import Guest, describe
from styrman.compute.inline import InlineProgram
from styrman.compute.loading import Bundle, is_loaded, pack
from styrman.compute.threads import ThreadProgram, Threads
from styrman.compute.wire import Check, Decide, Decided, Inspect
from styrman.compute.workers import Workers
from styrman.config import ComputeSettings
from styrman.domain.plan import Context, Plan
from styrman.domain.spec import ComputeMode
from styrman.ports import Description, Program, Work
from styrman.trading.catalogue import Catalogue


class Dispatcher:
    """`ports.Compute`. `auto` runs inline what we ship and what the application registered, in processes what users bring."""

    def __init__(self, settings: ComputeSettings, catalogue: Catalogue, clock: Clock) -> None:
        self._deadline_s = settings.deadline_s
        self._catalogue = catalogue
        self._threads = Threads()
        self._workers = Workers(settings, clock)

    @property
    def lost_threads(self) -> int:
        """How many threads were given up at the deadline and run on."""
        return self._threads.lost

    @property
    def workers(self) -> int:
        """How many worker processes there are."""
        return self._workers.size

    async def load(self, bot_id: str, work: Work, params: Mapping[str, JsonValue], mode: ComputeMode) -> Program:
        """Import the code and make its Program. StrategyBroken (file and line); InvalidSpec (parameters)."""
        registered = self._catalogue.registered(work)
        if registered is not None:  # a closure of this process can't run in another one
            return InlineProgram(Guest(work.name, registered), None, self._deadline_s)
        bundle = pack(bot_id, work, params)
        if mode is ComputeMode.AUTO:
            mode = ComputeMode.INLINE if work.shipped else ComputeMode.PROCESS
        if mode is ComputeMode.PROCESS:
            return WorkerProgram(self._workers, bundle, await self._check(bundle), self._deadline_s)
        guest = await self._guest(bundle)
        if mode is ComputeMode.THREAD:
            return ThreadProgram(bot_id, guest, bundle.work.file_hash, self._threads, self._deadline_s)
        return InlineProgram(guest, bundle.work.file_hash, None if work.shipped else self._deadline_s)  # what we ship never waits

    async def inspect(self, work: Work) -> Description:
        """Import the code and describe it. StrategyBroken (file and line)."""
        bundle = pack("", work, {})
        if work.shipped:
            return describe(bundle)
        return await self._workers.run(Inspect(bundle), Description, self._deadline_s)

    async def check(self, work: Work, params: Mapping[str, JsonValue]) -> int:
        """Return the warmup that the code asks for with these parameters. StrategyBroken; InvalidSpec at ("params", name)."""
        bundle = pack("", work, params)
        return (await self._guest(bundle)).warmup if work.shipped else await self._check(bundle)

    async def close(self) -> None:
        """End every worker."""
        await self._workers.close()

    async def _check(self, bundle: Bundle) -> int:
        return await self._workers.run(Check(bundle), int, self._deadline_s)

    async def _guest(self, bundle: Bundle) -> Guest:
        """Load the code into this process; its first import off the loop, which it could hold up for long."""
        load = partial(Guest.load, bundle)
        return load() if is_loaded(bundle.work) else await self._threads.run(bundle.owner, load, self._deadline_s)


class WorkerProgram:
    """A bot's code, called in any of the worker processes: its state travels with the call."""

    def __init__(self, workers: Workers, bundle: Bundle, warmup: int, deadline_s: float) -> None:
        self.warmup = warmup
        self.file_hash = bundle.work.file_hash
        self._workers = workers
        self._bundle = bundle
        self._deadline_s = deadline_s

    async def decide(self, ctx: Context) -> Plan:
        """Run one decision."""
        decided = await self._workers.run(Decide(self._bundle, ctx), Decided, self._deadline_s)
        ctx.state = orjson.loads(decided.state)
        return decided.plan

    async def close(self) -> None:
        """Nothing to do: a worker drops the bot's instance with its next one, or with itself."""
