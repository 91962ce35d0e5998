"""What the door and its keepers refuse."""

from typing import Final

from mingjian.kernel.errors import Fault, Problem, Text

OWN_GRANT: Final = Problem(
    "identity.own_grant",
    Fault.FORBIDDEN,
    Text("不能给自己授权。", "Nobody grants anything to themselves."),
    Text("授权与使用必须是两个人。", "Who grants and who uses must be two people."),
    Text("请由另一位安全管理员办理。", "Ask another security administrator."),
)
GRANT_UNKNOWN: Final = Problem(
    "identity.grant_unknown",
    Fault.MISSING,
    Text("没有这项授权。", "There is no such grant."),
    Text("它可能已被收回。", "It may have been taken back."),
    Text("请刷新页面。", "Load the page again."),
)
GRANT_UNFIT: Final = Problem(
    "identity.grant_unfit",
    Fault.INPUT,
    Text("授权范围或时间不正确。", "The scope or the time of the grant is not right."),
    Text(
        "范围须为行政区划代码（6、9 或 12 位）或已登记的单位、场所、通道；结束须晚于开始和现在。",
        "A scope is a region code of 6, 9 or 12 digits or a registered organisation, place or channel; the end is "
        "after the start and after now.",
    ),
    Text("请检查后重新填写。", "Check it and write it again."),
)
DEPUTY_APART: Final = Problem(
    "identity.deputy_apart",
    Fault.FORBIDDEN,
    Text("不能在管理员与他人之间设置代理。", "An administrator and another role cannot stand in for each other."),
    Text(
        "三员分立：系统管理员、安全管理员和审计员只能由同一角色的人代理。",
        "The system administrator, the security administrator and the auditor are stood in for by their own role only.",
    ),
    Text("请选择同一角色的人员。", "Choose somebody of the same role."),
)
DEPUTY_UNFIT: Final = Problem(
    "identity.deputy_unfit",
    Fault.INPUT,
    Text("代理设置不正确。", "This cannot be arranged."),
    Text(
        "代理人与被代理人须是两个在职人员；须有结束时间，最长 {days} 日。",
        "They must be two people with accounts in use, for a span with an end, {days} days at most.",
    ),
    Text("请检查人员和时间。", "Check the people and the times."),
)
DEPUTY_UNKNOWN: Final = Problem(
    "identity.deputy_unknown",
    Fault.MISSING,
    Text("没有这项代理。", "There is no such deputy."),
    Text("它可能已被终止。", "It may have been ended."),
    Text("请刷新页面。", "Load the page again."),
)
