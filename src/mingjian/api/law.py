"""The installed texts: browse them, ask them, compare two days, and what they say of a place or a channel."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import ConfigDict, Field, JsonValue

from mingjian.api import door
from mingjian.api.decisions import DecisionForm, Words
from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape
from mingjian.identity.permissions import Permission
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.errors import MingjianError, Text
from mingjian.law import ask
from mingjian.law.changes import Change, applicable_changes, changes
from mingjian.law.engine import answer
from mingjian.law.errors import QUESTION_UNFIT, TEXT_UNKNOWN
from mingjian.law.explain import cited, explain
from mingjian.law.library import Library, installed
from mingjian.law.model import Answer, Citation, Question, Scope
from mingjian.law.pack import NATION, Pack
from mingjian.law.rows import ANSWERED, MODALITIES, Row
from mingjian.law.table import in_order
from mingjian.law.vocabulary import Topic, UnfitFactError, read_facts
from mingjian.registry import designations, gates, places, service
from mingjian.registry.model import DESIGNATION_KINDS, LawDecision, NewDesignation
from mingjian.registry.model import Designation as RegisteredDesignation
from mingjian.registry.territories import territory

router = versioned("law")

Reader = Annotated[Caller, Depends(Requires(Permission.LAW_READ))]
PlaceReader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]
Installer = Annotated[Caller, Depends(Requires(Permission.CHANNEL_MANAGE))]
Decider = Annotated[Caller, Depends(Requires(Permission.LAW_DECIDE))]
Region = Annotated[str, Query(pattern=r"^[0-9]{6}$", examples=["530581"])]
Day = Annotated[date | None, Query(description="a day in Asia/Shanghai; today when absent")]
DesignationCode = Literal[
    "key_security_unit",
    "counter_terror_key_target",
    "fixed_key_spot",
    "high_crime_area",
    "state_secret_area",
    "near_secret_unit",
    "secret_unit_consents",
    "building_authorised",
]
_FACTS_LIMIT: Final = 4_000
_SPOTS_LIMIT: Final = 500
_WORDING_BYTES: Final = 1 << 20


class Bilingual(Shape):
    """One text in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> "Bilingual":
        return cls(zh=text.zh, en=text.en)


class CitedPlace(Shape):
    """A place of a text; `paragraph` and `item` null where there is none."""

    instrument: str
    article: int
    paragraph: int | None
    item: int | None
    zh: str
    en: str

    @classmethod
    def of(cls, library: Library, one: Citation) -> "CitedPlace":
        name = cited(library, one)
        return cls(
            instrument=one.instrument,
            article=one.article,
            paragraph=one.paragraph,
            item=one.item,
            zh=name.zh,
            en=name.en,
        )


class LawAnswer(Shape):
    """What the texts say: values by the keys of the question language, the places and the reason."""

    values: dict[str, JsonValue]
    citations: list[CitedPlace]
    explanation: Bilingual

    @classmethod
    def of(cls, library: Library, found: Answer) -> "LawAnswer":
        return cls(
            values={key: _json(value) for key, value in found.values.items()},
            citations=[CitedPlace.of(library, one) for one in found.citations],
            explanation=Bilingual.of(explain(library, found)),
        )


class LawText(Shape):
    """An installed text. `readable`: the wording that holds on the day asked about is at hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "YN",
                    "title": {"zh": "云南省公共安全视频图像信息系统管理规定", "en": "Yunnan provisions"},
                    "short": {"zh": "云南规定", "en": "Yunnan provisions"},
                    "rank": "provincial_rule",
                    "region": "530000",
                    "number": "云南省人民政府令第203号",
                    "in_force": "2016-10-01",
                    "ends": None,
                    "readable": True,
                    "assumption": None,
                    "digest": "9f2c…",
                    "articles": 28,
                }
            ]
        }
    )

    code: str
    title: Bilingual
    short: Bilingual
    rank: str
    region: str
    number: str
    in_force: date | None
    ends: date | None
    readable: bool
    assumption: Bilingual | None
    digest: str
    articles: int

    @classmethod
    def of(cls, pack: Pack, day: date) -> "LawText":
        one = pack.instrument
        return cls(
            code=one.code,
            title=Bilingual.of(one.title),
            short=Bilingual.of(one.short),
            rank=one.rank.name.lower(),
            region=one.region,
            number=one.number,
            in_force=one.in_force,
            ends=one.ends,
            readable=one.readable_on(day),
            assumption=Bilingual.of(one.assumption) if one.assumption else None,
            digest=pack.digest,
            articles=len(pack.outline),
        )


class LawTexts(Shape):
    """Texts, highest rank first."""

    items: list[LawText]


class LawRow(Shape):
    """What one place of a text asks of whom, and where the platform answers it."""

    citation: CitedPlace
    who: Bilingual
    modality: Literal[MODALITIES]  # type: ignore[valid-type]
    gist: Bilingual
    platform: Literal[ANSWERED]  # type: ignore[valid-type]
    where: list[str]

    @classmethod
    def of(cls, library: Library, row: Row) -> "LawRow":
        return cls(
            citation=CitedPlace.of(library, row.citation),
            who=Bilingual.of(row.who),
            modality=row.modality,
            gist=Bilingual.of(row.gist),
            platform=row.answered,
            where=list(row.where),
        )


class LawNumber(Shape):
    """One number of a text: a value or a range, since when and until when."""

    name: str
    low: int
    high: int
    unit: str
    citation: CitedPlace
    first: date
    last: date


class LawTextWhole(Shape):
    """A text with its rows in the order of the text, and its numbers.

    `wording`: the official text, where the installation attached one (`law/<code>.txt` in the data folder).
    """

    text: LawText
    rows: list[LawRow]
    numbers: list[LawNumber]
    wording: str | None


class LawKind(Shape):
    """A kind of place or spot."""

    code: str
    name: Bilingual


class LawKinds(Shape):
    """The taxonomy, in its own order."""

    items: list[LawKind]


class SiteAnswer(Shape):
    """May a camera be put here, must there be one, who builds it: by every text in force there on that day."""

    region: str
    on: date
    kind: str
    texts: list[LawText]
    prohibited: LawAnswer
    mandatory: LawAnswer
    responsible: LawAnswer


class LawChange(Shape):
    """One question that is answered otherwise on the later day."""

    topic: str
    facts: dict[str, JsonValue]
    words: Bilingual
    before: dict[str, JsonValue]
    after: dict[str, JsonValue]
    cited: list[CitedPlace]

    @classmethod
    def of(cls, library: Library, one: Change) -> "LawChange":
        names = [library.vocabulary.kinds.get(str(value), Text(str(value), str(value))) for value in one.facts.values()]
        return cls(
            topic=one.topic,
            facts={key: _json(value) for key, value in one.facts.items()},
            words=Bilingual(zh=" · ".join(name.zh for name in names), en=" · ".join(name.en for name in names)),
            before={key: _json(value) for key, value in one.before.items()},
            after={key: _json(value) for key, value in one.after.items()},
            cited=[CitedPlace.of(library, each) for each in one.cited_after],
        )


class LawChanges(Shape):
    """What differs between two days at one place."""

    begin: list[str]
    end: list[str]
    changes: list[LawChange]


class DesignationForm(Shape):
    """What an authority decided about a place: whose paper, of which day."""

    kind: DesignationCode
    authority: Words = Field(min_length=1)
    document: Words = Field(min_length=1)
    issued_on: date
    note: Words = ""


class Designation(Shape):
    """An authority's paper that holds."""

    id: UUID
    kind: str
    name: Bilingual
    authority: str
    document: str
    issued_on: date
    note: str
    recorded_at: Moment
    recorded_by: str

    @classmethod
    def of(cls, one: RegisteredDesignation) -> "Designation":
        kind = DESIGNATION_KINDS[one.said.kind]
        return cls(
            id=one.id,
            kind=one.said.kind,
            name=Bilingual(zh=kind.zh, en=kind.en),
            authority=one.said.authority,
            document=one.said.document,
            issued_on=one.said.issued_on,
            note=one.said.note,
            recorded_at=one.recorded_us,
            recorded_by=one.recorded_label,
        )


class DecisionsForm(DecisionForm):
    """The same decision for a list of spots."""

    spots: list[UUID] = Field(min_length=1, max_length=_SPOTS_LIMIT)


class Decision(Shape):
    """A decision on record, with the texts it was made under."""

    spot_id: UUID
    kind: str
    reason: str
    document: str
    citations: list[str]
    packs: list[str]
    decided_at: Moment
    decided_by: str

    @classmethod
    def of(cls, one: LawDecision) -> "Decision":
        return cls(
            spot_id=one.spot_id,
            kind=one.kind,
            reason=one.said.reason,
            document=one.said.document,
            citations=list(one.citations),
            packs=list(one.packs),
            decided_at=one.decided_us,
            decided_by=one.decided_label,
        )


class Decisions(Shape):
    """Decisions, newest first."""

    items: list[Decision]


class SiteVerdict(Shape):
    """One kind with what the texts say of it."""

    kind: str
    name: Bilingual
    answer: LawAnswer


class PlaceLaw(Shape):
    """What applies at a place today: texts, by its kinds what must be there, how long footage stays, signs.

    `sign_missing`: a sign is required, something is looked at here, and none is registered.
    """

    region: str
    on: date
    texts: list[LawText]
    mandatory: list[SiteVerdict]
    retention: LawAnswer
    signage: LawAnswer
    sign_missing: bool
    designations: list[Designation]


class ChannelLaw(Shape):
    """What the texts say of a channel: how long its footage stays, whether a camera may look there, who decided."""

    region: str
    on: date
    kind: str
    retention: LawAnswer
    site: LawAnswer | None
    decisions: list[Decision]


@router.get("/law/texts", operation_id="listLawTexts")
def list_texts(caller: Reader, region: Region | None = None, on: Day = None) -> LawTexts:
    """Installed texts; with a division only those in force there on the day."""
    library, day = installed(), _day(caller, on)
    packs = library.packs.values() if region is None else library.applicable(_known(region), day)
    return LawTexts(items=[LawText.of(pack, day) for pack in packs])


@router.get("/law/texts/{code}", operation_id="getLawText")
def get_text(code: str, context: Context, caller: Reader) -> LawTextWhole:
    """One text, place by place."""
    library = installed()
    instrument = library.instrument(code[:20])
    if instrument is None:
        raise MingjianError(TEXT_UNKNOWN, asked=code[:20])
    pack = library.packs[instrument.code]
    return LawTextWhole(
        text=LawText.of(pack, _day(caller, None)),
        rows=[LawRow.of(library, row) for row in in_order(pack)],
        numbers=list(_numbers(library, pack)),
        wording=_wording(context.data_dir, instrument.code),
    )


def _wording(data_dir: Path, code: str) -> str | None:
    """What the installation attached; the name comes from the pack, never from the request."""
    try:
        with (data_dir / "law" / f"{code.replace(' ', '-')}.txt").open("rb") as file:
            return file.read(_WORDING_BYTES).decode(errors="replace")
    except OSError:
        return None


def _numbers(library: Library, pack: Pack) -> Sequence[LawNumber]:
    return [
        LawNumber(
            name=name,
            low=one.value if isinstance(one.value, int) else one.value[0],
            high=one.value if isinstance(one.value, int) else one.value[1],
            unit=one.unit,
            citation=CitedPlace.of(library, one.citation),
            first=one.first,
            last=one.last,
        )
        for name, values in pack.parameters.items()
        for one in values
    ]


@router.get("/law/kinds", operation_id="listLawKinds")
def list_kinds(_caller: Reader) -> LawKinds:
    """The taxonomy of places and spots."""
    kinds = installed().vocabulary.kinds
    return LawKinds(items=[LawKind(code=code, name=Bilingual.of(name)) for code, name in kinds.items()])


@router.get("/law/site", operation_id="askLawSite")
def ask_site(caller: Reader, region: Region, kind: Annotated[str, Query(max_length=64)], on: Day = None) -> SiteAnswer:
    """May I put a camera here? Asked of every text in force there on the day."""
    library, day = installed(), _day(caller, on)
    if kind not in library.vocabulary.kinds:
        raise MingjianError(QUESTION_UNFIT, reason=f"kind={kind}")
    given = {"site": kind}
    asked = [_asked(library, region, day, topic, given) for topic in ("prohibited_site", "mandatory_site")]
    return SiteAnswer(
        region=_known(region),
        on=day,
        kind=kind,
        texts=[LawText.of(pack, day) for pack in library.applicable(region, day)],
        prohibited=asked[0],
        mandatory=asked[1],
        responsible=_asked(library, region, day, "responsible_party", given),
    )


@router.get("/law/answer", operation_id="askLaw")
def ask_law(
    caller: Reader,
    region: Region,
    topic: Annotated[str, Query(max_length=40, examples=["retention"])],
    facts: Annotated[str, Query(max_length=_FACTS_LIMIT, examples=['{"recorded_on": "2026-11-01"}'])] = "{}",
    scope: Scope = "all_in_force",
    on: Day = None,
) -> LawAnswer:
    """One question of the question language; `facts` is a JSON object."""
    library, day = installed(), _day(caller, on)
    known = library.vocabulary.topics.get(topic)
    if known is None:
        raise MingjianError(QUESTION_UNFIT, reason=f"topic={topic}")
    read = _facts(known, facts, library)
    return LawAnswer.of(library, answer(library, Question(_known(region), day, topic, read, scope)))


def _facts(topic: Topic, text: str, library: Library) -> Mapping[str, Any]:
    try:
        given = json.loads(text)
        if not isinstance(given, dict):
            raise MingjianError(QUESTION_UNFIT, reason="facts: JSON object")
        facts, unknown = read_facts(topic, given, library.vocabulary.kinds)
    except (ValueError, RecursionError, UnfitFactError) as error:
        raise MingjianError(QUESTION_UNFIT, reason=f"facts: {error}"[:200]) from error
    if unknown:
        raise MingjianError(QUESTION_UNFIT, reason=", ".join(unknown)[:200])
    return facts


@router.get("/law/changes", operation_id="listLawChanges")
def list_changes(
    caller: Reader,
    earlier: Annotated[date, Query(alias="from")],
    later: Annotated[date, Query(alias="to")],
    region: Region = NATION,
) -> LawChanges:
    """What is answered otherwise on the later day."""
    library = installed()
    begin, end = applicable_changes(_known(region), (library, earlier), (library, later))
    found = changes(region, (library, earlier), (library, later))
    del caller
    return LawChanges(begin=begin, end=end, changes=[LawChange.of(library, one) for one in found])


@router.get("/places/{place_id}/law", operation_id="getPlaceLaw")
def place_law(place_id: UUID, data: Data, caller: PlaceReader) -> PlaceLaw:
    """What applies at this place today."""
    library, day = installed(), _day(caller, None)
    with data.read() as tx:
        where = places.place(tx, place_id)
        held = designations.of_place(tx, place_id)
        unsigned = bool(places.spots(tx, place_id)) and not places.signs(tx, place_id)
    kinds = dict.fromkeys([*where.kinds, *(one.said.kind for one in held)])
    known = [kind for kind in kinds if kind in library.vocabulary.kinds]
    status = _unit_status(held)
    signage = _asked(library, where.region_code, day, "signage", {"area": "public_place"})
    return PlaceLaw(
        region=where.region_code,
        on=day,
        texts=[LawText.of(pack, day) for pack in library.applicable(where.region_code, day)],
        mandatory=[
            SiteVerdict(
                kind=kind,
                name=Bilingual.of(library.vocabulary.kinds[kind]),
                answer=_asked(library, where.region_code, day, "mandatory_site", {"site": kind}),
            )
            for kind in known
        ],
        retention=_asked(library, where.region_code, day, "retention", {"recorded_on": day, **status}),
        signage=signage,
        sign_missing=unsigned and signage.values.get("sign_required") is True,
        designations=[Designation.of(one) for one in held],
    )


@router.get("/channels/{channel_id}/law", operation_id="getChannelLaw")
def channel_law(channel_id: UUID, data: Data, caller: PlaceReader) -> ChannelLaw:
    """What the texts say of this channel today."""
    library, day = installed(), _day(caller, None)
    with data.read() as tx:
        found = service.channel(tx, channel_id)
        held = designations.of_place(tx, found.place.id)
        decided = gates.decisions(tx, found.spot.id)
    region, kind = found.place.region_code, found.spot.kind
    known = kind in library.vocabulary.kinds
    return ChannelLaw(
        region=region,
        on=day,
        kind=kind,
        retention=_asked(library, region, day, "retention", {"recorded_on": day, **_unit_status(held)}),
        site=_asked(library, region, day, "prohibited_site", {"site": kind}) if known else None,
        decisions=[Decision.of(one) for one in decided],
    )


def _unit_status(held: Sequence[RegisteredDesignation]) -> dict[str, Any]:
    target = "counter_terror_key_target"
    return {"unit_status": target} if any(one.said.kind == target for one in held) else {}


@router.post("/places/{place_id}/designations", operation_id="addDesignation", status_code=201)
def add_designation(place_id: UUID, body: DesignationForm, data: Data, caller: Installer) -> Designation:
    """Register an authority's paper about a place."""
    new = NewDesignation(body.kind, body.authority, body.document, body.issued_on, body.note)
    with data.write() as tx:
        added = designations.add(tx, place_id, new, by=caller.actor, now_us=caller.visit.now_us)
    return Designation.of(added)


@router.delete("/designations/{designation_id}", operation_id="endDesignation", status_code=204)
def end_designation(designation_id: UUID, data: Data, caller: Installer) -> None:
    """It holds no longer; the paper stays on record."""
    with data.write() as tx:
        found = designations.designation(tx, designation_id)
        caller = caller.at(Permission.CHANNEL_MANAGE, door.of_place(tx, found.place_id))
        designations.end(tx, designation_id, by=caller.actor, now_us=caller.visit.now_us)


@router.post("/law/decisions", operation_id="decideLaw", status_code=201)
def decide(body: DecisionsForm, data: Data, caller: Decider) -> Decisions:
    """Decide that cameras may look at these spots, where a text leaves it open; one reason for all of them."""
    with data.write() as tx:
        made: list[LawDecision] = []
        for spot_id in dict.fromkeys(body.spots):
            spot = places.spot(tx, spot_id)
            where = places.place(tx, spot.place_id)
            own = caller.at(Permission.LAW_DECIDE, places.target(tx, where))
            gates.ask_to_look(tx, where, spot, caller.visit.now_us, gates.Signed(body.told(), own.actor))
            made += gates.decisions(tx, spot_id)[:1]
        gates.require_any(made)
    return Decisions(items=[Decision.of(one) for one in made])


def _asked(library: Library, region: str, day: date, topic: str, facts: Mapping[str, Any]) -> LawAnswer:
    return LawAnswer.of(library, answer(library, Question(region, day, topic, facts)))


def _day(caller: Caller, on: date | None) -> date:
    return on or to_datetime(caller.visit.now_us).astimezone(SHANGHAI).date()


def _known(region: str) -> str:
    if region != NATION and territory(region) is None:
        raise MingjianError(QUESTION_UNFIT, reason=f"region={region}")
    return region


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else ask.plain(value)
