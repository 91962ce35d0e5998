"""Cameras: what is installed, testing one, adding it, its timeline."""

from base64 import b64encode
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from mingjian.api.deps import Caller, Context, Data, Door, Requires
from mingjian.api.schema import TIME_EXAMPLE, EndOf, Moment, Problem, Shape, StartOf, span_of
from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, PlaceId
from mingjian.media import errors as media_errors
from mingjian.media import playback
from mingjian.media import service as media
from mingjian.media.check.model import KIND_TEXT
from mingjian.media.formats import url as addresses
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.keep import service as keeping
from mingjian.media.model import GAP_TEXT
from mingjian.media.probe import PROBE_TIMEOUT_S
from mingjian.media.service import ChannelStatus
from mingjian.media.stills import still
from mingjian.registry import model as installed
from mingjian.registry import service as registry
from mingjian.registry.regions import REGIONS
from mingjian.registry.vault import Secret

router = APIRouter(tags=["channels"])

Reader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]
Manager = Annotated[Caller, Depends(Requires(Permission.CHANNEL_MANAGE))]

NO_CONTROLS: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""Text as people type it; the database of one engine cannot hold NUL."""
_NAME: Final = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
# RFC 7617 section 2: no control characters.
_CREDENTIAL: Final = r"^[^\x00-\x1f\x7f]*$"
_CHANNEL_EXAMPLE: Final[dict[str, Any]] = {
    "id": "0193498a-7b00-7000-8000-000000000010",
    "name": "校门口东侧",
    "place": {
        "id": "0193498a-7b00-7000-8000-000000000011",
        "name": "腾冲市第一中学",
        "address": "云南省保山市腾冲市",
        "region_code": "530581",
        "region_zh": "云南省腾冲市",
        "region_en": "Tengchong, Yunnan",
        "longitude": 98.49,
        "latitude": 25.02,
    },
    "spot": {"id": "0193498a-7b00-7000-8000-000000000012", "name": "校门", "kind": "unclassified"},
    "device": {"address": "rtsp://192.168.1.20:554/stream1"},
    "picture": {"codec": "h264", "mime": "avc1.64001f", "width": 1920, "height": 1080, "fps": 25.0},
    "state": "recording",
    "state_since": TIME_EXAMPLE,
    "problem": None,
    "demonstration": False,
    "term": {"zh": "尚未确定法定期限，不自动删除", "en": "statutory term not yet known; nothing is deleted"},
}


class Region(Shape):
    """An administrative division of GB/T 2260."""

    code: str
    zh: str
    en: str


class Regions(Shape):
    """The divisions that places can be in."""

    items: list[Region]


class Place(Shape):
    """An address where cameras are; position in degrees of WGS-84."""

    id: UUID
    name: str
    address: str
    region_code: str
    region_zh: str
    region_en: str
    longitude: float | None
    latitude: float | None

    @classmethod
    def of(cls, place: installed.Place) -> "Place":
        region = REGIONS.get(place.region_code)
        return cls(
            id=place.id,
            name=place.name,
            address=place.address,
            region_code=place.region_code,
            region_zh=region.zh if region else place.region_code,
            region_en=region.en if region else place.region_code,
            longitude=place.longitude,
            latitude=place.latitude,
        )


class Places(Shape):
    """All places."""

    items: list[Place]


class Spot(Shape):
    """Where a camera looks; `kind` is `unclassified` until somebody says what it is."""

    id: UUID
    name: str
    kind: str


class Device(Shape):
    """What delivers the picture; never with credentials."""

    address: str


class Picture(Shape):
    """What the picture is made of; `mime` is the RFC 6381 codecs string, `fps` 0 when unknown."""

    codec: str
    mime: str
    width: int
    height: int
    fps: float

    @classmethod
    def of(cls, parameters: VideoParameters, fps: float | None = None) -> "Picture":
        return cls(
            codec=parameters.codec,
            mime=parameters.mime,
            width=parameters.width,
            height=parameters.height,
            fps=parameters.fps if fps is None else fps,
        )


class Term(Shape):
    """How long footage is kept, in words."""

    zh: str
    en: str


class Channel(Shape):
    """One picture: where it is, how it is doing, and why not when it is not."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANNEL_EXAMPLE]})

    id: UUID
    name: str
    place: Place
    spot: Spot
    device: Device
    picture: Picture | None
    state: Literal["recording", "standby", "connecting", "offline", "retired"]
    state_since: Moment
    problem: Problem | None
    demonstration: bool
    term: Term

    @classmethod
    def of(cls, channel: installed.Channel, status: ChannelStatus, kept: keeping.Retention) -> "Channel":
        return cls(
            id=channel.id,
            name=channel.name,
            place=Place.of(channel.place),
            spot=Spot(id=channel.spot.id, name=channel.spot.name, kind=channel.spot.kind),
            device=Device(address=installed.shown_address(channel.device.address)),
            picture=Picture.of(status.picture) if status.picture else None,
            state=status.state.value,
            state_since=status.since_us,
            problem=Problem.of(media_errors.told(*status.problem)) if status.problem else None,
            demonstration=channel.demonstration,
            term=Term(zh=keeping.in_words(kept).zh, en=keeping.in_words(kept).en),
        )


class Channels(Shape):
    """All channels in use."""

    items: list[Channel]


class ProbeRequest(Shape):
    """An address to test, as the camera's maker gives it. Credentials may stand in the address or beside it."""

    url: str = Field(min_length=1, max_length=1024, examples=["rtsp://192.168.1.20:554/stream1"])
    username: str = Field(default="", max_length=128, pattern=_CREDENTIAL)
    password: str = Field(default="", max_length=256, pattern=_CREDENTIAL)


class Probe(Shape):
    """What the camera sends, with a still picture (a `data:` URL of a JPEG); save it with `probe_id`."""

    probe_id: str
    picture: Picture
    still: str
    server: str
    expires_at: Moment


class ExistingPlace(Shape):
    """A place that is registered already."""

    id: UUID


class NewPlace(Shape):
    """A place to register with the camera."""

    name: str = _NAME
    address: str = Field(default="", max_length=200, pattern=NO_CONTROLS)
    region_code: str = Field(pattern=r"^[0-9]{6}$", examples=["530581"])


class NewSpot(Shape):
    """What the camera looks at, in words."""

    name: str = _NAME


class NewChannel(Shape):
    """A tested camera and where it is."""

    probe_id: str = Field(min_length=1, max_length=64)
    name: str = _NAME
    place: ExistingPlace | NewPlace
    spot: NewSpot


class ChannelChange(Shape):
    """What to change of a channel."""

    name: str = _NAME


class TimelineSpan(Shape):
    """A stretch of footage. Another `clock_epoch` marks an hour that the server's clock ran twice."""

    start: Moment
    end: Moment
    clock_epoch: int


class TimelineGap(Shape):
    """A stretch without footage and why; no `end` while it lasts."""

    start: Moment
    end: Moment | None
    clock_epoch: int
    cause: str
    zh: str
    en: str


class TimelineDamage(Shape):
    """Seconds that were recorded and cannot be shown as they were; playback goes around them."""

    start: Moment
    end: Moment
    clock_epoch: int
    kind: str
    zh: str
    en: str


class Timeline(Shape):
    """What is recorded in a range, what is not and why, and what is damaged."""

    spans: list[TimelineSpan]
    gaps: list[TimelineGap]
    damage: list[TimelineDamage]
    recording_until: Moment | None


@router.get("/regions", operation_id="listRegions", dependencies=[Depends(Requires(Permission.CHANNEL_READ))])
def list_regions() -> Regions:
    """Administrative divisions that places can be in."""
    return Regions(items=[Region(code=code, zh=text.zh, en=text.en) for code, text in REGIONS.items()])


@router.get("/places", operation_id="listPlaces", dependencies=[Depends(Requires(Permission.CHANNEL_READ))])
def list_places(data: Data) -> Places:
    """All places."""
    with data.read() as tx:
        return Places(items=[Place.of(place) for place in registry.places(tx)])


@router.get("/channels", operation_id="listChannels", dependencies=[Depends(Requires(Permission.CHANNEL_READ))])
def list_channels(context: Context, data: Data) -> Channels:
    """All channels in use, with how they are doing now."""
    with data.read() as tx:
        channels = registry.channels(tx)
        statuses = media.statuses(tx, channels, recorder_up=context.media.connected)
        kept = keeping.retentions(tx, channels)
    return Channels(items=[Channel.of(channel, statuses[channel.id], kept[channel.id]) for channel in channels])


@router.post("/probes", operation_id="probeCamera")
async def probe_camera(body: ProbeRequest, context: Context, data: Data, caller: Manager) -> Probe:
    """Connect to a camera and show what it sends. Nothing is saved; that it was done is recorded."""
    try:
        url, inline = addresses.parse(body.url)
    except addresses.BadAddress as error:
        raise MingjianError(media_errors.ADDRESS_UNREADABLE) from error
    secret = Secret(body.username, body.password) if body.username else None
    if secret is None and inline is not None:
        secret = Secret(inline.user_name, inline.password)
    await run_in_threadpool(_record_probe, data, caller, str(url))
    answer, movie = await context.media.ask(_probe_request(str(url), secret), PROBE_TIMEOUT_S + 10)
    if problem := answer.get("problem"):
        raise media_errors.told(problem["code"], problem["values"])
    picture = await run_in_threadpool(still, movie)
    kept = context.probes.keep(caller.person.id, str(url), secret, context.clock.now_us())
    return Probe(
        probe_id=kept.id,
        picture=Picture.model_validate({name: answer[name] for name in Picture.model_fields}),
        still=f"data:image/jpeg;base64,{b64encode(picture).decode()}",
        server=answer["server"],
        expires_at=kept.expires_us,
    )


def _probe_request(address: str, secret: Secret | None) -> dict[str, str | None]:
    return {
        "do": "probe",
        "address": address,
        "user_name": secret.user_name if secret else None,
        "password": secret.password if secret else None,
    }


def _record_probe(data: Door, caller: Caller, address: str) -> None:
    with data.write() as tx:
        media.record_probe(tx, address, by=caller.actor, now_us=caller.visit.now_us)


@router.post("/channels", operation_id="addChannel", status_code=201)
def add_channel(body: NewChannel, context: Context, data: Data, caller: Manager) -> Channel:
    """Register a camera that was tested; recording begins at once."""
    now_us = caller.visit.now_us
    probe = context.probes.find(body.probe_id, caller.person.id, now_us)
    place: PlaceId | installed.NewPlace = (
        PlaceId(body.place.id)
        if isinstance(body.place, ExistingPlace)
        else installed.NewPlace(body.place.name, body.place.address, body.place.region_code)
    )
    with data.write() as tx:
        added = registry.add_channel(
            tx,
            name=body.name.strip(),
            address=probe.address,
            secret=probe.secret,
            place=place,
            spot_name=body.spot.name.strip(),
            vault=context.vault,
            by=caller.actor,
            now_us=now_us,
        )
        kept = keeping.retention(tx, added.id)
        tx.after_commit(context.media.hint_threadsafe)
    context.probes.used(probe)
    return Channel.of(added, media.unknown_status(added), kept)


@router.patch("/channels/{channel_id}", operation_id="changeChannel")
def change_channel(channel_id: UUID, body: ChannelChange, context: Context, data: Data, caller: Manager) -> Channel:
    """Rename a channel."""
    with data.write() as tx:
        changed = registry.rename(tx, channel_id, body.name.strip(), by=caller.actor, now_us=caller.visit.now_us)
        statuses = media.statuses(tx, [changed], recorder_up=context.media.connected)
        kept = keeping.retention(tx, changed.id)
    return Channel.of(changed, statuses[changed.id], kept)


@router.delete("/channels/{channel_id}", operation_id="retireChannel", status_code=204)
def retire_channel(channel_id: UUID, context: Context, data: Data, caller: Manager) -> None:
    """Stop recording a channel for good; its footage stays."""
    with data.write() as tx:
        registry.retire(tx, channel_id, by=caller.actor, now_us=caller.visit.now_us)
        tx.after_commit(context.media.hint_threadsafe)


@router.get(
    "/channels/{channel_id}/timeline",
    operation_id="timeline",
    dependencies=[Depends(Requires(Permission.RECORDING_READ))],
)
def get_timeline(channel_id: UUID, start: StartOf, end: EndOf, data: Data) -> Timeline:
    """What is recorded between two moments (at most 31 days), and why not where it is not."""
    wanted = span_of(start, end, "31 d")
    with data.read() as tx:
        channel = registry.channel(tx, channel_id)
        found = playback.timeline(tx, ChannelId(channel.id), wanted)
    return Timeline(
        spans=[
            TimelineSpan(start=one.span.start_us, end=one.span.end_us, clock_epoch=one.clock_epoch)
            for one in found.spans
        ],
        gaps=[
            TimelineGap(
                start=gap.start_us,
                end=gap.end_us,
                clock_epoch=gap.clock_epoch,
                cause=gap.cause.value,
                zh=GAP_TEXT[gap.cause].zh,
                en=GAP_TEXT[gap.cause].en,
            )
            for gap in found.gaps
        ],
        damage=[
            TimelineDamage(
                start=one.span.start_us,
                end=one.span.end_us,
                clock_epoch=one.clock_epoch,
                kind=one.kind.value,
                zh=KIND_TEXT[one.kind].zh,
                en=KIND_TEXT[one.kind].en,
            )
            for one in found.damage
        ],
        recording_until=found.recording_until_us,
    )
