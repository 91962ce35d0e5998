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
