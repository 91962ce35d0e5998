"""The registry over the API: one installation for all tests of this file."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image
from tests.unit.api.registry_driving import (
    DRIVERS,
    a_channel,
    a_place,
    a_sign,
    a_spot,
    a_system,
    an_organisation,
    fresh,
    made,
    merge_channels,
)
from tests.unit.api.registry_driving import tested as probed
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import actions
from tests.unit.media.storing import until

from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

RAW = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("registry")
    (folder / "mingjian.db").write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{folder / 'mingjian.db'}")
    with served(database, folder) as running:
        yield running
    database.close()


@pytest.fixture(scope="module")
def browsers(site: Served) -> dict[str, Browser]:
    return set_up(site)


@pytest.fixture(scope="module")
def admin(browsers: dict[str, Browser]) -> Browser:
    return browsers["system_administrator"]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("operation", sorted(DRIVERS))
def test_a_change_of_the_registry_is_in_the_log(site: Served, browsers: dict[str, Browser], operation: str) -> None:
    action, drive = DRIVERS[operation]
    before = len(actions(site.context.database))
    answer = drive(site, browsers)
    assert answer.status_code in {200, 201, 202, 204}, answer.text
    assert action in actions(site.context.database)[before:]


def test_the_tree_leads_from_the_province_to_the_channel(
    site: Served, browsers: dict[str, Browser], admin: Browser
) -> None:
    unit = made(site, browsers, "/organisations", {"name": "教育体育局", "region_code": "530581"})
    school = made(
        site, browsers, "/organisations", {"name": fresh("第三中学"), "region_code": "530581", "parent_id": unit}
    )
    place = made(site, browsers, "/places", {"name": "高中部", "region_code": "530581", "organisation_id": school})
    body = {"probe_id": probed(site, browsers), "name": "高三楼梯口", "place": {"id": place}, "spot": {"name": "楼梯"}}
    channel = made(site, browsers, "/channels", body)

    def below(node: str) -> Any:
        answer = admin.get(f"/registry/tree?node={node}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    yunnan = next(one for one in below("")["territories"] if one["code"] == "530000")
    assert yunnan["zh"] == "云南省"
    (baoshan,) = below("530000")["territories"]
    (tengchong,) = below(baoshan["node"])["territories"]
    assert (tengchong["code"], tengchong["zh"], tengchong["channels"]) == ("530581", "腾冲市", yunnan["channels"])
    bureau = next(one for one in below("530581")["entries"] if one["id"] == unit)
    assert (bureau["kind"], bureau["channels"], bureau["opens"]) == ("organisation", 1, True)
    (third,) = below(bureau["node"])["entries"]
    (campus,) = below(third["node"])["entries"]
    (stairs,) = below(campus["node"])["entries"]
    (camera,) = below(stairs["node"])["entries"]
    assert [one["kind"] for one in (third, campus, stairs, camera)] == ["organisation", "place", "spot", "channel"]
    assert (camera["id"], camera["name"], camera["opens"]) == (channel, "高三楼梯口", False)

    for query in ("高三楼梯", "gaosanloutikou", "gslt", "GSLTK", "高中部 楼梯", "gzb ltk", "192.0.2.20:554 高三"):
        found = admin.get(f"/registry/entries?q={query}&kind=channel").json()["items"]
        assert [one["id"] for one in found] == [channel], query
        assert found[0]["above"] == ["教育体育局", third["name"], "高中部"]
    assert admin.get("/registry/entries?q=no such thing").json() == {"items": [], "next": None}
    # No pattern of a database is one here.
    assert admin.get("/registry/entries?q=%25").json()["items"] == []
    assert admin.get("/registry/entries?q=_").json()["items"] == []


def test_saving_what_is_there_already_is_no_trouble(admin: Browser, site: Served, browsers: dict[str, Browser]) -> None:
    form = {"name": fresh("第一中学"), "region_code": "530581"}
    unit, place = (made(site, browsers, path, form) for path in ("/organisations", "/places"))
    spot = made(site, browsers, f"/places/{place}/spots", {"name": "校门"})
    channel = a_channel(site, browsers)
    for path, body in (
        (f"/organisations/{unit}", form),
        (f"/places/{place}", form),
        (f"/spots/{spot}", {"name": "校门"}),
        (f"/channels/{channel}/spot", {"spot_id": spot}),
        (f"/channels/{channel}/spot", {"spot_id": spot}),
    ):
        assert admin.send("PUT", API + path, body).status_code == 200


def test_lists_come_in_pages(admin: Browser, site: Served, browsers: dict[str, Browser]) -> None:
    for _ in range(7):
        a_place(site, browsers)
    whole = [one["id"] for one in admin.get("/registry/entries?limit=200").json()["items"]]
    seen: list[str] = []
    cursor = ""
    while True:
        page = admin.get(f"/registry/entries?limit=3{cursor}").json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == whole
    assert len(whole) > 5
    assert code(admin.get("/registry/entries?q=a%00b")) == (422, "api.invalid")
    for bad in ("x", "AAAA", "MQBiAGM", "OTk5OTk5OTk5OTk5OTk5OTk5OTkAYQAwMTkzNDk4YTdiMDA3MDAwODAwMDAwMDAwMDAwMDAxMQ"):
        assert code(admin.get(f"/registry/entries?cursor={bad}")) == (422, "registry.cursor_unknown")


# The same in every process of tests: it is in the names of tests.
NOBODY = "01977420-dc00-7000-8000-000000000000"
NOTHING_THERE = [
    ("GET", "/registry/tree?node=999999", None, "registry.node_unknown"),
    ("GET", "/registry/tree?node=planet:1", None, "registry.node_unknown"),
    ("GET", f"/registry/entries?under=organisation:{NOBODY}", None, "registry.node_unknown"),
    ("GET", f"/organisations/{NOBODY}", None, "registry.organisation_unknown"),
    ("GET", f"/places/{NOBODY}", None, "registry.place_unknown"),
    ("GET", f"/systems/{NOBODY}", None, "registry.system_unknown"),
    ("GET", f"/signs/{NOBODY}/photo", None, "registry.sign_unknown"),
    ("GET", f"/channels/{NOBODY}/history", None, "registry.channel_unknown"),
    ("GET", "/channels/bulk/nothing", None, "registry.bulk_unknown"),
    ("PUT", f"/spots/{NOBODY}", {"name": "x"}, "registry.spot_unknown"),
    ("DELETE", f"/statutory-roles/{NOBODY}", None, "registry.statutory_role_unknown"),
    ("DELETE", f"/signs/{NOBODY}", None, "registry.sign_unknown"),
]


@pytest.mark.parametrize(("method", "path", "body", "expected"), NOTHING_THERE)
def test_what_is_not_there_is_said(admin: Browser, method: str, path: str, body: Any, expected: str) -> None:
    assert code(admin.send(method, API + path, body)) == (404, expected)


BAD_FORMS = [
    ("/organisations", {"name": "x", "region_code": "999999"}, "registry.region_unknown"),
    ("/organisations", {"name": "x", "region_code": "530581", "credit_code": "9" * 18}, "registry.credit_code_wrong"),
    ("/organisations", {"name": "x\n", "region_code": "530581"}, "api.invalid"),
    ("/organisations", {"name": "x", "region_code": "530581", "parent_id": NOBODY}, "registry.organisation"),
    ("/places", {"name": "x", "region_code": "530581", "kinds": ["no_such_kind"]}, "registry.spot_kind_unknown"),
    ("/places", {"name": "x", "region_code": "530581", "position": {"longitude": 200, "latitude": 0}}, "api.invalid"),
    ("/channels/bulk", {"cameras": "10.0.0.1-999", "url": "rtsp://{host}/"}, "registry.bulk_unreadable"),
    ("/channels/bulk", {"cameras": "10.0.0.1", "url": "rtsp://fixed/"}, "registry.bulk_unreadable"),
]


@pytest.mark.parametrize(("path", "body", "expected"), BAD_FORMS)
def test_bad_forms_are_refused(
    site: Served, browsers: dict[str, Browser], admin: Browser, path: str, body: dict[str, Any], expected: str
) -> None:
    more = {"place_id": a_place(site, browsers), "name": "x", "spot": "x"} if path == "/channels/bulk" else {}
    answer = admin.post(path, {**body, **more})
    assert answer.status_code in {404, 422}
    assert answer.json()["code"].startswith(expected), answer.text


def test_positions_of_web_maps_are_converted(admin: Browser, site: Served, browsers: dict[str, Browser]) -> None:
    spot = a_spot(site, browsers)
    form = {"name": "天安门", "position": {"longitude": 116.3974, "latitude": 39.9087, "datum": "gcj02"}}
    changed = admin.send("PUT", f"{API}/spots/{spot}", {**form, "direction": 90, "field": 80, "range_m": 40}).json()
    assert changed["longitude"] == pytest.approx(116.3912, abs=2e-4)
    assert changed["latitude"] == pytest.approx(39.9073, abs=2e-4)
    assert (changed["direction"], changed["field"], changed["range_m"]) == (90, 80, 40)


def test_a_forbidden_spot_is_refused_with_the_article(
    admin: Browser, site: Served, browsers: dict[str, Browser]
) -> None:
    place = a_place(site, browsers)
    answer = admin.post(f"/places/{place}/spots", {"name": "卫生间", "kind": "public_toilet"})
    assert code(answer) == (403, "law.forbidden")
    assert "第八条" in answer.json()["zh"]["why"] or "8" in answer.json()["zh"]["why"]
    # Neither by another way: a spot that is there, a channel that looks elsewhere.
    spot = a_spot(site, browsers, place)
    assert code(admin.send("PUT", f"{API}/spots/{spot}", {"name": "x", "kind": "changing_room"})) == (
        403,
        "law.forbidden",
    )


def test_photos_are_pixels_and_nothing_else(admin: Browser, site: Served, browsers: dict[str, Browser]) -> None:
    sign = a_sign(site, browsers)
    picture, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "where the photographer lives"
    Image.new("RGB", (3000, 2000), "blue").save(picture, "JPEG", exif=exif)
    path = f"{API}/signs/{sign}/photo"
    assert code(admin.get(f"/signs/{sign}/photo")) == (404, "registry.sign_unknown")
    assert admin.send("PUT", path, headers=RAW, content=picture.getvalue()).status_code == 200
    shown = admin.get(f"/signs/{sign}/photo")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert Image.open(BytesIO(shown.content)).size == (1600, 1067)
    assert b"photographer" in picture.getvalue()
    assert b"photographer" not in shown.content
    for bad in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(40), picture.getvalue()[:500]):
        assert code(admin.send("PUT", path, headers=RAW, content=bad)) == (422, "registry.photo_unreadable")
    again = admin.get(f"/signs/{sign}/photo")
    assert again.content == shown.content
    huge = admin.send("PUT", path, headers=RAW, content=bytes((8 << 20) + 1))
    assert huge.status_code == 413


def test_what_a_channel_was_can_be_read(admin: Browser, site: Served, browsers: dict[str, Browser]) -> None:
    answer = merge_channels(site, browsers)
    history = answer.json()
    assert [one["ended_at"] is not None for one in history["merged"]] == [True]
    other = history["merged"][0]["id"]
    assert admin.get(f"/channels/{other}/history").json()["merged_into"] is not None
    assert code(admin.post(f"/channels/{other}/merge", {"into": other})) == (409, "registry.same_channel")
    unlike = (a_channel(site, browsers), a_channel(site, browsers))
    assert code(admin.post(f"/channels/{unlike[0]}/merge", {"into": unlike[1]})) == (
        409,
        "registry.not_the_same_camera",
    )


def table(rows: list[list[str]], form: str = "csv") -> bytes:
    if form == "xlsx":
        book, out = openpyxl.Workbook(), BytesIO()
        for row in rows:
            book.active.append(row)
        book.save(out)
        return out.getvalue()
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(form if form != "csv" else "utf-8-sig")


@pytest.mark.parametrize("form", ["csv", "gb18030", "xlsx"])
def test_a_table_is_tried_mended_and_imported(admin: Browser, form: str) -> None:
    name = fresh("单位")
    header = ["单位名称*", "上级单位", "行政区划代码", "单位类别"]
    rows = [header, [name, "", "530581", "企业"], [f"{name}分公司", name, "999999", ""], ["", name, "530581", "火星"]]
    tried = admin.send("POST", f"{API}/registry/imports/try?kind=organisations", headers=RAW, content=table(rows, form))
    report = tried.json()
    assert (report["rows"], report["imported"], report["error_count"]) == (3, False, 3)
    assert [(one["row"], one["column"]) for one in report["errors"]] == [
        (3, "行政区划代码"),
        (4, "单位名称"),
        (4, "单位类别"),
    ]
    assert all(one[key] for one in report["errors"] for key in ("zh", "en", "advice_zh", "advice_en"))
    whole = admin.send("POST", f"{API}/registry/imports?kind=organisations", headers=RAW, content=table(rows, form))
    assert code(whole) == (409, "registry.sheet_has_errors")
    assert admin.get(f"/registry/entries?q={name}").json()["items"] == []  # nothing half imported
    rows[2][2], rows[3] = "530500", [f"{name}门市", f"{name}/{name}分公司", "530581", "企业"]
    mended = table(rows, form)
    assert admin.send("POST", f"{API}/registry/imports?kind=organisations", headers=RAW, content=mended).json()[
        "imported"
    ]
    found = admin.get(f"/registry/entries?q={name}").json()["items"]
    assert sorted(len(one["above"]) for one in found) == [0, 1, 2]


def test_what_was_exported_can_be_imported(admin: Browser, site: Served, browsers: dict[str, Browser]) -> None:
    danger = f"=HYPERLINK(1){fresh('')}"
    unit = made(site, browsers, "/organisations", {"name": danger, "region_code": "530581"})
    body = {"kind": "organisations", "under": f"organisation:{unit}"}
    for form in ("csv", "xlsx"):
        answer = admin.post("/registry/exports", {**body, "format": form})
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        if form == "csv":
            (row,) = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))[1:]
            assert row[0] == f"'{danger}"
        else:
            cell = openpyxl.load_workbook(BytesIO(answer.content)).active["A2"]
            assert (cell.data_type, cell.value) == ("s", danger)
        again = admin.send(
            "POST", f"{API}/registry/imports/try?kind=organisations", headers=RAW, content=answer.content
        ).json()
        assert [one["column"] for one in again["errors"]] == ["单位名称"]  # it is there already, under the same name
        assert danger in again["errors"][0]["zh"]


@pytest.mark.parametrize("kind", ["organisations", "places", "channels"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_templates_can_be_read_back(admin: Browser, kind: str, form: str) -> None:
    answer = admin.get(f"/registry/template?kind={kind}&format={form}")
    assert answer.status_code == 200
    tried = admin.send("POST", f"{API}/registry/imports/try?kind={kind}", headers=RAW, content=answer.content).json()
    # The example row names others that are not there; nothing else is wrong with it.
    assert tried["rows"] == 1
    assert {one["column"] for one in tried["errors"]} <= {"上级单位", "所属单位", "所在场所"}


def test_a_large_table_is_taken_and_a_larger_one_refused(admin: Browser) -> None:
    assert code(
        admin.send("POST", f"{API}/registry/imports/try?kind=places", headers=RAW, content=b"\xff" * (2 << 20))
    ) == (422, "registry.sheet_unreadable")
    huge = admin.send("POST", f"{API}/registry/imports/try?kind=places", headers=RAW, content=bytes((16 << 20) + 1))
    assert huge.status_code == 413


def test_a_bulk_addition_says_what_came_of_each(admin: Browser, site: Served, browsers: dict[str, Browser]) -> None:
    body = {
        "cameras": "192.0.2.1-3, 192.0.2.7\nrtsp://u:secret@192.0.2.9/x",
        "url": "rtsp://{host}:554/Streaming/Channels/101",
        "username": "admin",
        "password": "hunter2",
        "name": "枪机",
        "spot": "走廊",
        "place_id": a_place(site, browsers),
    }
    begun = admin.post("/channels/bulk", body)
    assert begun.status_code == 202, begun.text
    assert [one["name"] for one in begun.json()["rows"]] == [f"枪机{number:02d}" for number in range(1, 6)]
    bulk = begun.json()["id"]
    until(lambda: admin.get(f"/channels/bulk/{bulk}").json()["done"])
    done = admin.get(f"/channels/bulk/{bulk}").json()
    assert (done["added"], done["failed"]) == (0, 5)  # nobody records here; the e2e test has cameras that answer
    assert {one["problem"]["code"] for one in done["rows"]} == {"media.recorder_down"}
    assert "hunter2" not in str(done)
    assert "secret" not in str(done)
    assert code(browsers["security_administrator"].get(f"/channels/bulk/{bulk}"))[0] == 403
    other = add(site, browsers, "maintenance", "wei")
    assert code(other.get(f"/channels/bulk/{bulk}")) == (404, "registry.bulk_unknown")


def test_a_system_covers_spots_and_says_who_has_which_role(
    admin: Browser, site: Served, browsers: dict[str, Browser]
) -> None:
    system, spots = a_system(site, browsers), [a_spot(site, browsers) for _ in range(2)]
    unit = admin.get(f"/systems/{system}").json()["organisation_id"]
    form = {"name": "治安防控系统", "organisation_id": unit, "spots": spots}
    assert admin.send("PUT", f"{API}/systems/{system}", form).json()["spots"] == sorted(spots)
    keeper = an_organisation(site, browsers)
    given = admin.post(f"/systems/{system}/roles", {"role": "maintainer", "organisation_id": keeper}).json()
    assert admin.post(f"/systems/{system}/roles", {"role": "maintainer", "organisation_id": keeper}).json() == given
    assert admin.send("DELETE", f"{API}/statutory-roles/{given['id']}").status_code == 204
    (ended,) = admin.get(f"/systems/{system}").json()["roles"]
    assert (ended["role"]["zh"], ended["until"] is not None) == ("维护单位", True)
    assert system in [one["id"] for one in admin.get(f"/organisations/{unit}").json()["systems"]]
    in_use = admin.send("DELETE", f"{API}/organisations/{unit}")
    assert code(in_use) == (409, "registry.organisation_in_use")
