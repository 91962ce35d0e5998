"""What a denial rests on, in three lines: the rule, the places of the texts, and who may allow it.

Problems that forbid have a row here, or speak by their own words; a test holds that. `articles` are empty where no text
speaks of it: then the rule is the installation's own, and that is not made to look like law.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from mingjian.access import errors as access
from mingjian.api.errors import CROSS_ORIGIN
from mingjian.api.schema import Grounds, Phrase
from mingjian.duty import basis
from mingjian.duty import errors as duty
from mingjian.identity import errors as identity
from mingjian.identity.model import SEPARATE_ROLES, Role
from mingjian.identity.permissions import Permission, who_may
from mingjian.identity.rights import errors as rights
from mingjian.identity.rights.words import WORDS
from mingjian.kernel.errors import Fault, MingjianError, Text
from mingjian.law import errors as law
from mingjian.law.model import Citation
from mingjian.media.keep import errors as keep
from mingjian.registry.errors import LAW_REVIEW_NEEDED

_INSIDE: Final = tuple(
    Citation.parse(code, where) for code, places in basis.ARTICLES[basis.INSIDE].items() for where in places
)
_OWNER: Final = Text("本人", "you yourself")


def of(error: MingjianError) -> Grounds | None:
    """The grounds of a denial; None for what is no denial. One without a row speaks by its own words."""
    find = _FOUND.get(error.code)
    if find is None:
        if error.problem.fault is not Fault.FORBIDDEN:
            return None
        return Grounds(rule=_phrase(error.why), articles=[], who=_phrase(error.advice))
    rule, articles, who = find(error)
    return Grounds(rule=_phrase(rule), articles=[_phrase(one) for one in articles], who=_phrase(who))


def of_permission(permission: Permission) -> Grounds:
    """What a page that needs this permission says to whoever has it not."""
    rule, articles, who = _permission_rule(permission)
    return Grounds(rule=_phrase(rule), articles=[_phrase(one) for one in articles], who=_phrase(who))


_Said = tuple[Text, Iterable[Text], Text]
_Find = Callable[[MingjianError], _Said]


def _phrase(text: Text) -> Phrase:
    return Phrase(zh=text.zh, en=text.en)


def _inside() -> list[Text]:
    return [basis.in_words((one,)) for one in _INSIDE]


def _roles(*roles: Role) -> Text:
    return Text("、".join(role.zh for role in roles), ", ".join(role.en for role in roles))


def holders(permission: Permission) -> Text:
    """The roles that the table lets do it."""
    return Text(who_may(permission, "zh"), who_may(permission, "en"))


def _permission_rule(permission: Permission) -> _Said:
    words = WORDS[permission]
    rule = Text(f"权限表：{words.zh}（{permission.value}）", f"table of permissions: {words.en} ({permission.value})")
    return rule, _inside(), holders(permission)


def _not_permitted(error: MingjianError) -> _Said:
    return _permission_rule(Permission(str(error.values["permission"])))


def _out_of_scope(error: MingjianError) -> _Said:
    words = WORDS[Permission(str(error.values["permission"]))]
    rule = Text(f"权限范围：{words.zh}仅限授权之处", f"scope of the grant: {words.en}, where a grant says")
    return (
        rule,
        _inside(),
        Text(f"{Role.SECURITY_ADMINISTRATOR.zh}授权", f"the {Role.SECURITY_ADMINISTRATOR.en} grants it"),
    )


def _of_the_texts(error: MingjianError, rule: Text, who: Text) -> _Said:
    """Rests on the places that the refusal itself names."""
    said = error.values.get("citations") or error.values.get("citations_zh") or ""
    zh = [one for one in str(said).split("；") if one not in ("", "—")]
    en = [one for one in str(error.values.get("citations_en", "")).split("; ") if one not in ("", "—")]
    return rule, [Text(*pair) for pair in zip(zh, en, strict=False)], who


def _cited(rule: Text, who: Text) -> _Find:
    return lambda error: _of_the_texts(error, rule, who)


def _own(rule: Text, who: Text, articles: Callable[[], list[Text]] = list) -> _Find:
    return lambda _error: (rule, articles(), who)


def _both(*roles: Role) -> Text:
    names = _roles(*roles)
    return Text(f"{names.zh}中的另外两人", f"the other two of {names.en}")


_FOUND: Final[Mapping[str, _Find]] = {
    problem.code: find
    for problem, find in (
        (identity.NOT_PERMITTED, _not_permitted),
        (identity.OUT_OF_SCOPE, _out_of_scope),
        (
            identity.TOKEN_INVALID,
            _own(
                Text("一次性链接只用一次，并有时限", "a one-time link works once and for a limited time"),
                holders(Permission.PEOPLE_MANAGE),
                _inside,
            ),
        ),
        (
            identity.ASSERTION_NEEDED,
            _own(Text("重要操作须当场确认本人", "acts that matter need a fresh proof"), _OWNER, _inside),
        ),
        (
            identity.LOCKED,
            _own(
                Text("无人操作的值班席位锁定实时画面以外的功能", "a duty place without a hand locks all but live"),
                Text("本人解锁，或下一位值班员接班", "you unlock it, or the next operator takes over"),
                _inside,
            ),
        ),
        (
            identity.SEAT_BY_TWO,
            _own(
                Text("三员分立：更换管理员须两人", "separated duties: two change an administrator"),
                _both(*SEPARATE_ROLES),
                _inside,
            ),
        ),
        (
            identity.NOT_ONESELF,
            _own(
                Text("账号事项由他人办理", "accounts are managed by others"), holders(Permission.PEOPLE_MANAGE), _inside
            ),
        ),
        (
            identity.CHANGE_NOT_YOURS,
            _own(
                Text("提议人与被更换人不参与确认", "who proposes and whom it is about does not confirm"),
                _both(*SEPARATE_ROLES),
                _inside,
            ),
        ),
        (
            identity.ROLE_NOT_ON_DUTY,
            _own(
                Text("值班席位只供值班人员使用", "duty places are for those on duty"),
                holders(Permission.DUTY_SERVE),
                _inside,
            ),
        ),
        (
            rights.OWN_GRANT,
            _own(
                Text("授权与使用须是两个人", "who grants and who uses are two people"),
                Text(f"另一位{Role.SECURITY_ADMINISTRATOR.zh}", f"another {Role.SECURITY_ADMINISTRATOR.en}"),
                _inside,
            ),
        ),
        (
            rights.DEPUTY_APART,
            _own(
                Text("三员分立：管理员只由同一角色代理", "separated duties: an administrator's deputy has that role"),
                holders(Permission.GRANTS_MANAGE),
                _inside,
            ),
        ),
        (
            CROSS_ORIGIN,
            _own(
                Text("只接受本系统页面的请求", "requests come from this system's own pages"),
                holders(Permission.SITE_MANAGE),
            ),
        ),
        (
            keep.OWN_HOLD,
            _own(
                Text("设置与解除保全须是两个人", "who places a hold and who lifts it are two people"),
                holders(Permission.HOLD_LIFT),
            ),
        ),
        (
            keep.ORDER_INCOMPLETE,
            _own(
                Text(
                    "保存期内的录像凭书面删除令、由两人删除",
                    "footage under its term goes by a written order and two people",
                ),
                Text("作出书面决定的主管机关", "the authority that decides in writing"),
            ),
        ),
        (
            access.NOT_IN_VIEW,
            _own(Text("查看只含打开时选定的通道", "a view holds what was chosen at its opening"), _OWNER, _inside),
        ),
        (
            access.OTHER_KIND,
            _own(
                Text("实时与回放分别打开、分别登记", "live and playback are opened and recorded apart"), _OWNER, _inside
            ),
        ),
        (
            law.FORBIDDEN,
            _cited(
                Text("法规禁止", "the law forbids it"),
                Text(
                    "任何角色均不得批准；有主管部门书面认定的，由安保负责人登记",
                    "no role may; an authority's written designation is registered by the security manager",
                ),
            ),
        ),
        (
            LAW_REVIEW_NEEDED,
            _cited(Text("法规未列明，须由人决定", "the text leaves it to a person"), holders(Permission.LAW_DECIDE)),
        ),
        (
            duty.NOT_PLANNED,
            _cited(
                Text("按排班上岗，替班须写明事由", "shifts follow the roster; who stands in says why"),
                holders(Permission.DUTY_PLAN),
            ),
        ),
        (
            duty.HANDOVER_SELF,
            _cited(
                Text("交接班须两个人分别确认", "two different people confirm a hand-over"),
                Text("接班人；无人接班时为安保负责人", "the next person; with nobody next, the security manager"),
            ),
        ),
        (
            duty.HANDOVER_NEEDED,
            _cited(
                Text("有人接班时须办理交接", "with somebody next, a shift is handed over"),
                holders(Permission.DUTY_PLAN),
            ),
        ),
        (
            duty.POST_TAKEN,
            _cited(
                Text("一个岗位同一时间一人值班", "one person at a time is on duty at a post"),
                Text(
                    "当班人员交班；联系不上时为安保负责人",
                    "whoever is on duty; when out of reach, the security manager",
                ),
            ),
        ),
        (
            duty.ALREADY_ON_DUTY,
            _cited(Text("一个人同一时间只在一个岗位", "nobody is on duty at two posts"), holders(Permission.DUTY_PLAN)),
        ),
        (
            duty.NOT_ON_DUTY,
            _cited(Text("值班事项由当班人员办理", "whoever is on duty does this"), holders(Permission.DUTY_SERVE)),
        ),
    )
}
