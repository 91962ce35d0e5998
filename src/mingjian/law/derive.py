"""What follows from a text's answer by counting: days late, through when footage stays, whether a fine is in range.

The same for every text, and applied to the answer of one and to that of several together.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from mingjian.law import days
from mingjian.law.model import Citation, Fact, Rank, Value
from mingjian.law.pack import OutsideLaw
from mingjian.law.rules import Draft, is_number

Facts = Mapping[str, Fact]
Derive = Callable[[dict[str, Value], Facts, date], None]

AS_AGREED: Final = "as_agreed"
"""Whoever the owner and the user agreed on; replaced by the word of the agreement where it is one."""


def _filing(values: dict[str, Value], facts: Facts, on: date) -> None:
    deadline, filed = values.get("deadline"), facts.get("filed_on")
    if isinstance(deadline, date) and isinstance(filed, date):
        values["on_time"] = filed <= deadline
        values["days_late"] = max(0, (filed - deadline).days)
    elif isinstance(deadline, date) and facts.get("was_filed") is False:
        values["on_time"] = False if on > deadline else None
        values["days_late"] = max(0, (on - deadline).days)


def _removal(values: dict[str, Value], facts: Facts, on: date) -> None:
    if values.get("allowed") is False:
        values["compliant"] = False
        return
    if values.get("notice_required") is not True:
        return
    latest, given = values.get("latest_notice"), facts.get("notice_given")
    not_written = values.get("notice") == "written" and facts.get("form") == "oral"
    never_told = given is False and values.get("notice_before_required") is True
    if not_written or never_told:
        values["compliant"] = False
    elif isinstance(latest, date) and isinstance(given, date):
        values["compliant"] = given <= latest
    elif isinstance(latest, date) and on > latest:
        values["compliant"] = False


def _retention(values: dict[str, Value], facts: Facts, on: date) -> None:
    held = facts.get("legal_hold") is True or facts.get("reason") == "pending_police_case"
    recorded, deleted = facts.get("recorded_on"), facts.get("deleted_on")
    years, least = values.get("min_years"), values.get("min_days")
    if is_number(years):
        values["min"] = f"{years} years"
    if not is_number(years) and not is_number(least):
        values.setdefault("delete_allowed", not held)
        return
    if not isinstance(recorded, date):
        values.setdefault("delete_allowed", "review")
        return
    day = deleted if isinstance(deleted, date) else on
    try:
        ends = [
            days.after(recorded, number, unit)
            for number, unit in ((years, "years"), (least, "days"))
            if is_number(number)
        ]
    except OverflowError:
        values["delete_allowed"] = "review"
        return
    values["retain_through"] = max(ends)
    passed = day > max(ends)
    values["delete_allowed"] = passed and not held
    if values.pop("delete_when_done", None):
        values["must_delete"] = _must_delete(facts, passed and not held)
    elif not values["delete_allowed"] and values.get("must_delete") is True:
        values["must_delete"] = "review"
    if isinstance(deleted, date):
        values["violation"] = not (passed and not held)


def _must_delete(facts: Facts, passed: bool) -> Value:
    done = facts.get("purpose_achieved")
    return False if not passed or done is False else True if done is True else "review"


def _responsible_party(values: dict[str, Value], facts: Facts, _: date) -> None:
    if values.get("party") == AS_AGREED:
        values["party"] = _agreed(facts)


def _agreed(facts: Facts) -> Value:
    """The word of the agreement, or the party that it names; what is neither a person reads."""
    agreed = facts.get("agreement")
    if not isinstance(agreed, str) or agreed == "true":
        return "review"
    named = next((role for role in ("operator", "owner") if facts.get(role) == agreed), None)
    return named or (agreed if agreed.isidentifier() and agreed.isascii() else AS_AGREED)


def _access(values: dict[str, Value], _: Facts, __: date) -> None:
    if values.get("missing"):
        values["decision"] = "deny"


def _penalty(values: dict[str, Value], facts: Facts, _: date) -> None:
    fine, proposed = values.get("fine"), facts.get("proposed_fine")
    if is_number(proposed):
        match fine:
            case [int(low), int(high)]:
                values["within_range"] = low <= proposed <= high
            case None:
                values["within_range"] = proposed == 0
            case _:
                values["within_range"] = "review"


DERIVE: Final[Mapping[str, Derive]] = {
    "responsible_party": _responsible_party,
    "filing": _filing,
    "removal": _removal,
    "retention": _retention,
    "access": _access,
    "penalty": _penalty,
}


def outside_term(draft: Draft, facts: Facts, on: date, outside: Sequence[OutsideLaw], *, always: bool) -> None:
    """Longer terms that a text yields to (`yields_to`), or that hold beside it (`always`): laws outside, standards."""
    yields = draft.values.pop("yields_to", None)
    kinds = yields if isinstance(yields, list) else []
    for law in outside:
        if facts.get("unit_status") == law.unit_status and law.in_force <= on and (always or _yields(kinds, law.rank)):
            _lengthen(draft, law.min_days)
            draft.cite([Citation(law.code, law.article)])
    standard = facts.get("industry_standard_term_days")
    if "industry_standard" in kinds and is_number(standard):
        _lengthen(draft, standard)


def _yields(kinds: Sequence[Value], rank: Rank) -> bool:
    return "law" in kinds if rank is Rank.LAW else "regulation" in kinds or "administrative_regulation" in kinds


def _lengthen(draft: Draft, least: int) -> None:
    known = draft.values.get("min_days")
    draft.values["min_days"] = max(known, least) if is_number(known) else least
    draft.values.pop("silent", None)


def contradictions(facts: Facts, on: date) -> list[str]:
    """Facts that cannot all be true, by their names."""
    found = [
        f"{later} < {earlier}"
        for earlier, later in _IN_ORDER
        if isinstance(first := facts.get(earlier), date)
        and isinstance(second := facts.get(later), date)
        and second < first
    ]
    if facts.get("accepted") is False and facts.get("result") == "pass":
        found.append("accepted=false, result=pass")
    if isinstance(recorded := facts.get("recorded_on"), date) and recorded > on:
        found.append("recorded_on > date")
    return found


_IN_ORDER: Final = (
    ("recorded_on", "deleted_on"),
    ("first_acceptance", "rectified_and_passed"),
    ("event_date", "filed_on"),
)
