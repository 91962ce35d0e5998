"""[backup]: scheduled backups. `mingjian backup` needs none of this."""

from pydantic import Field

from mingjian.kernel.config import Section


class BackupSettings(Section):
    folder: str = Field(default="", max_length=1_000)
    """定时备份写入的目录，应在另一块磁盘或另一台机器上；留空则不定时备份
    Folder for scheduled backups, better on another disk or machine; empty: none are scheduled"""

    key_file: str = Field(default="", max_length=1_000)
    """加密备份的密钥文件（mingjian backup --new-key 生成），权限 600；务必另存一份
    File with the key that encrypts them (made by `mingjian backup --new-key`), rights 600; keep a copy elsewhere"""

    every_hours: float = Field(default=24.0, ge=1, le=720)
    """每隔多少小时备份一次
    Hours from one backup to the next"""

    keep: int = Field(default=7, ge=1, le=1_000)
    """保留最近多少份
    How many of them are kept"""

    warn_after_days: float = Field(default=7.0, ge=0, le=365)
    """多少天没有成功的备份即告警；0 为不告警
    Days without a good backup after which there is an alert; 0: none"""
