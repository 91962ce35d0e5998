"""Several texts at one place: prohibitions and duties add up, terms take the longest, what differs a person decides.

A lower instrument cannot relax a higher one; a text that is silent takes nothing away from one that speaks.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from mingjian.law.model import Value

Values = Sequence[Value]
"""What the texts say under one key, highest rank first; silent texts have been left out."""

STRICTEST: Final = ("deny", "deny_or_mask", "review", "limit_to_need", "allow_view", "help_view", "allow")
NOT_GRANTED: Final = ("no_entitlement", "no_provision")


def any_yes(values: Values) -> Value:
    """A duty or a prohibition: one text suffices; an open one keeps the question open."""
    return True if True in values else "review" if "review" in values else values[0]


def any_no(values: Values) -> Value:
    """A permission: one refusal suffices."""
    return False if False in values else "review" if "review" in values else values[0]


def longest(values: Values) -> Value:
    """The longest minimum term."""
    return max((one for one in values if isinstance(one, int)), default=None)


def earliest(values: Values) -> Value:
    """The nearest of several days."""
    return min((one for one in values if isinstance(one, date)), default=None)


def union(values: Values) -> Value:
    """Everything that any text asks for, in order."""
    lists = [one for one in values if isinstance(one, list)]
    return list(dict.fromkeys(str(item) for one in lists for item in one)) if lists else None


def highest(values: Values) -> Value:
    """What the highest text says."""
    return next((one for one in values if one is not None), None)


def decision(values: Values) -> Value:
    """The strictest decision; a grant stands beside a text that grants nothing, and what the highest text grants to a
    person no lower one takes away.
    """
    granted = [one for one in values if one not in NOT_GRANTED]
    if not granted:
        return "no_entitlement" if "no_entitlement" in values else "no_provision"
    if values[0] == "allow_view" and "deny" in granted:
        return "allow_view"
    return min(granted, key=lambda one: STRICTEST.index(str(one)) if one in STRICTEST else 2)


POLICIES: Final[Mapping[str, Callable[[Values], Value]]] = {
    "prohibited": any_yes,
    "mandatory": any_yes,
    "filing_required": any_yes,
    "report_required": any_yes,
    "upgrade_required": any_yes,
    "notice_required": any_yes,
    "notice_before_required": any_yes,
    "must_delete": any_yes,
    "views_logged": any_yes,
    "approval_required": any_yes,
    "document3_required": any_yes,
    "masking_required": any_yes,
    "psb_presence_required": any_yes,
    "sign_required": any_yes,
    "reward": any_yes,
    "allowed": any_no,
    "may_build": any_no,
    "may_use": any_no,
    "may_install": any_no,
    "may_proceed": any_no,
    "entry_allowed": any_no,
    "compliant": any_no,
    "min_days": longest,
    "min_years": longest,
    "deadline": earliest,
    "upgrade_deadline": earliest,
    "latest_notice": earliest,
    "documents": union,
    "items": union,
    "channels": union,
    "fields": union,
    "missing": union,
    "steps_in_step": union,
    "decision": decision,
}


def combine(findings: Sequence[tuple[Mapping[str, Value], bool]]) -> dict[str, Value]:
    """One answer of several, given highest rank first, each with whether it cites anything. What cites nothing counts
    only where no text speaks.
    """
    speaking = [values for values, cites in findings if cites] or [values for values, _ in findings]
    keys = dict.fromkeys(key for one in speaking for key in one)
    combined = {
        key: POLICIES.get(key, highest)([one[key] for one in speaking if key in one]) for key in keys if key != "silent"
    }
    if all(one.get("silent") for one in speaking):
        combined["silent"] = True
    return combined
