"""The one shape of every refusal and failure a user may see.

A package declares its errors in its own `errors.py`; text is rendered at the edge (API, CLI).
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in the two languages of the product. Placeholders are `str.format` fields."""

    zh: str
    en: str

    def format(self, **values: object) -> "Text":
        return Text(self.zh.format(**values), self.en.format(**values))


class Fault(Enum):
    """Whose mistake it is; the API maps it to a status, the CLI to an exit code."""

    INPUT = "input"  # what was asked cannot be understood or is not allowed by its form: 422
    UNAUTHENTICATED = "unauthenticated"  # 401
    FORBIDDEN = "forbidden"  # 403
    MISSING = "missing"  # 404
    CONFLICT = "conflict"  # 409
    LIMIT = "limit"  # too much or too often: 429
    PEER = "peer"  # a camera or another system did not do its part: 502
    SELF = "self"  # ours: 503, always logged


@dataclass(frozen=True, slots=True)
class Problem:
    """A declared kind of error: stable code, what happened, why, what to do next.

    `code` is `<package>.<name>` and never changes meaning; docs/errors lists every one.
    """

    code: str
    fault: Fault
    what: Text
    why: Text
    advice: Text


class MingjianError(Exception):
    """A problem that happened, with the values that fill its sentences. Secrets never go into `values`."""

    def __init__(self, problem: Problem, **values: object) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.values = values

    @property
    def code(self) -> str:
        return self.problem.code

    @property
    def what(self) -> Text:
        return self.problem.what.format(**self.values)

    @property
    def why(self) -> Text:
        return self.problem.why.format(**self.values)

    @property
    def advice(self) -> Text:
        return self.problem.advice.format(**self.values)

    def __str__(self) -> str:
        return f"{self.code}: {self.what.en} {self.why.en} {self.advice.en}"
