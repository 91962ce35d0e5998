"""Tell what happened and was not told yet, one way at a time. Called by jobs, which repeat it with growing pauses.

At least once, in order, and bounded: what cannot be told within GIVE_UP_US, or in MAX_ATTEMPTS, is given up, and that
is an alert in its turn, which the page shows.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mingjian.alerts import hook, mail, service, store, telling
from mingjian.alerts.errors import NOT_SET, NOT_TOLD, TRIAL
from mingjian.alerts.model import Alert, Happening, Kinds, Outcome, Recorded, Way, What
from mingjian.alerts.settings import AlertsSettings
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.storage.engine import Database, Transaction

MAX_ATTEMPTS: Final = 8
GIVE_UP_US: Final = 86_400_000_000
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Teller:
    """Whom to tell and how. `check` raises when the job is another worker's by now; `attempt` counts from 1."""

    database: Database
    settings: AlertsSettings
    kinds: Kinds
    data_dir: Path
    origin: str
    check: Callable[[Transaction], None]
    attempt: int = 1

    def is_set(self, way: Way) -> bool:
        return self.settings.by_mail if way is Way.MAIL else self.settings.by_hook

    def tell(self, way: Way, now_us: int) -> int:
        """Tell what is due this way; returns how much was told.

        Raises the refusal, so that the job comes back later; the last attempt gives up instead.
        """
        if not self.is_set(way):
            return 0
        with self.database.read() as tx:
            found = store.untold(tx, way, self.settings.severities, now_us - GIVE_UP_US, now_us, BATCH)
        found = [one for one in found if not self._about_itself(one, way)]
        if not found:
            return 0
        try:
            self.send(way, found, now_us)
        except MingjianError as error:
            if self.attempt < MAX_ATTEMPTS:
                raise
            self._give_up(way, found, error, now_us)
            return 0
        with self.database.write() as tx:
            self.check(tx)
            store.note_told(tx, way, [one.id for one in found], Outcome.SENT)
            service.clear(tx, NOT_TOLD, way.value, now_us)
        return len(found)

    def send(self, way: Way, happenings: Sequence[Happening], now_us: int) -> None:
        """Raises MingjianError, see `mail.send` and `hook.send`."""
        if way is Way.MAIL:
            letter = telling.Letter(self.settings.mail_from, self.settings.mail_to, self.origin)
            mail.send(self.settings, self.data_dir, telling.mail(letter, happenings, self._words, now_us))
        else:
            body = telling.document(happenings, self._words, self.origin, now_us)
            delivery = f"{happenings[-1].id}.{len(happenings)}"
            hook.send(self.settings, self.data_dir, body, delivery, now_us)

    def _give_up(self, way: Way, found: Sequence[Happening], error: MingjianError, now_us: int) -> None:
        detail = {
            "way": way.value,
            "count": str(len(found)),
            "reason_zh": f"{error.what.zh}{error.why.zh}",
            "reason_en": f"{error.what.en} {error.why.en}",
        }
        with self.database.write() as tx:
            self.check(tx)
            store.note_told(tx, way, [one.id for one in found], Outcome.GIVEN_UP)
            service.raise_(tx, Alert(NOT_TOLD, way.value, detail, now_us))

    def _words(self, one: Happening) -> MingjianError:
        return service.told(one.alert, self.kinds)

    @staticmethod
    def _about_itself(one: Happening, way: Way) -> bool:
        return one.alert.code == NOT_TOLD.code and one.alert.object_id == way.value


def attempt(teller: Teller, way: Way, now_us: int) -> None:
    """Send a trial, now. Raises MingjianError NOT_SET or the refusal."""
    if not teller.is_set(way):
        raise MingjianError(NOT_SET)
    row = Recorded(new_id(now_us), TRIAL.code, TRIAL.severity, TRIAL.object_kind, way.value, {}, now_us)
    teller.send(way, [Happening(new_id(now_us), What.RAISED, now_us, row)], now_us)


def origin_of(public_origin: str) -> str:
    """How this installation is named outside: its address for browsers, else the machine's name."""
    return public_origin or socket.gethostname()
