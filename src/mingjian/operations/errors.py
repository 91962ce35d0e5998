"""What the installation itself is told about: certificate, processes, backups, the audit log's seal."""

from typing import Final

from mingjian.alerts.model import Kind, Severity
from mingjian.kernel.errors import Fault, Problem, Text

CERTIFICATE_ENDS = Kind(
    Problem(
        "operations.certificate_ends",
        Fault.SELF,
        Text("HTTPS 证书还有 {days} 天到期。", "The HTTPS certificate ends in {days} days."),
        Text("到期后浏览器会拒绝打开控制台。", "After that, browsers refuse to open the console."),
        Text(
            "本机签发的证书在重新启动时自动续期：请安排一次重启；自备证书请更换文件。",
            "One made here renews itself at a restart: plan one. Replace the file of one that was brought.",
        ),
    ),
    Severity.WARNING,
    "certificate",
)
ROLE_DOWN = Kind(
    Problem(
        "operations.role_down",
        Fault.SELF,
        Text("进程 {role} 没有运行。", "The process {role} is not running."),
        Text(
            "它已停止 {minutes} 分钟以上，重启 {restarts} 次。",
            "Down for {minutes} minutes, restarted {restarts} times.",
        ),
        Text("请查看日志，然后运行 mingjian doctor。", "Look into the log, then run `mingjian doctor`."),
    ),
    Severity.CRITICAL,
    "role",
)
BACKUP_OLD = Kind(
    Problem(
        "operations.backup_old",
        Fault.SELF,
        Text("备份过旧。", "The backup is too old."),
        Text("{reason_zh}", "{reason_en}"),
        Text(
            "请检查 [backup] 设置和备份磁盘，或运行 mingjian backup。",
            "Check the settings of [backup] and the disk that it goes to, or run `mingjian backup`.",
        ),
    ),
    Severity.WARNING,
    "backup",
)
CLOCK_UNSYNCHRONISED = Kind(
    Problem(
        "operations.clock_unsynchronised",
        Fault.SELF,
        Text("系统时钟没有与时间服务同步。", "The system's clock is not kept by a time service."),
        Text(
            "内核报告已有 {minutes} 分钟未同步；录像的时间就是本机时钟的时间，偏差会进入证据。",
            "The kernel has said so for {minutes} minutes; recorded time is this machine's, and so is its error.",
        ),
        Text(
            "请检查 chrony 或 systemd-timesyncd 及其时间源；容器内由宿主机负责。",
            "Look at chrony or systemd-timesyncd and its source; in a container the host does this.",
        ),
    ),
    Severity.WARNING,
    "clock",
)
SEAL_FAILING = Kind(
    Problem(
        "operations.seal_failing",
        Fault.SELF,
        Text("审计日志未能封存。", "The audit log is not being sealed."),
        Text("{reason_zh}", "{reason_en}"),
        Text("请运行 mingjian audit verify 并查看日志。", "Run `mingjian audit verify` and look into the log."),
    ),
    Severity.CRITICAL,
    "audit",
)
ALERTS: Final = (CERTIFICATE_ENDS, ROLE_DOWN, BACKUP_OLD, CLOCK_UNSYNCHRONISED, SEAL_FAILING)
