"""What keeping refuses, and what its alerts say."""

from typing import Final

from mingjian.alerts.model import Kind, Severity
from mingjian.kernel.errors import Fault, Problem, Text

HOLD_UNKNOWN = Problem(
    "keep.hold_unknown",
    Fault.MISSING,
    Text("没有这个保全。", "There is no such hold."),
    Text("编号不存在。", "The id does not exist."),
    Text("请刷新保全列表。", "Refresh the list of holds."),
)
HOLD_LIFTED = Problem(
    "keep.hold_lifted",
    Fault.CONFLICT,
    Text("该保全已由 {who} 解除。", "This hold was lifted by {who} already."),
    Text("保全只解除一次。", "A hold is lifted once."),
    Text("如仍需保留，请另设保全。", "If the footage must still stay, place another hold."),
)
OWN_HOLD = Problem(
    "keep.own_hold",
    Fault.FORBIDDEN,
    Text("不能解除自己设置的保全。", "Nobody lifts their own hold."),
    Text("保全由 {who} 设置，须由另一人解除。", "It was placed by {who}; another person must lift it."),
    Text("请安保负责人或公安监管中的另一人解除。", "Ask another security manager or police supervisor."),
)
REASON_NEEDED = Problem(
    "keep.reason_needed",
    Fault.INPUT,
    Text("请填写事由。", "Say why."),
    Text("事由会记入日志，为 2 至 200 个字符。", "The reason is recorded; it has 2 to 200 characters."),
    Text("填写事由后重试。", "Enter the reason and try again."),
)
RANGE_UNREADABLE = Problem(
    "keep.range_unreadable",
    Fault.INPUT,
    Text("时间范围有误。", "The time range is wrong."),
    Text("结束须晚于开始。", "The end must be after the start."),
    Text("请更正时间范围。", "Correct the range."),
)
TERM_UNKNOWN = Problem(
    "keep.term_unknown",
    Fault.MISSING,
    Text("没有这条保存期限，或已终止。", "There is no such term, or it has ended."),
    Text("编号不存在，或该期限已不再有效。", "The id does not exist, or the term is no longer in force."),
    Text("请刷新保存期限。", "Refresh the terms."),
)
CITATION_NEEDED = Problem(
    "keep.citation_needed",
    Fault.INPUT,
    Text("法定期限须写明依据。", "A term from a law needs its citation."),
    Text("没有条文依据的期限只能算作单位规定。", "Without an article it is no more than the unit's own policy."),
    Text(
        "请写明法规与条款，如《公共安全视频图像信息系统管理条例》第十七条。",
        "Name the text and its article, such as 公共安全视频图像信息系统管理条例 第十七条.",
    ),
)
PLAN_UNREADABLE = Problem(
    "keep.plan_unreadable",
    Fault.INPUT,
    Text("录像计划有误。", "The recording plan is wrong."),
    Text(
        "每周计划至少有一段，同一天的各段不重叠，结束晚于开始；跨过零点须分成两段。",
        "A weekly plan has spans; those of one day do not overlap and end after their start; midnight divides them.",
    ),
    Text("请更正计划后重试。", "Correct the plan and try again."),
)
GROUP_UNKNOWN = Problem(
    "keep.group_unknown",
    Fault.MISSING,
    Text("没有这个存储组。", "There is no such volume group."),
    Text("编号不存在。", "The id does not exist."),
    Text("请从列表中选择存储组。", "Choose the group from the list."),
)
GROUP_OTHER_KIND = Problem(
    "keep.group_other_kind",
    Fault.INPUT,
    Text("演示录像与真实录像不能放在同一存储组。", "Demonstration footage and real footage do not share a group."),
    Text(
        "演示组的录像会循环覆盖，没有法定期限。",
        "Footage in a demonstration group goes in a ring and has no statutory term.",
    ),
    Text("请选择同类的存储组。", "Choose a group of the same kind."),
)
VOLUME_UNKNOWN = Problem(
    "keep.volume_unknown",
    Fault.MISSING,
    Text("没有这个在用的存储卷：{volume}。", "There is no such volume in use: {volume}."),
    Text("编号不存在，或该卷已停用。", "The id does not exist, or the volume is retired already."),
    Text("mingjian volume list 列出所有存储卷。", "`mingjian volume list` shows all of them."),
)
CLOCK_CONFIRMED = Problem(
    "keep.clock_confirmed",
    Fault.CONFLICT,
    Text("时钟已经确认。", "The clock is confirmed already."),
    Text("自上次跳变以来已有人或系统确认。", "Somebody, or the system, confirmed it since its last step."),
    Text("无需操作。", "Nothing needs to be done."),
)
ORDER_INCOMPLETE = Problem(
    "keep.order_incomplete",
    Fault.FORBIDDEN,
    Text("删除令不完整，未删除任何录像。", "The order to delete is not complete; nothing was deleted."),
    Text("{reason_zh}", "{reason_en}"),
    Text(
        "须有主管机关的书面决定及其摘要值，并由两名不同人员经办。",
        "It takes an authority's written decision with its digest, and two different persons.",
    ),
)
ORDER_HELD = Problem(
    "keep.order_held",
    Fault.CONFLICT,
    Text("该范围内有保全，未删除任何录像。", "A hold stands in this range; nothing was deleted."),
    Text("保全优先于删除令。", "A hold comes before an order to delete."),
    Text("请先按程序解除保全。", "Have the hold lifted first."),
)

# Alerts. Each clears by itself when what it says is no longer so.

DISK_LOW = Kind(
    Problem(
        "storage.disk_low",
        Fault.SELF,
        Text("存储组“{group}”即将写满。", 'The volume group "{group}" is nearly full.'),
        Text("{reason_zh}", "{reason_en}"),
        Text(
            "请增加存储卷（mingjian volume add），或缩短超出法定最短期限的保存期限。",
            "Add a volume (mingjian volume add), or shorten what is kept beyond the statutory minimum.",
        ),
    ),
    Severity.WARNING,
    "volume_group",
)
DISK_FULL = Kind(
    Problem(
        "storage.disk_full",
        Fault.SELF,
        Text(
            "存储组“{group}”已满，部分通道停止录像。", 'The volume group "{group}" is full; some recording has stopped.'
        ),
        Text(
            "剩余录像均在保存期限或保全之内，不得删除。",
            "All footage that is left is under its term or a hold and must stay.",
        ),
        Text("请立即增加存储卷；有空间后自动恢复录像。", "Add a volume at once; recording begins again by itself."),
    ),
    Severity.CRITICAL,
    "volume_group",
)
VOLUME_MISSING = Kind(
    Problem(
        "storage.volume_missing",
        Fault.SELF,
        Text("存储卷不在原处：{path}。", "The storage volume is not where it was: {path}."),
        Text("目录中没有该卷的标识。", "Its identity is not in the folder."),
        Text(
            "请挂载原磁盘；平台不会在错误的磁盘上写入或删除，卷上的记录保留。",
            "Mount the right disk; nothing is written to or deleted from a wrong one, and its rows stay.",
        ),
    ),
    Severity.CRITICAL,
    "volume",
)
DAMAGE = Kind(
    Problem(
        "storage.damage",
        Fault.SELF,
        Text("存储卷 {path} 上发现 {count} 处损坏。", "{count} places on the volume {path} are damaged."),
        Text("文件与记录的摘要或大小不符。", "Files do not match the digests or sizes on record."),
        Text(
            "请查看损坏列表，检查该磁盘，必要时更换。", "See the list of damage, check the disk, replace it if need be."
        ),
    ),
    Severity.WARNING,
    "volume",
)
CLOCK_STEPPED = Kind(
    Problem(
        "clock.stepped",
        Fault.SELF,
        Text("服务器时钟跳变了 {seconds} 秒。", "The server's clock was set by {seconds} s."),
        Text("时钟确认之前不删除任何录像。", "Until it is confirmed, no footage is deleted."),
        Text(
            "请核对时间与校时服务，然后在“存储”页确认时钟。",
            "Check the time and its synchronisation, then confirm the clock on the page Storage.",
        ),
    ),
    Severity.WARNING,
    "clock",
)
NOT_LANDING = Kind(
    Problem(
        "channel.not_landing",
        Fault.SELF,
        Text("通道“{name}”应录像而没有录像。", 'The channel "{name}" should be recorded and is not.'),
        Text("{reason_zh}", "{reason_en}"),
        Text("请检查摄像机、网络与录像服务。", "Check the camera, the network and the recording service."),
    ),
    Severity.CRITICAL,
    "channel",
)
DELETION_PAUSED = Kind(
    Problem(
        "storage.deletion_paused",
        Fault.SELF,
        Text("自动删除已暂停。", "Automatic deletion is paused."),
        Text("{reason_zh}", "{reason_en}"),
        Text("{advice_zh}", "{advice_en}"),
    ),
    Severity.WARNING,
    "deletion",
)
OFFLINE = Kind(
    Problem(
        "channel.offline",
        Fault.SELF,
        Text("通道“{name}”离线。", 'The channel "{name}" is offline.'),
        Text("{reason_zh}", "{reason_en}"),
        Text("请检查摄像机的电源与网络。", "Check the camera's power and network."),
    ),
    Severity.WARNING,
    "channel",
)

ALERTS: Final = (
    DISK_LOW,
    DISK_FULL,
    VOLUME_MISSING,
    DAMAGE,
    CLOCK_STEPPED,
    NOT_LANDING,
    DELETION_PAUSED,
    OFFLINE,
)
