"""Answer from the installed texts. Pure: no database, no clock."""

from mingjian.kernel.errors import MingjianError
from mingjian.law.errors import FORBIDDEN
from mingjian.law.model import Act, Facts, Finding, Outcome


def may(act: Act, facts: Facts) -> Finding:
    """Whether `act` is allowed under these facts.

    Every place that is about to do something a text may forbid asks here already, so that installing texts adds no
    call. No text is installed yet, and an absent text must never look like a permission: the answer is `NO_PACK`.
    """
    del act, facts  # nothing to judge them by
    return Finding(Outcome.NO_PACK)


def require(act: Act, facts: Facts) -> Finding:
    """The same, for callers that go on unless it is forbidden. Raises MingjianError FORBIDDEN with the articles."""
    finding = may(act, facts)
    if finding.outcome is Outcome.FORBIDDEN:
        raise MingjianError(
            FORBIDDEN, citations="；".join(f"{one.instrument} {one.article}" for one in finding.citations)
        )
    return finding
