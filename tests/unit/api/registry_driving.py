"""A request for each route of the registry that changes something, with what it leaves in the log."""

from collections.abc import Callable
from io import BytesIO
from itertools import count
from typing import Final
from uuid import UUID

import httpx
from PIL import Image
from tests.unit.api.serving import API, Browser, Served

from mingjian.kernel.ids import PersonId
from mingjian.registry.vault import Secret

Driver = Callable[[Served, dict[str, Browser]], httpx.Response]
_NUMBERS = count(1)


def fresh(name: str) -> str:
    """A name that nothing has yet: all drivers share one installation."""
    return f"{name}{next(_NUMBERS)}"


def organisation_form(name: str = "") -> dict[str, object]:
    return {"name": name or fresh("第一中学"), "region_code": "530581"}


def tested(site: Served, browsers: dict[str, Browser]) -> str:
    """A camera that was tested, with an address of its own."""
    admin = browsers["system_administrator"]
    person_id = PersonId(UUID(admin.get("/session").json()["id"]))
    address = f"rtsp://192.0.2.20:554/{next(_NUMBERS)}"
    return site.context.probes.keep(person_id, address, Secret("admin", "12345"), site.clock.now_us()).id


def channel_body(site: Served, browsers: dict[str, Browser]) -> dict[str, object]:
    place = {"name": fresh("本部"), "address": "腾冲", "region_code": "530581"}
    return {"probe_id": tested(site, browsers), "name": fresh("校门"), "place": place, "spot": {"name": "门口"}}


def made(site: Served, browsers: dict[str, Browser], path: str, body: object) -> str:
    answer = browsers["system_administrator"].post(path, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json().get("id") or answer.json()["place"]["id"])


def an_organisation(site: Served, browsers: dict[str, Browser]) -> str:
    return made(site, browsers, "/organisations", organisation_form())


def a_place(site: Served, browsers: dict[str, Browser]) -> str:
    return made(site, browsers, "/places", {"name": fresh("本部"), "region_code": "530581"})


def a_spot(site: Served, browsers: dict[str, Browser], place: str | None = None) -> str:
    return made(site, browsers, f"/places/{place or a_place(site, browsers)}/spots", {"name": "校门"})


def a_sign(site: Served, browsers: dict[str, Browser]) -> str:
    return made(site, browsers, f"/places/{a_place(site, browsers)}/signs", {"text": "公共视频区域"})


def a_system(site: Served, browsers: dict[str, Browser]) -> str:
    unit = an_organisation(site, browsers)
    return made(site, browsers, "/systems", {"name": "校园视频系统", "organisation_id": unit})


def role_body(site: Served, browsers: dict[str, Browser]) -> dict[str, str]:
    return {"role": "maintainer", "organisation_id": an_organisation(site, browsers)}


def a_channel(site: Served, browsers: dict[str, Browser]) -> str:
    return made(site, browsers, "/channels", channel_body(site, browsers))


def set_photo(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    picture = BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "PNG")
    path = f"{API}/signs/{a_sign(site, browsers)}/photo"
    headers = {"Content-Type": "application/octet-stream"}
    return browsers["system_administrator"].send("PUT", path, headers=headers, content=picture.getvalue())


def end_role(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    place = a_place(site, browsers)
    given = made(site, browsers, f"/places/{place}/roles", role_body(site, browsers))
    return browsers["system_administrator"].send("DELETE", f"{API}/statutory-roles/{given}")


def replace_device(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = a_channel(site, browsers)
    return browsers["system_administrator"].post(f"/channels/{channel}/device", {"probe_id": tested(site, browsers)})


def merge_channels(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    admin, same = browsers["system_administrator"], {"maker": "m", "serial": fresh("SN")}
    first, second = a_channel(site, browsers), a_channel(site, browsers)
    for one in (first, second):
        assert admin.send("PUT", f"{API}/channels/{one}/identity", same).status_code == 200
    return admin.post(f"/channels/{second}/merge", {"into": first})


def import_table(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    return browsers["system_administrator"].send(
        "POST",
        f"{API}/registry/imports?kind=organisations",
        headers={"Content-Type": "application/octet-stream"},
        content=f"单位名称,行政区划代码\n{fresh('第一中学')},530581\n".encode(),
    )


def add_cameras(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    body = {"cameras": "192.0.2.1", "url": "rtsp://{host}/", "name": "x", "spot": "x"}
    return browsers["system_administrator"].post("/channels/bulk", {**body, "place_id": a_place(site, browsers)})


def asked(method: str, path: Callable[[Served, dict[str, Browser]], str], body: object = None) -> Driver:
    return lambda site, browsers: browsers["system_administrator"].send(
        method, f"{API}{path(site, browsers)}", body(site, browsers) if callable(body) else body
    )


def path_of(pattern: str, make: Callable[[Served, dict[str, Browser]], str]) -> Callable[..., str]:
    return lambda site, browsers: pattern.format(make(site, browsers))


DRIVERS: Final[dict[str, tuple[str, Driver]]] = {
    "addOrganisation": (
        "organisation.added",
        asked("POST", lambda *_: "/organisations", lambda *_: organisation_form()),
    ),
    "changeOrganisation": (
        "organisation.changed",
        asked("PUT", path_of("/organisations/{}", an_organisation), organisation_form("第二中学")),
    ),
    "retireOrganisation": ("organisation.retired", asked("DELETE", path_of("/organisations/{}", an_organisation))),
    "givePlaceRole": ("statutory_role.given", asked("POST", path_of("/places/{}/roles", a_place), role_body)),
    "giveSystemRole": (
        "statutory_role.given",
        asked(
            "POST",
            path_of("/systems/{}/roles", a_system),
            lambda site, browsers: {
                "role": "maintainer",
                "organisation_id": made(site, browsers, "/organisations", organisation_form(fresh("维护公司"))),
            },
        ),
    ),
    "endStatutoryRole": ("statutory_role.ended", end_role),
    "addPlace": ("place.added", asked("POST", lambda *_: "/places", {"name": fresh("本部"), "region_code": "530581"})),
    "changePlace": (
        "place.changed",
        asked("PUT", path_of("/places/{}", a_place), {"name": "东校区", "region_code": "530581"}),
    ),
    "addSpot": ("spot.added", asked("POST", path_of("/places/{}/spots", a_place), {"name": "校门"})),
    "changeSpot": ("spot.changed", asked("PUT", path_of("/spots/{}", a_spot), {"name": "校门", "direction": 90})),
    "putUpSign": ("sign.put_up", asked("POST", path_of("/places/{}/signs", a_place), {"text": "公共视频区域"})),
    "setSignPhoto": ("sign.photo_set", set_photo),
    "takeDownSign": ("sign.taken_down", asked("DELETE", path_of("/signs/{}", a_sign))),
    "addSystem": (
        "system.added",
        asked(
            "POST",
            lambda *_: "/systems",
            lambda site, browsers: {"name": "校园视频系统", "organisation_id": an_organisation(site, browsers)},
        ),
    ),
    "changeSystem": (
        "system.changed",
        asked(
            "PUT",
            path_of("/systems/{}", a_system),
            lambda site, browsers: {
                "name": "新系统",
                "organisation_id": an_organisation(site, browsers),
            },
        ),
    ),
    "replaceDevice": ("channel.device_replaced", replace_device),
    "identifyDevice": (
        "channel.device_identified",
        asked("PUT", path_of("/channels/{}/identity", a_channel), {"maker": "m", "serial": "SN1"}),
    ),
    "moveChannel": (
        "channel.moved",
        asked(
            "PUT",
            path_of("/channels/{}/spot", a_channel),
            lambda site, browsers: {"spot_id": a_spot(site, browsers)},
        ),
    ),
    "putIntoSystem": (
        "channel.changed",
        asked(
            "PUT",
            path_of("/channels/{}/system", a_channel),
            lambda site, browsers: {"system_id": a_system(site, browsers)},
        ),
    ),
    "mergeChannels": ("channel.merged", merge_channels),
    "importTable": ("registry.imported", import_table),
    "exportTable": (
        "registry.exported",
        asked("POST", lambda *_: "/registry/exports", {"kind": "channels", "format": "csv"}),
    ),
    "addCameras": ("channel.bulk_asked", add_cameras),
}
