"""Every denial says which rule, which article and who may allow it."""

import importlib
import pkgutil
from collections import defaultdict
from string import Formatter

import pytest

import mingjian
from mingjian.api import grounds
from mingjian.identity.model import Role
from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import Fault, MingjianError, Problem
from mingjian.law import errors as law


def denials() -> list[Problem]:
    found = {}
    for module in pkgutil.walk_packages(mingjian.__path__, "mingjian."):
        if module.name.endswith(".errors"):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Problem) and value.fault is Fault.FORBIDDEN:
                    found[value.code] = value
    return [found[code] for code in sorted(found)]


@pytest.mark.parametrize("problem", denials(), ids=lambda problem: problem.code)
def test_every_problem_that_forbids_has_grounds(problem: Problem) -> None:
    anything = defaultdict(lambda: "x", permission="duty.plan", citations="《甲》第一条；《乙》第二条")
    for text in (problem.why, problem.advice):
        for _, name, _, _ in Formatter().parse(text.zh + text.en):
            if name:
                anything[name]
    found = grounds.of(MingjianError(problem, **anything))
    assert found, problem.code
    assert found.rule.zh
    assert found.who.zh
    assert found.who.en


def test_the_articles_of_a_law_are_those_that_it_named() -> None:
    said = {"citations": "《甲》第一条；《乙》第二条", "citations_en": "A, article 1; B, article 2"}
    found = grounds.of(MingjianError(law.FORBIDDEN, **said))
    assert found
    assert [(one.zh, one.en) for one in found.articles] == [
        ("《甲》第一条", "A, article 1"),
        ("《乙》第二条", "B, article 2"),
    ]


def test_a_permission_names_the_roles_that_have_it() -> None:
    found = grounds.of_permission(Permission.DUTY_PLAN)
    assert found.who.zh == Role.SECURITY_MANAGER.zh
    assert [one.zh for one in found.articles] == ["《国务院条例》第十六条第二款第二项"]
