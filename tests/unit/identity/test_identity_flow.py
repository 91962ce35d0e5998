"""Names, passwords, the first people, the brake on guessing and the life of a session: all without a database."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.identity import factor, flow
from mingjian.identity.common import is_common
from mingjian.identity.model import Brake, NewPerson, Person, Role, Session, SessionKind, Visit
from mingjian.identity.settings import IdentitySettings
from mingjian.identity.tokens import digest
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId

SETTINGS = IdentitySettings()
S = 1_000_000
NOW = 1_800_000_000 * S
_ANY = "Mozilla/5.0"
_LIKE = "AppleWebKit/537.36 (KHTML, like Gecko)"


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
    roles = [role for role in Role if role not in (left_out, Role.SERVICE)]
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


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (
            f"{_ANY} (Windows NT 10.0; Win64; x64) {_LIKE} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.1",
            "Edge 142 (Windows)",
        ),
        (f"{_ANY} (X11; Linux x86_64) {_LIKE} HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome 156 (Linux)"),
        (f"{_ANY} (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0", "Firefox 146 (Linux)"),
        ("Mozilla/5.0 (tests)", "Mozilla/5.0 (tests)"),
        ("curl/8.9\x00\r\n", "curl/8.9   "),
        ("x" * 500, "x" * 200),
        ("", ""),
    ],
)
def test_browsers_are_named_for_people(agent: str, shown: str) -> None:
    assert flow.named_agent(agent) == shown


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.99.1", True),
        ("192.0.2.7", "192.1.2.7", False),
        ("192.0.2.7", "::ffff:192.0.2.9", True),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::1", True),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", False),
        ("192.0.2.7", "2001:db8::1", False),
        ("", "", True),
        ("somewhere", "elsewhere", False),
    ],
)
def test_coarse_networks(one: str, other: str, same: bool) -> None:
    assert (flow.network(one) == flow.network(other)) is same


@pytest.mark.parametrize(
    ("change", "elsewhere"),
    [
        ({}, False),
        ({"address": "192.0.77.1"}, False),
        ({"address": "198.51.100.7"}, True),
        ({"address": "2001:db8::1"}, False),  # the same machine by its other address, as far as anybody can tell
        ({"agent": f"{_ANY} (X11; Linux x86_64) {_LIKE} Chrome/157.0.1.2"}, False),  # updated
        ({"agent": f"{_ANY} (Windows NT 10.0) {_LIKE} Chrome/156.0"}, True),
        ({"agent": "curl/8"}, True),
        ({"device": None}, True),
        ({"device": "another"}, True),
    ],
)
def test_where_a_session_may_be_used(change: dict[str, Any], elsewhere: bool) -> None:
    began = Visit("192.0.2.7", NOW, f"{_ANY} (X11; Linux x86_64) {_LIKE} Chrome/156.0", "device")
    session = replace(
        SESSION, address=began.address, agent_key=flow.agent_key(began.agent), device_key=digest("device")
    )
    assert flow.is_elsewhere(session, replace(began, **change)) is elsewhere
    assert not flow.is_elsewhere(SESSION, replace(began, **change)), "one of before the upgrade is bound to nothing"


def test_only_a_recent_proof_from_the_same_address_counts() -> None:
    at = Visit("192.0.2.7", NOW)
    session = replace(SESSION, asserted_us=NOW - 299 * S, asserted_address="192.0.2.7")
    settings = IdentitySettings()
    assert flow.is_fresh(session, at, settings)
    assert not flow.is_fresh(session, replace(at, now_us=NOW + S), settings)
    assert not flow.is_fresh(session, replace(at, address="192.0.2.8"), settings)
    assert not flow.is_fresh(session, replace(at, now_us=NOW - 600 * S), settings), "a clock that was set back"
    assert not flow.is_fresh(replace(session, kind=SessionKind.PROGRAM), at, settings)


@pytest.mark.parametrize(
    ("password", "common"),
    [
        ("password1234", True),
        ("P@ssw0rd2024", True),
        ("admin@123456", True),
        ("qwertyuiop12", True),
        ("1q2w3e4r5t6y", True),
        ("woaini1314520", True),
        ("abcabcabcabcabc", True),
        ("19900101 19900101", True),
        ("mingjian jiankong 2026", True),
        ("correct horse battery", False),
        ("四座山 一片湖 三只鹤 tea", False),
        ("Xk7 paper-lantern wharf", False),
    ],
)
def test_common_passwords(password: str, common: bool) -> None:
    assert is_common(password.lower()) is common


@given(st.integers(1, 2**40), st.integers(-3, 3), st.integers(-3, 3))
def test_a_code_is_good_for_its_step_and_those_beside_it_once(step: int, away: int, used: int) -> None:
    totp = pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    code = totp.generate_otp(max(0, step + away))
    window = [one for one in (step - 1, step, step + 1) if one > step + used and totp.generate_otp(one) == code]
    found = factor.matching_step(totp.secret, code, step * factor.STEP_US + 7, step + used)
    assert found == (window[-1] if window else None)
    assert found is not None or abs(away) > 1 or away <= used


def test_codes_of_the_standard() -> None:
    """RFC 6238 appendix B, the SHA-1 rows, cut to six digits."""
    secret = base64.b32encode(b"12345678901234567890").decode()
    for seconds, code in (
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
    ):
        assert factor.matching_step(secret, code, seconds * S, 0) == seconds // 30
        assert factor.matching_step(secret, code, seconds * S, seconds // 30) is None, "used"


def test_recovery_codes_are_typed_as_people_type() -> None:
    codes = factor.new_recovery_codes()
    assert len(set(codes)) == factor.RECOVERY_CODES
    assert all(factor.normal(factor.grouped(code).upper() + " ") == code for code in codes)
    assert not any(factor.is_one_time(code) for code in codes)
