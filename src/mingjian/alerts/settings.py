"""[alerts]: whom alerts are told, by mail and by one hook."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, IPvAnyNetwork

from mingjian.alerts.model import Severity
from mingjian.kernel.config import Section

# Not this machine, and not link-local: there the secrets of rented machines answer.
HOOK_NETWORKS: Final[tuple[IPvAnyNetwork, ...]] = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_ADDRESS: Final = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$"
MailAddress = Annotated[str, Field(pattern=_ADDRESS, max_length=254)]


class AlertsSettings(Section):
    tell_from: Literal["notice", "warning", "critical"] = "warning"
    """从哪一级起通知：notice 提示，warning 警告，critical 严重
    From which severity on alerts are told: notice, warning or critical"""

    keep_days: int = Field(default=400, ge=30, le=36_500)
    """已恢复的告警保留多少天
    Days that alerts which are over stay in the history"""

    mail_host: str = Field(default="", max_length=253, pattern=r"^([A-Za-z0-9.:-]+)?$")
    """邮件服务器；留空则不发邮件
    Mail server; empty: no mail"""

    mail_port: int = Field(default=587, ge=1, le=65_535)
    """邮件服务器端口
    Port of the mail server"""

    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    """加密方式：starttls（587）、tls（465）、none（只许本机）
    Encryption: starttls (587), tls (465), none (this machine only)"""

    mail_authority: str = Field(default="", max_length=1_000)
    """验证邮件服务器的 CA 证书文件；留空用系统自带的
    File with the authority that signed the mail server's certificate; empty: the system's"""

    mail_user: str = Field(default="", max_length=254)
    """邮件账号；留空则不登录
    Account at the mail server; empty: no sign-in"""

    mail_password_file: str = Field(default="", max_length=1_000)
    """保存邮件口令的文件，权限 600
    File that holds the account's password, rights 600"""

    mail_from: str = Field(default="", max_length=254, pattern=f"{_ADDRESS[:-1]}$|^$")
    """发件人
    Sender"""

    mail_to: tuple[MailAddress, ...] = Field(default=(), max_length=20)
    """收件人
    Recipients"""

    hook_url: str = Field(default="", max_length=1_024)
    """接收告警的地址，如 https://duty.example.cn/hook；留空则不推送
    Address that takes alerts, such as https://duty.example.cn/hook; empty: no hook"""

    hook_secret_file: str = Field(default="", max_length=1_000)
    """推送签名（HMAC-SHA256）密钥文件，至少 32 字节，权限 600
    File with the key that signs (HMAC-SHA256), 32 bytes at least, rights 600"""

    hook_networks: tuple[IPvAnyNetwork, ...] = Field(default=HOOK_NETWORKS, min_length=1)
    """允许推送到的网段；默认为专用网段，不含本机
    Networks that the hook may go to; private ranges by default, not this machine"""

    hook_authority: str = Field(default="", max_length=1_000)
    """验证接收方的 CA 证书文件；留空用系统自带的
    File with the authority that signed the receiver's certificate; empty: the system's"""

    @property
    def severities(self) -> tuple[Severity, ...]:
        return Severity(self.tell_from).and_worse

    @property
    def by_mail(self) -> bool:
        return bool(self.mail_host and self.mail_from and self.mail_to)

    @property
    def by_hook(self) -> bool:
        return bool(self.hook_url)


def file_of(text: str, data_dir: Path) -> Path:
    """The file that a setting names: a relative one is inside the data directory."""
    return data_dir / text
