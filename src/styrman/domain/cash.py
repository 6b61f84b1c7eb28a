"""Money that came to an account or left it without a trade, as the journal keeps it: the entries, and what bots got of them."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class CashFlowKind(StrEnum):
    """Why an account's money changed without a trade of ours."""

    FUNDING = "funding"  # paid or received for holding a perpetual swap; belongs to the books that hold it
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    OTHER = "other"  # interest, rebates, dust conversions: what the venue does not name


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFlow:
    """Money that came to an account or left it without a trade. Deduplicated by (account, id)."""

    id: str
    kind: CashFlowKind
    currency: str
    amount: Decimal  # signed: above zero where the account got it
    instrument: str | None = None  # of funding
    market_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BotFunding:
    """What a bot got for holding an instrument, all its funding ever, in the quote currency. Key: (bot_id, instrument).

    Beside the holding, not in it: a holding is written by the fills alone, and this by the account's cash flows alone.
    """

    bot_id: str
    instrument: str
    amount: Decimal  # below zero: what it paid


@dataclass(frozen=True, slots=True, kw_only=True)
class CashEntry:
    """A cash flow, entered once. Key: (account, flow.id); a second one with the same key is ignored. Never pruned."""

    account: str
    flow: CashFlow
    shares: dict[str, Decimal] = field(default_factory=dict)  # of a funding, by bot id; what is left of the amount is external
    at: datetime  # wall time at which we learnt of it
