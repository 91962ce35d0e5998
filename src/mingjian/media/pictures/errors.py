"""Why there is no picture."""

from typing import Final

from mingjian.kernel.errors import Fault, Problem, Text

NOTHING_THERE: Final = Problem(
    "pictures.nothing_there",
    Fault.MISSING,
    Text("这一时刻没有录像。", "Nothing was recorded at this moment."),
    Text("{cause_zh}", "{cause_en}"),
    Text("请在时间轴上选择有录像的时刻。", "Choose a moment with footage on the timeline."),
)
DAMAGED: Final = Problem(
    "pictures.damaged",
    Fault.CONFLICT,
    Text("这一时刻的录像已损坏或缺失。", "The footage of this moment is damaged or missing."),
    Text(
        "磁盘上的内容与记录的摘要不符，不予显示。",
        "What is on the disk does not match the recorded digest, and is not shown.",
    ),
    Text("请选择前后的时刻；并告知运维人员。", "Choose a moment before or after, and tell maintenance."),
)
UNDECODABLE: Final = Problem(
    "pictures.undecodable",
    Fault.PEER,
    Text("这幅画面无法解码。", "This picture cannot be decoded."),
    Text(
        "摄像机送来的图像数据有误，或编码不受支持。",
        "What the camera sent is broken, or its codec is not supported.",
    ),
    Text("请选择其他时刻；若每次如此，请检查摄像机。", "Choose another moment; if it stays, check the camera."),
)
TOO_LARGE: Final = Problem(
    "pictures.too_large",
    Fault.PEER,
    Text("画面过大，无法解码。", "The picture is too large to be decoded."),
    Text("解码所需的内存超过上限。", "Decoding it takes more memory than is allowed."),
    Text("请复制录像后在其他设备上查看。", "Make a copy and open it elsewhere."),
)
TOO_FAR: Final = Problem(
    "pictures.too_far",
    Fault.CONFLICT,
    Text("这一时刻距离上一个关键帧太远。", "This moment is too far from the key frame before it."),
    Text(
        "须从关键帧逐帧解码，最多 {seconds} 秒。",
        "Every frame since the key frame has to be decoded, at most {seconds} seconds of them.",
    ),
    Text(
        "请选择稍早的时刻，或缩短摄像机的关键帧间隔。",
        "Choose an earlier moment, or shorten the camera's key frame interval.",
    ),
)
TOO_SLOW: Final = Problem(
    "pictures.too_slow",
    Fault.PEER,
    Text("画面解码超时。", "Decoding the picture took too long."),
    Text("{seconds} 秒内没有完成，已放弃。", "It was given up after {seconds} seconds."),
    Text("请选择其他时刻；若每次如此，请告知运维人员。", "Choose another moment; if it stays, tell maintenance."),
)
NO_LIVE: Final = Problem(
    "pictures.no_live",
    Fault.PEER,
    Text("通道现在没有画面。", "The channel has no picture now."),
    Text("{seconds} 秒内没有收到关键帧。", "No key frame came within {seconds} seconds."),
    Text("请检查通道状态，稍后重试。", "Look at the state of the channel, and try again."),
)
BUSY: Final = Problem(
    "pictures.busy",
    Fault.LIMIT,
    Text("等待解码的画面太多。", "Too many pictures wait to be decoded."),
    Text("解码让位于录像，同时处理的画面有限。", "Recording comes first: few pictures are decoded at a time."),
    Text("请在 {retry_after_s} 秒后重试。", "Try again in {retry_after_s} s."),
)
TOO_OFTEN: Final = Problem(
    "pictures.too_often",
    Fault.LIMIT,
    Text("请求画面过于频繁。", "Pictures are asked for too often."),
    Text("每个会话每秒的画面数量有限。", "Each session may ask for so many a second."),
    Text("请在 {retry_after_s} 秒后重试。", "Try again in {retry_after_s} s."),
)
REASON_NEEDED: Final = Problem(
    "pictures.reason_needed",
    Fault.INPUT,
    Text("请填写截图事由。", "Say why you take this picture."),
    Text("截图会记入日志，事由为 2 至 200 个字符。", "Snapshots are recorded, with a reason of 2 to 200 characters."),
    Text("填写事由后重试。", "Enter the reason and try again."),
)
DECODER_DOWN: Final = Problem(
    "pictures.decoder_down",
    Fault.SELF,
    Text("解码进程无法启动。", "The decoding process does not start."),
    Text("{reason}", "{reason}"),
    Text("请联系运维人员。", "Call maintenance."),
)
