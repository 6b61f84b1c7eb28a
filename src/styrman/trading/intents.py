"""Makes intents: one decision to trade, with an id that no order ever had and the time after which the venue refuses it."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from styrman.domain.orders import Intent, IntentState, Move, OrderRequest
from styrman.ports import RunOrder

NO_WINDOW = timedelta(days=36_500)  # a venue that enforces no deadline: nothing is ever inferred from time


_OURS = "sty"


def new_client_order_id() -> str:
    """Return an id that no order ever had: 31 alphanumerics, ours by its first three."""
    return f"{_OURS}{secrets.token_hex(14)}"


def is_ours(client_order_id: str | None) -> bool:
    """Whether an order's id looks like one that we gave."""
    return client_order_id is not None and client_order_id.startswith(_OURS)


def new_intent(  # noqa: PLR0913 - an intent's facts, each by name
    request: OrderRequest, run: RunOrder, *, account: str, at: datetime, market_at: datetime, window: timedelta
) -> Intent:
    """Return a PREPARED intent of a run."""
    return Intent(
        intent_id=request.client_order_id,
        bot_id=run.bot_id,
        run_id=run.run_id,
        epoch=run.epoch,
        account=account,
        request=request,
        payload_hash=sha256(repr(request).encode()).hexdigest()[:16],
        stamp=at,
        not_after=at + window,
        market_at=market_at,
        updated_at=at,
        history=(Move(state=IntentState.PREPARED, at=at),),
    )
