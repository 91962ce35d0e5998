"""Answer from the installed texts. Pure: no database, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from mingjian.kernel.errors import MingjianError, Text
from mingjian.law import sanctions, spots
from mingjian.law.combine import combine
from mingjian.law.derive import DERIVE, contradictions, outside_term
from mingjian.law.errors import FORBIDDEN
from mingjian.law.explain import explain, sentence
from mingjian.law.library import Library, installed
from mingjian.law.model import Act, Answer, Citation, Fact, Facts, Finding, Outcome, Question, Reason, Value
from mingjian.law.pack import Pack
from mingjian.law.rules import Draft, Number, Parameter, Scene, read

NOTHING: Final = Text("此地此日没有已安装的文本施行。", "No installed text holds there on that day.")
SILENT: Final = Text("文本没有规定。", "The text is silent.")


@dataclass(frozen=True, slots=True)
class _Found:
    """What one text says."""

    pack: Pack
    draft: Draft


def answer(library: Library, question: Question) -> Answer:
    """What the texts at the place say on that day. Never raises for what is asked: what is open is `review`."""
    topic = library.vocabulary.topics[question.topic]
    on = _day_of(question)
    if question.topic == "effectivity":
        return _effectivity(library, question)
    clash = contradictions(question.facts, question.on)
    if clash:
        text = Text(f"事实互相矛盾：{'、'.join(clash)}。", f"These facts cannot all be true: {', '.join(clash)}.")
        values: dict[str, Value] = {**dict.fromkeys(topic.main, "review"), "contradiction": [*clash]}
        return Answer(values, (), (Reason(None, text),))
    packs = library.applicable(question.region_code, on, question.scope)
    if not packs:
        return _nothing_in_force(library, question)
    found = [_Found(pack, _judge(library, pack, question, on)) for pack in packs]
    if len(found) == 1:
        return _answer(found[0].draft.values, found)
    combined = _together(found, question.topic)
    derive = DERIVE.get(question.topic)
    if derive is not None:
        derive(combined, question.facts, question.on)
    return _answer(combined, found)


def _together(found: Sequence[_Found], topic: str) -> dict[str, Value]:
    if topic != "penalty":
        return combine([(one.draft.values, bool(one.draft.citations)) for one in found])
    speaking = [one for one in found if one.draft.citations] or found[:1]
    said = [(one.pack.instrument, one.draft.values) for one in speaking]
    return sanctions.together(said) if len(said) > 1 else dict(said[0][1])


def _day_of(question: Question) -> date:
    """Punishable conduct is judged by the texts of its own day."""
    conduct = question.facts.get("conduct_date")
    return conduct if isinstance(conduct, date) else question.on


def _answer(values: Mapping[str, Value], found: Sequence[_Found]) -> Answer:
    speaking = [one for one in found if one.draft.citations] or list(found)
    citations = tuple(dict.fromkeys(citation for one in speaking for citation in one.draft.citations))
    reasons = tuple(reason for one in speaking for reason in one.draft.reasons())
    return Answer(dict(values), citations, reasons, tuple(one.pack.digest for one in found))


def _judge(library: Library, pack: Pack, question: Question, on: date) -> Draft:
    topic = library.vocabulary.topics[question.topic]
    if not pack.instrument.readable_on(on):
        return _unreadable(pack, topic.main)
    scene = Scene(question.facts, on, pack.instrument.period[0], numbers_on(pack, on))
    match question.topic:
        case "prohibited_site":
            draft = _spots(library, pack.forbidden, "prohibited", question.facts)
        case "mandatory_site":
            draft = _spots(library, pack.required, "mandatory", question.facts)
        case "penalty":
            draft = sanctions.judge(pack, scene)
        case _:
            draft = read(pack.rules.get(question.topic, ()), scene)
    if not draft.values:
        if question.topic in pack.rules:
            draft.values.update(dict.fromkeys(topic.main, "review"))
        else:
            _be_silent(draft, topic.silent)
    if question.topic == "retention":
        outside_term(draft, question.facts, on, library.outside, always=question.scope == "all_in_force")
    derive = DERIVE.get(question.topic)
    if derive is not None:
        derive(draft.values, question.facts, question.on)
    return draft


def numbers_on(pack: Pack, day: date) -> dict[str, Number]:
    """The parameters of a text as they stand on `day`."""
    current = ((name, _current(values, day)) for name, values in pack.parameters.items())
    return {name: found.value for name, found in current if found is not None}


def _current(values: Sequence[Parameter], day: date) -> Parameter | None:
    return next((one for one in values if one.first <= day <= one.last), None)


def _be_silent(draft: Draft, values: Mapping[str, Value]) -> None:
    draft.values.update(values)
    draft.values["silent"] = True
    draft.cite((), SILENT)


def _unreadable(pack: Pack, main: Sequence[str]) -> Draft:
    draft = Draft({**dict.fromkeys(main, "review"), "text_available": False})
    draft.cite(
        (),
        Text(
            f"当时有效的《{pack.instrument.short.zh}》文本不在手边。",
            f"The wording of the {pack.instrument.short.en} that held then is not at hand.",
        ),
    )
    return draft


def _spots(library: Library, items: Sequence[spots.SpotItem], key: str, facts: Mapping[str, Fact]) -> Draft:
    kind = facts.get("site")
    if not isinstance(kind, str) or kind not in library.vocabulary.kinds:
        return Draft({key: "review"})
    verdict, citations = spots.judge(items, kind)
    draft = Draft({key: verdict})
    if verdict is False:
        draft.values["silent"] = True
    name = library.vocabulary.kinds[kind]
    draft.cite(citations, sentence(key, verdict, name))
    return draft


def _effectivity(library: Library, question: Question) -> Answer:
    packs = library.applicable(question.region_code, question.on, question.scope)
    values: dict[str, Value] = {
        "applies": [pack.instrument.code for pack in packs],
        "text_available": all(pack.instrument.readable_on(question.on) for pack in packs),
    }
    assumed = [pack.instrument.assumption for pack in packs if pack.instrument.assumption]
    cited = [pack.instrument.cite_in_force for pack in packs if pack.instrument.cite_in_force]
    reasons = [Reason(pack.instrument.cite_in_force, _period(pack)) for pack in packs] or [Reason(None, NOTHING)]
    return Answer(
        values,
        tuple(cited),
        (*reasons, *(Reason(None, text) for text in assumed)),
        tuple(pack.digest for pack in packs),
    )


def _period(pack: Pack) -> Text:
    first, last = pack.instrument.in_force, pack.instrument.ends
    since = (f"自{first}起施行", f"in force since {first}") if first else ("施行日期不详", "its first day is not known")
    until = (f"，至{last}止", f", until {last}") if last else ("", "")
    return Text(
        f"《{pack.instrument.title.zh}》{since[0]}{until[0]}。", f"{pack.instrument.title.en}: {since[1]}{until[1]}."
    )


def _nothing_in_force(library: Library, question: Question) -> Answer:
    """No text holds there on that day: nothing is forbidden or asked for by it, and that is said."""
    topic = library.vocabulary.topics[question.topic]
    known = next(iter(library.made_for(question.region_code, question.scope)), None)
    values: dict[str, Value] = {**topic.silent, "silent": True, "not_in_force": True}
    if question.topic == "prohibited_site":
        values["prohibited"] = "not_in_force"
    if known is None:
        return Answer(values, (), (Reason(None, NOTHING),))
    cited = known.instrument.cite_in_force
    return Answer(values, (cited,) if cited else (), (Reason(cited, _period(known)),))


# The platform asks here.

_OPERATIONS: Final = {
    Act.VIEW: "view",
    Act.COPY: "copy",
    Act.RETRIEVE: "retrieve",
    Act.DIRECT_ACCESS: "direct_access",
}


def may(act: Act, facts: Facts, library: Library | None = None) -> Finding:
    """Whether `act` is allowed under these facts, by every text in force at the place on the day.

    `INSTALL` looks at `site` (a kind of the taxonomy), the `actor` and the `consent` near secret units; `CONNECT` at
    `area` and `link`; `DELETE` at the facts of retention; `VIEW` and the others at those of access, where they name a
    requester from outside. What the texts leave open is REVIEW, what they do not speak of SILENT: neither is a
    permission.
    """
    books = library or installed()
    region = facts.region_code or "000000"
    packs = books.applicable(region, facts.on)
    if not packs:
        return Finding(Outcome.NO_PACK)
    answers = [answer(books, Question(region, facts.on, topic, given)) for topic, given in _asked(act, facts, books)]
    verdicts = [_verdict(one) for one in answers]
    outcome = next((wanted for wanted in _WEIGHTS if wanted in verdicts), Outcome.SILENT)
    telling = [one for one, verdict in zip(answers, verdicts, strict=True) if verdict is outcome]
    citations = tuple(dict.fromkeys(citation for one in telling for citation in one.citations))
    values = {key: value for one in telling for key, value in one.values.items()}
    text = explain(books, telling[0]) if telling else SILENT
    return Finding(outcome, citations, tuple(pack.digest for pack in packs), text, values)


_WEIGHTS: Final = (Outcome.FORBIDDEN, Outcome.REVIEW, Outcome.PERMITTED, Outcome.SILENT)
_TOPICS: Final = {
    Act.INSTALL: ("prohibited_site", "responsible_party", "approval"),
    Act.CONNECT: ("secrecy",),
    Act.DELETE: ("retention",),
}
_NEEDS: Final = {
    "prohibited_site": "site",
    "responsible_party": "actor",
    "approval": "location",
    "secrecy": "area",
    "retention": "recorded_on",
    "access": "requester",
}
_VERDICT_KEYS: Final = ("prohibited", "may_build", "may_install", "allowed", "delete_allowed")


def _asked(act: Act, facts: Facts, library: Library) -> list[tuple[str, dict[str, Fact]]]:
    asked = []
    for topic in _TOPICS.get(act, ("access",)):
        known = library.vocabulary.topics[topic].facts
        given: dict[str, Fact] = {
            name: value for name, value in facts.values.items() if name in known and value is not None
        }
        if topic == "access":
            given["operation"] = _OPERATIONS[act]
        if _NEEDS[topic] in given:
            asked.append((topic, given))
    return asked


def _verdict(found: Answer) -> Outcome:
    values = found.values
    decision = values.get("decision")
    if decision is not None:
        return _DECISIONS.get(str(decision), Outcome.REVIEW)
    for key in _VERDICT_KEYS:
        if key in values and values[key] is not None:
            if values[key] == "review":
                return Outcome.REVIEW
            if (values[key] is True) is (key == "prohibited"):
                return Outcome.FORBIDDEN
            return Outcome.SILENT if values.get("silent") else Outcome.PERMITTED
    return Outcome.SILENT


_DECISIONS: Final = {
    "allow": Outcome.PERMITTED,
    "allow_view": Outcome.PERMITTED,
    "help_view": Outcome.PERMITTED,
    "limit_to_need": Outcome.REVIEW,
    "deny": Outcome.FORBIDDEN,
    "deny_or_mask": Outcome.REVIEW,
    "no_entitlement": Outcome.REVIEW,
    "no_provision": Outcome.SILENT,
    "review": Outcome.REVIEW,
}


def require(act: Act, facts: Facts) -> Finding:
    """The same, for callers that go on unless it is forbidden. Raises MingjianError FORBIDDEN with the articles."""
    finding = may(act, facts)
    if finding.outcome is Outcome.FORBIDDEN:
        raise MingjianError(FORBIDDEN, **_shown(finding.citations, finding.explanation))
    return finding


def _shown(citations: Sequence[Citation], explanation: Text) -> dict[str, str]:
    books = installed()
    names = {code: pack.instrument.short for code, pack in books.packs.items()}
    return {
        "citations": "；".join(
            f"《{names[one.instrument].zh}》{one.zh}" for one in citations if one.instrument in names
        ),
        "citations_en": "; ".join(
            f"{names[one.instrument].en}, {one.en}" for one in citations if one.instrument in names
        ),
        "explanation_zh": explanation.zh,
        "explanation_en": explanation.en,
    }
