"""A bot's main logic: `async def main()` is one pass of observe → decide → check → reconcile → record.

It compares what the Plan says should be with what is, and sends the difference; run again, it finds nothing to send. It never
blocks the loop: a user's code runs where its Program puts it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from styrman.domain.orders import IntentState
from styrman.domain.plan import NOTHING_TRADED, Context, Plan
from styrman.errors import StrategyError
from styrman.trading.difference import Difference, difference
from styrman.trading.phase import Phase
from styrman.trading.refusals import HOLD_OFF_S, REFUSED, SOON_S
from styrman.trading.trader import LiveOrder

if TYPE_CHECKING:
    from styrman.trading.bot import Bot


async def main(bot: "Bot") -> None:
    """Run one cycle. Whatever the strategy raises passes, and StrategyError for an impossible Plan; StoreFailed: nothing was sent."""
    ctx = observe(bot)
    plan = await decide(bot, ctx)
    if bot.stop_reason is not None:
        return
    bot.phase = Phase.TRADING
    if has_business(bot, plan):
        async with bot.trader.lock:
            await reconcile(bot, check(bot, plan))
    await record(bot, ctx)


def observe(bot: "Bot") -> Context:
    """Return what this cycle may know. The strategy gets a copy of its state: what it does to it counts once it is recorded."""
    trader, feeds, spec = bot.trader, bot.feeds, bot.spec
    state = trader.memory.state
    return Context(
        now=bot.desk.venue.market_time(),
        bot_id=spec.id,
        instruments=feeds.instruments,
        timeframe=spec.timeframe,
        candles=feeds.candles,
        book=trader.view(feeds.price),
        working=trader.working() if trader.live else (),
        rules=bot.rules,
        params=spec.params,
        max_open=spec.max_open,
        state=orjson.loads(orjson.dumps(state)) if state else {},
        traded=trader.traded() if trader.live or trader.memory.traded else NOTHING_TRADED,
    )


async def decide(bot: "Bot", ctx: Context) -> Plan:
    """Ask the strategy for its Plan."""
    return await bot.program.decide(ctx)


def has_business(bot: "Bot", plan: Plan) -> bool:
    """Whether there is anything to compare: a bot that plans nothing, works nothing and remembers nothing has none."""
    memory = bot.trader.memory
    return not plan.is_empty or bool(bot.trader.live or memory.latches or memory.spent or memory.guards)


def check(bot: "Bot", plan: Plan) -> Difference:
    """Latch the Plan's targets, arm its protections, and return what is to be cancelled and, by the risk rules, sent."""
    return difference(bot, plan)


async def reconcile(bot: "Bot", todo: Difference) -> None:
    """Cancel and place. What was latched is durable before anything is sent. VenueError where the venue refuses us altogether."""
    if todo.cancels:
        await bot.desk.cancel(bot.trader, todo.cancels, reason="the Plan has no such order any more")
    if todo.intents:
        for sent in await bot.desk.place(bot.trader, todo.intents):
            if sent.failure is not None:
                raise sent.failure
            name = sent.intent.key or sent.intent.request.instrument
            if sent.intent.state in REFUSED:
                bot.refusals.hold_off(name, SOON_S if _is_soon_possible(bot, sent) else HOLD_OFF_S)
            elif sent.intent.state.is_final and not sent.intent.filled:
                bot.refusals.hold_off(name, SOON_S)  # it found nobody to trade with: asked again at once, it would find nobody again


def _is_soon_possible(bot: "Bot", sent: LiveOrder) -> bool:
    """Whether what kept an order from being sent may pass any moment: another bot's order, or, of one that closes, want of room."""
    request = sent.intent.request
    closes = request.quantity <= -request.side.sign * bot.trader.position(request.instrument)
    return sent.denied is not None or (sent.intent.state is IntentState.NOT_PLACED and closes)


async def record(bot: "Bot", ctx: Context) -> None:
    """Make durable what the strategy wants remembered, and what was latched, where either changed."""
    trader = bot.trader
    del trader.fills[: len(ctx.book.fills)]
    if ctx.state != trader.memory.state:
        try:
            state = orjson.loads(orjson.dumps(ctx.state))
        except TypeError as error:
            raise StrategyError(f"ctx.state of bot {bot.spec.id!r} can't be stored: {error}; keep JSON values in it") from error
        trader.memory = replace(trader.memory, state=state)
    if trader.is_unsaved:
        await bot.desk.save(trader)
