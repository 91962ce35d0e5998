"""Alerts: raised once, cleared by themselves when what they say is no longer so."""

from collections.abc import Mapping

from mingjian.kernel.errors import MingjianError, Problem
from mingjian.kernel.ids import new_id
from mingjian.media.keep import store
from mingjian.media.keep.errors import ALERTS, CODE_UNKNOWN
from mingjian.media.keep.model import Alert
from mingjian.storage.engine import Transaction


def settle(
    tx: Transaction, problem: Problem, object_kind: str, true_now: Mapping[str, Mapping[str, str]], now_us: int
) -> None:
    """Make the alerts of this kind those of `true_now`: object -> what fills the problem's sentences.

    What stands already stays as it is, with the newer words; what is no longer so is cleared.
    """
    known = [one for one in store.standing_alerts(tx, problem.code) if one.object_kind == object_kind]
    told = {one.object_id: one.detail for one in known}
    for object_id, detail in true_now.items():
        if told.get(object_id) != detail:
            raise_alert(tx, problem, object_kind, object_id, detail, now_us)
    store.clear_alerts(tx, [one.id for one in known if one.object_id not in true_now], now_us)


def raise_alert(
    tx: Transaction, problem: Problem, object_kind: str, object_id: str, detail: Mapping[str, str], now_us: int
) -> None:
    """Say it once: while it stands, saying it again changes only the words."""
    alert = Alert(new_id(now_us), problem.code, object_kind, object_id, detail, now_us, None)
    store.raise_alert(tx, alert)


def clear(tx: Transaction, problem: Problem, object_kind: str, object_id: str, now_us: int) -> None:
    """It is no longer so; nothing happens when nobody said it."""
    found = store.standing_alerts(tx, problem.code)
    ids = [one.id for one in found if (one.object_kind, one.object_id) == (object_kind, object_id)]
    store.clear_alerts(tx, ids, now_us)


def told(alert: Alert) -> MingjianError:
    """The alert as the problem that it is; one of another version of the program says so."""
    problem = ALERTS.get(alert.code)
    if problem is None:
        return MingjianError(CODE_UNKNOWN, code=alert.code)
    error = MingjianError(problem, **alert.detail)
    try:
        _ = (error.what, error.why, error.advice)
    except KeyError:
        return MingjianError(CODE_UNKNOWN, code=alert.code)
    return error
