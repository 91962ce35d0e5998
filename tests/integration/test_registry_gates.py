"""What the law lets be registered: refused with the article, passed, or decided by a named person."""

from datetime import date, datetime

import pytest

from mingjian.audit import service as audit
from mingjian.audit.model import Actor
from mingjian.kernel.clock import SHANGHAI, from_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.law.errors import FORBIDDEN
from mingjian.registry import designations, organisations, places, rows, service
from mingjian.registry.errors import LAW_REVIEW_NEEDED, SPOT_KIND_UNKNOWN
from mingjian.registry.model import (
    NewDesignation,
    NewOrganisation,
    NewPlace,
    OrganisationKind,
    Place,
    Reasoned,
    SpotView,
)
from mingjian.registry.vault import KEY_BYTES, Vault
from mingjian.storage.engine import Database

NOW = from_datetime(datetime(2026, 11, 21, 12, tzinfo=SHANGHAI))
BY = Actor("person", new_id(NOW), "张伟 (zhang.wei)")
TENGCHONG, CHONGQING = "530581", "500103"
VIEW = SpotView()


def _place(database: Database, region: str = TENGCHONG, *kinds: str, owner: OrganisationKind | None = None) -> Place:
    with database.write() as tx:
        unit = owner and organisations.add(tx, NewOrganisation("某单位", region, owner), by=BY, now_us=NOW)
        new = NewPlace("某地", "", region, organisation_id=unit.id if unit else None, kinds=kinds)
        return places.add(tx, new, by=BY, now_us=NOW)


@pytest.mark.parametrize("region", [TENGCHONG, CHONGQING])
def test_no_camera_looks_into_a_changing_room(database: Database, region: str) -> None:
    where = _place(database, region)
    with pytest.raises(MingjianError) as refused, database.write() as tx:
        places.add_spot(tx, where.id, "更衣室", "changing_room", VIEW, by=BY, now_us=NOW)
    assert refused.value.problem is FORBIDDEN
    assert "第八条第一款第三项" in refused.value.why.zh
    with database.read() as tx:
        assert places.spots(tx, where.id) == []


def test_a_reason_does_not_lift_what_is_forbidden(database: Database) -> None:
    where = _place(database)
    with pytest.raises(MingjianError) as refused, database.write() as tx:
        places.add_spot(tx, where.id, "更衣室", "changing_room", VIEW, decision=Reasoned("防盗"), by=BY, now_us=NOW)
    assert refused.value.problem is FORBIDDEN


def test_a_hotel_corridor_passes(database: Database) -> None:
    where = _place(database, TENGCHONG, "hotel")
    with database.write() as tx:
        added = places.add_spot(tx, where.id, "三楼走廊", "hotel_corridor", VIEW, by=BY, now_us=NOW)
        assert rows.law_decisions(tx, added.id) == []


def test_a_dormitory_corridor_takes_a_named_persons_decision(database: Database) -> None:
    where = _place(database)
    with pytest.raises(MingjianError) as refused, database.write() as tx:
        places.add_spot(tx, where.id, "宿舍走廊", "dormitory_building_corridor", VIEW, by=BY, now_us=NOW)
    assert refused.value.problem is LAW_REVIEW_NEEDED
    assert "第十一条第二项" in refused.value.why.zh

    said = Reasoned("走廊公共区域，镜头不朝向房门", "安全评估〔2026〕3号")
    with database.write() as tx:
        added = places.add_spot(
            tx, where.id, "宿舍走廊", "dormitory_building_corridor", VIEW, decision=said, by=BY, now_us=NOW
        )
    with database.read() as tx:
        (made,) = rows.law_decisions(tx, added.id)
        entries = {entry.action: entry for entry in audit.listing(tx, None, 5).items}
    assert (made.said, made.decided_label, made.citations) == (said, BY.label, ("YN 11(2)",))
    assert len(made.packs) == 2
    assert said.reason in entries["law.decided"].sentence.zh


def test_a_decision_holds_for_its_spot_and_its_kind_alone(database: Database) -> None:
    where = _place(database)
    kind, other = "dormitory_building_corridor", "staff_rest_room_interior"
    with database.write() as tx:
        added = places.add_spot(tx, where.id, "走廊", kind, VIEW, decision=Reasoned("评估过"), by=BY, now_us=NOW)
    with database.write() as tx:  # a moved view of the same kind was decided on
        places.change_spot(tx, added.id, "走廊", kind, SpotView(direction_deg=90.0), by=BY, now_us=NOW)
    with pytest.raises(MingjianError) as refused, database.write() as tx:
        places.change_spot(tx, added.id, "休息室", other, VIEW, by=BY, now_us=NOW)
    assert refused.value.problem is FORBIDDEN  # State Council Regulations 8 p1(2)
    with pytest.raises(MingjianError) as open_, database.write() as tx:
        places.change_spot(tx, added.id, "病房", "hospital_ward", VIEW, by=BY, now_us=NOW)
    assert open_.value.problem is LAW_REVIEW_NEEDED


def test_a_kind_that_is_not_in_the_taxonomy_is_refused(database: Database) -> None:
    where = _place(database)
    with pytest.raises(MingjianError) as refused, database.write() as tx:
        places.add_spot(tx, where.id, "某处", "throne_room", VIEW, by=BY, now_us=NOW)
    assert refused.value.problem is SPOT_KIND_UNKNOWN


@pytest.mark.parametrize(
    ("owner", "allowed"), [(OrganisationKind.ENTERPRISE, False), (OrganisationKind.POLICE, True), (None, True)]
)
def test_only_the_state_builds_on_a_main_road(
    database: Database, owner: OrganisationKind | None, *, allowed: bool
) -> None:
    where = _place(database, TENGCHONG, "main_road", owner=owner)
    if allowed:
        with database.write() as tx:
            places.add_spot(tx, where.id, "路口", "main_road", VIEW, by=BY, now_us=NOW)
        return
    with pytest.raises(MingjianError) as refused, database.write() as tx:
        places.add_spot(tx, where.id, "路口", "main_road", VIEW, by=BY, now_us=NOW)
    assert "第七条第三款" in refused.value.why.zh


def _designated(database: Database, where: Place, kind: str) -> None:
    with database.write() as tx:
        new = NewDesignation(kind, "腾冲市公安局", "腾公〔2026〕1号", date(2026, 1, 5))
        designations.add(tx, where.id, new, by=BY, now_us=NOW)


def test_next_to_a_secret_unit_its_consent_is_needed(database: Database) -> None:
    where = _place(database)
    _designated(database, where, "near_secret_unit")
    with pytest.raises(MingjianError) as refused, database.write() as tx:
        places.add_spot(tx, where.id, "大门", "entrance", VIEW, by=BY, now_us=NOW)
    assert "第十条" in refused.value.why.zh
    _designated(database, where, "secret_unit_consents")
    with database.write() as tx:
        places.add_spot(tx, where.id, "大门", "entrance", VIEW, by=BY, now_us=NOW)


@pytest.mark.parametrize(("address", "allowed"), [("rtsp://8.8.8.8/1", False), ("rtsp://10.1.2.3/1", True)])
def test_a_place_of_state_secrets_in_chongqing_is_not_reached_over_the_internet(
    database: Database, address: str, *, allowed: bool
) -> None:
    where = _place(database, CHONGQING)
    _designated(database, where, "state_secret_area")

    def add() -> None:
        with database.write() as tx:
            service.add_channel(
                tx,
                name="某通道",
                address=address,
                secret=None,
                place=where.id,
                spot_name="大门",
                vault=Vault(bytes(KEY_BYTES)),
                by=BY,
                now_us=NOW,
            )

    if allowed:
        add()
    else:
        with pytest.raises(MingjianError) as refused:
            add()
        assert "第十五条" in refused.value.why.zh


def test_a_designation_ends_and_stays_on_record(database: Database) -> None:
    where = _place(database)
    _designated(database, where, "key_security_unit")
    with database.read() as tx:
        (held,) = designations.of_place(tx, where.id)
    with database.write() as tx:
        designations.end(tx, held.id, by=BY, now_us=NOW + 1)
    with database.read() as tx:
        assert designations.of_place(tx, where.id) == []
        assert rows.designation(tx, held.id) is not None
    with pytest.raises(MingjianError), database.write() as tx:
        designations.end(tx, held.id, by=BY, now_us=NOW + 2)
