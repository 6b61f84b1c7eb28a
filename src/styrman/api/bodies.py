"""What requests may say. Shapes and ranges alone: whether a bot, a strategy or a state allows it is the manager's to say."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, JsonValue, TypeAdapter, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from styrman.domain.market import Side
from styrman.domain.spec import BotSpec, Instrument, PositiveMoney

MAX_IDS = 10_000

Reason = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$", description="Why; kept in the journal with who asked")]
GivenReason = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$", description="Why; kept in the journal with who asked")
]
BotId = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]


class Body(BaseModel):
    """What a request may say. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CommandBody(Body):
    """A command on one bot."""

    reason: Reason = ""


class StopBody(CommandBody):
    """How a bot is to be stopped."""

    orders: Literal["cancel", "keep"] = "cancel"
    positions: Literal["hold", "flatten"] = "hold"
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 30.0


class ForceBody(Body):
    """A command by which a person overrides a strategy: never without a reason."""

    reason: GivenReason


class ExitBody(ForceBody):
    """What is exited: one instrument, or all."""

    instrument: Instrument | None = None


class EnterBody(ForceBody):
    """What is entered: a quantity in base or a value in quote of one side, or the position that a fraction of the equity pays for."""

    instrument: Instrument
    side: Annotated[Side | None, Field(description="Of quantity or value; buy where it is left out")] = None
    quantity: Annotated[PositiveMoney | None, Field(description="In base")] = None
    value: Annotated[PositiveMoney | None, Field(description="In quote")] = None
    target: Annotated[float | None, Field(ge=-1, le=1, description="The position wanted, as a fraction of the equity")] = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if sum(size is not None for size in (self.quantity, self.value, self.target)) != 1:
            raise ValueError("give exactly one of quantity, value and target")
        if self.target is not None and self.side is not None:
            raise ValueError("a target has its side in its sign; give quantity or value with a side")
        return self


class AdoptBody(ForceBody):
    """How much of what is external becomes the bot's, and what it costs the bot."""

    instrument: Instrument
    quantity: PositiveMoney
    price: Annotated[PositiveMoney | None, Field(description="In quote; the last price where it is left out")] = None


class HandBackBody(ForceBody):
    """How much of what the bot holds becomes external, all of it where no quantity is given, and what the bot gets for it."""

    instrument: Instrument
    quantity: PositiveMoney | None = None
    price: Annotated[PositiveMoney | None, Field(description="In quote; the last price where it is left out")] = None


class DecideBody(ForceBody):
    """A person's word on an order of which nobody knows whether it is at the venue: it counts no more."""

    outcome: Annotated[
        Literal["placed", "not_placed", "unknown"] | None, Field(description="What the person found at the venue; kept with the reason")
    ] = None


class ClaimBody(ForceBody):
    """Whose a working order shall be that no bot owns."""

    bot_id: BotId
    key: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] | None = Field(
        None, description="The name under which the bot's Plan knows it; without one no Plan takes it off"
    )


class UnhaltBody(CommandBody):
    """Which latch: one bot's, one account's, or with neither the system's."""

    bot_id: BotId | None = None
    account: Annotated[str, Field(max_length=63, pattern=r"^[^\x00]*$")] | None = None

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.bot_id is not None and self.account is not None:
            raise ValueError("name a bot or an account, not both")
        return self


class HaltBody(UnhaltBody):
    """What is halted, and whether its positions are closed too."""

    flatten: bool = False


Action = Literal["start", "stop", "restart", "pause", "resume", "reset", "flatten", "halt", "unhalt"]


class OperationBody(CommandBody):
    """One command over many bots: exactly one of `ids`, `selector`, `all`."""

    action: Action
    ids: Annotated[tuple[BotId, ...], Field(min_length=1, max_length=MAX_IDS)] | None = None
    selector: (
        Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$", examples=["team=a,env!=prod,venue=sim"])] | None
    ) = None
    all: Literal[True] | None = None
    options: dict[str, JsonValue] | None = Field(
        None, description="The command's own, as in its body: of stop, orders, positions, timeout_s"
    )

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if sum(choice is not None for choice in (self.ids, self.selector, self.all)) != 1:
            raise ValueError("name the bots by exactly one of ids, selector and all")
        return self


class _Shape:
    """Documents a JSON value with the schema of a type that the manager, not the API, checks it against."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        del schema
        return handler(TypeAdapter(self._kind).core_schema)


# What a right spec is has one home, the manager: a script, a file and a request get the same sentence about the same fault.
SpecBody = Annotated[dict[str, JsonValue], _Shape(BotSpec)]
SpecListBody = Annotated[list[dict[str, JsonValue]], _Shape(list[BotSpec])]
SpecPatchBody = Annotated[
    dict[str, JsonValue], WithJsonSchema({"type": "object", "description": "The keys of a spec that change; null takes one out"})
]
