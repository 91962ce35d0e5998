"""Why a check cannot run."""

from typing import Final

from mingjian.kernel.errors import Fault, Problem, Text

CHECK_RUNNING: Final = Problem(
    "check.running",
    Fault.CONFLICT,
    Text("已有同类检查（{mode}）正在进行。", "A check of this kind ({mode}) is under way."),
    Text("同一时间只需一个。", "One at a time is enough."),
    Text(
        "请等待其结束，或在命令行使用 --new 另行开始。",
        "Wait for its end, or begin another one with --new on the command line.",
    ),
)
VOLUME_UNKNOWN: Final = Problem(
    "check.volume_unknown",
    Fault.MISSING,
    Text("没有这个存储卷：{volume}。", "There is no such volume: {volume}."),
    Text("编号有误，或属于其他安装。", "The id is wrong, or of another installation."),
    Text("请用 mingjian volume list 查看存储卷编号。", "See the ids with `mingjian volume list`."),
)
