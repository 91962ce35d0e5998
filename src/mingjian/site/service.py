"""Read and change the facts about the site, each change with its entry."""

from typing import Final

from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.audit.service import record
from mingjian.site import store
from mingjian.site.model import STEP_BY_CODE, Site, Step
from mingjian.storage.engine import Transaction

_REVIEWED: Final = "reviewed."


def site(tx: Transaction) -> Site:
    """The facts as they stand."""
    found = store.facts(tx)

    def text(name: str, otherwise: str = "") -> str:
        return found[name][0] if name in found else otherwise

    reviewed = {
        step: at_us
        for name, (_, at_us) in found.items()
        if (step := STEP_BY_CODE.get(name.removeprefix(_REVIEWED))) is not None and name.startswith(_REVIEWED)
    }
    return Site(
        text("organisation"),
        text("organisation_id"),
        text("region_code"),
        text("language", "zh-CN"),
        int(text("cameras", "0")),
        int(text("kbit_s", "0")),
        reviewed,
    )


def change(tx: Transaction, by: Actor, now_us: int, **facts: str | int) -> None:
    """Set some facts; the entry has what they were before."""
    before = site(tx)
    detail: dict[str, JSON] = {}
    for name, value in facts.items():
        if getattr(before, name) != value:
            detail[name] = {"before": getattr(before, name), "after": value}
        store.put(tx, name, str(value), now_us)
    record(tx, Entry(Action.SITE_CHANGED, by, "site", "", detail, now_us))


def reviewed(tx: Transaction, step: Step, by: Actor, now_us: int) -> None:
    """Somebody looked at this part of the set-up."""
    store.put(tx, _REVIEWED + step.code, by.label, now_us)
    detail: dict[str, JSON] = {"reviewed": step.code}
    record(tx, Entry(Action.SITE_CHANGED, by, "site", "", detail, now_us))
