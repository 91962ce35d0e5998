"""Refusals of the audit log: mistakes of our own code are plain exceptions, what somebody must mend is a problem."""

from typing import Final

from mingjian.kernel.errors import Fault, Problem, Text


class UnfitDetail(ValueError):  # noqa: N818 - the name says what is wrong with the entry
    """A detail that must not be kept: too big, a float, or something that looks like a secret."""


class AuditMissing(RuntimeError):  # noqa: N818 - as above
    """A transaction was about to commit an effect that nobody recorded; it was rolled back."""


KEY_UNREADABLE: Final = Problem(
    "audit.key_unreadable",
    Fault.SELF,
    Text("无法读取审计日志的密钥 {path}。", "The key of the audit log, {path}, cannot be read."),
    Text("{reason}", "{reason}"),
    Text(
        "请从备份恢复数据目录中的 keys 文件夹；没有原密钥，以前的封印无法验证。",
        "Restore the folder keys of the data directory from a backup: without that key earlier seals prove nothing.",
    ),
)
HEAD_UNREADABLE: Final = Problem(
    "audit.head_unreadable",
    Fault.SELF,
    Text("数据库之外保存的日志封印无法验证。", "The head of the log that is kept beside the database does not verify."),
    Text(
        "它损坏、被改动，或不是用本机密钥签名的：{reason}",
        "It is damaged, was changed, or was not signed with this key: {reason}",
    ),
    Text(
        "请核查数据目录中的 audit/head 与 keys/audit.key；核查清楚前不再封印。",
        "Find out what happened to audit/head and keys/audit.key in the data directory; nothing is sealed until then.",
    ),
)
SEALS_BROKEN: Final = Problem(
    "audit.seals_broken",
    Fault.SELF,
    Text("审计日志的封印不一致，已停止封印。", "The seals of the audit log do not fit together; sealing has stopped."),
    Text(
        "数据库中最后一个封印（第 {size} 条）与其签名不符。",
        "The last seal in the database ({size} entries) does not fit its signature.",
    ),
    Text(
        "请由审计员执行 mingjian audit verify 并保留现场。",
        "Let the auditor run mingjian audit verify, and keep everything as it is.",
    ),
)
ROLLED_BACK: Final = Problem(
    "audit.rolled_back",
    Fault.SELF,
    Text(
        "数据库比已封印的日志旧：数据库到第 {found} 条，已封印到第 {sealed} 条。",
        "The database is older than the sealed log: it ends at entry {found}, and {sealed} were sealed.",
    ),
    Text(
        "它被换成了较早的副本，或最近的记录被删除。",
        "It was replaced by an earlier copy, or its newest entries were removed.",
    ),
    Text(
        "若确为经批准的恢复，请执行 mingjian audit resume --reason …；否则请保留现场并报告审计员。",
        "If this is a restore that was agreed, run mingjian audit resume --reason …; else keep everything as it is and "
        "tell the auditor.",
    ),
)
NOTHING_TO_RESUME: Final = Problem(
    "audit.nothing_to_resume",
    Fault.CONFLICT,
    Text("日志与封印一致，无需确认恢复。", "The log and its seals agree; there is nothing to confirm."),
    Text("数据库不比已封印的日志旧。", "The database is not older than the sealed log."),
    Text("无需操作。", "Nothing needs to be done."),
)
SEARCH_UNREADABLE: Final = Problem(
    "audit.search_unreadable",
    Fault.INPUT,
    Text("日志的查询条件不正确。", "The search of the log cannot be understood."),
    Text("动作、时间或游标不在允许的范围内。", "The action, the times or the cursor are not what they may be."),
    Text("请检查条件后重试。", "Check the conditions and try again."),
)
