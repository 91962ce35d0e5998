"""[identity]: how long people stay signed in, and how guessing is slowed."""

from pydantic import Field

from mingjian.kernel.config import Section


class IdentitySettings(Section):
    session_hours: float = Field(default=12.0, gt=0, le=24)
    """登录后最长有效时间（小时）
    A session ends this long after signing in (hours)"""

    session_idle_minutes: float = Field(default=60.0, gt=0, le=1_440)
    """无操作多久后退出（分钟）
    A session ends after this long without use (minutes)"""

    setup_link_hours: float = Field(default=24.0, gt=0, le=168)
    """首次设置链接的有效时间（小时）
    The link for the first set-up is valid this long (hours)"""

    invite_hours: float = Field(default=72.0, gt=0, le=720)
    """邀请链接的有效时间（小时）
    An invitation is valid this long (hours)"""

    free_attempts: int = Field(default=4, ge=1, le=20)
    """连续失败多少次后开始限速
    Failed attempts to sign in before each further one has to wait"""

    longest_wait_minutes: float = Field(default=15.0, gt=0, le=1_440)
    """限速的最长等待（分钟）
    The longest such wait (minutes)"""

    assertion_minutes: float = Field(default=5.0, gt=0, le=60)
    """重要操作前确认身份后的有效时间（分钟）
    Acts that need a fresh proof of who acts accept one of this age (minutes)"""

    duty_days: float = Field(default=7.0, gt=0, le=31)
    """值班席位登录后最长有效时间（日）
    A sign-in at a duty place ends this long after it (days)"""

    duty_lock_minutes: float = Field(default=10.0, gt=0, le=240)
    """值班席位无人操作多久后锁定实时画面以外的功能（分钟）
    Without a hand at a duty place for this long, everything but live is locked (minutes)"""

    longest_token_days: int = Field(default=366, ge=1, le=1_100)
    """服务账号令牌的最长有效期（日）
    A token of a program is valid at most this long (days)"""
