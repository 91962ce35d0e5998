"""The three administrators and their seats, roles, duty places, recovery and set-up from answers, on both engines."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pyotp
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from tests.unit.api.people_driving import DRIVERS, World
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import FIRST, NOW, PASSWORD, VISIT, actions, cheap_desk
from tests.unit.identity.people import set_up as first_people
from typer.testing import CliRunner

from mingjian.audit.model import Actor
from mingjian.audit.service import audited, listing
from mingjian.cli.app import app as commands
from mingjian.identity import administration, service, sign_in
from mingjian.identity.model import ChangeKind, NewPerson, Person, Role
from mingjian.identity.sign_in import Desk
from mingjian.kernel.errors import MingjianError
from mingjian.registry import organisations
from mingjian.registry import service as registry
from mingjian.site import service as site_facts
from mingjian.storage import migrate
from mingjian.storage.engine import Database, Transaction

MACHINE = Actor("command_line", None, "mingjian recover")


@pytest.fixture
def desk(database: Database) -> Desk:
    return cheap_desk(database)


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except MingjianError as error:
        return error.code.removeprefix("identity.")
    return "done"


class Three:
    """The three administrators, each with a password, and ordinary people beside them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        done = first_people(desk)
        for invited in done.invited:
            sign_in.redeem_invite(desk, invited.token, PASSWORD, VISIT)
        self.admin, self.security, self.auditor = (self.now(person.login_name) for person in FIRST)

    def now(self, login_name: str) -> Person:
        with self.desk.database.read() as tx:
            return next(one for one in service.everybody(tx) if one.login_name == login_name)

    def add(self, login_name: str, name: str, role: Role = Role.DUTY_OPERATOR, number: str | None = None) -> Person:
        new = NewPerson(login_name, name, role, number)
        with audited(self.desk.database) as tx:
            invited = service.add_person(tx, new, self.actor, NOW, self.desk.settings)
        sign_in.redeem_invite(self.desk, invited.token, PASSWORD, VISIT)
        return self.now(login_name)

    @property
    def actor(self) -> Actor:
        return service.actor_of(self.security, "")

    def try_to(self, act: Callable[[Transaction], object]) -> str:
        def attempt() -> None:
            with audited(self.desk.database) as tx:
                act(tx)

        return code_of(attempt)

    def seats(self) -> dict[str, str | None]:
        with self.desk.database.read() as tx:
            return {role.code: person.login_name if person else None for role, person in administration.seats(tx)}


@pytest.fixture
def three(desk: Desk) -> Three:
    return Three(desk)


# Nobody holds two, nobody alone changes one


@pytest.mark.parametrize("role", ["system_administrator", "security_administrator", "auditor"])
def test_a_seat_has_one_holder_whatever_writes(three: Three, database: Database, role: str) -> None:
    other = three.add("zhou", "周强")
    columns = "id, login_name, display_name, role, language, created_us"
    changes = [
        f"UPDATE person SET role = '{role}' WHERE login_name = 'zhou'",
        f"INSERT INTO person ({columns}) VALUES ('{'0' * 31}1', 'sneak', '某', '{role}', 'en', 1)",
        f"UPDATE person SET role = '{role}' WHERE role <> '{role}' AND role IN ('auditor', 'system_administrator')",
    ]
    for statement in changes:
        with pytest.raises(IntegrityError), database.write() as tx:
            tx.execute(sa.text(statement))
    assert three.now("zhou") == other


def test_a_disabled_holder_cannot_come_back_to_a_taken_seat(three: Three, database: Database) -> None:
    with database.write() as tx:
        tx.execute(sa.text("UPDATE person SET disabled_us = 1 WHERE login_name = 'auditor'"))
        tx.execute(sa.text("UPDATE person SET role = 'auditor' WHERE login_name = 'security'"))
    with pytest.raises(IntegrityError), database.write() as tx:
        tx.execute(sa.text("UPDATE person SET disabled_us = NULL WHERE login_name = 'auditor'"))


def test_an_upgrade_keeps_the_first_of_several_administrators(
    empty_url: str, open_database: Callable[[str], Database]
) -> None:
    database = open_database(empty_url)
    migrate.upgrade(database, "0008_rights_and_seals")
    columns = "id, login_name, display_name, role, language, created_us, disabled_us"
    people = [
        ("second", "system_administrator", 2, "NULL"),
        ("first", "system_administrator", 1, "NULL"),
        ("gone", "auditor", 1, "5"),
        ("auditor", "auditor", 2, "NULL"),
        ("guard", "duty_operator", 1, "NULL"),
        ("guard2", "duty_operator", 2, "NULL"),
    ]
    with database.write() as tx:
        for number, (login, role, created, disabled) in enumerate(people):
            values = f"'{number:032x}', '{login}', '{login}', '{role}', 'en', {created}, {disabled}"
            tx.execute(sa.text(f"INSERT INTO person ({columns}) VALUES ({values})"))
    migrate.upgrade(database)
    with database.read() as tx:
        query = "SELECT login_name FROM person WHERE disabled_us IS NULL ORDER BY login_name"
        assert list(tx.execute(sa.text(query)).scalars()) == ["auditor", "first", "guard", "guard2"]


def test_one_alone_cannot_touch_a_seat(three: Three) -> None:
    zhou = three.add("zhou", "周强")
    by, visit, settings = three.security, VISIT, three.desk.settings
    new = NewPerson("second", "另一位", Role.AUDITOR)
    attempts = {
        "a second auditor": lambda tx: service.add_person(tx, new, three.actor, NOW, settings),
        "a role into a seat": lambda tx: service.change_role(tx, zhou.id, Role.AUDITOR, by, visit),
        "a role out of a seat": lambda tx: service.change_role(tx, three.auditor.id, Role.MAINTENANCE, by, visit),
        "disabling one": lambda tx: service.disable(tx, three.auditor.id, by, visit),
        "a new link for one who never came": lambda tx: service.renew(tx, three.auditor.id, by, visit, settings),
        "a new link for one": lambda tx: service.renew(tx, three.auditor.id, by, visit, settings),
        "oneself": lambda tx: service.disable(tx, by.id, by, visit),
        "a program's role": lambda tx: service.change_role(tx, zhou.id, Role.SERVICE, by, visit),
    }
    found = {}
    for what, act in attempts.items():
        never = "NULL" if what.endswith("never came") else "'x'"
        with three.desk.database.write() as tx:
            tx.execute(sa.text(f"UPDATE person SET password_hash = {never} WHERE login_name = 'auditor'"))
        found[what] = three.try_to(act)
    assert found == {
        "a second auditor": "seat_taken",
        "a role into a seat": "seat_by_two",
        "a role out of a seat": "seat_by_two",
        "disabling one": "seat_by_two",
        "a new link for one who never came": "seat_by_two",
        "a new link for one": "seat_by_two",
        "oneself": "not_oneself",
        "a program's role": "role_not_for_people",
    }
    assert three.seats() == {
        "system_administrator": "admin",
        "security_administrator": "security",
        "auditor": "auditor",
    }


def test_one_number_is_one_person(three: Three) -> None:
    three.add("zhou", "周强", number=" 530581-0217 ")
    again = NewPerson("zhou2", "周强", Role.MAINTENANCE, "530581-0217")
    add_again = three.try_to(lambda tx: service.add_person(tx, again, three.actor, NOW, three.desk.settings))
    assert add_again == "number_taken"
    unfit = replace(again, number="x" * 33)
    assert (
        three.try_to(lambda tx: service.add_person(tx, unfit, three.actor, NOW, three.desk.settings)) == "number_unfit"
    )


# Changed by the other two


def test_the_other_two_replace_an_administrator(three: Three) -> None:
    liu = three.add("liu", "刘洋", Role.SECURITY_MANAGER)
    before = sign_in.sign_in(three.desk, "auditor", PASSWORD, VISIT)

    def propose(by: Person) -> str:
        return three.try_to(lambda tx: administration.propose(tx, ChangeKind.REPLACE, Role.AUDITOR, liu.id, by, VISIT))

    assert propose(three.auditor) == "not_oneself"
    assert propose(liu) == "change_not_yours"
    assert propose(three.security) == "done"
    with three.desk.database.read() as tx:
        (change,) = administration.open_changes(tx, NOW)
        told = {one.login_name: [each.kind.code for each in service.notices(tx, one)] for one in service.everybody(tx)}
    assert told["admin"] == ["administration_proposed"], "the one who has to confirm"

    def confirm(by: Person) -> str:
        return three.try_to(lambda tx: administration.confirm(tx, change.id, by, VISIT, three.desk.settings))

    assert confirm(three.security) == "change_not_yours", "who proposed it"
    assert confirm(three.auditor) == "change_not_yours", "whom it is about"
    assert confirm(liu) == "change_not_yours"
    assert confirm(three.admin) == "done"
    assert confirm(three.admin) == "change_unknown", "once"
    assert three.seats()["auditor"] == "liu"
    assert three.now("auditor").disabled_us == NOW
    with three.desk.database.read() as tx:
        assert not service.session_lives(tx, before.session.key, NOW, three.desk.settings)
    assert {"administration.proposed", "administration.changed"} <= set(actions(three.desk.database))
    # The former holder comes back with an ordinary role, never to the seat.
    assert three.try_to(lambda tx: service.enable(tx, three.auditor.id, three.security, VISIT)) == "seat_by_two"
    change_role = three.try_to(
        lambda tx: service.change_role(tx, three.auditor.id, Role.MAINTENANCE, three.security, VISIT)
    )
    assert change_role == "done"
    assert three.try_to(lambda tx: service.enable(tx, three.auditor.id, three.security, VISIT)) == "done"


def test_a_proposal_ends(three: Three) -> None:
    liu = three.add("liu", "刘洋")
    with audited(three.desk.database) as tx:
        change = administration.propose(tx, ChangeKind.REPLACE, Role.AUDITOR, liu.id, three.security, VISIT)
    late = replace(VISIT, now_us=NOW + administration.CHANGE_US)
    confirm_late = three.try_to(
        lambda tx: administration.confirm(tx, change.id, three.admin, late, three.desk.settings)
    )
    assert confirm_late == "change_unknown"
    assert three.try_to(lambda tx: administration.withdraw(tx, change.id, three.auditor, VISIT)) == "change_not_yours"
    assert three.try_to(lambda tx: administration.withdraw(tx, change.id, three.security, VISIT)) == "done"
    confirm = three.try_to(lambda tx: administration.confirm(tx, change.id, three.admin, VISIT, three.desk.settings))
    assert confirm == "change_unknown"


@pytest.mark.parametrize("unfit", ["disabled", "invited", "seated", "same name"])
def test_who_cannot_take_a_seat(three: Three, unfit: str) -> None:
    liu = three.add("liu", "李明" if unfit == "same name" else "刘洋")
    if unfit == "disabled":
        assert three.try_to(lambda tx: service.disable(tx, liu.id, three.security, VISIT)) == "done"
    if unfit == "invited":
        with three.desk.database.write() as tx:
            tx.execute(sa.text("UPDATE person SET password_hash = NULL WHERE login_name = 'liu'"))
    who = three.admin if unfit == "seated" else liu
    propose = three.try_to(
        lambda tx: administration.propose(tx, ChangeKind.REPLACE, Role.AUDITOR, who.id, three.security, VISIT)
    )
    assert propose == ("seat_same_name" if unfit == "same name" else "change_unfit")


def test_recovery_is_seen_by_all_three(three: Three) -> None:
    before = sign_in.sign_in(three.desk, "auditor", PASSWORD, VISIT)
    with audited(three.desk.database) as tx:
        invited = administration.recover(tx, Role.AUDITOR, None, MACHINE, NOW, three.desk.settings)
    with three.desk.database.read() as tx:
        assert not service.session_lives(tx, before.session.key, NOW, three.desk.settings)
        for person in (three.admin, three.security, three.auditor):
            assert "recovered" in [one.kind.code for one in service.notices(tx, person)]
    sign_in.redeem_invite(three.desk, invited.token, "a new phrase for this", VISIT)
    assert code_of(lambda: sign_in.sign_in(three.desk, "auditor", PASSWORD, VISIT)) == "sign_in_refused"
    with audited(three.desk.database) as tx:
        new = NewPerson("liu", "刘洋", Role.AUDITOR)
        administration.recover(tx, Role.AUDITOR, new, MACHINE, NOW, three.desk.settings)
    assert three.seats()["auditor"] == "liu"
    refused = three.try_to(
        lambda tx: administration.recover(tx, Role.DUTY_OPERATOR, None, MACHINE, NOW, three.desk.settings)
    )
    assert refused == "seat_by_two"
    assert actions(three.desk.database).count("administration.recovered") == 2


# Duty places


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Served]:
    with served(database, tmp_path) as running:
        yield running


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"].removeprefix("identity.")


@pytest.fixture
def seat(site: Served) -> tuple[Browser, dict[str, Browser]]:
    """A browser that is a duty place, with the operator `wang` signed in; and everybody's own browsers."""
    browsers = set_up(site)
    for login, role in (("wang", "duty_operator"), ("zhao", "duty_operator"), ("repair", "maintenance")):
        browsers[login] = add(site, browsers, role, login)
    security = browsers["security_administrator"]
    token = security.post("/duty-places", {"name": "指挥中心 1 号席"}).json()["link_token"]
    place = site.browser()
    assert place.post("/duty-places/enrol", {"token": token}).json() == {"name": "指挥中心 1 号席"}
    assert code(site.browser().post("/duty-places/enrol", {"token": token})) == (404, "duty_place_unknown")
    assert place.post("/session", {"login_name": "wang", "password": PASSWORD}).status_code == 200
    return place, browsers


def wait_until_seen(site: Served) -> None:
    """The last use is written after the answer: wait until it is there."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with site.context.database.read() as tx:
            if tx.execute(sa.text("SELECT max(seen_us) FROM session")).scalar_one() == site.clock.us:
                return
    raise AssertionError("the last use was never written")


def test_a_duty_place_stays_signed_in_and_locks(site: Served, seat: tuple[Browser, dict[str, Browser]]) -> None:
    place, _ = seat
    state = place.get("/session/state").json()
    assert (state["kind"], state["duty_place"], state["locked"]) == ("duty", "指挥中心 1 号席", False)
    for _ in range(30):  # the page polls, and moves no hand: seen, but nobody is there
        site.clock.forward(55 * 60)
        assert place.get("/session").status_code == 200
        wait_until_seen(site)
    assert place.get("/session/state").json()["locked"] is True, "27 hours later, and still signed in"
    live = {"kind": "live", "channels": ["00000000-0000-7000-8000-000000000001"]}
    refusals = {
        "people": place.get("/session/sign-ins"),
        "playback": place.post("/views", {**live, "kind": "playback", "reason": "核实事件"}),
        "hand": place.post("/session/hand", None),
        "holds": place.get("/holds"),
        "password": place.send("PUT", f"{API}/session/password", {"current": PASSWORD, "new": "another good phrase"}),
    }
    assert {what: code(answer) for what, answer in refusals.items()} == dict.fromkeys(refusals, (403, "locked"))
    assert place.get("/channels").status_code == 200
    assert place.post("/views", live).json()["code"] == "registry.channel_unknown", "live is not refused by the lock"
    assert place.post("/session/proof", {"password": PASSWORD}).status_code == 204
    assert place.get("/session/sign-ins").status_code == 200
    site.clock.forward(9 * 60)
    assert place.post("/session/hand", None).status_code == 204
    site.clock.forward(9 * 60)
    assert place.get("/session/sign-ins").status_code == 200, "a hand moved nine minutes ago"
    site.clock.forward(60)
    assert code(place.get("/session/sign-ins")) == (403, "locked")


def test_a_duty_place_ends_after_days_and_with_the_place(
    site: Served, seat: tuple[Browser, dict[str, Browser]]
) -> None:
    place, browsers = seat
    (listed,) = browsers["security_administrator"].get("/duty-places").json()["items"]
    assert listed["holders"] == ["新人"]
    ended = browsers["security_administrator"].send("DELETE", f"{API}/duty-places/{listed['id']}")
    assert ended.status_code == 204
    assert code(place.get("/session")) == (401, "not_signed_in")
    assert place.post("/session", {"login_name": "wang", "password": PASSWORD}).status_code == 200
    assert place.get("/session/state").json()["kind"] == "browser", "an ordinary browser now"


def test_the_next_operator_takes_over(site: Served, seat: tuple[Browser, dict[str, Browser]]) -> None:
    place, browsers = seat
    copy = Browser(place.origin, dict(place.cookies))
    body = {"login_name": "zhao", "secret": PASSWORD}
    assert code(browsers["zhao"].post("/session/take-over", body)) == (409, "not_at_duty")
    assert code(place.post("/session/take-over", {**body, "login_name": "repair"})) == (403, "role_not_on_duty")
    assert place.get("/session").json()["login_name"] == "wang"
    assert place.post("/session/take-over", body).json()["login_name"] == "zhao"
    assert code(copy.get("/session")) == (401, "not_signed_in"), "the operator before is signed out"
    entries = browsers["auditor"].get("/audit?limit=20").json()["items"]
    (over,) = [one for one in entries if one["action"] == "duty_place.taken_over"][:1]
    assert (over["detail"]["from"], over["detail"]["to"]) == (["wang"], "zhao")


def test_a_pin_takes_over_with_a_code_and_never_without(site: Served, seat: tuple[Browser, dict[str, Browser]]) -> None:
    place, browsers = seat
    zhao = browsers["zhao"]
    assert code(zhao.send("PUT", f"{API}/session/pin", {"pin": "739214"})) == (422, "pin_unfit"), "no factor yet"
    totp = pyotp.TOTP(zhao.post("/session/factor", None).json()["secret"])

    def now() -> str:
        return totp.generate_otp(site.clock.us // 30_000_000)

    assert zhao.post("/session/factor/confirm", {"code": now()}).status_code == 200
    for pin in ("123456", "111111", "98765432", "12345", "abcdef"):
        assert code(zhao.send("PUT", f"{API}/session/pin", {"pin": pin})) == (422, "pin_unfit"), pin
    assert zhao.send("PUT", f"{API}/session/pin", {"pin": "739214"}).status_code == 204
    site.clock.forward(30)
    body = {"login_name": "zhao", "secret": "739214"}
    assert code(place.post("/session/take-over", body)) == (401, "sign_in_refused"), "a PIN alone"
    assert code(place.post("/session/take-over", {**body, "code": "000000"})) == (401, "code_wrong")
    away = {"login_name": "zhao", "password": "739214", "code": now()}
    assert code(site.browser().post("/session", away)) == (401, "sign_in_refused"), "a PIN anywhere else"
    assert place.post("/session/take-over", {**body, "code": now()}).status_code == 200


@pytest.mark.parametrize("engine", ["sqlite"], scope="session")
def test_each_change_of_people_is_in_the_log(site: Served, engine: str) -> None:
    world = World(site, set_up(site))
    for operation, (action, drive) in DRIVERS.items():
        before = newest(site.context.database)
        answer = drive(world)
        assert answer.status_code in {200, 201, 204}, f"{operation}: {answer.text}"
        assert action in since(site.context.database, before), operation


def newest(database: Database) -> int:
    with database.read() as tx:
        return listing(tx, None, 1).items[0].seq


def since(database: Database, seq: int) -> set[str]:
    with database.read() as tx:
        return {one.action for one in listing(tx, None, 50).items if one.seq > seq}


# The command line: the first database, so once


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "answers.toml"
    people = "".join(
        f'\n[[people]]\nrole = "{one.role.code}"\nlogin_name = "{one.login_name}"\n'
        f'display_name = "{one.display_name}"\n'
        for one in FIRST
    )
    site = '[site]\norganisation = "腾冲市第一中学"\nkind = "institution"\nregion_code = "530581"\ncameras = 16\n'
    camera = '\n[[cameras]]\nname = "校门"\naddress = "rtsp://192.168.1.64/1"\nplace = "第一中学"\nspot = "正门"\n'
    file.write_text('language = "zh-CN"\n\n' + site + people + camera)
    return file


def run(data: Path, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(commands, [*words, "--data", str(data)], env={"MINGJIAN_LANGUAGE": "en"})
    return done.exit_code, done.stdout, str(done.exception)


def test_init_sets_up_once_and_recover_lets_in_again(answers: Path, tmp_path: Path) -> None:
    data = tmp_path / "d"
    status, out, error = run(data, "init", "--answers", str(answers), "--json")
    assert (status, error) == (0, "None"), error
    links = {one["login_name"]: one["path"].partition("token=")[2] for one in json.loads(out)}
    assert set(links) == {"admin", "security", "auditor"}
    with closing(Database(f"sqlite:///{data}/mingjian.db")) as database:
        migrate.require_head(database)
        desk = cheap_desk(database)
        with database.read() as tx:
            facts = site_facts.site(tx)
            assert organisations.organisation(tx, UUID(facts.organisation_id)).name == "腾冲市第一中学"
            assert [one.name for one in registry.channels(tx)] == ["校门"]
        assert (facts.organisation, facts.region_code, facts.cameras) == ("腾冲市第一中学", "530581", 16)
        visit = replace(VISIT, now_us=_now(database))
        assert sign_in.redeem_invite(desk, links["auditor"], PASSWORD, visit).session.person.role is Role.AUDITOR
        again = run(data, "init", "--answers", str(answers))
        assert (again[0], again[2].split(":")[0]) == (1, "identity.already_set_up")
        status, out, error = run(data, "recover", "auditor", "--json")
        assert status == 0, error
        token = json.loads(out)["path"].partition("token=")[2]
        assert sign_in.redeem_invite(desk, token, "a new phrase for this", visit).session.person.login_name == "auditor"
        (data / "keys").rename(data / "elsewhere")
        status, _, error = run(data, "recover", "auditor")
        assert (status, error.split(":")[0]) == (1, "registry.vault_unreadable"), "the database alone is not enough"


def _now(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(sa.text("SELECT max(created_us) FROM one_time_token")).scalar_one()) + 1


@pytest.mark.parametrize(
    ("before", "after", "places"),
    [
        ('region_code = "530581"', 'region_code = "999999"', [6]),
        ('login_name = "security"', 'login_name = "s e c"', [16]),
        ('role = "auditor"', 'role = "auditer"', [20]),
        ("cameras = 16", 'cameras = "many"', [7]),
        ("cameras = 16", "camaras = 16", [7]),
        ('display_name = "王芳"', 'display_name = "李明"', [9]),
        ('login_name = "auditor"', 'login_name = "admin"', [21]),
        ("rtsp://192", "rtsp://u:p@192", [26]),
        ('organisation = "腾冲市第一中学"', "", [3]),
    ],
)
def test_init_names_each_problem_with_its_line(
    answers: Path, tmp_path: Path, before: str, after: str, places: list[int]
) -> None:
    text = answers.read_text()
    assert before in text
    answers.write_text(text.replace(before, after))
    status, _, error = run(tmp_path / "d", "init", "--answers", str(answers))
    assert (status, error.split(":")[0]) == (1, "setup.answers_wrong")
    assert [line for line in range(1, 40) if f"answers.toml:{line}:" in error] == places, error
    assert not (tmp_path / "d").exists(), "nothing was done"


def test_init_names_all_problems_at_once(answers: Path, tmp_path: Path) -> None:
    text = answers.read_text().replace("530581", "999999").replace('"security"', '"s e c"').replace("李明", "")
    answers.write_text(text)
    status, _, error = run(tmp_path / "d", "init", "--answers", str(answers))
    assert status == 1
    assert "1 places" in error, "what has not the right form comes first"
    answers.write_text(text.replace('display_name = ""', 'display_name = "李明"'))
    _, _, error = run(tmp_path / "d", "init", "--answers", str(answers))
    assert "2 places" in error
    assert "answers.toml:6:" in error
    assert "answers.toml:16:" in error
