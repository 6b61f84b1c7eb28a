"""Settings: what was passed in code, over the environment (`STYRMAN_…`), over `HOME/config.toml`, over the defaults.

A venue's own options are checked by its adapter when it is opened; everything else is checked here.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from styrman.errors import ConfigInvalid

MIN_TOKEN_LENGTH = 32
_STRICT = ConfigDict(extra="forbid", frozen=True)


def default_home() -> Path:
    """Return the home folder where none is named."""
    return Path.home() / ".styrman"


class VenueSettings(BaseModel):
    """One venue: the adapter that speaks to it, and that adapter's own options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    adapter: Annotated[str, Field(min_length=1)]

    @property
    def options(self) -> dict[str, JsonValue]:
        """The adapter's own options, as written."""
        return dict(self.model_extra or {})


class LogSettings(BaseModel):
    """How logs are written, and how much of them is kept for the API."""

    model_config = _STRICT

    format: Literal["console", "json", "auto"] = "auto"  # auto: console on a terminal, else JSON
    level: Literal["debug", "info", "warning", "error"] = "info"
    kept_bytes: Annotated[int, Field(ge=65_536)] = 16_777_216  # all bots' last lines together


class RetentionSettings(BaseModel):
    """How many days of history are kept. None: for ever."""

    model_config = _STRICT

    events_days: Annotated[int, Field(ge=1)] | None = 90
    equity_days: Annotated[int, Field(ge=1)] | None = 365
    intents_days: Annotated[int, Field(ge=1)] | None = None


class ComputeSettings(BaseModel):
    """Where users' code runs."""

    model_config = _STRICT

    deadline_s: Annotated[float, Field(gt=0)] = 30.0  # a call is killed after this
    workers: Annotated[int, Field(ge=1, le=256)] | None = None  # None: one per core
    memory_mb: Annotated[int, Field(ge=64)] = 1024  # address space that a worker may add to its own at start


class WatchdogSettings(BaseModel):
    """When a stalled loop or a long cycle is reported and acted upon. Seconds of wall time."""

    model_config = _STRICT

    sample_s: Annotated[float, Field(gt=0)] = 0.05
    warn_s: Annotated[float, Field(gt=0)] = 0.1
    error_s: Annotated[float, Field(gt=0)] = 1.0
    abort_s: Annotated[float, Field(gt=0)] = 10.0  # profile "service" only
    cycle_deadline_s: Annotated[float, Field(gt=0)] = 60.0


class SupervisionSettings(BaseModel):
    """The figures of the restart policy and of stopping. Seconds of wall time."""

    model_config = _STRICT

    backoff_cap_s: Annotated[float, Field(gt=0)] = 300.0
    healthy_s: Annotated[float, Field(gt=0)] = 600.0
    max_restarts: Annotated[int, Field(ge=1)] = 5
    restart_window_s: Annotated[float, Field(gt=0)] = 300.0
    restarts_per_s: Annotated[float, Field(gt=0)] = 10.0  # per venue
    cancel_at_s: tuple[float, float, float] = (0.0, 2.0, 5.0)
    quarantine_s: Annotated[float, Field(gt=0)] = 10.0
    drain_s: Annotated[float, Field(gt=0)] = 10.0  # shutdown: sends in flight
    stop_s: Annotated[float, Field(gt=0)] = 10.0  # shutdown: bots
    resync_s: Annotated[float, Field(gt=0)] = 30.0  # the reconciler looks at everyone this often


class OrderSettings(BaseModel):
    """How orders whose answer was lost are looked for, as far as that is not the venue's own. Seconds of wall time."""

    model_config = _STRICT

    clock_skew_s: Annotated[float, Field(ge=0)] = 1.0
    proof_gap_s: Annotated[float, Field(ge=0)] = 2.0  # between the two negative look-ups
    visibility_lag_s: Annotated[float, Field(ge=0)] | None = None  # None: the venue's own
    protection_grace_s: Annotated[float, Field(ge=0)] = 2.0  # how long a touched protection that rests at the venue is left to it


def _legacy_spec() -> dict[str, JsonValue]:
    return {"strategy": "ema_cross", "venue": "sim", "instruments": ["BTC/USDT"]}


class LegacySettings(BaseModel):
    """The three Flask-era paths steer the bot `default`, made of `spec` by the first POST."""

    model_config = _STRICT

    auth: Literal["token", "none"] = "token"  # none: open to callers on loopback alone
    spec: dict[str, JsonValue] = Field(default_factory=_legacy_spec)
    wait_s: Annotated[float, Field(gt=0)] = 30.0


class TelemetrySettings(BaseModel):
    """Tracing needs the extra `otel`."""

    model_config = _STRICT

    otlp_endpoint: str | None = None


class _HomeFile(InitSettingsSource):
    """HOME/config.toml, where HOME is what the stronger sources say."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls, init_kwargs={})

    def __call__(self) -> dict[str, object]:
        home = Path(str(self.current_state.get("home") or default_home())).expanduser()
        return read_config(home / "config.toml")


def read_config(path: Path) -> dict[str, object]:
    """Return what a config file says; nothing where there is none. ConfigInvalid names the line of a syntax error."""
    try:
        return dict(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigInvalid(f"{path} can't be read: {error}; mend it or move it away.") from error


class Settings(BaseSettings):
    """Everything that can be set. `Settings()` reads the environment and the home folder's config.toml; `load` says what is wrong."""

    model_config = SettingsConfigDict(
        env_prefix="STYRMAN_", env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True
    )

    home: Path = Field(default_factory=default_home)
    profile: Literal["service", "embedded"] = "service"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    root_path: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False  # a reverse proxy that speaks TLS stands before us
    allow_insecure_bind: bool = False  # by name: listen beyond loopback in the clear
    admin_token: SecretStr | None = None  # STYRMAN_ADMIN_TOKEN; never in the file
    database_url: SecretStr | None = None  # None: SQLite in HOME
    venues: dict[str, VenueSettings] = Field(default_factory=dict)
    log: LogSettings = LogSettings()
    retention: RetentionSettings = RetentionSettings()
    compute: ComputeSettings = ComputeSettings()
    watchdog: WatchdogSettings = WatchdogSettings()
    supervision: SupervisionSettings = SupervisionSettings()
    orders: OrderSettings = OrderSettings()
    legacy: LegacySettings = LegacySettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    rebalance_threshold: Annotated[float, Field(gt=0, le=1)] | None = None  # None: a target's quantity is latched until it changes
    equity_every_s: Annotated[float, Field(gt=0)] = 60.0  # one equity point a bot
    safe_mode: bool = False  # hold all bots at boot
    wiring: str = "styrman.runtime:wire"  # the composition root: builds the adapters that the manager runs on

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if "sim" not in self.venues:
            object.__setattr__(self, "venues", {"sim": VenueSettings(adapter="simulated"), **self.venues})
        object.__setattr__(self, "home", self.home.expanduser().absolute())
        if self.admin_token is not None and len(self.admin_token.get_secret_value()) < MIN_TOKEN_LENGTH:
            raise ValueError(f"STYRMAN_ADMIN_TOKEN is shorter than {MIN_TOKEN_LENGTH} characters; make one with: openssl rand -hex 32")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together; set both or neither")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: code, environment, file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _HomeFile(settings_cls)

    @classmethod
    def load(cls, **overrides: object) -> Self:
        """Return the settings; ConfigInvalid with one sentence that names the first wrong field."""
        try:
            return cls(**overrides)  # type: ignore[arg-type] # checked by pydantic, which is the point
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            what = first["msg"].removeprefix("Value error, ")
            fault = f"Setting {where!r} can't be used: {what}" if where else what
            home = overrides.get("home") or "the home folder"
            raise ConfigInvalid(f"{fault}. Mend it in config.toml of {home} or in the environment (STYRMAN_…).") from None
