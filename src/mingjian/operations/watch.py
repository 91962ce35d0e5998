"""What no domain watches: the certificate, the processes, the age of the backup. Decides; whoever calls it looks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509

from mingjian.alerts import service as alerts
from mingjian.kernel.clock import to_datetime
from mingjian.operations.backup import service as backups
from mingjian.operations.errors import BACKUP_OLD, CERTIFICATE_ENDS, CLOCK_UNSYNCHRONISED, ROLE_DOWN
from mingjian.storage.engine import Transaction

CERTIFICATE_DAYS: Final = 21
"""Below the thirty days at which a restart renews it: who restarts monthly is never bothered."""
DOWN_S: Final = 60
_UP_FOR_S: Final = 30
_US: Final = 1_000_000
_PEM_LIMIT: Final = 1 << 16
_END: Final = b"-----END CERTIFICATE-----"

Detail = Mapping[str, str]


class Process(Protocol):
    """How one process of this machine is doing, as its supervisor wrote it."""

    @property
    def role(self) -> str: ...

    @property
    def started_us(self) -> int: ...

    @property
    def restarts(self) -> int: ...

    @property
    def state(self) -> str: ...


@dataclass(slots=True)
class RoleWatch:
    """Remembers since when each process has not been up for good; kept by one process for its life."""

    host: str
    _down_since_us: dict[str, int] = field(default_factory=dict)

    def down(self, processes: Iterable[Process], now_us: int) -> dict[str, Detail]:
        """Those that have not been up for a minute: object -> words."""
        found: dict[str, Detail] = {}
        for one in processes:
            if one.state == "up" and now_us - one.started_us >= _UP_FOR_S * _US:
                self._down_since_us.pop(one.role, None)
            elif one.state != "up":
                self._down_since_us.setdefault(one.role, now_us)
            down_us = now_us - self._down_since_us.get(one.role, now_us)
            if down_us >= DOWN_S * _US:
                words = {"role": one.role, "minutes": str(down_us // (60 * _US)), "restarts": str(one.restarts)}
                found[f"{self.host}/{one.role}"] = words
        return found

    def settle(self, tx: Transaction, processes: Iterable[Process], now_us: int) -> None:
        """Raise and clear the alerts of this machine's processes."""
        alerts.settle(tx, ROLE_DOWN, self.down(processes, now_us), now_us, lambda one: one.startswith(f"{self.host}/"))


UNSYNCHRONISED_S: Final = 1_800.0


@dataclass(slots=True)
class ClockWatch:
    """Since when the kernel has said that no time service keeps the clock; kept by one process for its life.

    A service that was just started, or lost its source for minutes, is no news.
    """

    _since_s: float | None = None

    def settle(self, tx: Transaction, *, synchronised: bool, now_us: int, monotonic_s: float) -> None:
        """Raise or clear the alert; `monotonic_s` does not jump with the clock that is in doubt."""
        if synchronised:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = monotonic_s
        away_s = 0.0 if self._since_s is None else monotonic_s - self._since_s
        if synchronised or away_s >= UNSYNCHRONISED_S:
            found = {} if synchronised else {"server": {"minutes": str(int(away_s // 60))}}
            alerts.settle(tx, CLOCK_UNSYNCHRONISED, found, now_us)


def certificate(tx: Transaction, file: Path | None, now_us: int) -> None:
    """Raise or clear the alert of the certificate in `file`; None: this installation needs none."""
    days = certificate_days(file, now_us) if file is not None else None
    ending = days is not None and days < CERTIFICATE_DAYS
    alerts.settle(tx, CERTIFICATE_ENDS, {"server": {"days": str(max(0, days or 0))}} if ending else {}, now_us)


def certificate_days(file: Path, now_us: int) -> int | None:
    """Whole days until the first certificate in a PEM file ends, negative after it; None when there is none."""
    try:
        with file.open("rb") as source:
            found = x509.load_pem_x509_certificates(source.read(_PEM_LIMIT).partition(_END)[0] + _END)
    except (OSError, ValueError):
        return None
    return (found[0].not_valid_after_utc - to_datetime(now_us)).days


def backup(tx: Transaction, warn_after_days: float, since_us: int | None, now_us: int) -> None:
    """Raise or clear the alert about the age of the last good backup; `since_us`: since when there is what to lose."""
    old = {}
    if warn_after_days and since_us is not None:
        last_us = backups.last_good_us(tx)
        days = (now_us - (since_us if last_us is None else last_us)) / (86_400 * _US)
        if days >= warn_after_days:
            old = {"backup": _age(int(days), never=last_us is None)}
    alerts.settle(tx, BACKUP_OLD, old, now_us)


def _age(days: int, *, never: bool) -> Detail:
    if never:
        return {
            "reason_zh": f"启用 {days} 天以来没有成功的备份。",
            "reason_en": f"There has been no good backup in the {days} days since it was set up.",
        }
    return {
        "reason_zh": f"最近一次成功的备份在 {days} 天前。",
        "reason_en": f"The last good backup was {days} days ago.",
    }
