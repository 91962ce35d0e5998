"""[media]: which networks cameras are in, how recording is cut, where it is kept."""

from ipaddress import ip_network
from pathlib import Path
from typing import Final

from pydantic import Field, IPvAnyNetwork

from mingjian.kernel.config import Section
from mingjian.media.record.files import FlushPolicy

# Cameras live in private networks. Link-local is left out on purpose: 169.254.169.254 answers with the secrets of a
# rented machine. A site that knows its camera network should write that one only.
PRIVATE_NETWORKS: Final[tuple[IPvAnyNetwork, ...]] = tuple(
    ip_network(text) for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)


MOST_PROCESSES: Final = 64


class MediaSettings(Section):
    allowed_networks: tuple[IPvAnyNetwork, ...] = Field(default=PRIVATE_NETWORKS, min_length=1)
    """允许连接摄像机的网段；默认为本机和专用网段（RFC 1918、RFC 4193），建议只写摄像机所在网段
    Networks that may be connected to: this machine and private ranges (RFC 1918, RFC 4193); better only the cameras"""

    fragment_s: float = Field(default=1.0, gt=0, le=1.0)
    """一个片段最长多少秒；进程被强行终止时最多丢失这么多
    Longest fragment in seconds; what `kill -9` can lose"""

    flush_interval_s: float = Field(default=1.0, gt=0, le=10.0)
    """多少秒落盘一次；断电时最多丢失一个片段加这么多
    Seconds between making fragments durable; a power cut can lose this and one fragment"""

    segment_s: float = Field(default=60.0, ge=10, le=600)
    """一个文件大约多少秒
    Seconds in one file, about"""

    folder: Path = Path("video")
    """第一个录像目录；相对路径在数据目录之下；更多磁盘用 mingjian volume add 加入
    The first folder for footage; a relative one is inside the data directory; more disks by `mingjian volume add`"""

    flush: FlushPolicy = "syncfs"
    """落盘方式：syncfs 每个卷一次；fdatasync 每个文件一次，适合与其他程序共用的磁盘
    How writes are made durable: once for each volume, or for each file, where others use the disk too"""

    waiting_mb: int = Field(default=256, ge=16, le=65536)
    """磁盘不响应时，每个卷最多在内存中等待多少 MB，超过即记为缺口
    MB that may wait in memory for a disk that does not answer; beyond it there is a gap"""

    live_address: str = Field(default="", max_length=200, pattern=r"^$|^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$")
    """多台机器时，向其他机器提供实时画面的“地址:端口”；第 K 个录像进程用端口加 K-1；为空则只在本机提供
    Where live pictures are handed to other machines, host:port; process K uses the port plus K-1; empty: nowhere"""

    processes: int = Field(default=1, ge=1, le=MOST_PROCESSES)
    """几个进程分担录像；每路摄像机只由其中一个录制，某个进程退出后由其余进程接管
    Processes that share the recording; each camera is one's, and others take over what one leaves that ends"""


class StoreSettings(Section):
    floor_mb: int = Field(default=2_048, ge=16, le=10_000_000)
    """每个存储卷至少留多少兆字节；低于此值时不写复制件，并按优先级从低到高停止新的录像
    Megabytes left free on each volume; below it no copies are written and recording stops, lowest priority first"""

    reserve_mb: int = Field(default=64, ge=0, le=10_000)
    """为数据库与日志预留的文件有多少兆字节；数据库所在磁盘写满时让出
    Megabytes of a file that is given up for database and log when their disk is full"""

    undo_hours: float = Field(default=24.0, ge=0, le=720)
    """期满录像列入清除后，多少小时之内可以撤回
    Hours in which footage that was marked for removal can be brought back"""

    clip_days: int = Field(default=7, ge=1, le=90)
    """复制件保留多少天后自动删除
    Days after which copies are removed"""

    scrub_mb_per_s: float = Field(default=4.0, ge=0, le=1_000)
    """后台逐字节检查平均每秒读取多少兆字节；0 为不检查
    Megabytes a second that the slow check of every byte reads on average; 0 switches it off"""

    check_mb_per_s: float = Field(default=40.0, ge=0.1, le=10_000)
    """由页面启动的完整检查每秒最多读取多少兆字节
    Megabytes a second that a full check which somebody asked for reads at most"""

    @property
    def floor_bytes(self) -> int:
        return self.floor_mb << 20
