"""Cameras: what is installed, testing one, adding it, its timeline."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import ConfigDict, Field, model_validator
from starlette.concurrency import run_in_threadpool

from mingjian.api import door
from mingjian.api.basic import BasicNumber, BasicText, shown
from mingjian.api.decisions import DecisionForm, decided
from mingjian.api.deps import AppContext, Caller, Context, Data, Door, Requires
from mingjian.api.paging import Cursor, Limit, Words
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, TIME_EXAMPLE, EndOf, Moment, Problem, Shape, StartOf, span_of
from mingjian.api.tree import Node
from mingjian.identity.permissions import Permission
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, PlaceId
from mingjian.media import errors as media_errors
from mingjian.media import playback
from mingjian.media import service as media
from mingjian.media.check.model import KIND_TEXT
from mingjian.media.formats import url as addresses
from mingjian.media.formats.frames import SoundParameters, VideoParameters
from mingjian.media.keep import service as keeping
from mingjian.media.model import GAP_TEXT, ChannelState
from mingjian.media.probe import PROBE_TIMEOUT_S
from mingjian.media.service import ChannelStatus
from mingjian.registry import browsing
from mingjian.registry import model as installed
from mingjian.registry import service as registry
from mingjian.registry.territories import full_name, in_use
from mingjian.registry.vault import Secret
from mingjian.storage.engine import Transaction

router = versioned("channels")

Reader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]
Manager = Annotated[Caller, Depends(Requires(Permission.CHANNEL_MANAGE))]

Bin = Annotated[int | None, Query(alias="bin", ge=1, le=86_400)]
Named = Annotated[list[UUID] | None, Query(alias="id", max_length=100, description="Channels by their ids")]

_NAME_PATTERN: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_NAME: Final = Field(min_length=1, max_length=100, pattern=_NAME_PATTERN)
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
    "device": {
        "address": "rtsp://192.168.1.20:554/stream1",
        "transport": "auto",
        "sub_address": "rtsp://192.168.1.20:554/stream2",
        "onvif": True,
    },
    "picture": {
        "codec": "h264",
        "mime": "avc1.64001f",
        "width": 1920,
        "height": 1080,
        "fps": 25.0,
        "sound": {"codec": "aac", "mime": "mp4a.40.2", "rate": 16000, "channels": 1},
    },
    "sound_left_out": "",
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
    """An address where cameras are; position in degrees of WGS-84. Address and position are basic data."""

    id: UUID
    name: str
    address: BasicText
    region_code: str
    region_zh: str
    region_en: str
    longitude: BasicNumber
    latitude: BasicNumber

    @classmethod
    def of(cls, place: installed.Place) -> "Place":
        region = full_name(place.region_code)
        return cls(
            id=place.id,
            name=place.name,
            address=place.address,
            region_code=place.region_code,
            region_zh=region.zh,
            region_en=region.en,
            longitude=place.longitude,
            latitude=place.latitude,
        )


class Places(Shape):
    """A page of places."""

    items: list[Place]
    next: str | None


class Spot(Shape):
    """Where a camera looks; `kind` is `unclassified` until somebody says what it is."""

    id: UUID
    name: str
    kind: str


class Device(Shape):
    """What delivers the picture; addresses never have credentials.

    `transport` is how its streams are asked for: `auto` is TCP, and UDP where the camera refuses that. `sub_address`
    is where its small stream is, for small pictures and for browsers that cannot decode the other one. `onvif`: it is
    registered where it answers ONVIF, and may be turned if it can.
    """

    address: BasicText
    transport: installed.TransportChoice
    sub_address: BasicText
    onvif: bool

    @classmethod
    def of(cls, device: installed.Device) -> "Device":
        small = device.sub_address
        return cls(
            address=installed.shown_address(device.address),
            transport=device.transport,
            sub_address=installed.shown_address(small) if small else None,
            onvif=device.onvif_address is not None,
        )


class Sound(Shape):
    """The sound beside a picture: `codec` is `aac`, `alaw` or `ulaw`, `rate` samples a second."""

    codec: str
    mime: str
    rate: int
    channels: int

    @classmethod
    def of(cls, sound: SoundParameters) -> "Sound":
        return cls(codec=sound.codec, mime=sound.mime, rate=sound.rate, channels=sound.channels)


class Picture(Shape):
    """What the picture is made of; `mime` is the RFC 6381 codecs string, `fps` 0 when unknown."""

    codec: str
    mime: str
    width: int
    height: int
    fps: float
    sound: Sound | None

    @classmethod
    def of(cls, parameters: VideoParameters, fps: float | None = None) -> "Picture":
        return cls(
            codec=parameters.codec,
            mime=parameters.mime,
            width=parameters.width,
            height=parameters.height,
            fps=parameters.fps if fps is None else fps,
            sound=Sound.of(parameters.sound) if parameters.sound else None,
        )

    @classmethod
    def probed(cls, answer: Mapping[str, Any]) -> "Picture":
        """Of the recorder's answer to a test."""
        sound = answer["sound"]
        heard = Sound(**{name: sound[name] for name in Sound.model_fields}) if sound else None
        return cls(sound=heard, **{name: answer[name] for name in cls.model_fields if name != "sound"})


class Term(Shape):
    """How long footage is kept, in words."""

    zh: str
    en: str


class Channel(Shape):
    """One picture: where it is, how it is doing, and why not when it is not.

    `sound_left_out` names sound that the camera sends and that cannot be kept; it is empty when there is none.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANNEL_EXAMPLE]})

    id: UUID
    name: str
    place: Place
    spot: Spot
    device: Device
    picture: Picture | None
    sound_left_out: str
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
            device=Device.of(channel.device),
            picture=Picture.of(status.picture) if status.picture else None,
            sound_left_out=status.sound_left_out,
            state=status.state.value,
            state_since=status.since_us,
            problem=Problem.of(media_errors.told(*status.problem)) if status.problem else None,
            demonstration=channel.demonstration,
            term=Term(zh=keeping.in_words(kept).zh, en=keeping.in_words(kept).en),
        )


class Channels(Shape):
    """A page of channels."""

    items: list[Channel]
    next: str | None


class ChannelSummary(Shape):
    """How many channels, and how many of them are in which state."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"total": 200, "recording": 196, "standby": 0, "connecting": 1, "offline": 3}],
        }
    )

    total: int
    recording: int
    standby: int
    connecting: int
    offline: int


class ProbeRequest(Shape):
    """An address to test, as the camera's maker gives it. Credentials may stand in the address or beside it.

    `sub_url`, where there is one, is the address of the camera's small stream; it is tested with the same credentials.
    `channel_id`: the channel that this camera is for, when it is to replace that one's device.
    """

    url: str = Field(min_length=1, max_length=1024, examples=["rtsp://192.168.1.20:554/stream1"])
    username: str = Field(default="", max_length=128, pattern=_CREDENTIAL)
    password: str = Field(default="", max_length=256, pattern=_CREDENTIAL)
    transport: installed.TransportChoice = "auto"
    sub_url: str = Field(default="", max_length=1024, examples=["rtsp://192.168.1.20:554/stream2"])
    channel_id: UUID | None = None


class Probe(Shape):
    """What the camera sends, with a still picture (a `data:` URL of a JPEG); save it with `probe_id`.

    `transport` is what it was asked by in the end. A small stream has its own `sub_picture`, or a `sub_problem`: then
    the camera is saved without it. `obstacle`: what saving it would be refused with, as things stand.
    """

    probe_id: str
    obstacle: Problem | None
    picture: Picture
    sound_left_out: str
    transport: Literal["tcp", "udp"]
    sub_picture: Picture | None
    sub_problem: Problem | None
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
    """What the camera looks at: in words, and as a kind of the taxonomy, by which the law is asked."""

    name: str = _NAME
    kind: str = Field(default="unclassified", pattern=r"^[a-z0-9_]{1,64}$", examples=["hotel_corridor"])
    decision: DecisionForm | None = None


class NewChannel(Shape):
    """A tested camera and where it is."""

    probe_id: str = Field(min_length=1, max_length=64)
    name: str = _NAME
    place: ExistingPlace | NewPlace
    spot: NewSpot


class ChannelChange(Shape):
    """What to change of a channel; what is not given stays. An empty `sub_address` takes the small stream away."""

    name: str | None = Field(default=None, min_length=1, max_length=100, pattern=_NAME_PATTERN)
    transport: installed.TransportChoice | None = None
    sub_address: str | None = Field(default=None, max_length=1024)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.name is None and self.transport is None and self.sub_address is None:
            raise ValueError("nothing is given that could be changed")
        return self


class TimelineSpan(Shape):
    """A stretch of footage. Another `clock_epoch` marks an hour that the server's clock ran twice."""

    start: Moment
    end: Moment
    clock_epoch: int


class TimelineGap(Shape):
    """A stretch without footage and why; no `end` while it lasts.

    With `bin`, short gaps of one bin are one entry: `count` says how many, `missing_ms` how much they miss in all, and
    `cause` what most of that is due to.
    """

    start: Moment
    end: Moment | None
    clock_epoch: int
    cause: str
    count: int
    missing_ms: int
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
    names = ((one.code, full_name(one.code)) for one in in_use())
    return Regions(items=[Region(code=code, zh=text.zh, en=text.en) for code, text in names])


@router.get("/places", operation_id="listPlaces")
def list_places(data: Data, caller: Reader, q: Words = "", cursor: Cursor = None, limit: Limit = 200) -> Places:
    """The places that you reach, by name as it sounds; with `q` those that hold every word of it."""
    with data.read() as tx:
        found, after = browsing.places(
            tx, caller.reach(Permission.CHANNEL_READ), query=q, cursor=cursor or None, limit=limit, basic=shown()
        )
    return Places(items=[Place.of(place) for place in found], next=after)


@router.get("/channels", operation_id="listChannels")
def list_channels(
    context: Context,
    data: Data,
    caller: Reader,
    q: Words = "",
    under: Node = "",
    ids: Named = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Channels:
    """The channels in use that you reach, by name as it sounds, with how they are doing now.

    With `q` those whose name, place, spot, pinyin or initials hold every word of it; with `under` those below a node
    of the tree. With `id` exactly these, in no order and on one page, whether in use or not, as far as you reach them.
    """
    reach = caller.reach(Permission.CHANNEL_READ)
    with data.read() as tx:
        if ids is not None:
            within = door.reached(tx, reach, set(ids))
            channels, after = registry.channels_of(tx, within), None
        else:
            channels, after = browsing.channels(
                tx, reach, query=q, under=under, cursor=cursor or None, limit=limit, basic=shown()
            )
        items = _doing(tx, context, channels, caller.visit.now_us)
    return Channels(items=items, next=after)


def _doing(tx: Transaction, context: AppContext, channels: list[installed.Channel], now_us: int) -> list[Channel]:
    statuses = media.statuses(tx, channels, recorder_up=context.media.connected, lost=context.media.lost)
    kept = keeping.retentions(tx, channels, now_us)
    return [Channel.of(channel, statuses[channel.id], kept[channel.id]) for channel in channels]


@router.get("/channels/summary", operation_id="summariseChannels")
def summarise_channels(context: Context, data: Data, caller: Reader) -> ChannelSummary:
    """How many channels in use you reach, and how many of them are in which state now."""
    reach = caller.reach(Permission.CHANNEL_READ)
    with data.read() as tx:
        total = browsing.count_channels(tx, reach)
        within = browsing.channels_within(tx, reach)
        states = media.counts(tx, within, recorder_up=context.media.connected, lost=context.media.lost)
    told = {state.value: states.get(state, 0) for state in (ChannelState.RECORDING, ChannelState.STANDBY)}
    offline = states.get(ChannelState.OFFLINE, 0)
    return ChannelSummary(total=total, offline=offline, connecting=total - offline - sum(told.values()), **told)


@router.get("/channels/{channel_id}", operation_id="getChannel")
def get_channel(channel_id: UUID, context: Context, data: Data, caller: Reader) -> Channel:
    """One channel, in use or not, with how it is doing now."""
    with data.read() as tx:
        return _doing(tx, context, [registry.channel(tx, channel_id)], caller.visit.now_us)[0]


@router.post("/probes", operation_id="probeCamera")
async def probe_camera(body: ProbeRequest, context: Context, data: Data, caller: Manager) -> Probe:
    """Connect to a camera and show what it sends. Nothing is saved; that it was done is recorded."""
    if body.channel_id is not None:
        await run_in_threadpool(_may_replace, data, caller, body.channel_id)
    address, inline = read_address(body.url)
    small = read_address(body.sub_url)[0] if body.sub_url.strip() else None
    secret = Secret(body.username, body.password) if body.username else inline
    answer, movie = await tested(context, data, caller, address, secret, body.transport)
    sub_picture, sub_problem = None, None
    if small is not None:
        try:
            sub_picture = Picture.probed((await tested(context, data, caller, small, secret, body.transport))[0])
        except MingjianError as error:
            sub_problem, small = Problem.of(error), None
    picture = await context.pictures.probe_still(movie)
    now_us = context.clock.now_us()
    kept = context.probes.keep(caller.person.id, address, secret, now_us, transport=body.transport, sub_address=small)
    return Probe(
        probe_id=kept.id,
        obstacle=await run_in_threadpool(_obstacle, data, address, body.channel_id),
        picture=Picture.probed(answer),
        sound_left_out=answer["sound_left_out"],
        transport=answer["transport"],
        sub_picture=sub_picture,
        sub_problem=sub_problem,
        still=f"data:image/jpeg;base64,{b64encode(picture).decode()}",
        server=answer["server"],
        expires_at=kept.expires_us,
    )


def read_address(typed: str) -> tuple[str, Secret | None]:
    """An address without the credentials in it, and these. Raises MingjianError ADDRESS_UNREADABLE."""
    try:
        url, inline = addresses.parse(typed)
    except addresses.BadAddress as error:
        raise MingjianError(media_errors.ADDRESS_UNREADABLE) from error
    return str(url), Secret(inline.user_name, inline.password) if inline is not None else None


async def tested(
    context: AppContext, data: Door, caller: Caller, address: str, secret: Secret | None, transport: str
) -> tuple[dict[str, Any], bytes]:
    """What the recorder says of one address. Raises MingjianError with what is wrong."""
    await run_in_threadpool(_record_probe, data, caller, address)
    request = {
        "do": "probe",
        "address": address,
        "user_name": secret.user_name if secret else None,
        "password": secret.password if secret else None,
        "transport": transport,
    }
    answer, movie = await context.media.ask(request, PROBE_TIMEOUT_S + 10)
    if problem := answer.get("problem"):
        raise media_errors.told(problem["code"], problem["values"])
    return answer, movie


def _may_replace(data: Door, caller: Caller, channel_id: UUID) -> None:
    with data.read() as tx:
        caller.at(Permission.CHANNEL_MANAGE, registry.target(tx, channel_id))


def _obstacle(data: Door, address: str, own: UUID | None) -> Problem | None:
    with data.read() as tx:
        try:
            registry.refuse_known(tx, address, installed.Identity(), but=own)
        except MingjianError as error:
            return Problem.of(error)
    return None


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
        where = (
            door.of_place(tx, body.place.id)
            if isinstance(body.place, ExistingPlace)
            else Target(body.place.region_code)
        )
        caller = caller.at(Permission.CHANNEL_MANAGE, where)
        added = registry.add_channel(
            tx,
            name=body.name.strip(),
            address=probe.address,
            secret=probe.secret,
            place=place,
            spot_name=body.spot.name.strip(),
            spot_kind=body.spot.kind,
            decision=decided(caller, body.spot.decision, where),
            vault=context.vault,
            by=caller.actor,
            now_us=now_us,
            transport=probe.transport,
            sub_address=probe.sub_address,
        )
        kept = keeping.retention(tx, added.id, now_us)
        tx.after_commit(context.media.hint_threadsafe)
    context.probes.used(probe)
    return Channel.of(added, media.unknown_status(added), kept)


@router.patch("/channels/{channel_id}", operation_id="changeChannel")
def change_channel(channel_id: UUID, body: ChannelChange, context: Context, data: Data, caller: Manager) -> Channel:
    """Rename a channel, or say how its streams are asked for; each is recorded with what was before."""
    with data.write() as tx:
        if body.name is not None:
            registry.rename(tx, channel_id, body.name.strip(), by=caller.actor, now_us=caller.visit.now_us)
        if body.transport is not None or body.sub_address is not None:
            _set_streams(tx, channel_id, body, caller)
            tx.after_commit(context.media.hint_threadsafe)
        changed = registry.channel(tx, channel_id)
        statuses = media.statuses(tx, [changed], recorder_up=context.media.connected, lost=context.media.lost)
        kept = keeping.retention(tx, changed.id, caller.visit.now_us)
    return Channel.of(changed, statuses[changed.id], kept)


def _set_streams(tx: Transaction, channel_id: UUID, body: ChannelChange, caller: Caller) -> None:
    device = registry.channel(tx, channel_id).device
    small = device.sub_address
    # Who saves the form unchanged sends what was shown, and that has no password.
    if body.sub_address is not None and (small is None or body.sub_address != installed.shown_address(small)):
        small = read_address(body.sub_address)[0] if body.sub_address.strip() else None
    registry.set_streams(
        tx,
        channel_id,
        transport=body.transport or device.transport,
        sub_address=small,
        by=caller.actor,
        now_us=caller.visit.now_us,
    )


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
def get_timeline(channel_id: UUID, start: StartOf, end: EndOf, data: Data, bin_: Bin = None) -> Timeline:
    """What is recorded between two moments (at most 31 days), and why not where it is not.

    `bin`: how many seconds one pixel of the strip is; what is closer together or shorter is put together, so that no
    answer has more entries than the strip has pixels.
    """
    wanted = span_of(start, end, "31 d")
    with data.read() as tx:
        channel = registry.channel(tx, channel_id)
        found = playback.timeline(tx, ChannelId(channel.id), wanted, (bin_ or 0) * 1_000_000)
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
                count=gap.count,
                missing_ms=gap.missing_us // 1000,
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
