"""Why somebody may do something to something, or what is missing and who may give it. Pure, and asks the same table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mingjian.identity.model import Person
from mingjian.identity.permissions import SCOPED, TABLE, Permission, who_may
from mingjian.identity.rights import flow
from mingjian.identity.rights.model import Deputy, GivenGrant
from mingjian.identity.scopes import Hours, Scope, Target, reach_of
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.errors import Text

_DAYS: Final = tuple(zip("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain: what it is about, whether it holds, and how deep it stands."""

    kind: str
    holds: bool
    text: Text
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer of the door, and the chain that leads to it."""

    allowed: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked. `target` None asks whether at all; `name_of` says what a scope is called, "" where unknown."""

    person: Person
    permission: Permission
    target: Target | None
    now_us: int
    name_of: Callable[[Scope], str]


def explain(case: Case, grants: Sequence[GivenGrant], absent: Sequence[tuple[Deputy, Person]]) -> Explanation:
    """`grants` are the standing ones of the person and of everybody in `absent`, whom the person stands in for."""
    authority = flow.authority(case.person, grants, absent, case.now_us)
    targets = () if case.target is None else (case.target,)
    allowed = authority.may(case.permission, *targets)
    return Explanation(allowed, tuple(_steps(case, grants, absent, allowed=allowed)))


def _steps(
    case: Case, grants: Sequence[GivenGrant], absent: Sequence[tuple[Deputy, Person]], *, allowed: bool
) -> Iterator[Step]:
    if case.person.disabled_us is not None:
        yield Step("account", holds=False, text=Text("账号已停用，什么都不能做。", "The account is disabled."))
    else:
        yield Step("account", holds=True, text=Text("账号在用。", "The account is in use."))
        yield from _part(case, case.person, grants, depth=0)
        for deputy, other in absent:
            yield from _deputy(case, deputy, other, grants)
    yield _verdict(case, allowed=allowed)


def _deputy(case: Case, deputy: Deputy, other: Person, grants: Sequence[GivenGrant]) -> Iterator[Step]:
    span = _span(deputy.from_us, deputy.until_us)
    fits = flow.may_stand_in(other, case.person) and other.disabled_us is None
    holds = deputy.holds(case.now_us) and fits
    words = Text(
        f"代理 {other.display_name}（{span.zh}，由 {deputy.given_label} 指定）{'，有效' if holds else '，现在无效'}。",
        f"Stands in for {other.display_name} ({span.en}, arranged by {deputy.given_label}); "
        f"{'it holds now' if holds else 'it does not hold now'}.",
    )
    yield Step("deputy", holds, words)
    if holds:
        yield from _part(case, other, grants, depth=1)


def _part(case: Case, whose: Person, grants: Sequence[GivenGrant], depth: int) -> Iterator[Step]:
    role, permission = whose.role, case.permission
    if (role, permission) not in TABLE:
        refuses = Text(
            f"角色“{role.zh}”不允许 {permission.value}；允许的角色：{who_may(permission, 'zh')}。",
            f"The role {role.en} does not allow {permission.value}; roles that do: {who_may(permission, 'en')}.",
        )
        yield Step("role", holds=False, text=refuses, depth=depth)
        return
    allows = Text(f"角色“{role.zh}”允许 {permission.value}。", f"The role {role.en} allows {permission.value}.")
    yield Step("role", holds=True, text=allows, depth=depth)
    if permission not in SCOPED:
        whole = Text("此权限针对整个系统，不需要范围。", "It is about the whole installation and needs no scope.")
        yield Step("scope", holds=True, text=whole, depth=depth)
        return
    yield from _grants(case, [one for one in grants if one.grant.person_id == whose.id], depth + 1)


def _grants(case: Case, given: Sequence[GivenGrant], depth: int) -> Iterator[Step]:
    covering = [one for one in given if case.target is None or reach_of([one.grant.scope]).covers(case.target)]
    for one in covering:
        yield _grant(case, one, depth)
    if covering:
        return
    if given:
        held = "、".join(flow.in_words(one.grant.scope, case.name_of(one.grant.scope)).zh for one in given[:5])
        en = ", ".join(flow.in_words(one.grant.scope, case.name_of(one.grant.scope)).en for one in given[:5])
        words = Text(
            f"已有 {len(given)} 项授权（{held}），都不包含此对象。",
            f"There are {len(given)} grants ({en}); none covers it.",
        )
    else:
        words = Text("没有任何授权范围。", "There is no grant at all.")
    yield Step("scope", holds=False, text=words, depth=depth)


def _grant(case: Case, one: GivenGrant, depth: int) -> Step:
    grant, holds = one.grant, one.grant.holds(case.now_us)
    scope = flow.in_words(grant.scope, case.name_of(grant.scope))
    span, hours = _span(grant.from_us, grant.until_us), in_words(grant.hours)
    why = f"：{one.note}" if one.note else ""
    words = Text(
        f"授权范围 {scope.zh}，{span.zh}，{hours.zh}，由 {one.given_label} 授予{why}。"
        f"{'包含此对象，现在有效。' if holds else '包含此对象，但现在不在有效时间内。'}",
        f"Granted {scope.en}, {span.en}, {hours.en}, by {one.given_label}{why}. "
        f"{'It covers this and holds now.' if holds else 'It covers this, but does not hold at this time.'}",
    )
    return Step("grant", holds, words, depth)


def _verdict(case: Case, *, allowed: bool) -> Step:
    name = case.person.display_name
    if allowed:
        return Step("verdict", holds=True, text=Text(f"所以 {name} 现在可以。", f"So {name} may, now."))
    granting, granting_en = who_may(Permission.GRANTS_MANAGE, "zh"), who_may(Permission.GRANTS_MANAGE, "en")
    words = Text(
        f"所以 {name} 现在不可以。范围由{granting}授予（不能授予自己）；角色由{granting}更改。",
        f"So {name} may not, now. A scope is granted by the {granting_en} (never to oneself); a role is changed by the "
        f"{granting_en}.",
    )
    return Step("verdict", holds=False, text=words)


def in_words(hours: Sequence[Hours]) -> Text:
    """Hours of the week as people read them."""
    if not hours:
        return Text("任何时段", "at any hour")
    days: dict[str, list[int]] = {}
    for one in hours:
        days.setdefault(f"{_clock(one.from_minute)}–{_clock(one.until_minute)}", []).append(one.day)
    zh = "；".join(f"每周{'、'.join(_DAYS[day][0] for day in some)} {span}" for span, some in days.items())
    en = "; ".join(f"{' '.join(_DAYS[day][1] for day in some)} {span}" for span, some in days.items())
    return Text(zh, en)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _span(from_us: int, until_us: int | None) -> Text:
    begin = _moment(from_us)
    if until_us is None:
        return Text(f"自 {begin} 起", f"from {begin} on")
    return Text(f"{begin} 至 {_moment(until_us)}", f"from {begin} until {_moment(until_us)}")


def _moment(us: int) -> str:
    return to_datetime(us).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
