"""The commands on one bot. Each validates, calls one method of the manager, and answers with the row of its own commit."""

from typing import Annotated, Literal

from fastapi import Body, Query, Request
from starlette.responses import Response

from styrman.api.answers import JsonAnswer, bot_answer, command_answer
from styrman.api.bodies import CommandBody, Reason, SpecBody, SpecPatchBody, StopBody
from styrman.api.dependencies import AskedDependency, AskedOfBotDependency, BotManagerDependency
from styrman.api.endpoint import answers, endpoints
from styrman.api.idempotency import REPEATED
from styrman.api.schemas import Bot
from styrman.domain.bots import CommandResult
from styrman.domain.spec import parse_spec, spec_hash
from styrman.errors import BotExists
from styrman.manager.checking import SpecCheck

router = endpoints("/api/v1/bots", tag="bots")

_BOT = answers(Bot, "The bot as it is now")
_COMMAND = answers(CommandResult, "There was nothing to do") | answers(CommandResult, "The command is durable; the bot follows", status=202)
_Given = Annotated[CommandBody, Body()]
_WhyQuery = Annotated[Reason, Query()]
_NOTHING, _GENTLY = CommandBody(), StopBody()


@router.post("", status_code=201, responses=answers(Bot, "The bot, stopped", status=201))
async def create_bot(
    request: Request, spec: SpecBody, manager: BotManagerDependency, asked: AskedDependency, reason: _WhyQuery = ""
) -> Response:
    """Create a bot. It is started by its own command."""
    try:
        view = await manager.create_bot(spec, **asked, reason=reason)
    except BotExists:
        # The first attempt of this very request may have created it before a crash.
        view = await manager.get_status(str(spec["id"]))
        if not request.scope.get(REPEATED) or view.spec_hash != spec_hash(parse_spec(spec)):
            raise
    answer = bot_answer(view, 201)
    answer.headers["location"] = f"{request.url.path}/{view.id}"
    return answer


@router.post("/check", responses=answers(SpecCheck, "It would be taken, with these warnings"))
async def check_bot(
    spec: SpecBody,
    manager: BotManagerDependency,
    replace: Annotated[bool, Query(description="The bot is there, and would get this spec")] = False,  # noqa: FBT002 - FastAPI calls by name
) -> Response:
    """Say whether a bot could be created as given, or an existing one changed so, and what to mind. Nothing is stored."""
    return JsonAnswer(await manager.check_bot(spec, replace=replace))


@router.put("/{bot_id}", responses=_BOT)
async def replace_bot(
    bot_id: str, spec: SpecBody, manager: BotManagerDependency, asked: AskedOfBotDependency, reason: _WhyQuery = ""
) -> Response:
    """Give the bot another spec. A running bot takes it by a restart at its next safe point."""
    return bot_answer(await manager.replace_bot(bot_id, spec, **asked, reason=reason))


@router.patch("/{bot_id}", responses=_BOT)
async def update_bot(
    bot_id: str, changes: SpecPatchBody, manager: BotManagerDependency, asked: AskedOfBotDependency, reason: _WhyQuery = ""
) -> Response:
    """Change parts of the spec: a JSON merge patch (RFC 7396); null takes a key out."""
    return bot_answer(await manager.update_bot(bot_id, changes, **asked, reason=reason))


@router.delete("/{bot_id}", status_code=204)
async def delete_bot(
    bot_id: str,
    manager: BotManagerDependency,
    asked: AskedOfBotDependency,
    exposure: Annotated[Literal["refuse", "flatten", "abandon"], Query(description="What to do with its position and orders")] = "refuse",
    reason: _WhyQuery = "",
) -> Response:
    """Delete the bot. With a position or working orders it is refused unless `exposure` says what becomes of them."""
    await manager.delete_bot(bot_id, exposure=exposure, **asked, reason=reason)
    return Response(status_code=204)


@router.post("/{bot_id}/start", responses=_COMMAND)
async def start_bot(bot_id: str, manager: BotManagerDependency, asked: AskedOfBotDependency, given: _Given = _NOTHING) -> Response:
    """Want it running. Clears FAILED."""
    return command_answer(await manager.start_bot(bot_id, **asked, reason=given.reason))


@router.post("/{bot_id}/stop", responses=_COMMAND)
async def stop_bot(
    bot_id: str, manager: BotManagerDependency, asked: AskedOfBotDependency, given: Annotated[StopBody, Body()] = _GENTLY
) -> Response:
    """Want it stopped: its orders cancelled or kept, its positions held or closed."""
    return command_answer(await manager.stop_bot(bot_id, **given.model_dump(), **asked))


@router.post("/{bot_id}/restart", responses=_COMMAND)
async def restart_bot(bot_id: str, manager: BotManagerDependency, asked: AskedOfBotDependency, given: _Given = _NOTHING) -> Response:
    """Stop it, then start it with a new run."""
    return command_answer(await manager.restart_bot(bot_id, **asked, reason=given.reason))


@router.post("/{bot_id}/pause", responses=_COMMAND)
async def pause_bot(bot_id: str, manager: BotManagerDependency, asked: AskedOfBotDependency, given: _Given = _NOTHING) -> Response:
    """Let it reduce only: no new exposure, exits are managed."""
    return command_answer(await manager.pause_bot(bot_id, **asked, reason=given.reason))


@router.post("/{bot_id}/resume", responses=_COMMAND)
async def resume_bot(bot_id: str, manager: BotManagerDependency, asked: AskedOfBotDependency, given: _Given = _NOTHING) -> Response:
    """Let it trade again."""
    return command_answer(await manager.resume_bot(bot_id, **asked, reason=given.reason))


@router.post("/{bot_id}/reset", responses=_COMMAND)
async def reset_bot(bot_id: str, manager: BotManagerDependency, asked: AskedOfBotDependency, given: _Given = _NOTHING) -> Response:
    """Clear FAILED and its counters without starting it; QUARANTINED once its task is gone."""
    return command_answer(await manager.reset_bot(bot_id, **asked, reason=given.reason))


@router.post("/{bot_id}/flatten", responses=_COMMAND)
async def flatten_bot(bot_id: str, manager: BotManagerDependency, asked: AskedOfBotDependency, given: _Given = _NOTHING) -> Response:
    """Cancel its orders, close its positions, keep it flat; `operation_id` names the operation that does it."""
    return command_answer(await manager.flatten_bot(bot_id, **asked, reason=given.reason))
