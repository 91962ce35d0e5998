"""Refusals as documents, and which requests count as our own page's."""

import json
from dataclasses import fields as fields_of

import pytest
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers

from mingjian.api import errors
from mingjian.api.problems import STATUS, response
from mingjian.api.schema import Moment, Problem, moment_text
from mingjian.api.security import is_own_origin, own_hosts
from mingjian.config import ApiSettings
from mingjian.identity import errors as identity_errors
from mingjian.kernel import errors as kernel_errors
from mingjian.kernel.errors import Fault, MingjianError, Text

DECLARED = [
    value
    for module in (errors, identity_errors)
    for value in vars(module).values()
    if isinstance(value, kernel_errors.Problem)
]


@pytest.mark.parametrize("problem", DECLARED, ids=lambda problem: problem.code)
def test_every_problem_says_what_why_and_what_to_do_in_both_languages(problem: kernel_errors.Problem) -> None:
    for field in fields_of(problem):
        value = getattr(problem, field.name)
        if isinstance(value, Text):
            assert value.zh.strip()
            assert value.en.strip()


def test_codes_are_unique() -> None:
    assert len({problem.code for problem in DECLARED}) == len(DECLARED)


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_a_status(fault: Fault) -> None:
    assert 400 <= STATUS[fault] <= 599


def test_a_problem_document() -> None:
    answer = response(MingjianError(identity_errors.TOO_MANY_GUESSES, retry_after_s=8, threshold=4))
    document = json.loads(bytes(answer.body))
    assert answer.status_code == document["status"] == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "8"
    assert document["type"] == "/docs/errors/identity.too_many_guesses"
    assert document["code"] == "identity.too_many_guesses"
    assert document["values"] == {"retry_after_s": 8, "threshold": 4}
    assert document["title"] == document["en"]["what"] == "Too many attempts; wait 8 seconds."
    assert document["zh"]["what"] == "尝试次数过多，请等待 8 秒。"
    assert "fields" not in document


def test_a_problem_inside_something_else_has_no_status() -> None:
    assert Problem.of(MingjianError(errors.NOT_FOUND, path="/x")).status is None


LOCAL = ApiSettings()
NAMED = ApiSettings(public_origin="https://video.example.cn")


@pytest.mark.parametrize(
    ("settings", "scheme", "asked", "own"),
    [
        (LOCAL, "http", ("127.0.0.1:8600", "http://127.0.0.1:8600", None), True),
        (LOCAL, "http", ("localhost:8600", "http://localhost:8600", None), True),
        (LOCAL, "http", ("[::1]:8600", "http://[::1]:8600", None), True),
        (LOCAL, "ws", ("127.0.0.1:8600", "http://127.0.0.1:8600", None), True),
        (LOCAL, "wss", ("192.0.2.1", "https://192.0.2.1", None), True),
        (LOCAL, "http", ("127.0.0.1:8600", None, "same-origin"), True),
        (LOCAL, "http", ("127.0.0.1:8600", "http://127.0.0.1:5173", "same-origin"), True),  # a proxy in front
        (LOCAL, "http", ("127.0.0.1:8600", None, None), False),
        (LOCAL, "http", ("127.0.0.1:8600", "", None), False),
        (LOCAL, "http", ("127.0.0.1:8600", "null", None), False),
        (LOCAL, "http", ("127.0.0.1:8600", "http://127.0.0.1:8601", None), False),
        (LOCAL, "http", ("127.0.0.1:8600", "https://127.0.0.1:8600", None), False),
        (LOCAL, "http", ("127.0.0.1:8600", "http://localhost:8600", None), False),
        (LOCAL, "http", ("127.0.0.1:8600", "http://evil.example", None), False),
        (LOCAL, "http", ("127.0.0.1:8600", "http://evil.example", "cross-site"), False),
        (LOCAL, "http", ("127.0.0.1:8600", None, "same-site"), False),
        (LOCAL, "http", ("127.0.0.1:8600", None, "none"), False),
        # DNS rebinding: a foreign name that resolves to this machine
        (LOCAL, "http", ("evil.example:8600", "http://evil.example:8600", "same-origin"), False),
        (LOCAL, "http", ("", "http://", "same-origin"), False),
        (LOCAL, "http", ("[::1", "http://[::1", "same-origin"), False),
        (NAMED, "http", ("video.example.cn", "https://video.example.cn", None), True),  # TLS ends before us
        (NAMED, "http", ("VIDEO.example.cn", "https://video.example.cn", None), True),
        (NAMED, "http", ("127.0.0.1:8600", "https://video.example.cn", None), True),
        (NAMED, "http", ("video.example.cn.evil.example", "http://video.example.cn.evil.example", None), False),
    ],
)
def test_own_origin(settings: ApiSettings, scheme: str, asked: tuple[str, str | None, str | None], own: bool) -> None:
    given = dict(zip(("host", "origin", "sec-fetch-site"), asked, strict=True))
    headers = Headers({name: value for name, value in given.items() if value is not None})
    assert is_own_origin(headers, scheme, settings.public_origin, own_hosts(settings)) is own


class Timed(BaseModel):
    at: Moment


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-20T14:03:00.000001+08:00", 1795154580000001),
        ("2026-11-20T06:03:00.000001Z", 1795154580000001),
    ],
)
def test_times_in_and_out(text: str, us: int) -> None:
    assert Timed(at=text).at == us  # type: ignore[arg-type]
    assert Timed(at=moment_text(us)).at == us  # type: ignore[arg-type]
    assert moment_text(us).endswith("Z")


@pytest.mark.parametrize(
    "text", ["2026-11-20T14:03:00", "yesterday", "", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00", "7"]
)
def test_times_without_a_zone_or_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Timed(at=text)  # type: ignore[arg-type]
