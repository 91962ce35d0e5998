"""Where a camera may look and what it may be connected to: the law, asked with everything that is known of the place.

What a text forbids is refused with its article. What it leaves open takes a named person's decision with a reason; the
decision keeps the digests of the texts it was made under.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import LawDecisionId, new_id
from mingjian.law import engine
from mingjian.law.explain import cited
from mingjian.law.library import installed
from mingjian.law.model import Act, Fact, Facts, Finding, Outcome, Question
from mingjian.registry import rows
from mingjian.registry.errors import LAW_REVIEW_NEEDED, NOTHING_TO_DECIDE
from mingjian.registry.model import UNCLASSIFIED, DesignationKind, LawDecision, OrganisationKind, Place, Reasoned, Spot
from mingjian.storage.engine import Transaction

PUBLIC_BUILDERS: Final = frozenset({"government", "psb", "psb_county_or_above", "psb_city_coordinates"})
"""Parties that build in public areas: where they do, others may need leave."""

_STATE: Final = (OrganisationKind.GOVERNMENT, OrganisationKind.POLICE)


@dataclass(frozen=True, slots=True)
class Signed:
    """A decision and who makes it."""

    said: Reasoned
    by: Actor


def ask_to_look(tx: Transaction, where: Place, at: Spot, now_us: int, decision: Signed | None = None) -> None:
    """Ask whether a camera may look at this spot, by what the spot is and by what the place is.

    Raises MingjianError law.errors.FORBIDDEN, or LAW_REVIEW_NEEDED where a text leaves it open and neither `decision`
    is given nor one was made for this spot and kind. What nobody has classified is asked about too: a text may forbid
    without naming a kind.
    """
    for values in _asked(tx, where, at, now_us):
        facts = Facts(to_datetime(now_us).astimezone(SHANGHAI).date(), where.region_code, values)
        finding = engine.require(Act.INSTALL, facts)
        if finding.outcome is Outcome.REVIEW:
            _decide(tx, where, at, str(values.get("site", UNCLASSIFIED)), finding, decision, now_us)


def foresee(tx: Transaction, where: Place, at: Spot, now_us: int, *, decided: bool) -> None:
    """Refuse what `ask_to_look` will refuse, before cameras are tested that nobody may install; nothing is kept.

    Raises MingjianError law.errors.FORBIDDEN, or LAW_REVIEW_NEEDED unless it is `decided`.
    """
    for values in _asked(tx, where, at, now_us):
        facts = Facts(to_datetime(now_us).astimezone(SHANGHAI).date(), where.region_code, values)
        finding = engine.require(Act.INSTALL, facts)
        if finding.outcome is Outcome.REVIEW and not decided:
            _decide(tx, where, at, str(values.get("site", UNCLASSIFIED)), finding, None, now_us)


def ask_to_connect(tx: Transaction, where: Place, address: str, now_us: int) -> None:
    """Ask whether a camera here may be reached over the internet, when its address is one of the internet.

    Raises MingjianError law.errors.FORBIDDEN.
    """
    if DesignationKind.STATE_SECRET_AREA.code not in _designated(tx, where) or not _is_public(address):
        return
    values: Mapping[str, Fact] = {"area": "state_secret_area", "link": "internet"}
    engine.require(Act.CONNECT, Facts(to_datetime(now_us).astimezone(SHANGHAI).date(), where.region_code, values))


def _is_public(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return False  # a name: it is resolved inside the allowed networks


def _asked(tx: Transaction, where: Place, at: Spot, now_us: int) -> Iterator[dict[str, Fact]]:
    designated = _designated(tx, where)
    classified = [kind for kind in dict.fromkeys((at.kind, *where.kinds)) if kind != UNCLASSIFIED]
    for kind in classified:
        yield {"site": kind, **_builder(tx, where, kind, designated, now_us)}
    if not classified:
        yield {}
    if DesignationKind.NEAR_SECRET_UNIT.code in designated:
        consents = DesignationKind.SECRET_UNIT_CONSENTS.code in designated
        yield {"location": "next_to_military_administrative_zone", "consent": consents}


def _builder(tx: Transaction, where: Place, kind: str, designated: frozenset[str], now_us: int) -> dict[str, Fact]:
    """Who wants to build, where the place is one that the state builds for and the unit is not of the state."""
    owner = rows.organisation(tx, where.organisation_id) if where.organisation_id else None
    if owner is None or owner.kind in _STATE:
        return {}
    on = to_datetime(now_us).astimezone(SHANGHAI).date()
    question = Question(where.region_code, on, "responsible_party", {"site": kind})
    if engine.answer(installed(), question).values.get("party") not in PUBLIC_BUILDERS:
        return {}
    if DesignationKind.BUILDING_AUTHORISED.code in designated:
        return {}
    return {"actor": "company"}


def _designated(tx: Transaction, where: Place) -> frozenset[str]:
    return frozenset(one.said.kind for one in rows.designations(tx, where.id))


def _decide(
    tx: Transaction, where: Place, at: Spot, kind: str, finding: Finding, decision: Signed | None, now_us: int
) -> None:
    """Keep a named person's decision that a camera may look there, with the texts it was made under."""
    known = rows.law_decision(tx, at.id, kind)
    if decision is None:
        if known is None:
            raise review_needed(at, kind, finding)
        return
    said, by = decision.said, decision.by
    if known is not None and (known.said, known.decided_by) == (said, by.id):
        return  # the next of many cameras that look there
    citations = tuple(f"{one.instrument} {one.where}" for one in finding.citations)
    made = LawDecision(
        LawDecisionId(new_id(now_us)), at.id, kind, said, citations, finding.packs, now_us, by.id, by.label
    )
    rows.add_law_decision(tx, made)
    name = installed().vocabulary.kinds.get(kind)
    detail: dict[str, JSON] = {
        "name": at.name,
        "place": where.name,
        "kind": kind,
        "kind_zh": name.zh if name else kind,
        "kind_en": name.en if name else kind,
        "reason": said.reason,
        "document": said.document,
        "citations": list(made.citations),
        "packs": list(made.packs),
    }
    audit.record(tx, Entry(Action.LAW_DECIDED, by, "spot", str(at.id), detail, now_us))


def decisions(tx: Transaction, spot_id: UUID) -> list[LawDecision]:
    """What was decided about a spot, newest first."""
    return rows.law_decisions(tx, spot_id)


def require_any(made: Sequence[LawDecision]) -> None:
    """Raise MingjianError NOTHING_TO_DECIDE when no text left anything open."""
    if not made:
        raise MingjianError(NOTHING_TO_DECIDE)


def review_needed(at: Spot, kind: str, finding: Finding) -> MingjianError:
    """The refusal that a decision lifts, with what the texts say."""
    books = installed()
    names = [cited(books, one) for one in finding.citations]
    return MingjianError(
        LAW_REVIEW_NEEDED,
        spot=at.name,
        kind=kind,
        explanation_zh=finding.explanation.zh,
        explanation_en=finding.explanation.en,
        citations_zh="、".join(one.zh for one in names) or "—",
        citations_en="; ".join(one.en for one in names) or "—",
    )
