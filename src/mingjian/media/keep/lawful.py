"""The minimum term that the installed texts give each channel, with its citation.

Asked for the place where the channel looks, on one day, with what authorities decided about that place. Where the texts
give no number of days there is no term, and without a term from a law nothing is deleted.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID

from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.ids import ChannelId
from mingjian.law.engine import answer
from mingjian.law.explain import cited
from mingjian.law.library import Library, installed
from mingjian.law.model import Citation, Fact, Question
from mingjian.media.keep.model import Term, TermKind, TermSource
from mingjian.registry import designations
from mingjian.registry.model import Channel, DesignationKind
from mingjian.storage.engine import Transaction

BY_LAW: Final = UUID(int=0)
"""The id of terms that no person set."""

_LONGER: Final = DesignationKind.COUNTER_TERROR_KEY_TARGET


def lawful_terms(tx: Transaction, channels: Iterable[Channel], now_us: int) -> dict[ChannelId, Term]:
    """The term of each channel for which the texts give one."""
    on = to_datetime(now_us).astimezone(SHANGHAI).date()
    targets = designations.places_with(tx, _LONGER)
    found = {one.id: _term(one.place.region_code, on, one.place.id in targets) for one in channels}
    return {channel_id: term for channel_id, term in found.items() if term is not None}


@lru_cache(maxsize=4_096)
def _term(region: str, on: date, target: bool) -> Term | None:
    library = installed()
    facts: dict[str, Fact] = {"recorded_on": on} | ({"unit_status": _LONGER.code} if target else {})
    found = answer(library, Question(region, on, "retention", facts))
    days = found.values.get("min_days")
    if not isinstance(days, int) or isinstance(days, bool):
        return None
    citation = "、".join(cited(library, one).zh for one in found.citations if _gives(library, one, days))
    return Term(BY_LAW, None, TermKind.MINIMUM, days, TermSource.LAW, citation, "", 0)


def _gives(library: Library, citation: Citation, days: int) -> bool:
    """Whether this is the place that has the number, and not one with a shorter term."""
    pack = library.packs.get(citation.instrument)
    if pack is None:
        return any(law.code == citation.instrument and law.min_days == days for law in library.outside)
    numbers = (one for values in pack.parameters.values() for one in values)
    return any(one.citation == citation and one.value == days for one in numbers)
