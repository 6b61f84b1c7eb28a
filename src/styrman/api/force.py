"""What a person does to a bot against or beside its strategy: each a command with a reason, through one method of the manager."""

from starlette.responses import Response

from styrman.api.answers import JsonAnswer, command_answer
from styrman.api.bodies import AdoptBody, ClaimBody, DecideBody, EnterBody, ExitBody, HandBackBody
from styrman.api.dependencies import AskedOfBotDependency, BotManagerDependency
from styrman.api.endpoint import answers, endpoints
from styrman.api.order_schemas import IntentView
from styrman.domain.bots import CommandResult
from styrman.trading.entries import Entry

router = endpoints("/api/v1", tag="force")

_COMMAND = answers(CommandResult, "There was nothing to do") | answers(CommandResult, "The command is durable; the bot follows", status=202)


@router.post("/bots/{bot_id}/exit", responses=_COMMAND)
async def exit_bot(bot_id: str, given: ExitBody, manager: BotManagerDependency, asked: AskedOfBotDependency) -> Response:
    """Exit now: one instrument or all, and stay flat until the target changes or the bot is resumed. `operation_id` follows it."""
    return command_answer(await manager.exit_bot(bot_id, instrument=given.instrument, **asked, reason=given.reason))


@router.post("/bots/{bot_id}/enter", responses=_COMMAND)
async def enter_bot(bot_id: str, given: EnterBody, manager: BotManagerDependency, asked: AskedOfBotDependency) -> Response:
    """Enter now, through the risk rules, and hold that until the strategy's target changes. `operation_id` follows it."""
    entry = Entry(**given.model_dump(exclude={"reason"}))
    return command_answer(await manager.enter_bot(bot_id, entry, **asked, reason=given.reason))


@router.post("/bots/{bot_id}/adopt", responses=_COMMAND)
async def adopt_position(bot_id: str, given: AdoptBody, manager: BotManagerDependency, asked: AskedOfBotDependency) -> Response:
    """Take a part of what the account holds beside its bots into the bot's book, as if the bot had bought it at the price."""
    terms = given.model_dump(exclude={"reason"})
    return command_answer(await manager.adopt_position(bot_id, **terms, **asked, reason=given.reason))


@router.post("/bots/{bot_id}/hand-back", responses=_COMMAND)
async def hand_back_position(bot_id: str, given: HandBackBody, manager: BotManagerDependency, asked: AskedOfBotDependency) -> Response:
    """Take a position, or a part of it, out of the bot's book, as if the bot had sold it at the price. Nothing is traded."""
    terms = given.model_dump(exclude={"reason"})
    return command_answer(await manager.hand_back_position(bot_id, **terms, **asked, reason=given.reason))


@router.post("/bots/{bot_id}/intents/{intent_id}/decide", responses=answers(IntentView, "The intent, MANUAL"))
async def decide_intent(
    bot_id: str, intent_id: str, given: DecideBody, manager: BotManagerDependency, asked: AskedOfBotDependency
) -> Response:
    """Say of an order, of which nobody knows whether it is at the venue, that it counts no more."""
    return JsonAnswer(
        IntentView.of(await manager.decide_intent(bot_id, intent_id, outcome=given.outcome or "", **asked, reason=given.reason))
    )


@router.post("/accounts/{account}/orders/{venue_order_id}/claim", responses=answers(IntentView, "The order, the bot's now"))
async def claim_order(
    account: str, venue_order_id: str, given: ClaimBody, manager: BotManagerDependency, asked: AskedOfBotDependency
) -> Response:
    """Make a working order that no bot owns a bot's: from now on its fills are the bot's."""
    claimed = await manager.claim_order(account, venue_order_id, bot_id=given.bot_id, key=given.key, **asked, reason=given.reason)
    return JsonAnswer(IntentView.of(claimed))
