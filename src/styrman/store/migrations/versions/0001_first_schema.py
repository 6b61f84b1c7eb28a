"""The schema as it first was."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bots",
        sa.Column("bot_id", sa.Text, primary_key=True),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("spec_hash", sa.Text, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("desired", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("run_after", sa.BigInteger, nullable=False),
        sa.Column("reset_after", sa.BigInteger, nullable=False),
        sa.Column("stop_after", sa.BigInteger, nullable=False),
        sa.Column("stopped_at", sa.BigInteger, nullable=True),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("stop", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "statuses",
        sa.Column("bot_id", sa.Text, primary_key=True),
        sa.Column("observed", sa.Text, nullable=False),
        sa.Column("observed_generation", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("run_generation", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.BigInteger, nullable=False),
        sa.Column("restarts", sa.BigInteger, nullable=False),
        sa.Column("restarted_at", sa.Text, nullable=False),
        sa.Column("same_traceback", sa.BigInteger, nullable=False),
        sa.Column("next_retry_at", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.Column("healthy_since", sa.BigInteger),
    )
    op.create_table(
        "halts",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "memories",
        sa.Column("bot_id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("latches", sa.Text, nullable=False),
        sa.Column("spent", sa.Text, nullable=False),
        sa.Column("traded", sa.Text, nullable=False),
        sa.Column("guards", sa.Text, nullable=False),
    )
    op.create_table(
        "holdings",
        sa.Column("bot_id", sa.Text, primary_key=True),
        sa.Column("instrument", sa.Text, primary_key=True),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("cost", sa.Text, nullable=False),
        sa.Column("realized_pnl", sa.Text, nullable=False),
        sa.Column("fees", sa.Text, nullable=False),
        sa.Column("other_fees", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger),
    )
    op.create_table(
        "funding",
        sa.Column("bot_id", sa.Text, primary_key=True),
        sa.Column("instrument", sa.Text, primary_key=True),
        sa.Column("amount", sa.Text, nullable=False),
    )
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("external", sa.Text, nullable=False),
        sa.Column("settled", sa.Text, nullable=False),
        sa.Column("drift", sa.Text, nullable=False),
        sa.Column("made_on", sa.Text, nullable=False),
        sa.Column("flows_since", sa.BigInteger),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "operations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("errors", sa.Text, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
    )
    op.create_index("operations_at", "operations", ["at"])
    op.create_table(
        "answers",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("status", sa.BigInteger, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "intents",
        sa.Column("seq", SEQ, primary_key=True),
        sa.Column("intent_id", sa.Text, nullable=False),
        sa.Column("bot_id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("payload_hash", sa.Text, nullable=False),
        sa.Column("stamp", sa.BigInteger, nullable=False),
        sa.Column("not_after", sa.BigInteger, nullable=False),
        sa.Column("market_at", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("group_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("venue_order_id", sa.Text),
        sa.Column("filled", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("history", sa.Text, nullable=False),
        sa.Column("client_order_id", sa.Text, nullable=False),
        sa.Column("instrument", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("price", sa.Text),
        sa.Column("stop_price", sa.Text),
        sa.Column("time_in_force", sa.Text, nullable=False),
        sa.Column("post_only", sa.Boolean, nullable=False),
        sa.Column("reduce_only", sa.Boolean, nullable=False),
        sa.UniqueConstraint("account", "client_order_id", name="intents_client_order_id"),
        sa.UniqueConstraint("intent_id", name="intents_intent_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("intents_bot", "intents", ["bot_id", "seq"])
    op.create_index("intents_state", "intents", ["state", "seq"])
    op.create_index("intents_instrument", "intents", ["instrument", "seq"])
    op.create_index("intents_account", "intents", ["account", "seq"])
    op.create_table(
        "fills",
        sa.Column("seq", SEQ, primary_key=True),
        sa.Column("bot_id", sa.Text, nullable=False),
        sa.Column("intent_id", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("trade_id", sa.Text, nullable=False),
        sa.Column("venue_order_id", sa.Text, nullable=False),
        sa.Column("client_order_id", sa.Text),
        sa.Column("instrument", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("price", sa.Text, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("fee", sa.Text, nullable=False),
        sa.Column("fee_currency", sa.Text, nullable=False),
        sa.Column("maker", sa.Boolean, nullable=False),
        sa.Column("market_time", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("account", "trade_id", name="fills_trade_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("fills_bot", "fills", ["bot_id", "seq"])
    op.create_index("fills_instrument", "fills", ["instrument", "seq"])
    op.create_index("fills_account", "fills", ["account", "seq"])
    op.create_index("fills_intent", "fills", ["intent_id"])
    op.create_table(
        "cash_flows",
        sa.Column("seq", SEQ, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("shares", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount", sa.Text, nullable=False),
        sa.Column("instrument", sa.Text),
        sa.Column("market_time", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("account", "id", name="cash_flows_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("cash_flows_account", "cash_flows", ["account", "seq"])
    op.create_table(
        "equity",
        sa.Column("seq", SEQ, primary_key=True),
        sa.Column("bot_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("market_at", sa.BigInteger, nullable=False),
        sa.Column("equity", sa.Text, nullable=False),
        sa.Column("realized_pnl", sa.Text, nullable=False),
        sa.Column("unrealized_pnl", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("equity_bot", "equity", ["bot_id", "at"])
    op.create_table(
        "events",
        sa.Column("seq", SEQ, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("bot_id", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("events_bot", "events", ["bot_id", "seq"])
    op.create_index("events_kind", "events", ["kind", "seq"])
    op.create_index("events_name", "events", ["name", "seq"])
