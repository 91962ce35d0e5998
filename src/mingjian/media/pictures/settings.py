"""[pictures]: thumbnails, stills and snapshots."""

from pydantic import Field

from mingjian.kernel.config import Section


class PicturesSettings(Section):
    processes: int = Field(default=1, ge=1, le=8)
    """同时解码画面的进程数；录像优先，通常 1 个即可
    Processes that decode pictures at a time; recording comes first, and one is enough as a rule"""

    cache_mb: int = Field(default=256, ge=0, le=65_536)
    """时间轴缩略图缓存最多多少兆字节；0 为不缓存
    Megabytes of thumbnails kept on the disk; 0 keeps none"""

    still_s: float = Field(default=2.0, ge=1.0, le=60.0)
    """浏览器无法解码时，静态画面每多少秒更新一次
    Seconds between stills for browsers that cannot decode a channel"""
