"""What alerts refuse, and what they say of themselves."""

from typing import Final

from mingjian.alerts.model import Kind, Severity
from mingjian.kernel.errors import Fault, Problem, Text

ALERT_UNKNOWN = Problem(
    "alerts.unknown",
    Fault.MISSING,
    Text("没有这条告警。", "There is no such alert."),
    Text("编号不存在，或历史已清理。", "The id does not exist, or its history was pruned."),
    Text("请刷新告警列表。", "Refresh the list of alerts."),
)
ALERT_OVER = Problem(
    "alerts.over",
    Fault.CONFLICT,
    Text("告警已恢复，无需确认。", "The alert is over; there is nothing to acknowledge."),
    Text("它所说的情况已不存在。", "What it says is no longer so."),
    Text("请刷新告警列表。", "Refresh the list of alerts."),
)
ALERT_ACKNOWLEDGED = Problem(
    "alerts.acknowledged",
    Fault.CONFLICT,
    Text("该告警已由 {who} 确认。", "This alert was acknowledged by {who} already."),
    Text("告警只确认一次。", "An alert is acknowledged once."),
    Text("如需补充，请联系确认人。", "Ask that person for more."),
)
ALERT_CLOSED = Problem(
    "alerts.closed",
    Fault.CONFLICT,
    Text("该告警已由 {who} 办结。", "This alert was closed by {who} already."),
    Text("告警只办结一次。", "An alert is closed once."),
    Text("如情况有变，请写入值班日志。", "If things have changed, write it into the duty log."),
)
NOTE_NEEDED = Problem(
    "alerts.note_needed",
    Fault.INPUT,
    Text("请写明处理情况。", "Say what was done."),
    Text(
        "选择“其他”，或情况仍在持续时办结，须写明原因。",
        'It is needed with "other", and when what the alert says is still so.',
    ),
    Text("填写说明后重试。", "Write a note and try again."),
)
ASSIGNEE_UNFIT = Problem(
    "alerts.assignee_unfit",
    Fault.INPUT,
    Text("不能交办给此人。", "This person cannot be given the alert."),
    Text("账号已停用，或其角色不处理告警。", "The account is disabled, or the role does not deal with alerts."),
    Text("请从列表中选择其他人员。", "Choose somebody else from the list."),
)
CODE_UNKNOWN = Problem(
    "alerts.code_unknown",
    Fault.SELF,
    Text("未知告警：{code}。", "An unknown alert: {code}."),
    Text("由其他版本的程序写入。", "Another version of the program wrote it."),
    Text("请升级程序。", "Upgrade the program."),
)
MAIL_REFUSED = Problem(
    "alerts.mail_refused",
    Fault.PEER,
    Text("告警邮件未能送出。", "Mail about alerts could not be sent."),
    Text("邮件服务器 {server}：{reason}", "The mail server {server}: {reason}"),
    Text(
        "请检查 [alerts] mail_ 开头的设置、口令文件和证书，然后运行 mingjian alerts try。",
        "Check the settings of [alerts] that begin with mail_, the password file and the certificate, then run "
        "`mingjian alerts try`.",
    ),
)
MAIL_UNSAFE = Problem(
    "alerts.mail_unsafe",
    Fault.INPUT,
    Text("不加密的邮件只能发往本机。", "Mail without encryption goes to this machine only."),
    Text("{server} 是另一台机器，而 mail_security 为 none。", "{server} is another machine and mail_security is none."),
    Text("请将 [alerts] mail_security 改为 starttls 或 tls。", "Set [alerts] mail_security to starttls or tls."),
)
HOOK_REFUSED = Problem(
    "alerts.hook_refused",
    Fault.PEER,
    Text("告警推送未能送达。", "The hook for alerts was not taken."),
    Text("{server}：{reason}", "{server}: {reason}"),
    Text(
        "请检查接收方和 [alerts] hook_ 开头的设置，然后运行 mingjian alerts try。",
        "Check the receiver and the settings of [alerts] that begin with hook_, then run `mingjian alerts try`.",
    ),
)
HOOK_UNREADABLE = Problem(
    "alerts.hook_unreadable",
    Fault.INPUT,
    Text("推送地址无法识别。", "The address of the hook cannot be read."),
    Text(
        "地址须为 https://主机/路径（本机或允许的内网可用 http），不含用户名、片段和空格。",
        "It must be https://host/path (http where the network is allowed), without user name, fragment or spaces.",
    ),
    Text("请更正 [alerts] hook_url。", "Correct [alerts] hook_url."),
)
HOOK_NETWORK = Problem(
    "alerts.hook_network",
    Fault.INPUT,
    Text("不允许向该网络推送：{address}。", "The hook may not go to that network: {address}."),
    Text("只推送到 [alerts] hook_networks 中的网段。", "It goes to the networks of [alerts] hook_networks only."),
    Text("如确需推送，请把该网段加入名单。", "If it is right, add the network to the list."),
)
SECRET_UNREADABLE = Problem(
    "alerts.secret_unreadable",
    Fault.INPUT,
    Text("无法读取密钥文件 {path}。", "The file of a secret, {path}, cannot be read."),
    Text("{reason}", "{reason}"),
    Text(
        "文件须存在、非空、只有运行平台的账号可读（chmod 600）。",
        "It must exist, hold something, and be readable by the platform's account alone (chmod 600).",
    ),
)
NOT_SET = Problem(
    "alerts.not_set",
    Fault.INPUT,
    Text("没有设置任何告警送达方式。", "No way of telling alerts is set."),
    Text("[alerts] mail_host 与 hook_url 均为空。", "[alerts] mail_host and hook_url are both empty."),
    Text("请在 mingjian.toml 的 [alerts] 中设置其一。", "Set one of them in [alerts] of mingjian.toml."),
)

NOT_TOLD = Kind(
    Problem(
        "alerts.not_told",
        Fault.SELF,
        Text("告警未能送出（{way}），已放弃 {count} 条。", "Alerts could not be told by {way}; {count} were given up."),
        Text("{reason_zh}", "{reason_en}"),
        Text(
            "请检查邮件或推送设置；本页仍显示全部告警。",
            "Check the settings of mail or hook; this page shows every alert all the same.",
        ),
    ),
    Severity.WARNING,
    "way",
)
TRIAL = Kind(
    Problem(
        "alerts.trial",
        Fault.SELF,
        Text("这是一条试发的告警。", "This is an alert on trial."),
        Text("有人运行了 mingjian alerts try。", "Somebody ran `mingjian alerts try`."),
        Text("收到即表示送达正常，无需处理。", "If you read this, telling works; nothing needs to be done."),
    ),
    Severity.NOTICE,
    "way",
)
ALERTS: Final = (NOT_TOLD, TRIAL)
