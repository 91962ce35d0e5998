"""The map: which cameras are where and how they are doing, and the site's own maps to draw below them."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import ConfigDict
from starlette.exceptions import HTTPException

from mingjian.api import paging
from mingjian.api.basic import BasicText
from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.errors import NOT_FOUND
from mingjian.api.routing import versioned
from mingjian.api.schema import Shape
from mingjian.identity.permissions import Permission
from mingjian.identity.scopes import Reach
from mingjian.kernel.errors import MingjianError
from mingjian.media import service as media
from mingjian.registry import positions
from mingjian.registry.territories import full_name
from mingjian.site import basemaps

router = versioned("map")

Reader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]
Longitude = Annotated[float, Query(ge=-180, le=180, examples=[98.4])]
Latitude = Annotated[float, Query(ge=-90, le=90, examples=[25.0])]

_OFFLINE_COUNTED: Final = 5_000
# A map's pieces do not change without its file, and each asks whether it did.
_KEPT: Final = {"Cache-Control": "private, max-age=3600, must-revalidate"}


class MapBox(Shape):
    """Sides in degrees of WGS-84."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of(cls, box: positions.Box) -> "MapBox":
        return cls(west=box.west, south=box.south, east=box.east, north=box.north)


class MapExtent(Shape):
    """The box around everything that you reach; null where nothing has a position. `unplaced` have none."""

    box: MapBox | None
    placed: int
    unplaced: int


class MapCamera(Shape):
    """A camera on the map, in degrees of WGS-84. `own_position`: its own and not that of its place.

    `direction` is clockwise from true north and `field` how wide it looks, in degrees; `range_m` how far.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193498a-7b00-7000-8000-000000000010",
                    "name": "校门口东侧",
                    "place_id": "0193498a-7b00-7000-8000-000000000011",
                    "place": "腾冲市第一中学",
                    "spot": "校门",
                    "address": "光华东路1号",
                    "region_code": "530581",
                    "region_zh": "云南省腾冲市",
                    "region_en": "Tengchong, Yunnan",
                    "longitude": 98.49,
                    "latitude": 25.02,
                    "own_position": True,
                    "direction": 135.0,
                    "field": 90.0,
                    "range_m": 40.0,
                    "state": "recording",
                }
            ]
        }
    )

    id: UUID
    name: str
    place_id: UUID
    place: str
    spot: str
    address: BasicText
    region_code: str
    region_zh: str
    region_en: str
    longitude: float
    latitude: float
    own_position: bool
    direction: float | None
    field: float | None
    range_m: float | None
    state: Literal["recording", "standby", "connecting", "offline"]


class MapHeap(Shape):
    """Cameras close to each other, where there are too many to name each: `box` is around them."""

    cameras: int
    offline: int
    longitude: float
    latitude: float
    box: MapBox
    region_zh: str
    region_en: str


class MapView(Shape):
    """What a box holds: every camera where there are at most `limit`, else heaps of them; `total` either way."""

    total: int
    cameras: list[MapCamera]
    heaps: list[MapHeap]


class Basemap(Shape):
    """A map of the site, in one PMTiles file: ask `GET /map/basemaps/{name}` for byte ranges of it."""

    name: str
    tiles: Literal["mvt", "png", "jpeg", "webp", "avif"]
    min_zoom: int
    max_zoom: int
    box: MapBox


class Basemaps(Shape):
    """The maps that the site has put into its data folder."""

    items: list[Basemap]


def _reaches(caller: Caller) -> tuple[Reach, Reach]:
    """Where a camera may be known and its position too. Raises MingjianError NOT_PERMITTED without the right to these.

    Positions are basic data: the map is nothing without them.
    """
    caller.authority.require(Permission.BASIC_DATA_READ)
    return caller.reach(Permission.CHANNEL_READ), caller.reach(Permission.BASIC_DATA_READ)


@router.get("/map/extent", operation_id="mapExtent")
def map_extent(data: Data, caller: Reader) -> MapExtent:
    """Where the cameras that you reach are, altogether."""
    with data.read() as tx:
        found = positions.extent(tx, _reaches(caller))
    box = MapBox.of(found.box) if found.box else None
    return MapExtent(box=box, placed=found.placed, unplaced=found.unplaced)


@router.get("/map/cameras", operation_id="mapCameras")
def map_cameras(
    context: Context,
    data: Data,
    caller: Reader,
    west: Longitude = -180,
    south: Latitude = -90,
    east: Longitude = 180,
    north: Latitude = 90,
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT)] = 500,
) -> MapView:
    """What you reach in a box of the map, with its state; `q` as in the registry's search."""
    reaches = _reaches(caller)
    box = positions.Box(west, south, east, north)
    recorder_up, lost = context.media.connected, context.media.lost
    with data.read() as tx:
        bad = media.offline(tx, _OFFLINE_COUNTED, lost) if recorder_up else set()
        seen = positions.seen(tx, reaches, box, query=q, most=limit, chosen=bad)
        states = media.states_of(tx, [one.id for one in seen.standing], recorder_up=recorder_up, lost=lost)
    return MapView(
        total=seen.total,
        cameras=[_camera(one, states[one.id].value) for one in seen.standing],
        heaps=[_heap(one, all_offline=not recorder_up) for one in seen.heaps],
    )


def _camera(one: positions.Standing, state: str) -> MapCamera:
    region = full_name(one.region_code)
    return MapCamera.model_validate(
        {
            "id": one.id,
            "name": one.name,
            "place_id": one.place_id,
            "place": one.place,
            "spot": one.spot.name,
            "address": one.address,
            "region_code": one.region_code,
            "region_zh": region.zh,
            "region_en": region.en,
            "longitude": one.position.longitude,
            "latitude": one.position.latitude,
            "own_position": one.own,
            "direction": one.view.direction_deg,
            "field": one.view.field_deg,
            "range_m": one.view.range_m,
            "state": state,
        }
    )


def _heap(one: positions.Heap, *, all_offline: bool) -> MapHeap:
    region = full_name(one.region_code) if one.region_code else None
    return MapHeap(
        cameras=one.channels,
        offline=one.channels if all_offline else one.chosen,
        longitude=one.middle.longitude,
        latitude=one.middle.latitude,
        box=MapBox.of(one.box),
        region_zh=region.zh if region else "",
        region_en=region.en if region else "",
    )


@router.get("/map/basemaps", operation_id="listBasemaps", dependencies=[Depends(Requires(Permission.CHANNEL_READ))])
def list_basemaps(context: Context) -> Basemaps:
    """The site's own maps: files of PMTiles in the folder `map` of the data folder."""
    return Basemaps(
        items=[
            Basemap.model_validate(
                {
                    "name": one.name,
                    "tiles": one.tiles,
                    "min_zoom": one.min_zoom,
                    "max_zoom": one.max_zoom,
                    "box": MapBox(west=one.west, south=one.south, east=one.east, north=one.north),
                }
            )
            for one in basemaps.basemaps(context.data_dir)
        ]
    )


@router.get(
    "/map/basemaps/{name}",
    operation_id="readBasemap",
    response_class=FileResponse,
    responses={206: {"description": "The bytes that were asked for"}},
    dependencies=[Depends(Requires(Permission.CHANNEL_READ))],
)
def read_basemap(name: Annotated[str, Path(max_length=120)], request: Request, context: Context) -> FileResponse:
    """One such file; with `Range` a part of it, one at a time."""
    if "," in request.headers.get("range", ""):
        raise HTTPException(416)
    found = next((one for one in basemaps.basemaps(context.data_dir) if one.name == name), None)
    if found is None:
        raise MingjianError(NOT_FOUND, path=request.url.path)
    return FileResponse(found.path, media_type="application/vnd.pmtiles", headers=_KEPT)
