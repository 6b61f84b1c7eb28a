"""The order-list endpoints: one-cancels-the-other pairs of a stop and a LIMIT_MAKER, the new way and the old."""

from dataclasses import replace

from styrman.domain.market import Side
from styrman.testnet.call import Call, Json
from styrman.testnet.orders import Renderer, legs_of, list_answer
from styrman.testnet.parameters import Parameters
from styrman.testnet.refusals import CANCEL_REJECTED, Refusal, unknown_order
from styrman.testnet.trading import Wanted, new_id, read_order, side_of
from styrman.venues.simulation.orders import Order

_NO_SUCH_LIST = -2018
_LEG = {"Type": "type", "ClientOrderId": "newClientOrderId", "Price": "price", "StopPrice": "stopPrice", "TimeInForce": "timeInForce"}
_OLD_NAMES = {"limitClientOrderId": "ClientOrderId", "price": "Price"}
_OLD_STOP = {
    "stopClientOrderId": "ClientOrderId",
    "stopPrice": "StopPrice",
    "stopLimitPrice": "Price",
    "stopLimitTimeInForce": "TimeInForce",
}


class ListDesk:
    """What the order-list endpoints do."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def place(self, call: Call) -> Json:
        """Place a pair: the leg above the price and the leg below."""
        legs = [self._leg(call, where) for where in ("above", "below")]
        stops = [leg for leg in legs if leg.request.stop_price is not None]
        targets = [leg for leg in legs if leg.request.post_only]
        if len(stops) != 1 or len(targets) != 1 or stops[0].terms.is_target:
            raise Refusal(-1013, "This testnet's OCO pairs a STOP_LOSS or STOP_LOSS_LIMIT with a LIMIT_MAKER.")
        name = call.parameters.client_id("listClientOrderId") or new_id()
        stop, target = stops[0], targets[0]
        for leg in (stop, target):
            call.bourse.refuse_duplicate(leg.request)
        terms = (replace(stop.terms, list_name=name), replace(target.terms, list_name=name))
        placed = await call.bourse.exchange.place_pair(stop.request, target.request, terms)
        call.made.extend(order.number for order in placed)
        return list_answer(self._renderer, placed, reports=True)

    async def place_old(self, call: Call) -> Json:
        """Place a pair by the parameters that Binance had before."""
        sent = call.parameters.sent
        stop, limit = ("above", "below") if side_of(call.parameters) is Side.BUY else ("below", "above")
        named = {f"{limit}{new}": sent[old] for old, new in _OLD_NAMES.items() if old in sent}
        named |= {f"{stop}{new}": sent[old] for old, new in _OLD_STOP.items() if old in sent}
        kinds = {f"{limit}Type": "LIMIT_MAKER", f"{stop}Type": "STOP_LOSS_LIMIT" if sent.get("stopLimitPrice") else "STOP_LOSS"}
        kept = {name: text for name, text in sent.items() if name not in _OLD_NAMES | _OLD_STOP}
        return await self.place(replace(call, parameters=Parameters(kept | named | kinds)))

    async def read(self, call: Call) -> Json:
        """Look a pair up by its number or its name."""
        return list_answer(self._renderer, self._find(call, "origClientOrderId", _NO_SUCH_LIST), reports=False)

    async def cancel(self, call: Call) -> Json:
        """Take both legs of a pair off."""
        legs = self._find(call, "listClientOrderId", CANCEL_REJECTED)
        open_leg = next((leg for leg in legs if leg.is_open), None)
        if open_leg is None:
            raise unknown_order(CANCEL_REJECTED)
        await call.bourse.cancel(open_leg)
        return list_answer(self._renderer, legs_of(call, legs[0].list_id), reports=True)

    async def open(self, call: Call) -> Json:
        """List the pairs of which a leg works."""
        return [list_answer(self._renderer, legs, reports=False) for legs in self._all(call) if any(leg.is_open for leg in legs)]

    async def all(self, call: Call) -> Json:
        """List every pair."""
        limit = call.parameters.limit(500, 1000)
        return [list_answer(self._renderer, legs, reports=False) for legs in self._all(call)[-limit:]]

    def _leg(self, call: Call, where: str) -> Wanted:
        """Return one leg as the order that it would be alone. Refusal."""
        sent = call.parameters.sent
        shared = {name: sent[name] for name in ("symbol", "side", "quantity") if name in sent}
        own = {name: sent[f"{where}{part}"] for part, name in _LEG.items() if f"{where}{part}" in sent}
        return read_order(replace(call, parameters=Parameters(shared | own)))

    def _find(self, call: Call, name: str, code: int) -> list[Order]:
        number, wanted = call.parameters.integer("orderListId"), call.parameters.text(name)
        for legs in reversed(self._all(call)):
            if legs[0].list_id == number or (number is None and legs[0].terms.list_name == wanted):
                return legs
        raise Refusal(code, "Order list does not exist." if code == _NO_SUCH_LIST else "Unknown order list sent.")

    def _all(self, call: Call) -> list[list[Order]]:
        call.bourse.exchange.play()
        pairs: dict[int, list[Order]] = {}
        for order in call.view.orders():
            if order.list_id:
                pairs.setdefault(order.list_id, []).append(order)
        return list(pairs.values())
