"""The three paths of the Flask era. They steer the bot `default`, wait for the outcome, and tell it in the old words, always with 200."""

from collections.abc import Awaitable
from contextlib import suppress

from starlette.responses import Response

from styrman.api.answers import JsonAnswer
from styrman.api.dependencies import Asked, AskedDependency, BotManagerDependency
from styrman.api.endpoint import answers, endpoints
from styrman.api.schemas import LegacyAnswer, LegacyStatus
from styrman.domain.bots import Observed
from styrman.errors import BotExists, BotNotFound, Conflict, StyrmanError, Unavailable
from styrman.manager.manager import BotManagerAsync
from styrman.manager.views import BotView
from styrman.ports import Mode

router = endpoints("/api", tag="legacy")

BOT_ID = "default"
PATHS = frozenset({"/api/bot-status", "/api/bot/start", "/api/bot/stop"})
_REASON = "asked by the old API"
_NOT_RUNNING = "Bot is not running"
_ANSWER = answers(LegacyAnswer, "How it went: `success` and `message`")


@router.get("/bot-status", responses=answers(LegacyStatus, "How the bot `default` does"))
async def get_default_status(manager: BotManagerDependency) -> Response:
    """Return how the bot `default` does."""
    view = await _default(manager)
    status = _status(view)
    answer = LegacyStatus(
        success=True,
        message=f"Bot is {status}",
        status=status,
        uptime=view.uptime_s or 0.0 if view else 0.0,
        thread_alive=view.observed.has_task if view else False,
        cycle_count=view.cycle_count if view else 0,
        last_cycle_time=view.last_cycle_at if view else None,
        last_update=manager.clock.now(),
        dev_mode=view.mode is not Mode.LIVE if view else True,
        error=view.last_error.message if view and view.last_error else None,
    )
    return JsonAnswer(answer)


@router.post("/bot/start", responses=_ANSWER)
async def start_default(manager: BotManagerDependency, asked: AskedDependency) -> Response:
    """Start the bot `default`; the first call creates it from the settings."""
    return await _told(manager, _start(manager, asked))


@router.post("/bot/stop", responses=_ANSWER)
async def stop_default(manager: BotManagerDependency, asked: AskedDependency) -> Response:
    """Stop the bot `default`."""
    return await _told(manager, _stop(manager, asked))


async def _start(manager: BotManagerAsync, asked: Asked) -> str:
    """Start it and return what to say; Conflict with what to say where that did not come about."""
    if await _default(manager) is None:
        with suppress(BotExists):  # by a second caller, just now
            await manager.create_bot({**manager.settings.legacy.spec, "id": BOT_ID}, **asked, reason=_REASON)
    result = await manager.start_bot(BOT_ID, **asked, reason=_REASON, wait_s=manager.settings.legacy.wait_s)
    if not result.changed:
        raise Conflict("Bot is already running")
    view = await manager.get_status(BOT_ID)
    if view.observed is Observed.RUNNING:
        return "Bot started successfully"
    raise Conflict(f"Bot failed to start: {view.last_error.message}" if view.last_error else f"Bot is {_status(view)}")


async def _stop(manager: BotManagerAsync, asked: Asked) -> str:
    """Stop it and return what to say; Conflict with what to say where there was nothing to stop."""
    if await _default(manager) is None:
        raise Conflict(_NOT_RUNNING)
    result = await manager.stop_bot(BOT_ID, **asked, reason=_REASON, wait_s=manager.settings.legacy.wait_s)
    if not result.changed:
        raise Conflict(_NOT_RUNNING)
    return "Bot stopped successfully"


async def _told(manager: BotManagerAsync, outcome: Awaitable[str]) -> Response:
    """Return the answer that the old callers know; that the service is not there remains a 503."""
    try:
        success, message = True, await outcome
    except Unavailable:
        raise
    except StyrmanError as error:
        success, message = False, error.detail
    return JsonAnswer(LegacyAnswer(success=success, message=message, status=_status(await _default(manager))))


async def _default(manager: BotManagerAsync) -> BotView | None:
    try:
        return await manager.get_status(BOT_ID)
    except BotNotFound:
        return None


def _status(view: BotView | None) -> str:
    return (view.observed if view else Observed.STOPPED).lower()
