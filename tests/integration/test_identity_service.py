"""People, tokens, sign-in and sessions on both engines, each with what it leaves in the log."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from tests.unit.identity.people import FIRST, NOW, PASSWORD, VISIT, S, actions, cheap_desk, later, set_up, setup_token

from mingjian.audit.errors import AuditMissing
from mingjian.audit.service import audited, listing
from mingjian.identity import service, sign_in
from mingjian.identity.model import NewPerson, Opened, Role, Visit
from mingjian.identity.passwords import Hasher
from mingjian.identity.sign_in import Desk
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    return cheap_desk(database)


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except MingjianError as error:
        return error.code
    return "done"


def find(desk: Desk, opened: Opened, visit: Visit) -> str:
    visit = replace(visit, device=opened.device)
    with desk.database.read() as tx:
        return code_of(lambda: service.find_session(tx, opened.cookie, visit, desk.settings))


def test_set_up_signs_the_first_in_and_invites_the_others(desk: Desk) -> None:
    done = set_up(desk)
    assert done.opened.session.person.role is Role.SYSTEM_ADMINISTRATOR
    assert [invited.person.login_name for invited in done.invited] == ["security", "auditor"]
    with desk.database.read() as tx:
        assert service.is_initialized(tx)
        assert [person.login_name for person in service.everybody(tx)] == ["admin", "auditor", "security"]
    assert actions(desk.database) == [
        "people.setup_link_issued",
        "people.set_up",
        "people.created",
        "people.created",
        "people.invited",
        "people.created",
        "people.invited",
        "grant.given",
        "grant.given",
        "grant.given",
        "people.signed_in",
    ]


def test_a_setup_token_works_for_one_of_two_at_the_same_time(desk: Desk) -> None:
    token = setup_token(desk)
    together = Barrier(2)
    check = service.require_setup_token

    def attempt(name: str) -> str:
        people = [NewPerson(f"{name}{person.login_name}", person.display_name, person.role) for person in FIRST]
        return code_of(lambda: sign_in.set_up(desk, token, people, PASSWORD, VISIT))

    def check_together(*arguments: object) -> None:
        check(*arguments)  # type: ignore[arg-type]
        together.wait(30)  # both have seen a good token before either uses it up

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(service, "require_setup_token", check_together)
        outcomes = sorted(pool.map(attempt, ("a", "b")))
    assert outcomes == ["done", "identity.token_invalid"]
    with desk.database.read() as tx:
        assert len(service.everybody(tx)) == 3


def test_a_setup_token_ends(desk: Desk) -> None:
    first = setup_token(desk)
    second = setup_token(desk)  # the next start of the server
    a_day_later = later(24 * 3600)
    for token, visit in ((first, VISIT), ("x" * 43, VISIT), (second, a_day_later)):
        refused = code_of(partial(sign_in.set_up, desk, token, FIRST, PASSWORD, visit))
        assert refused == "identity.token_invalid"
    sign_in.set_up(desk, second, FIRST, PASSWORD, later(24 * 3600 - 1))
    assert code_of(lambda: sign_in.set_up(desk, second, FIRST, PASSWORD, VISIT)) == "identity.already_set_up"
    with audited(desk.database) as tx:
        assert service.issue_setup_token(tx, NOW, desk.settings) is None
        service.deny(tx, service.everybody(tx)[0], "only so that something is recorded", VISIT)


def test_a_refused_set_up_keeps_nothing(desk: Desk) -> None:
    token = setup_token(desk)
    same_names = [NewPerson("same", person.display_name, person.role) for person in FIRST]
    assert code_of(lambda: sign_in.set_up(desk, token, same_names, PASSWORD, VISIT)) == "identity.login_name_taken"
    assert actions(desk.database) == ["people.setup_link_issued"]
    sign_in.set_up(desk, token, FIRST, PASSWORD, VISIT)


def test_an_invitation_sets_the_password_once(desk: Desk) -> None:
    token = set_up(desk).invited[0].token
    with desk.database.read() as tx:
        assert service.invited_person(tx, token, NOW).login_name == "security"
    refused = code_of(lambda: sign_in.redeem_invite(desk, token, "my security password", VISIT))
    assert refused == "identity.password_weak"
    opened = sign_in.redeem_invite(desk, token, PASSWORD, VISIT)
    assert opened.session.person.login_name == "security"
    assert code_of(lambda: sign_in.redeem_invite(desk, token, PASSWORD, VISIT)) == "identity.token_invalid"
    assert sign_in.sign_in(desk, "Security", PASSWORD, VISIT).session.person.role is Role.SECURITY_ADMINISTRATOR
    assert actions(desk.database)[-4:] == [
        "people.invite_redeemed",
        "people.signed_in",
        "people.new_device",  # the second one came without the cookie of the first
        "people.signed_in",
    ]


def test_invitations_end_after_three_days_and_with_a_newer_one(desk: Desk) -> None:
    invited = set_up(desk).invited[0]
    late = later(72 * 3600)
    assert code_of(lambda: sign_in.redeem_invite(desk, invited.token, PASSWORD, late)) == "identity.token_invalid"
    with audited(desk.database) as tx:
        actor = service.actor_of(invited.person, "")
        newer = service.invite(tx, invited.person, actor, NOW, desk.settings)
    assert code_of(lambda: sign_in.redeem_invite(desk, invited.token, PASSWORD, VISIT)) == "identity.token_invalid"
    assert code_of(lambda: sign_in.redeem_invite(desk, newer.token, PASSWORD, VISIT)) == "done"


def test_a_setup_token_is_no_invitation_and_the_other_way_round(desk: Desk) -> None:
    token = setup_token(desk)
    assert code_of(lambda: sign_in.redeem_invite(desk, token, PASSWORD, VISIT)) == "identity.token_invalid"


def test_sessions_end(desk: Desk) -> None:
    opened = set_up(desk).opened
    assert find(desk, opened, later(3599)) == "done"
    assert find(desk, opened, later(3600)) == "identity.not_signed_in"
    with desk.database.write() as tx:
        service.touch_session(tx, opened.session, later(3599).now_us)
    assert find(desk, opened, later(7000)) == "done"
    with audited(desk.database) as tx:
        service.sign_out(tx, opened.session, later(7000))
    assert find(desk, opened, later(7000)) == "identity.not_signed_in"
    with pytest.raises(MingjianError), audited(desk.database) as tx:
        service.sign_out(tx, opened.session, later(7000))
    assert actions(desk.database)[-1] == "people.signed_out"


def test_a_session_ends_with_its_person(desk: Desk, database: Database) -> None:
    opened = set_up(desk).opened
    with database.write() as tx:
        tx.execute(sa.text("UPDATE person SET disabled_us = 1 WHERE login_name = 'admin'"))
    assert find(desk, opened, VISIT) == "identity.not_signed_in"
    assert code_of(lambda: sign_in.sign_in(desk, "admin", PASSWORD, VISIT)) == "identity.sign_in_refused"


def test_a_new_password_ends_all_other_sessions(desk: Desk) -> None:
    mine = set_up(desk).opened
    other = sign_in.sign_in(desk, "admin", PASSWORD, VISIT)
    wrong = code_of(lambda: sign_in.change_password(desk, mine.session, "not this one", "another good one", VISIT))
    assert wrong == "identity.password_wrong"
    sign_in.change_password(desk, mine.session, PASSWORD, "another good one", VISIT)
    assert find(desk, mine, VISIT) == "done"
    assert find(desk, other, VISIT) == "identity.not_signed_in"
    assert code_of(lambda: sign_in.sign_in(desk, "admin", PASSWORD, VISIT)) == "identity.sign_in_refused"
    assert code_of(lambda: sign_in.sign_in(desk, "admin", "another good one", VISIT)) == "done"
    assert "people.password_change_refused" in actions(desk.database)


@pytest.mark.parametrize("meanwhile", ["disabled_us = 1", "password_hash = 'another'", "password_hash = NULL"])
def test_what_changes_while_a_password_is_checked_counts(desk: Desk, database: Database, meanwhile: str) -> None:
    set_up(desk)

    class SlowHasher(Hasher):
        def verify(self, encoded: str | None, password: str) -> bool:
            right = super().verify(encoded, password)
            with database.write() as tx:
                tx.execute(sa.text(f"UPDATE person SET {meanwhile} WHERE login_name = 'admin'"))
            return right

    slow = Desk(database, SlowHasher(memory_kib=8, passes=1, lanes=1), desk.settings, desk.sealer)
    assert code_of(lambda: sign_in.sign_in(slow, "admin", PASSWORD, VISIT)) == "identity.sign_in_refused"
    with database.read() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM session")).scalar_one() == 1  # that of the set-up


@pytest.mark.parametrize("name", ["nobody", "admin", "security", "not a login name", "nul\x00", "\ud800"])
def test_a_refusal_is_the_same_for_every_name_and_is_recorded(desk: Desk, name: str) -> None:
    set_up(desk)
    assert code_of(lambda: sign_in.sign_in(desk, name, "wrong password!", VISIT)) == "identity.sign_in_refused"
    with desk.database.read() as tx:
        entry = listing(tx, None, 1).items[0]
    assert entry.action == "people.sign_in_refused"
    assert entry.actor.address == VISIT.address
    assert name not in str(entry.detail)  # people type their password there


def guess(desk: Desk, name: str, visit: Visit) -> str:
    return code_of(lambda: sign_in.sign_in(desk, name, "wrong password!", visit))


def test_the_brake_on_one_name_from_many_addresses(desk: Desk) -> None:
    set_up(desk)
    for number in range(5):
        assert guess(desk, "admin", later(0, f"192.0.2.{number + 10}")) == "identity.sign_in_refused"
    with pytest.raises(MingjianError) as braked:
        sign_in.sign_in(desk, "ADMIN", PASSWORD, later(0.5, "192.0.2.99"))
    assert braked.value.code == "identity.too_many_guesses"
    assert braked.value.values["retry_after_s"] == 1
    assert guess(desk, "auditor", later(0.5, "192.0.2.99")) == "identity.sign_in_refused"
    assert code_of(lambda: sign_in.sign_in(desk, "admin", PASSWORD, later(1, "192.0.2.99"))) == "done"
    assert guess(desk, "admin", later(1, "192.0.2.99")) == "identity.sign_in_refused"  # it starts afresh


def test_the_brake_on_one_address_with_many_names(desk: Desk) -> None:
    set_up(desk)
    for number in range(5):
        assert guess(desk, f"name{number}", VISIT) == "identity.sign_in_refused"
    assert guess(desk, "admin", later(0.5)) == "identity.too_many_guesses"
    assert code_of(lambda: sign_in.sign_in(desk, "admin", PASSWORD, later(1))) == "done"
    # A right password gives the address back only what it cost: the next failure still makes the wait longer.
    assert guess(desk, "name9", later(2)) == "identity.sign_in_refused"
    assert guess(desk, "name9", later(3.5)) == "identity.too_many_guesses"


def test_guesses_at_the_same_time_are_all_counted(desk: Desk) -> None:
    set_up(desk)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: guess(desk, "admin", later(0, f"198.51.100.{number}")), range(16)))
    assert outcomes.count("identity.sign_in_refused") <= 5


def test_braked_guesses_leave_no_entry(desk: Desk) -> None:
    set_up(desk)
    for _ in range(5):
        guess(desk, "admin", VISIT)
    before = actions(desk.database)
    assert guess(desk, "admin", VISIT) == "identity.too_many_guesses"
    assert actions(desk.database) == before


def test_old_brakes_are_dropped(desk: Desk, database: Database) -> None:
    set_up(desk)
    for number in range(20):
        guess(desk, f"name{number}", later(0, f"198.51.100.{number}"))
    guess(desk, "admin", later(3 * 3600))
    with database.read() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM sign_in_brake")).scalar_one() == 2


def test_no_secret_is_stored_as_it_is(desk: Desk, database: Database) -> None:
    done = set_up(desk)
    secrets = [PASSWORD, done.opened.cookie, *(invited.token for invited in done.invited)]
    with database.read() as tx:
        for table in ("person", "session", "one_time_token", "sign_in_brake", "audit_entry"):
            kept = repr(tx.execute(sa.text(f"SELECT * FROM {table}")).all())
            assert not [secret for secret in secrets if secret in kept]
    assert not [secret for secret in secrets if secret in repr(done)]


def test_an_effect_without_an_entry_is_rolled_back(desk: Desk, database: Database) -> None:
    with pytest.raises(AuditMissing), audited(database) as tx:
        tx.execute(sa.text("INSERT INTO sign_in_brake (key, failures, last_us) VALUES ('x', 1, 1)"))
    with database.read() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM sign_in_brake")).scalar_one() == 0


def test_a_taken_login_name_is_said(desk: Desk) -> None:
    first = set_up(desk).opened.session.person
    with pytest.raises(MingjianError, match=r"identity\.login_name_taken"), audited(desk.database) as tx:
        service.add_person(
            tx, NewPerson("ADMIN", "另一人", Role.AUDITOR), service.actor_of(first, ""), NOW, desk.settings
        )


def test_language(desk: Desk) -> None:
    person = set_up(desk).opened.session.person
    with audited(desk.database) as tx:
        changed = service.set_language(tx, person, "en", service.actor_of(person, ""), NOW)
    with desk.database.read() as tx:
        assert service.find_person(tx, person.id) == changed
    assert changed.language == "en"


def test_times_are_microseconds(desk: Desk) -> None:
    session = set_up(desk).opened.session
    assert session.expires_us - session.created_us == 12 * 3600 * S
