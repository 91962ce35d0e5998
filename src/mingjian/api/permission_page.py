"""The page that `scripts/docs.py` writes: every role, act and kind of scope, and what opens each route."""

from collections import defaultdict
from collections.abc import Iterable

from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from mingjian.api.app import _with_routers
from mingjian.api.deps import Public, Requires
from mingjian.api.fresh import FRESH, WHILE_LOCKED
from mingjian.identity.model import SEPARATE_ROLES
from mingjian.identity.permissions import COLUMNS, SCOPED, TABLE, Permission
from mingjian.identity.rights.words import WORDS
from mingjian.identity.scopes import ScopeKind
from mingjian.kernel.errors import Text

HEAD = """# 权限一览 · Permissions

由 `make docs` 根据程序生成，请勿手改。Written by `make docs` from the program; do not edit.
说明见 [docs/design/permissions.md](design/permissions.md)。

未标记的一律拒绝。What is not marked is refused.

- ◐ 仅在授权范围内 · where a grant says, and at the hours that it says
- ● 整个系统 · the whole installation, by the role alone
"""
COVERS = {
    ScopeKind.EVERYWHERE: ("一切，包括不属于任何场所的事项", "everything, also what belongs to no place"),
    ScopeKind.TERRITORY: (
        "该行政区划及其下级（按代码位数）内的场所和通道",
        "places and channels in the territory and its subdivisions, by the digits of its code",
    ),
    ScopeKind.ORGANISATION: (
        "该单位及其下属单位的场所和通道",
        "places and channels of the organisation and of all below it",
    ),
    ScopeKind.PLACE: ("该场所及其通道", "the place and its channels"),
    ScopeKind.CHANNEL: ("该通道", "the channel"),
}

RULES = (
    Text(
        "只有安全管理员授予范围、指定代理，且不能给自己。",
        "The security administrator alone grants scopes and appoints deputies, and never for oneself.",
    ),
    Text(
        "代理人以被代理人的角色和范围办理，日志写明代谁；不得审批本人或被代理人提出的事项。",
        "A deputy acts by the role and the reach of the absent person, and the log says for whom; nobody approves what "
        "they or that person asked for.",
    ),
    Text("服务账号只有令牌列明的权限。", "A program has of its column what its token names."),
)
ROUTES = Text(
    "路径中的通道、场所、单位、部位、标识、系统都按范围核对。† 需要刚刚确认过本人身份；‡ 值班席位锁定时仍可用。",
    "A channel, place, organisation, spot, sign or system in a path is held against the reach. † needs a fresh proof "
    "of who acts; ‡ stays open at a locked duty place.",
)


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_table(), *_scopes(), *_rules(), *_routes()]) + "\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table() -> list[str]:
    names = [f"{role.zh}<br>{role.en}" for role in COLUMNS]
    lines = [
        "## 角色 × 权限 × 范围 · Role × act × scope\n",
        _row(["权限 Permission", "内容 What", *names]),
        _row(["---", "---", *([":-:"] * len(names))]),
    ]
    for permission in Permission:
        mark = "◐" if permission in SCOPED else "●"
        marks = [mark if (role, permission) in TABLE else "" for role in COLUMNS]
        words = WORDS[permission]
        lines.append(_row([f"`{permission.value}`", f"{words.zh}<br>{words.en}", *marks]))
    return [*lines, ""]


def _scopes() -> list[str]:
    lines = ["## 范围 · Scopes\n", _row(["范围 Scope", "包含 Covers"]), _row(["---", "---"])]
    lines += [_row([f"{kind.zh} {kind.en}", f"{COVERS[kind][0]}<br>{COVERS[kind][1]}"]) for kind in ScopeKind]
    return [*lines, ""]


def _rules() -> list[str]:
    names = {language: [getattr(role, language) for role in SEPARATE_ROLES] for language in ("zh", "en")}
    apart = Text(
        f"{'、'.join(names['zh'])}由不同的人担任，只能由同一角色的人代理。",
        f"The {', '.join(names['en'])} are different people, stood in for by their own role only.",
    )
    return ["## 规则 · Rules\n", *(f"- {rule.zh} {rule.en}" for rule in (apart, *RULES)), ""]


def _routes() -> list[str]:
    opened: dict[str, list[str]] = defaultdict(list)
    for context in iter_route_contexts(_with_routers([]).routes):
        route = context.original_route
        if not isinstance(route, APIRoute | APIWebSocketRoute):
            continue
        method = min(route.methods or {"GET"}) if isinstance(route, APIRoute) else "WS"
        name = (route.operation_id if isinstance(route, APIRoute) else route.name) or ""
        marks = ("†" if name in FRESH else "") + ("‡" if name in WHILE_LOCKED else "")
        for one in route.dependant.dependencies:
            if isinstance(one.call, Requires):
                needed = " | ".join(f"`{permission.value}`" for permission in one.call.any_of)
                opened[needed].append(f"`{method} {context.path}`{marks}")
            elif isinstance(one.call, Public):
                opened["公开 public"].append(f"`{method} {context.path}` — {one.call.reason}")
    lines = ["## 接口 · Routes\n", f"{ROUTES.zh}\n\n{ROUTES.en}\n"]
    for needed in sorted(opened):
        lines += [f"### {needed.replace('|', '或 or')}\n", *(f"- {route}" for route in sorted(opened[needed])), ""]
    return lines
