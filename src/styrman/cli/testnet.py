"""`styrman testnet`: a local exchange that speaks Binance's dialect, to try bots, clients and failures on."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from styrman.cli.command import command
from styrman.cli.exits import ExitCode, Failure, UsageFailure
from styrman.cli.session import Session

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(  # noqa: PLR0913 - one parameter to an option
    session: Session,
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any that is free.")] = 9101,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    symbols: Annotated[str, typer.Option(help="Instruments, by commas; empty: all that the source has.")] = "BTC/USDT,ETH/USDT",
    source: Annotated[str, typer.Option(help="synthetic, or a CSV or Parquet recording, or a folder of them.")] = "synthetic",
    seed: Annotated[int, typer.Option(help="Of the synthetic market.")] = 7,
    speed: Annotated[float, typer.Option(min=0.001, max=100_000, help="Market seconds to a second.")] = 60.0,
    key: Annotated[str, typer.Option(help="API key. Default: a new pair, printed.")] = "",
    secret: Annotated[str, typer.Option(help="Its secret.")] = "",
    state: Annotated[Path | None, typer.Option(help="Keep account, orders and trades here. Default: nothing is kept.")] = None,
    fault_seed: Annotated[int, typer.Option(help="Of the faults that strike by chance.")] = 7,
    balances: Annotated[str, typer.Option(help="Credited once, as USDT=1000,BTC=2. Default: a million of each quote currency.")] = "",
    fee_in_base: Annotated[bool, typer.Option("--fee-in-base/--fee-in-quote", help="Take a buy's fee from what it bought.")] = True,
    weight_limit: Annotated[int, typer.Option(min=1, help="Request weight a minute.")] = 6000,
    order_limit: Annotated[int, typer.Option(min=1, help="Orders in ten seconds.")] = 100,
) -> None:
    """Run a local exchange that speaks Binance's spot dialect, until Ctrl-C or SIGTERM.

    Point styrman at it in HOME/config.toml: (venues.testnet) adapter = "ccxt", exchange = "binance",
    base_url = "http://127.0.0.1:9101", credential = "testnet", live = true. Faults: POST /_faults; the truth: GET /_orders.
    """
    if bool(key) is not bool(secret):
        raise UsageFailure("--key and --secret go together; leave both out for a new pair.")
    if host not in _LOOPBACK:
        session.say(f"Anyone who reaches {host} can inject faults and read this testnet's orders.")
    from styrman.errors import StyrmanError  # noqa: PLC0415 - as below
    from styrman.testnet.options import TestnetOptions, make_key  # noqa: PLC0415 - the simulated exchange costs `--help` 200 ms
    from styrman.testnet.process import run  # noqa: PLC0415 - as above

    options = TestnetOptions(
        host=host,
        port=port,
        symbols=tuple(name.strip() for name in symbols.split(",") if name.strip()),
        source=source,
        seed=seed,
        speed=speed,
        key=key or make_key(),
        secret=secret or make_key(),
        state=state,
        fault_seed=fault_seed,
        balances=_balances(balances),
        fee_in_base=fee_in_base,
        weight_limit=weight_limit,
        order_limit=order_limit,
    )
    pair = f"key {options.key}" if key else f"key {options.key} secret {options.secret}"
    try:
        run(options, lambda url: typer.echo(f"testnet listens on {url} {pair}"))
    except StyrmanError as error:
        raise Failure(error.detail, ExitCode.FAILED) from None


def _balances(text: str) -> dict[str, Decimal] | None:
    """Return what is to be credited. UsageFailure."""
    if not text:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    try:
        return {name.strip().upper(): Decimal(amount) for name, _, amount in pairs}
    except InvalidOperation:
        raise UsageFailure(f"--balances {text!r} can't be read; write it as USDT=1000,BTC=2.") from None


def add(app: typer.Typer) -> None:
    """Add `testnet`."""
    command(app, "testnet")(serve)
