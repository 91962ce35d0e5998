"""[media]: which networks cameras are in, how recording is cut, where it is kept."""

from ipaddress import ip_network
from pathlib import Path
from typing import Final

from pydantic import Field, IPvAnyNetwork

from mingjian.kernel.config import Section

# Cameras live in private networks. Link-local is left out on purpose: 169.254.169.254 answers with the secrets of a
# rented machine. A site that knows its camera network should write that one only.
PRIVATE_NETWORKS: Final[tuple[IPvAnyNetwork, ...]] = tuple(
    ip_network(text) for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)


class MediaSettings(Section):
    allowed_networks: tuple[IPvAnyNetwork, ...] = Field(default=PRIVATE_NETWORKS, min_length=1)
    """允许连接摄像机的网段；默认为本机和专用网段（RFC 1918、RFC 4193），建议只写摄像机所在网段
    Networks that may be connected to: this machine and private ranges (RFC 1918, RFC 4193); better only the cameras"""

    fragment_s: float = Field(default=1.0, gt=0, le=1.0)
    """一个片段最长多少秒；被强行终止时最多丢失这么多
    Longest fragment in seconds; what `kill -9` can lose"""

    flush_interval_s: float = Field(default=1.0, gt=0, le=10.0)
    """多少秒落盘一次；断电时最多丢失一个片段加这么多
    Seconds between making fragments durable; a power cut can lose this and one fragment"""

    segment_s: float = Field(default=60.0, ge=10, le=600)
    """一个文件大约多少秒
    Seconds in one file, about"""

    folder: Path = Path("video")
    """录像目录；相对路径在数据目录之下
    Folder for footage; a relative one is inside the data directory"""
