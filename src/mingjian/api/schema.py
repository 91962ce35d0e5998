"""Shapes that several routers send: times, problems, people. Names here are the names in the OpenAPI document."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, PlainSerializer, WithJsonSchema

from mingjian.api import basic
from mingjian.identity import model as people
from mingjian.identity.permissions import permissions_of
from mingjian.kernel.clock import from_datetime, to_datetime
from mingjian.kernel.errors import MingjianError, Text
from mingjian.kernel.intervals import Span
from mingjian.media.errors import WINDOW_UNREADABLE

NO_CONTROLS: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""Text as people type it; the database of one engine cannot hold NUL."""

TIME_EXAMPLE = "2026-11-20T06:03:00.000000Z"


def moment_text(us: int) -> str:
    """Wall microseconds as ISO 8601 in UTC, always with six digits and Z."""
    return to_datetime(us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return int(from_datetime(datetime.fromisoformat(value)))


# Bounds are years 1970 to 9999: what `datetime` can show.
Moment = Annotated[
    int,
    BeforeValidator(_moment),
    Field(ge=0, lt=253_402_300_800_000_000),
    PlainSerializer(moment_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [TIME_EXAMPLE]}),
]
"""Wall microseconds inside, ISO 8601 with a zone outside; a time without a zone is refused."""

StartOf = Annotated[Moment, Query(alias="from")]
EndOf = Annotated[Moment, Query(alias="to")]


def span_of(start_us: int, end_us: int, limit: str) -> Span:
    """The range between two moments of a query. Raises MingjianError WINDOW_UNREADABLE when it is empty."""
    if end_us <= start_us:
        raise MingjianError(WINDOW_UNREADABLE, limit=limit)
    return Span(start_us, end_us)


Language = people.Language
RoleCode = Literal[
    "system_administrator",
    "security_administrator",
    "auditor",
    "duty_operator",
    "security_manager",
    "police_supervisor",
    "requesting_officer",
    "maintenance",
    "service",
]


class Shape(BaseModel):
    """A JSON object with no other keys than these."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProblemText(Shape):
    """What happened, why, and what to do next, in one language."""

    what: str
    why: str
    advice: str


class FieldProblem(Shape):
    """What is wrong with one field of the request; `path` leads to it, joined with dots."""

    path: str = Field(examples=["people.0.login_name"])
    zh: str
    en: str


class Phrase(Shape):
    """One sentence in both languages."""

    zh: str
    en: str


class Grounds(Shape):
    """What a denial rests on: the rule, the places of the texts (empty where none asks for it), who may allow it."""

    rule: Phrase
    articles: list[Phrase]
    who: Phrase


class Problem(Shape):
    """A refusal (RFC 9457). Inside other objects, such as a channel that is offline, it has no status."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/docs/errors/identity.not_signed_in",
                    "title": "You are not signed in, or the session is over.",
                    "status": 401,
                    "code": "identity.not_signed_in",
                    "values": {},
                    "zh": {"what": "您尚未登录，或登录已失效。", "why": "会话已结束。", "advice": "请重新登录。"},
                    "en": {"what": "You are not signed in.", "why": "The session is over.", "advice": "Sign in again."},
                }
            ]
        }
    )

    type: str
    title: str
    status: int | None = None
    code: str
    values: dict[str, JsonValue]
    zh: ProblemText
    en: ProblemText
    fields: list[FieldProblem] | None = None
    grounds: Grounds | None = None

    @classmethod
    def of(cls, error: MingjianError, status: int | None = None, fields: list[FieldProblem] | None = None) -> "Problem":
        """`error` in both languages, without basic data for who may not see it."""
        error = basic.problem(error)
        texts = (error.what, error.why, error.advice)
        return cls(
            type=f"/docs/errors/{error.code}",
            title=error.what.en,
            status=status,
            code=error.code,
            values=_json(error.values),
            zh=_problem_text(texts, "zh"),
            en=_problem_text(texts, "en"),
            fields=fields,
        )


def _problem_text(texts: tuple[Text, Text, Text], language: str) -> ProblemText:
    what, why, advice = (getattr(text, language) for text in texts)
    return ProblemText(what=what, why=why, advice=advice)


def _json(values: Mapping[str, object]) -> dict[str, JsonValue]:
    plain = (str, int, float, bool, type(None))
    return {key: value if isinstance(value, plain) else str(value) for key, value in values.items()}


class Role(Shape):
    """A role with its name in both languages."""

    code: RoleCode
    zh: str
    en: str

    @classmethod
    def of(cls, role: people.Role) -> "Role":
        return cls.model_validate({"code": role.code, "zh": role.zh, "en": role.en})


_PERSON_EXAMPLE: dict[str, Any] = {
    "id": "0193498a-7b00-7000-8000-000000000001",
    "login_name": "zhang.wei",
    "display_name": "张伟",
    "role": {"code": "duty_operator", "zh": "值班员", "en": "duty operator"},
    "permissions": ["channel.read", "live.view", "playback.view", "recording.read", "session.own"],
    "language": "zh-CN",
}


class Person(Shape):
    """Somebody with an account, and everything that the account allows."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERSON_EXAMPLE]})

    id: str
    login_name: str
    display_name: str
    role: Role
    permissions: list[str]
    language: Language

    @classmethod
    def of(cls, person: people.Person) -> "Person":
        return cls.model_validate(person_fields(person))


def person_fields(person: people.Person) -> dict[str, Any]:
    """The fields of `Person`."""
    return {
        "id": str(person.id),
        "login_name": person.login_name,
        "display_name": person.display_name,
        "role": Role.of(person.role),
        "permissions": [permission.value for permission in permissions_of(person)],
        "language": person.language,
    }
