"""The difference between what a Plan says should be and what is: orders to cancel, orders to send. Sends nothing itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from styrman.domain.market import Side
from styrman.domain.orders import Intent, OrderRequest, WorkingOrder
from styrman.domain.plan import Plan
from styrman.errors import OrderDenied, StrategyError
from styrman.trading import risk, sizing
from styrman.trading.exposure import exposures
from styrman.trading.protections import BARRIERS, arm
from styrman.trading.requests import is_dust, market_order, request_of
from styrman.trading.self_trade import may_rest
from styrman.trading.trader import LiveOrder

if TYPE_CHECKING:
    from styrman.trading.bot import Bot


@dataclass(slots=True)
class Difference:
    """What one cycle has to do."""

    cancels: list[LiveOrder] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wish:
    """An order before the risk rules: what is wanted, and the name under which a refusal is remembered."""

    name: str  # the WorkingOrder's key, or the instrument of a target
    request: OrderRequest
    order: WorkingOrder | None = None  # the Plan's order; None: from a target


def difference(bot: "Bot", plan: Plan) -> Difference:
    """Compare, and return what is to be done. StrategyError where the Plan asks for the impossible."""
    _check_names(bot, plan)
    _resume(bot, plan)
    _latch(bot, plan)
    _arm(bot, plan)
    todo = Difference(cancels=[*_unwanted(bot, plan), *_overtaken(bot)])
    for wish in (*_targets(bot), *_placements(bot, plan)):
        intent = _admit(bot, wish, todo)
        if intent is not None:
            todo.intents.append(intent)
    return todo


def _check_names(bot: "Bot", plan: Plan) -> None:
    named = {*plan.targets, *plan.protections, *plan.resume, *(order.instrument for order in plan.orders)}
    if foreign := named - set(bot.feeds.instruments):
        raise StrategyError(f"The Plan of bot {bot.spec.id!r} names {', '.join(sorted(foreign))}, which is not among its instruments")
    keys = [order.key for order in plan.orders]
    if len(set(keys)) < len(keys):
        raise StrategyError(f"The Plan of bot {bot.spec.id!r} names the key of an order twice: {sorted(keys)}")


def _resume(bot: "Bot", plan: Plan) -> None:
    """Lift the flat latches that a protection left, where the Plan wants to trade there again and the exit has come to its end."""
    latches = bot.trader.memory.latches
    lifted = {name for name in plan.resume if name in latches and latches[name].flat in BARRIERS and not _is_closing(bot, name)}
    if lifted:
        bot.trader.remember(latches={name: latch for name, latch in latches.items() if name not in lifted})


def _latch(bot: "Bot", plan: Plan) -> None:
    """Make each target that changed a quantity, once; it stands until the target changes. An exit comes to its end first."""
    if not plan.targets:
        return
    trader, equity = bot.trader, bot.trader.book.equity(bot.feeds.price)
    for instrument, target in plan.targets.items():
        price = bot.feeds.price(instrument)
        if target is None or price is None or _is_closing(bot, instrument):
            continue
        current, rules = trader.memory.latches.get(instrument), bot.rules[instrument]
        threshold = bot.shop.rebalance_threshold
        latched = sizing.latch(target, equity=equity, price=price, rules=rules, current=current, threshold=threshold)
        if latched is not current:
            trader.latch(instrument, latched)


def _is_closing(bot: "Bot", instrument: str) -> bool:
    """Whether what is latched flat is not flat yet."""
    trader = bot.trader
    if not trader.is_flat(instrument):
        return False
    return bool(trader.orders(instrument)) or bool(sizing.closable(trader.book.holding(instrument), bot.rules[instrument]))


def _arm(bot: "Bot", plan: Plan) -> None:
    """Arm the protections that the Plan names; one that it no longer names guards on until its position is flat."""
    trader, before = bot.trader, bot.trader.memory.guards
    if not (before or plan.protections):
        return
    guards = {name: guard for name, guard in before.items() if trader.position(name)}
    for instrument, protection in plan.protections.items():
        guards[instrument] = arm(protection, trader.book.holding(instrument), before.get(instrument))
    if guards != before:
        trader.remember(guards=guards)


def _unwanted(bot: "Bot", plan: Plan) -> Iterator[LiveOrder]:
    """Yield the keyed orders that work and that the Plan lacks or wants otherwise. Spent keys that it dropped are forgotten."""
    trader = bot.trader
    wanted = {order.key: order for order in plan.orders if not trader.is_flat(order.instrument)}
    if trader.memory.traded.keys() - wanted.keys():
        kept = {key: traded for key, traded in trader.memory.traded.items() if key in wanted}
        trader.remember(traded=kept, spent=tuple(key for key in trader.memory.spent if key in wanted))
    for live in trader.live.values():
        key = live.intent.key
        if key is not None and (key not in wanted or not _is_as_asked(bot, live, wanted[key])):
            yield live


def _is_as_asked(bot: "Bot", live: LiveOrder, order: WorkingOrder) -> bool:
    """Whether a working order is what the Plan asks for: asked for in these words, or, by an earlier run, to the same effect."""
    if order.key in bot.asked:
        return bot.asked[order.key] == order
    return replace(request_of(bot, order), client_order_id=live.intent.request.client_order_id) == live.intent.request


def _targets(bot: "Bot") -> Iterator[Wish]:
    """Yield a market order for each latch that position and working orders don't yet come to."""
    trader = bot.trader
    for instrument, latched in trader.memory.latches.items():
        rules, price = bot.rules.get(instrument), bot.feeds.price(instrument)
        if latched.flat or latched.target is None or rules is None or price is None or bot.refusals.is_held_off(instrument):
            continue
        if _under_way(bot, instrument):
            continue  # one order at a time brings a target there: what it leaves is seen when it has ended
        gap = sizing.delta(latched, position=trader.position(instrument), pending=trader.pending(instrument), rules=rules, price=price)
        size = _slice(bot, instrument, gap, price)
        if size:
            side = Side.BUY if gap > 0 else Side.SELL
            yield Wish(instrument, market_order(instrument, side, size))


def _under_way(bot: "Bot", instrument: str) -> list[LiveOrder]:
    """Return the orders of an instrument's target that work. One that nobody knows the outcome of keeps nothing waiting."""
    orders = bot.trader.orders(instrument)
    return [order for order in orders if order.intent.origin == "target" and not order.intent.state.is_unresolved]


def _overtaken(bot: "Bot") -> Iterator[LiveOrder]:
    """Yield the orders of targets that would carry the position past what is wanted by now."""
    trader = bot.trader
    for instrument, latched in trader.memory.latches.items():
        wanted = latched.quantity - trader.position(instrument)
        for order in _under_way(bot, instrument):
            if order.exposure * wanted <= 0 or abs(order.exposure) > abs(wanted):
                yield order


def _slice(bot: "Bot", instrument: str, gap: Decimal, price: Decimal) -> Decimal:
    """Return as much of a gap as one order may be worth; what adds also stays within the largest position allowed."""
    trader, limits, size = bot.trader, bot.spec.risk, abs(gap)
    position = trader.position(instrument)
    if gap * position >= 0 and limits.max_order_value is not None:
        size = min(size, limits.max_order_value / price)
    if gap * position >= 0 and limits.max_position_value is not None:
        size = min(size, max(Decimal(0), limits.max_position_value / price - abs(position + trader.pending(instrument))))
    return bot.rules[instrument].round_quantity(size)


def _placements(bot: "Bot", plan: Plan) -> Iterator[Wish]:
    """Yield the Plan's orders that neither work nor are spent."""
    trader = bot.trader
    known = {live.intent.key for live in trader.live.values()}.union(trader.memory.spent)
    for order in plan.orders:
        if order.key in known or trader.is_flat(order.instrument) or bot.refusals.is_held_off(order.key):
            continue
        request = request_of(bot, order)
        if order.key not in trader.memory.traded or not is_dust(bot, request):
            yield Wish(order.key, request, order)


def _admit(bot: "Bot", wish: Wish, todo: Difference) -> Intent | None:
    """Put a wish through the risk rules; a refusal is told once, not every cycle."""
    request = wish.request
    try:
        quantity = risk.check(proposal(bot, request, todo))
    except OrderDenied as denied:
        bot.refuse(wish.name, denied)
        return None
    bot.refusals.clear(wish.name)
    if wish.order is not None:
        bot.asked[wish.name] = wish.order
    key, origin = (None, "target") if wish.order is None else (wish.name, "plan")
    return bot.desk.prepare(replace(request, quantity=quantity), bot.order, origin=origin, key=key)


def proposal(bot: "Bot", request: OrderRequest, todo: Difference) -> risk.Proposal:
    """Return the order with all that the rules judge it by, what this cycle already decided included."""
    trader, spec = bot.trader, bot.spec
    intents = (*(live.intent for live in trader.live.values()), *todo.intents)
    return risk.Proposal(
        bot_id=spec.id,
        side=request.side,
        quantity=request.quantity,
        price=request.price or request.stop_price or bot.feeds.taking(request.instrument, request.side),
        reduce_only=request.reduce_only,
        rules=bot.rules[request.instrument],
        trading_state=bot.trading_state(request.instrument),
        limits=spec.risk,
        max_open=spec.max_open,
        equity=trader.book.equity(bot.feeds.price),
        exposures=exposures(trader.book, intents, bot.feeds.price, bot.rules),
        opposing=bot.desk.blotter.opposing(trader, request.instrument, request.side, rests=may_rest(request)),
        rate_spent=trader.rate.is_spent(bot.shop.clock.monotonic()),
    )
