"""Why a camera is not turned."""

from collections.abc import Mapping
from typing import Final

from mingjian.kernel.errors import Fault, Problem, Text

HELD: Final = Problem(
    "turning.held",
    Fault.CONFLICT,
    Text("{by} 正在操控此摄像机的云台。", "{by} is turning this camera."),
    Text(
        "同一时间只能由一人操控；占用到 {until} 为止，使用中会顺延。",
        "One person at a time; held until {until}, longer while it is used.",
    ),
    Text(
        "请稍候，或请对方释放；职级更高者可说明事由后接管。",
        "Wait, or ask them to let go; a higher role may take it over with a reason.",
    ),
)
NEEDS_REASON: Final = Problem(
    "turning.needs_reason",
    Fault.CONFLICT,
    Text("{by} 正在操控此摄像机的云台，您可以接管。", "{by} is turning this camera; you may take it over."),
    Text("接管他人的操控须说明事由，事由记入日志。", "Taking over needs a reason, which is recorded."),
    Text("请填写接管事由。", "Give the reason."),
)
LOST: Final = Problem(
    "turning.lost",
    Fault.CONFLICT,
    Text("您已不再操控此摄像机。", "You are not turning this camera any more."),
    Text(
        "占用已释放、因长时间未使用而到期，或被接管。",
        "The lock was let go, ended because nobody used it, or was taken over.",
    ),
    Text("需要时请重新取得操控。", "Take it again if you need to."),
)
NOT_TURNING: Final = Problem(
    "turning.not_turning",
    Fault.CONFLICT,
    Text("此通道不能操控云台。", "This channel cannot be turned."),
    Text(
        "摄像机没有登记 ONVIF 地址，或应答中没有云台。",
        "Its camera has no ONVIF address here, or says that it does not turn.",
    ),
    Text(
        "请在“摄像机”页登记 ONVIF 地址，或检查设备的云台设置。",
        "Register its ONVIF address on the page Cameras, or look at the device.",
    ),
)

PROBLEMS: Final[Mapping[str, Problem]] = {one.code: one for one in (HELD, NEEDS_REASON, LOST, NOT_TURNING)}
