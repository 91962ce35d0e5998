"""A request for each route of the law that changes something, with what it leaves in the log."""

from typing import Final

import httpx
from tests.unit.api.registry_driving import Driver, a_place, a_spot, asked, fresh, path_of
from tests.unit.api.serving import API, Browser, Served

DESIGNATION: Final = {
    "kind": "counter_terror_key_target",
    "authority": "腾冲市反恐怖工作领导机构",
    "document": "腾反恐〔2026〕2号",
    "issued_on": "2026-01-05",
}
REASON: Final = {"reason": "走廊公共区域，镜头不朝向房门", "document": "安全评估〔2026〕3号"}


def end_designation(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    admin = browsers["system_administrator"]
    added = admin.post(f"/places/{a_place(site, browsers)}/designations", DESIGNATION)
    return admin.send("DELETE", f"{API}/designations/{added.json()['id']}")


def open_spot(site: Served, browsers: dict[str, Browser]) -> str:
    """A spot that was nothing in particular until its place was said to be what the texts leave open."""
    place = a_place(site, browsers)
    spot = a_spot(site, browsers, place)
    body = {"name": fresh("宿舍"), "region_code": "530581", "kinds": ["dormitory_building_corridor"]}
    answer = browsers["system_administrator"].send("PUT", f"{API}/places/{place}", body)
    assert answer.status_code == 200, answer.text
    return spot


def decide(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    return browsers["security_manager"].post("/law/decisions", {**REASON, "spots": [open_spot(site, browsers)]})


DRIVERS: Final[dict[str, tuple[str, Driver]]] = {
    "addDesignation": ("place.designated", asked("POST", path_of("/places/{}/designations", a_place), DESIGNATION)),
    "endDesignation": ("place.designation_ended", end_designation),
    "decideLaw": ("law.decided", decide),
}
