"""What can go wrong between a camera and a picture, in words a person can act on."""

import errno
import os
from collections.abc import Mapping
from typing import Final

from mingjian.kernel.errors import Fault, MingjianError, Problem, Text
from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.model import GapCause
from mingjian.registry.errors import VAULT_KEY_WRONG, VAULT_UNREADABLE

ADDRESS_UNREADABLE = Problem(
    "media.address_unreadable",
    Fault.INPUT,
    Text("地址无法识别。", "The address cannot be read."),
    Text("地址须形如 rtsp://主机:端口/路径，不含空格。", "It must look like rtsp://host:port/path, without spaces."),
    Text(
        "请从摄像机的说明书或管理页面复制 RTSP 地址。",
        "Copy the RTSP address from the camera's manual or its settings page.",
    ),
)
NETWORK_REFUSED = Problem(
    "media.network_refused",
    Fault.INPUT,
    Text("不允许连接该网络：{address}。", "That network is not allowed: {address}."),
    Text("平台只连接允许名单中的网段。", "The platform connects to the networks on its allow-list only."),
    Text(
        "如确需接入，请系统管理员在配置 [media] allowed_networks 中加入该网段。",
        "If it is right, have the system administrator add the network to [media] allowed_networks.",
    ),
)
HOST_UNKNOWN = Problem(
    "media.host_unknown",
    Fault.PEER,
    Text("找不到主机：{host}。", "The host cannot be found: {host}."),
    Text("名称无法解析为地址。", "The name does not resolve to an address."),
    Text("请检查拼写，或改用 IP 地址。", "Check the spelling, or use the IP address."),
)
UNREACHABLE = Problem(
    "media.unreachable",
    Fault.PEER,
    Text("无法连接摄像机：{address}。", "The camera cannot be reached: {address}."),
    Text("{reason_zh}", "{reason_en}"),
    Text("请检查电源、网线、地址和端口。", "Check power, cable, address and port."),
)
TIMED_OUT = Problem(
    "media.timed_out",
    Fault.PEER,
    Text("摄像机没有回应：{address}。", "The camera does not answer: {address}."),
    Text("等待 {seconds} 秒后仍无应答。", "Nothing came within {seconds} seconds."),
    Text("请检查地址、端口、防火墙，或重启摄像机。", "Check address, port and firewall, or restart the camera."),
)
NO_PICTURE = Problem(
    "media.no_picture",
    Fault.PEER,
    Text("摄像机已应答，但没有送出图像。", "The camera answers but sends no picture."),
    Text("{seconds} 秒内没有收到可解码的画面。", "No decodable picture came within {seconds} seconds."),
    Text(
        "请在摄像机上检查该码流是否启用，或重启摄像机。",
        "Check on the camera that this stream is enabled, or restart it.",
    ),
)
NOT_RTSP = Problem(
    "media.not_rtsp",
    Fault.PEER,
    Text("对方不是摄像机的 RTSP 服务。", "What answers there is not an RTSP service."),
    Text("它回答的是：{detail}", "It said: {detail}"),
    Text(
        "网页端口常为 80，RTSP 端口常为 554；请检查端口。",
        "Web pages are often on port 80, RTSP on 554; check the port.",
    ),
)
MALFORMED = Problem(
    "media.malformed",
    Fault.PEER,
    Text("摄像机的应答不符合协议。", "The camera's answer breaks the protocol."),
    Text("{detail}", "{detail}"),
    Text(
        "请更新摄像机固件；如仍出现，请把此信息附给支持人员。",
        "Update the camera's firmware; if it stays, give this text to support.",
    ),
)
CREDENTIALS_REFUSED = Problem(
    "media.credentials_refused",
    Fault.PEER,
    Text("摄像机拒绝了用户名或密码。", "The camera refused the user name or password."),
    Text("账号、密码有误，或该账号无权取流。", "They are wrong, or that account may not fetch the stream."),
    Text(
        "还没有填写的，请填写摄像机的用户名和密码；填写过的，请在摄像机上核对。连续失败可能使账号被锁定。",
        "Give the camera's account, or check it on the camera; repeated failures may lock it.",
    ),
)
PATH_UNKNOWN = Problem(
    "media.path_unknown",
    Fault.PEER,
    Text("摄像机上没有这个码流。", "The camera has no such stream."),
    Text("地址中的路径有误：{detail}", "The path in the address is wrong: {detail}"),
    Text("请按摄像机厂家的格式填写路径。", "Use the path that the camera's maker documents."),
)
REDIRECTED = Problem(
    "media.redirected",
    Fault.PEER,
    Text("摄像机要求转到别的地址。", "The camera points to another address."),
    Text("平台不跟随转向：{detail}", "The platform does not follow: {detail}"),
    Text("如确认可信，请直接填写该地址。", "If you trust it, enter that address itself."),
)
PEER_REFUSED = Problem(
    "media.peer_refused",
    Fault.PEER,
    Text("摄像机拒绝了请求。", "The camera refused the request."),
    Text("它回答：{detail}", "It said: {detail}"),
    Text(
        "可能连接数已满；请关闭其他取流，或重启摄像机。",
        "It may have too many connections; close others, or restart it.",
    ),
)
NO_VIDEO = Problem(
    "media.no_video",
    Fault.PEER,
    Text("该地址没有视频。", "There is no video at this address."),
    Text("对方只提供：{detail}", "It offers only: {detail}"),
    Text("请填写视频码流的地址。", "Enter the address of the video stream."),
)
CODEC_UNSUPPORTED = Problem(
    "media.codec_unsupported",
    Fault.PEER,
    Text("视频编码暂不支持：{detail}。", "The video codec is not supported: {detail}."),
    Text("支持 H.264 和 H.265。", "H.264 and H.265 are supported."),
    Text("请在摄像机上把编码改为 H.265 或 H.264。", "Set the camera's codec to H.265 or H.264."),
)
TRANSPORT_REFUSED = Problem(
    "media.transport_refused",
    Fault.PEER,
    Text("摄像机不支持所要求的传输方式。", "The camera does not offer the transport that was asked for."),
    Text("{detail}", "{detail}"),
    Text(
        "请把该设备的传输方式设为“自动”，或在摄像机上允许 TCP 传输。",
        "Set the device's transport to automatic, or allow TCP transport on the camera.",
    ),
)
PEER_ENDED = Problem(
    "media.peer_ended",
    Fault.PEER,
    Text("摄像机断开了连接。", "The camera closed the connection."),
    Text("平台会自动重连。", "The platform reconnects by itself."),
    Text(
        "若频繁出现，请检查网络和摄像机的连接数。",
        "If it happens often, check the network and the camera's connections.",
    ),
)
STALLED = Problem(
    "media.stalled",
    Fault.PEER,
    Text("摄像机停止送出图像。", "The camera stopped sending pictures."),
    Text("{seconds} 秒没有收到画面。", "Nothing came for {seconds} seconds."),
    Text(
        "平台会自动重连；若持续出现，请重启摄像机。",
        "The platform reconnects by itself; if it stays, restart the camera.",
    ),
)
RECORDER_DOWN = Problem(
    "media.recorder_down",
    Fault.SELF,
    Text("录像服务正在重新启动。", "The recording service is restarting."),
    Text("接收摄像机图像的进程没有运行。", "The process that receives the cameras is not running."),
    Text("通常几秒内恢复；若持续出现，请联系运维人员。", "It is usually back in seconds; if not, call maintenance."),
)
LIVE_ELSEWHERE = Problem(
    "media.live_elsewhere",
    Fault.SELF,
    Text(
        "此通道由机器 {host} 录制，本机取不到实时画面。",
        "{host} records this channel; its live picture cannot be had here.",
    ),
    Text(
        "那台机器上的录像进程没有设置 live_address。录像不受影响，可以回放。",
        "The recording process there has no live_address. Recording goes on, and can be played back.",
    ),
    Text(
        "请在那台机器的 [media] 中设置 live_address，并重启录像进程。",
        "Set live_address in [media] on that machine, and start its recording process again.",
    ),
)
STORAGE_FAILED = Problem(
    "media.storage_failed",
    Fault.SELF,
    Text("无法写入录像。", "Footage cannot be written."),
    Text("{reason}", "{reason}"),
    Text(
        "请检查磁盘空间与挂载；恢复后自动继续录像。",
        "Check the disk's space and mount; recording goes on by itself afterwards.",
    ),
)
NO_ROOM = Problem(
    "media.no_room",
    Fault.SELF,
    Text("存储空间不足，暂停该通道录像。", "There is no room: this channel is not being recorded."),
    Text(
        "剩余空间留给优先级更高的通道；未满法定期限和保全中的录像不会删除。",
        "What is left is for channels of higher priority; footage under its term or a hold is not deleted.",
    ),
    Text(
        "请增加磁盘，或调整期限与优先级；有空间后自动恢复。",
        "Add a disk, or change terms and priorities; it resumes by itself.",
    ),
)
VOLUME_MISSING = Problem(
    "media.volume_missing",
    Fault.SELF,
    Text("存储卷不在原处：{path}。", "The storage volume is not where it was: {path}."),
    Text(
        "目录中没有该卷的标识，可能未挂载或换了磁盘。",
        "Its identity is not in the folder: not mounted, or another disk.",
    ),
    Text(
        "请挂载原磁盘；平台不会在错误的磁盘上写入或删除。",
        "Mount the right disk; nothing is written to or deleted from a wrong one.",
    ),
)
WINDOW_UNREADABLE = Problem(
    "media.window_unreadable",
    Fault.INPUT,
    Text("时间范围有误。", "The time range is wrong."),
    Text("结束须晚于开始，且不超过 {limit}。", "The end must be after the start, and at most {limit} later."),
    Text("请缩小范围后重试。", "Choose a smaller range and try again."),
)
PROBE_UNKNOWN = Problem(
    "media.probe_unknown",
    Fault.CONFLICT,
    Text("连接测试已失效。", "The test of the connection is no longer valid."),
    Text("测试结果只保留十分钟，且只能使用一次。", "A test holds for ten minutes and serves once."),
    Text("请重新测试连接，再保存。", "Test the connection again, then save."),
)
REQUEST_UNKNOWN = Problem(
    "media.request_unknown",
    Fault.SELF,
    Text("录像服务不认识这个请求：{do}。", "The recording service does not know this request: {do}."),
    Text("两个进程的版本不同。", "The two processes are of different versions."),
    Text("请重新启动平台。", "Restart the platform."),
)

_OF_PEER: Final = {
    Wrong.NOT_RTSP: NOT_RTSP,
    Wrong.MALFORMED: MALFORMED,
    Wrong.CREDENTIALS: CREDENTIALS_REFUSED,
    Wrong.NOT_FOUND: PATH_UNKNOWN,
    Wrong.REDIRECT: REDIRECTED,
    Wrong.REFUSED: PEER_REFUSED,
    Wrong.NO_VIDEO: NO_VIDEO,
    Wrong.CODEC: CODEC_UNSUPPORTED,
    Wrong.TRANSPORT: TRANSPORT_REFUSED,
    Wrong.ENDED: PEER_ENDED,
}
_CAUSES: Final = {
    CREDENTIALS_REFUSED.code: GapCause.REFUSED_CREDENTIALS,
    NO_VIDEO.code: GapCause.NO_VIDEO,
    NO_PICTURE.code: GapCause.NO_VIDEO,
    STALLED.code: GapCause.NO_VIDEO,
    CODEC_UNSUPPORTED.code: GapCause.UNSUPPORTED_CODEC,
    TIMED_OUT.code: GapCause.NETWORK,
    STORAGE_FAILED.code: GapCause.DISK,
    RECORDER_DOWN.code: GapCause.ROLE_DOWN,
}
# What the recorder may name in the state of a channel: all of the above, and a password that cannot be opened.
PROBLEMS: Final = {
    problem.code: problem
    for problem in (*globals().values(), VAULT_KEY_WRONG, VAULT_UNREADABLE)
    if isinstance(problem, Problem)
}


_NETWORK_WORDS: Final = {
    errno.ECONNREFUSED: Text("对方拒绝连接：该端口上没有服务。", "It refuses: nothing serves that port."),
    errno.EHOSTUNREACH: Text(
        "没有到该主机的路由，或主机未开机。", "There is no route to the host, or it is switched off."
    ),
    errno.ENETUNREACH: Text("没有到该网络的路由。", "There is no route to that network."),
    errno.ECONNRESET: Text("对方立即断开了连接。", "It closed the connection at once."),
}


def unreachable(address: str, error: OSError) -> MingjianError:
    """The problem to show where a connection could not be made."""
    said = os.strerror(error.errno) if error.errno else str(error)
    words = _NETWORK_WORDS.get(error.errno or 0, Text(f"系统回答：{said}。", f"The system says: {said}."))
    return MingjianError(UNREACHABLE, address=address, reason_zh=words.zh, reason_en=words.en)


def of_peer(error: PeerError) -> MingjianError:
    """The problem to show for a fault on the wire."""
    return MingjianError(_OF_PEER[error.wrong], detail=error.detail or "—")


def told(code: str, values: Mapping[str, str]) -> MingjianError:
    """A problem that another process named by its code."""
    return MingjianError(PROBLEMS[code], **values)


def cause_of(error: MingjianError) -> GapCause:
    """Why there is no recording while this problem lasts."""
    return _CAUSES.get(error.code, GapCause.DEVICE_OFFLINE)
