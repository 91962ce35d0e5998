"""What marking refuses."""

from mingjian.kernel.errors import Fault, Problem, Text

MARK_UNKNOWN = Problem(
    "mark.unknown",
    Fault.MISSING,
    Text("没有这个书签，或已被删除。", "There is no such mark, or it was removed."),
    Text("编号不存在。", "The id does not exist."),
    Text("请刷新书签列表。", "Refresh the list of marks."),
)
NAME_NEEDED = Problem(
    "mark.name_needed",
    Fault.INPUT,
    Text("请为书签命名。", "Give the mark a name."),
    Text("名称用于检索，为 1 至 {limit} 个字符。", "It is found again by its name of 1 to {limit} characters."),
    Text("填写名称后重试。", "Enter a name and try again."),
)
SPAN_UNFIT = Problem(
    "mark.span_unfit",
    Fault.INPUT,
    Text("书签的时间有误。", "The time of the mark is wrong."),
    Text(
        "书签标记已过去的时刻或不超过 31 天的时段，结束不早于开始。",
        "A mark names a moment or at most 31 days of the past, and does not end before it starts.",
    ),
    Text("请更正时间。", "Correct the time."),
)
NOT_YOURS = Problem(
    "mark.not_yours",
    Fault.FORBIDDEN,
    Text("不能删除他人的书签。", "Nobody removes another person's mark."),
    Text(
        "书签由 {who} 设置，只有本人或可解除保全的人员可以删除。",
        "It was placed by {who}; only that person, or who may lift holds, removes it.",
    ),
    Text("请联系设置人或安保负责人。", "Ask that person or a security manager."),
)
