"""Names, passwords, the first people, the brake on guessing and the life of a session: all without a database."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.identity import flow
from mingjian.identity.model import Brake, NewPerson, Person, Role, Session
from mingjian.identity.settings import IdentitySettings
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId

SETTINGS = IdentitySettings()
S = 1_000_000
NOW = 1_800_000_000 * S


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("zhang.wei", "zhang.wei"),
        (" Zhang.Wei ", "zhang.wei"),
        ("a1", "a1"),
        ("x" * 32, "x" * 32),
        ("x" * 33, None),
        ("a", None),
        ("", None),
        ("-ab", None),
        (".ab", None),
        ("张伟", None),
        ("zhang wei", None),
        ("zhang\x00", None),
        ("zhаng", None),  # a Cyrillic а
        ("ab\n", "ab"),
    ],
)
def test_login_names(typed: str, stored: str | None) -> None:
    assert flow.login_name(typed) == stored


@pytest.mark.parametrize("display", ["", "   ", "a\u202eb", "a\x00b", "a\nb", "\ud800", "x" * 65])
def test_names_that_cannot_be_shown_are_refused(display: str) -> None:
    with pytest.raises(MingjianError, match=r"identity\.display_name_unfit"):
        flow.new_person(NewPerson("zhang.wei", display, Role.AUDITOR))


def test_names_are_stored_tidily() -> None:
    given_person = NewPerson(" ZHANG ", "  张伟 ", Role.AUDITOR)
    assert flow.new_person(given_person) == NewPerson("zhang", "张伟", Role.AUDITOR)


@pytest.mark.parametrize(
    ("password", "fits"),
    [
        ("twelve chars", True),
        ("eleven char", False),
        ("一二三四五六七八九十百千", True),
        ("my zhang.wei password", False),
        ("my ZHANG.Wei password", False),
        ("my ｚｈａｎｇ.ｗｅｉ password", False),  # the same letters at full width
        (("four hills and a quiet lake " * 10)[:256], True),
        (("four hills and a quiet lake " * 10)[:257], False),
    ],
)
def test_passwords(password: str, fits: bool) -> None:
    if fits:
        flow.check_password(password, "zhang.wei")
        return
    with pytest.raises(MingjianError, match=r"identity\.password_weak"):
        flow.check_password(password, "zhang.wei")


def people(*roles: Role) -> Sequence[NewPerson]:
    return [NewPerson(f"person{index}", f"某人{index}", role) for index, role in enumerate(roles)]


def test_the_first_people_keep_their_order() -> None:
    roles = (Role.AUDITOR, Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR, Role.DUTY_OPERATOR)
    assert [person.role for person in flow.first_people(people(*roles))] == list(roles)


@pytest.mark.parametrize("left_out", [Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR])
def test_the_three_separate_roles_are_needed(left_out: Role) -> None:
    roles = [role for role in Role if role is not left_out]
    with pytest.raises(MingjianError) as refused:
        flow.first_people(people(*roles))
    assert refused.value.code == "identity.three_people"
    assert refused.value.values["missing_zh"] == left_out.zh


def test_one_person_for_each_role() -> None:
    roles = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR, Role.AUDITOR)
    with pytest.raises(MingjianError, match=r"identity\.role_twice"):
        flow.first_people(people(*roles))


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (16, 900), (1_000_000, 900)],
)
def test_the_wait_doubles_from_the_fifth_failure_on(failures: int, seconds: int) -> None:
    assert flow.wait_us(Brake(failures, NOW), NOW, SETTINGS) == seconds * S


@given(failures=st.integers(0, 100), elapsed_s=st.integers(-10_000, 10_000))
def test_waits_end_and_never_grow_with_time(failures: int, elapsed_s: int) -> None:
    brake = Brake(failures, NOW)
    now = NOW + elapsed_s * S
    wait = flow.wait_us(brake, now, SETTINGS)
    assert 0 <= wait <= 900 * S
    assert flow.wait_us(brake, now + 1 * S, SETTINGS) <= wait
    assert flow.wait_us(brake, max(now, NOW) + wait, SETTINGS) == 0


def test_failures_are_forgotten() -> None:
    brake = Brake(20, NOW)
    assert flow.count_failure(brake, NOW + flow.forgets_us(SETTINGS), SETTINGS).failures == 21
    assert flow.count_failure(brake, NOW + flow.forgets_us(SETTINGS) + 1, SETTINGS).failures == 1


def test_nothing_is_forgotten_while_somebody_still_waits() -> None:
    slow = IdentitySettings(longest_wait_minutes=1_440)
    brake = Brake(40, NOW)
    assert flow.wait_us(brake, NOW + 23 * 3600 * S, slow) == 3600 * S


PERSON = Person(PersonId(UUID(int=1)), "zhang", "张", Role.AUDITOR, "zh-CN", 0)
SESSION = Session(b"", PERSON, NOW, NOW, NOW + 12 * 3600 * S)


@pytest.mark.parametrize(
    ("seen_s", "now_s", "alive"),
    [
        (0, 0, True),
        (0, 3599, True),
        (0, 3600, False),
        (11 * 3600, 12 * 3600 - 1, True),
        (12 * 3600 - 1, 12 * 3600, False),
        (0, -5, True),  # the clock was set back a little
    ],
)
def test_sessions_end_when_idle_and_at_their_longest(seen_s: int, now_s: int, alive: bool) -> None:
    session = replace(SESSION, seen_us=NOW + seen_s * S)
    assert flow.alive(session, NOW + now_s * S, SETTINGS) is alive


def test_a_disabled_person_has_no_session() -> None:
    session = replace(SESSION, person=replace(PERSON, disabled_us=NOW))
    assert not flow.alive(session, NOW, SETTINGS)


def test_use_is_written_once_a_minute() -> None:
    assert not flow.seen_is_due(SESSION, NOW + 59 * S)
    assert flow.seen_is_due(SESSION, NOW + 60 * S)
