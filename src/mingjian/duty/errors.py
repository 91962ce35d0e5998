"""What is refused on duty, each with what it rests on."""

from typing import Final

from mingjian.kernel.errors import Fault, Problem, Text

POST_UNKNOWN: Final = Problem(
    "duty.post_unknown",
    Fault.MISSING,
    Text("没有这个值班岗位。", "There is no such post."),
    Text("岗位不存在，或已停用。", "It does not exist, or is no longer in use."),
    Text("请刷新后重新选择。", "Refresh and choose again."),
)
POST_NAME_UNFIT: Final = Problem(
    "duty.post_name_unfit",
    Fault.INPUT,
    Text("岗位名称不可用。", "This cannot be the name of a post."),
    Text("名称为 1 至 64 个字符，且不与使用中的岗位重名。", "A name has 1 to 64 characters and is no other post's."),
    Text("请换一个名称。", "Choose another name."),
)
SEAT_UNFIT: Final = Problem(
    "duty.seat_unfit",
    Fault.CONFLICT,
    Text("该值班席位不能用于此岗位。", "This duty place cannot serve the post."),
    Text("席位不存在，或已属于另一个岗位。", "It does not exist, or serves another post."),
    Text("请选择另一个席位。", "Choose another one."),
)
POST_IN_USE: Final = Problem(
    "duty.post_in_use",
    Fault.CONFLICT,
    Text("岗位上还有人值班，不能停用。", "Somebody is on duty there; the post cannot be ended."),
    Text("{number} 由 {who} 值班。", "{who} is on duty, {number}."),
    Text("请先办理交接或结束该班次。", "Have that shift handed over or ended first."),
)
ROSTER_UNFIT: Final = Problem(
    "duty.roster_unfit",
    Fault.INPUT,
    Text("排班不能保存。", "The roster cannot be saved."),
    Text("{reason_zh}", "{reason_en}"),
    Text("请更正后再保存。", "Correct it and save again."),
)
NOT_ON_ROSTER_ROLE: Final = Problem(
    "duty.person_unfit",
    Fault.INPUT,
    Text("{who}不能排班。", "{who} cannot be put on the roster."),
    Text(
        "只有在用的值班员和安保负责人可以值班。",
        "Duty operators and security managers with an account in use are on duty.",
    ),
    Text("请选择其他人员。", "Choose somebody else."),
)
SHIFT_UNKNOWN: Final = Problem(
    "duty.shift_unknown",
    Fault.MISSING,
    Text("没有这个班次。", "There is no such shift."),
    Text("编号不存在。", "The id does not exist."),
    Text("请刷新后重试。", "Refresh and try again."),
)
SHIFT_OVER: Final = Problem(
    "duty.shift_over",
    Fault.CONFLICT,
    Text("这个班次已经结束。", "This shift is over."),
    Text("{number} 已于 {when} 结束。", "{number} ended at {when}."),
    Text("请刷新值班台。", "Refresh the duty desk."),
)
NOT_ON_DUTY: Final = Problem(
    "duty.not_on_duty",
    Fault.CONFLICT,
    Text("您现在不在班。", "You are not on duty."),
    Text(
        "值班日志、必做事项和交接只由当班人员办理。依据：{citations}。",
        "The log, the must-do list and the hand-over are for whoever is on duty. By {citations_en}.",
    ),
    Text("请先上岗，或由当班人员办理。", "Begin your shift first, or ask whoever is on duty."),
)
ALREADY_ON_DUTY: Final = Problem(
    "duty.already_on_duty",
    Fault.CONFLICT,
    Text("您已经在 {post} 值班。", "You are on duty at {post} already."),
    Text(
        "一个人同一时间只在一个岗位值班。依据：{citations}。",
        "Nobody is on duty at two posts at once. By {citations_en}.",
    ),
    Text("请先办理那里的交接。", "Hand that one over first."),
)
POST_TAKEN: Final = Problem(
    "duty.post_taken",
    Fault.CONFLICT,
    Text("{who} 正在此岗位值班。", "{who} is on duty here."),
    Text(
        "上岗须由当班人员交班、接班人员确认。依据：{citations}。",
        "A shift is taken over: whoever is on duty hands over, the next one confirms. By {citations_en}.",
    ),
    Text(
        "请 {who} 办理交班；联系不上时，由安保负责人结束该班次。",
        "Ask {who} to hand over; when out of reach, the security manager ends that shift.",
    ),
)
NOT_PLANNED: Final = Problem(
    "duty.not_planned",
    Fault.FORBIDDEN,
    Text("此时段排的是 {who}。", "The roster has {who} for this time."),
    Text(
        "排班由安保负责人制定，替班须写明事由。依据：{citations}。",
        "The security manager makes the roster; who stands in says why. By {citations_en}.",
    ),
    Text("请填写替班事由，或请安保负责人调整排班。", "Say why you stand in, or have the roster changed."),
)
HANDOVER_SELF: Final = Problem(
    "duty.handover_self",
    Fault.FORBIDDEN,
    Text("不能向自己交班。", "You cannot hand over to yourself."),
    Text(
        "交接班须由交班人和接班人两个人分别确认，责任才分得清。依据：{citations}。",
        "A hand-over is confirmed by two different people, or nobody knows who answered when. By {citations_en}.",
    ),
    Text(
        "请接班人用本人账号确认；无人接班时由安保负责人结束班次。",
        "The next person confirms with the own account; with nobody next, the security manager ends the shift.",
    ),
)
HANDOVER_UNKNOWN: Final = Problem(
    "duty.handover_unknown",
    Fault.MISSING,
    Text("没有这张交接单。", "There is no such hand-over."),
    Text("编号不存在。", "The id does not exist."),
    Text("请刷新后重试。", "Refresh and try again."),
)
HANDOVER_DECIDED: Final = Problem(
    "duty.handover_decided",
    Fault.CONFLICT,
    Text("这张交接单已经办结。", "This hand-over is settled."),
    Text("{number} 已确认或撤回。", "{number} was confirmed or withdrawn."),
    Text("请刷新值班台。", "Refresh the duty desk."),
)
HANDOVER_WAITS: Final = Problem(
    "duty.handover_waits",
    Fault.CONFLICT,
    Text("交接单已提交，等待接班人确认。", "A hand-over was submitted and waits for the next person."),
    Text("{number} 尚未确认。", "{number} is not confirmed yet."),
    Text("请接班人确认，或撤回后重新提交。", "Have it confirmed, or withdraw it and submit again."),
)
HANDOVER_NEEDED: Final = Problem(
    "duty.handover_needed",
    Fault.FORBIDDEN,
    Text("有人接班，不能直接下岗。", "Somebody is next: the shift cannot just end."),
    Text(
        "{who} 排在 {when} 接班，须办理交接。依据：{citations}。",
        "{who} is planned from {when}: hand over. By {citations_en}.",
    ),
    Text("请填写交接单；特殊情况由安保负责人结束班次。", "Write a hand-over; the security manager can end a shift."),
)
CORRECTION_UNFIT: Final = Problem(
    "duty.correction_unfit",
    Fault.INPUT,
    Text("不能更正这条记录。", "This entry cannot be corrected."),
    Text(
        "更正只能针对本岗位日志中的原始记录；记录本身不会被改动。",
        "A correction names an original entry of the same post; that entry itself is never changed.",
    ),
    Text("请选择原始记录。", "Choose the original entry."),
)
TASK_UNKNOWN: Final = Problem(
    "duty.task_unknown",
    Fault.MISSING,
    Text("没有这个必做事项。", "There is no such task."),
    Text("事项已被更改，或不属于此班次。", "It was changed, or is none of this shift."),
    Text("请刷新值班台。", "Refresh the duty desk."),
)
TASK_DONE: Final = Problem(
    "duty.task_done",
    Fault.CONFLICT,
    Text("该事项已由 {who} 完成。", "{who} did this already."),
    Text("一个事项在一个班次中只记一次。", "A task is noted once in a shift."),
    Text("如需补充，请写入值班日志。", "Add what is missing to the log."),
)
