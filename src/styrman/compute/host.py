"""Runs requests in a worker process, one at a time, and turns whatever comes of them into an answer. Keeps the bots' instances."""

import asyncio
from collections.abc import Callable

import orjson

from styrman.compute.guest import Guest, describe
from styrman.compute.loading import Bundle
from styrman.compute.wire import Answer, Body, Check, Decide, Decided, Inspect, Raised, Request, encode_message
from styrman.domain.plan import Context
from styrman.errors import InvalidSpec, StrategyBroken, StrategyError

_PATIENCE_TURNS = 3  # of the loop, for tasks that a decision left behind to end once they are cancelled


class Host:
    """One per worker process."""

    def __init__(self, *, is_bloated: Callable[[], bool], relieve: Callable[[], None]) -> None:
        """`is_bloated`: whether the next bot would find too little memory. `relieve`: gives some, to tell of a MemoryError in."""
        self._is_bloated = is_bloated
        self._relieve = relieve
        self._loop = asyncio.new_event_loop()
        self._guests: dict[str, tuple[Bundle, Guest]] = {}

    def answer(self, request: Request) -> bytes:
        """Return what comes of a request, as a message. No exception of the code gets past."""
        body: Body
        try:
            body = self._run(request)
        except BaseException as error:  # noqa: BLE001 - the code is a guest: whatever it raises is an answer
            body = self._tell(error)
        ran_dry = isinstance(body, Raised) and body.type == MemoryError.__name__
        worn_out = ran_dry or not self._is_quiet() or self._is_bloated()
        try:
            return encode_message(Answer(body, worn_out))
        except Exception as error:  # noqa: BLE001 - what it put into its Plan can't be pickled, for whatever reason
            return encode_message(Answer(Raised.of(error), worn_out))

    def _run(self, request: Request) -> Body:
        match request:
            case Inspect(bundle):
                return describe(bundle)
            case Check(bundle):
                return Guest.load(bundle).warmup
            case Decide(bundle, ctx):
                return self._loop.run_until_complete(self._decide(self._guest(bundle), ctx))

    def _guest(self, bundle: Bundle) -> Guest:
        """Return the bot's instance. The same bundle is the same object: it lies in its slot until another one is sent."""
        known, guest = self._guests.get(bundle.owner, (None, None))
        if known is not bundle or guest is None:
            guest = Guest.load(bundle)
            self._guests[bundle.owner] = bundle, guest
        return guest

    async def _decide(self, guest: Guest, ctx: Context) -> Body:
        try:
            return Decided(await guest.decide(ctx), _as_json(ctx))
        except BaseException as error:  # noqa: BLE001 - a SystemExit or a cancel would end the loop, not the task
            return self._tell(error)

    def _tell(self, error: BaseException) -> Body:
        if isinstance(error, MemoryError):
            self._relieve()
        return error if isinstance(error, StrategyBroken | InvalidSpec) else Raised.of(error)

    def _is_quiet(self) -> bool:
        """Cancel what a decision left running: the next bot's call must not pay for it. False where it will not end."""
        for _ in range(_PATIENCE_TURNS):
            left = asyncio.all_tasks(self._loop)
            if not left:
                return True
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
        return not asyncio.all_tasks(self._loop)


def _as_json(ctx: Context) -> bytes:
    try:
        return orjson.dumps(ctx.state, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError as error:
        raise StrategyError(f"The state of {ctx.bot_id!r} can't be kept: {error}. Keep numbers, text, lists and dicts.") from error
