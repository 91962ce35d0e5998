"""Why a clip or a stream is refused, or could not be made."""

from collections.abc import Mapping
from typing import Final

from mingjian.kernel.errors import Fault, MingjianError, Problem, Text

REASON_NEEDED = Problem(
    "export.reason_needed",
    Fault.INPUT,
    Text("请填写复制事由。", "Say why you copy this."),
    Text("复制会记入日志，事由为 2 至 200 个字符。", "Copies are recorded, with a reason of 2 to 200 characters."),
    Text("填写事由后重试。", "Enter the reason and try again."),
)
RANGE_UNFIT = Problem(
    "export.range_unfit",
    Fault.INPUT,
    Text("时间范围有误。", "The time range is wrong."),
    Text(
        "结束须晚于开始，且不超过 {limit_zh}。",
        "The end must be after the start, and at most {limit_en} later.",
    ),
    Text("请缩小范围后重试。", "Choose a smaller range and try again."),
)
RANGE_IN_FUTURE = Problem(
    "export.range_in_future",
    Fault.INPUT,
    Text("时间范围尚未结束。", "The time range is not over yet."),
    Text("只能复制已经录下的画面。", "Only what has been recorded can be copied."),
    Text("请选择已过去的时间。", "Choose a time in the past."),
)
NOTHING_RECORDED = Problem(
    "export.nothing_recorded",
    Fault.CONFLICT,
    Text("所选通道在这段时间没有录像。", "Nothing was recorded of these channels in this time."),
    Text("时间轴上可以看到没有录像的原因。", "The timeline shows why."),
    Text("请选择有录像的时间。", "Choose a time with footage."),
)
NOTHING_LEFT = Problem(
    "export.nothing_left",
    Fault.SELF,
    Text("这段录像已无法读取。", "This footage can no longer be read."),
    Text("文件缺失或已损坏：{cause_zh}。", "Files are missing or damaged: {cause_en}."),
    Text("请联系运维人员检查存储。", "Have maintenance check the storage."),
)
TOO_MANY_CLIPS = Problem(
    "export.too_many_clips",
    Fault.LIMIT,
    Text("还有 {found} 个复制任务未完成。", "{found} of your copies are not finished yet."),
    Text("每人同时最多 {limit} 个。", "A person may have {limit} at a time."),
    Text("请等待完成，或删除不需要的。", "Wait for them, or delete what is not needed."),
)
NO_ROOM = Problem(
    "export.no_room",
    Fault.SELF,
    Text("磁盘空间不足，无法生成复制件。", "There is not enough room on the disk for this copy."),
    Text(
        "需要约 {needed_mb} MB，可用 {free_mb} MB（须保留 {floor_mb} MB）。",
        "About {needed_mb} MB are needed, {free_mb} MB may be used ({floor_mb} MB stay free).",
    ),
    Text("请缩小范围，或删除旧的复制件。", "Choose a smaller range, or delete old copies."),
)
MAKING_FAILED = Problem(
    "export.making_failed",
    Fault.SELF,
    Text("复制件未能生成。", "The copy could not be made."),
    Text("{reason}", "{reason}"),
    Text("请重试；若反复出现，请联系运维人员。", "Try again; if it stays, call maintenance."),
)
CLIP_UNKNOWN = Problem(
    "export.clip_unknown",
    Fault.MISSING,
    Text("没有这个复制件。", "There is no such copy."),
    Text("复制件只对申请人可见，到期后自动删除。", "A copy is seen by who asked for it only, and expires."),
    Text("如仍需要，请重新申请。", "Ask for it again if you still need it."),
)
CLIP_NOT_READY = Problem(
    "export.clip_not_ready",
    Fault.CONFLICT,
    Text("复制件现在不能下载。", "The copy cannot be downloaded now."),
    Text("它的状态是：{state_zh}。", "Its state is: {state_en}."),
    Text("生成完成后再下载；已到期的请重新申请。", "Download it once it is ready; ask again for one that expired."),
)
FILE_GONE = Problem(
    "export.file_gone",
    Fault.SELF,
    Text("复制件的文件不在了。", "The file of this copy is gone."),
    Text("它被移走，或磁盘有故障。", "It was moved away, or the disk has a fault."),
    Text("请重新申请；并告知运维人员。", "Ask for it again, and tell maintenance."),
)
STREAM_UNKNOWN = Problem(
    "export.stream_unknown",
    Fault.MISSING,
    Text("播放地址无效或已失效。", "This address does not play, or no longer does."),
    Text(
        "地址十分钟有效，随查看结束或权限收回而失效。",
        "It holds for ten minutes, and ends with its view or the right to it.",
    ),
    Text("请在控制台重新取得地址。", "Get a new one in the console."),
)
PIECE_UNKNOWN = Problem(
    "export.piece_unknown",
    Fault.MISSING,
    Text("该片段不在允许的范围内，或已无法读取。", "This piece is outside of what was granted, or cannot be read."),
    Text("播放地址只对应一个通道的一段时间。", "An address is for one channel and one range."),
    Text("请重新载入播放列表。", "Load the playlist again."),
)

PROBLEMS: Final[Mapping[str, Problem]] = {
    problem.code: problem for problem in (NO_ROOM, MAKING_FAILED, NOTHING_LEFT, NOTHING_RECORDED)
}
"""What a clip that failed may name."""


def told(code: str, values: Mapping[str, str]) -> MingjianError:
    """The problem of a clip that failed, as its row keeps it."""
    return MingjianError(PROBLEMS[code], **values)
