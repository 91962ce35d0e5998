"""Five thousand people of a prefecture with what they reach, as rows."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.registry_rows import Filled
from mingjian.identity import store
from mingjian.identity.model import Person, Role
from mingjian.identity.rights import store as rights
from mingjian.identity.rights.model import GivenGrant
from mingjian.identity.scopes import Grant, Hours, Scope, ScopeKind
from mingjian.kernel.ids import PersonId, new_id
from mingjian.storage.engine import Transaction

PEOPLE: Final = 5_000
_WIDEST: Final = 1_000
"""Places that the last of them is granted one by one: half of what one person may have."""

_FAMILIES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = ("伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明")
_ROLES: Final = (Role.DUTY_OPERATOR, Role.SECURITY_MANAGER, Role.MAINTENANCE, Role.POLICE_SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody, and the one with very many grants."""

    people: Sequence[Person]
    widest: Person


def fill(tx: Transaction, filled: Filled, now_us: int, seed: int = 2) -> Staff:
    """Each person reaches a county, an organisation and two places; every fourth only at some hours."""
    chance = random.Random(seed)
    people = [_person(number, chance, now_us) for number in range(PEOPLE)]
    for number, person in enumerate(people):
        store.add_person(tx, person, None)
        unit = chance.choice(filled.organisations)
        scopes = [Scope(ScopeKind.TERRITORY, unit.region_code), Scope(ScopeKind.ORGANISATION, str(unit.id))]
        count = _WIDEST if number == PEOPLE - 1 else 2
        scopes += [Scope(ScopeKind.PLACE, str(place.id)) for place in chance.sample(list(filled.places), count)]
        hours = tuple(Hours(day, 480, 1_080) for day in range(5)) if number % 4 == 0 else ()
        for scope in scopes:
            grant = Grant(person.id, scope, now_us - 1, None, hours)
            given = GivenGrant(new_id(now_us), grant, "负责本辖区", now_us + number, None, "bench")
            rights.add_grant(tx, given)
    return Staff(people, people[-1])


def _person(number: int, chance: random.Random, now_us: int) -> Person:
    name = chance.choice(_FAMILIES) + chance.choice(_GIVEN) + chance.choice(("", *_GIVEN))
    role = _ROLES[number % len(_ROLES)]
    own_id = PersonId(new_id(now_us))
    return Person(own_id, f"person{number:05}", name, role, "zh-CN", now_us + number, None, f"5305-{number:05}")
