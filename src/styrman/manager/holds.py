"""Why starts wait: the whole process (safe mode, shutdown), or one account: its credential was refused, or its books are another's."""

from styrman.domain.bots import BotRecord, BotStatus, Observed
from styrman.errors import ErrorClass


class Holds:
    """What keeps bots from being started or restarted."""

    def __init__(self) -> None:
        self.process: str | None = None
        self._kept: dict[str, str] = {}  # account to why nothing is done there
        self._refused: dict[str, set[str]] = {}  # account to the bots that its refused credential failed

    def note(self, record: BotRecord, status: BotStatus) -> None:
        """Learn from a bot's move: a refused credential holds its account until one of its bots gets through."""
        refused = self._refused.setdefault(record.account, set())
        error = status.last_error
        if status.observed is Observed.FAILED and error is not None and error.error_class is ErrorClass.AUTH:
            refused.add(record.id)
        elif status.observed is Observed.RUNNING:
            refused.clear()
        elif status.observed is Observed.STOPPED:
            refused.discard(record.id)

    def keep(self, account: str, why: str) -> None:
        """Let no bot of the account start until it is lifted."""
        self._kept[account] = why

    def lift(self, account: str) -> bool:
        """Learn that the venue let us in with the account's credential; return whether anything was held."""
        return any([self._kept.pop(account, None), self._refused.pop(account, None)])

    def forget(self, bot_id: str) -> None:
        """Learn that a bot is deleted: nobody can start it to prove that the credential is mended."""
        for refused in self._refused.values():
            refused.discard(bot_id)

    def of(self, record: BotRecord) -> str | None:
        """Return why this bot may not start now. A bot that the credential failed may: somebody asked for it, and it is the probe."""
        if self.process is not None:
            return self.process
        is_probe = record.account not in self._kept and record.id in self._refused.get(record.account, ())
        return None if is_probe else self.of_account(record.account)

    def of_account(self, account: str) -> str | None:
        """Return why the bots of an account may not start now; None where they may."""
        if account in self._kept:
            return self._kept[account]
        refused = self._refused.get(account)
        return f"the credential of account {account!r} was refused; mend it and start {min(refused)!r}" if refused else None
