"""Pages of lists on both engines: everything once and in order, whatever comes and goes between two pages."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from tests.unit.identity.people import NOW, S

from mingjian.audit.model import SYSTEM
from mingjian.identity import model, service, store
from mingjian.identity.rights import service as rights
from mingjian.identity.scopes import ANYWHERE, EVERYWHERE, Grant, Scope, ScopeKind, reach_of
from mingjian.kernel.ids import ChannelId, PersonId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media.keep import store as keeping
from mingjian.media.keep.model import Hold
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.keyset import Page, Place


def whole(listed: Callable[[Place | None, int], Page[model.Account]], limit: int) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = listed(after, limit)
        assert len(page.items) <= limit
        found += [one.person.login_name for one in page.items]
        after = page.next
        if after is None:
            return found


def people(tx: Transaction, names: list[str]) -> list[model.Person]:
    """Three added in each moment."""
    made = [
        model.Person(PersonId(new_id(NOW)), name, name.upper(), model.Role.MAINTENANCE, "zh-CN", NOW + number // 3 * S)
        for number, name in enumerate(names)
    ]
    for one in made:
        store.add_person(tx, one, None)
    return made


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 40])
def test_pages_of_people_hold_each_once_and_in_order(database: Database, limit: int) -> None:
    names = [f"p{number:02}" for number in range(20)]
    with database.write() as tx:
        made = people(tx, names)
        service_account = replace(made[0], id=PersonId(new_id(NOW)), login_name="svc", role=model.Role.SERVICE)
        store.add_person(tx, service_account, None)
        store.set_disabled(tx, made[4].id, NOW)
    with database.read() as tx:

        def listed(wanted: model.Wanted) -> list[str]:
            return whole(lambda after, most: service.accounts(tx, wanted, after, most), limit)

        assert listed(model.Wanted()) == names
        assert listed(model.Wanted("P1")) == names[10:]
        assert listed(model.Wanted("p1 P15")) == ["p15"]
        assert listed(model.Wanted("%")) == []
        assert listed(model.Wanted(enabled=False)) == ["p04"]
        assert listed(model.Wanted(role=model.Role.AUDITOR)) == []
        assert listed(model.Wanted(programs=True)) == ["svc"]


def test_what_comes_and_goes_between_pages_moves_nobody_else(database: Database) -> None:
    names = [f"p{number:02}" for number in range(9)]
    with database.write() as tx:
        made = people(tx, names)
    with database.read() as tx:
        first = service.accounts(tx, model.Wanted(), None, 4)
    with database.write() as tx:
        people(tx, ["aa"])  # at the very first moment, before the place where the page ended
        store.set_role(tx, made[3].id, model.Role.SERVICE)  # the last of the page is none of the list any more
        store.set_role(tx, made[6].id, model.Role.SERVICE)
    with database.read() as tx:
        rest = service.accounts(tx, model.Wanted(), first.next, 40)
    assert [one.person.login_name for one in first.items] == names[:4]
    assert [one.person.login_name for one in rest.items] == ["p04", "p05", "p07", "p08"]
    assert rest.next is None


def test_grants_come_newest_first_and_may_be_narrowed(database: Database) -> None:
    with database.write() as tx:
        one, other = people(tx, ["one", "other"])
        given = [
            rights.give(tx, rights.NewGrant(Grant(who.id, EVERYWHERE, NOW)), SYSTEM, NOW + number // 2 * S)
            for number, who in enumerate([one, other] * 5)
        ]
        rights.end(tx, given[0].id, SYSTEM, NOW + 100 * S)
    with database.read() as tx:
        found: list[UUID] = []
        after = None
        while True:
            page = rights.grants(tx, None, after, 3)
            found += [each.id for each in page.items]
            after = page.next
            if after is None:
                break
        assert found == [each.id for each in sorted(given, key=lambda each: (each.given_us, each.id), reverse=True)]
        assert {each.grant.person_id for each in rights.grants(tx, one.id, None, 50).items} == {one.id}
        assert given[0].id not in {each.id for each in rights.grants(tx, None, None, 50, standing=True).items}


def test_holds_that_stand_come_first_and_only_within_reach(database: Database) -> None:
    holds = [
        Hold(new_id(NOW), ChannelId(new_id(NOW)), Span(1, 2), "核实", None, "li", NOW + number // 2 * S)
        for number in range(11)
    ]
    with database.write() as tx:
        for hold in holds:
            keeping.add_hold(tx, hold)
        for hold in holds[::3]:
            keeping.lift_hold(tx, hold.id, by=None, label="wang", reason="完毕", now_us=NOW)
    lifted = set(holds[::3])
    expected = sorted(holds, key=lambda one: (one not in lifted, one.placed_us, one.id), reverse=True)
    nowhere = reach_of([Scope(ScopeKind.TERRITORY, "530581")])
    with database.read() as tx:
        found: list[UUID] = []
        after = None
        while True:
            page = keeping.holds(tx, ANYWHERE, after, 4, standing=False)
            found += [one.id for one in page.items]
            after = page.next
            if after is None:
                break
        assert found == [one.id for one in expected]
        assert keeping.count_standing(tx, ANYWHERE) == len(holds) - len(lifted)
        assert keeping.holds(tx, nowhere, None, 50, standing=False).items == ()
        assert keeping.terms_within(tx, nowhere, None, 50).items == ()
