"""What can go wrong between us and a camera's ONVIF service. Faults of the network itself are those of `media`."""

from typing import Final

from mingjian.kernel.errors import Fault, MingjianError, Problem, Text

_ASK_MAKER: Final = Text(
    "请更新摄像机固件；如仍出现，请把此信息附给支持人员。",
    "Update the camera's firmware; if it stays, give this text to support.",
)

ADDRESS_UNREADABLE = Problem(
    "onvif.address_unreadable",
    Fault.INPUT,
    Text("地址无法识别。", "The address cannot be read."),
    Text(
        "地址须为主机、主机:端口，或以 http:// 或 https:// 开头，不含账号。",
        "It must be a host, host:port, or begin with http:// or https://, without a user name.",
    ),
    Text("请填写摄像机的 IP 地址。", "Enter the camera's IP address."),
)
TEXT_UNREADABLE = Problem(
    "onvif.text_unreadable",
    Fault.INPUT,
    Text("名称中有不能发送的字符。", "The name has characters that cannot be sent."),
    Text("不允许控制字符，且不超过 {limit} 个字符。", "No control characters, and at most {limit} characters."),
    Text("请改名后重试。", "Change the name and try again."),
)
INTERFACE_UNKNOWN = Problem(
    "onvif.interface_unknown",
    Fault.INPUT,
    Text("本机没有这个网络接口：{interface}。", "This machine has no such network interface: {interface}."),
    Text("接口用名称或其 IPv4 地址表示。", "An interface is given by its name or its IPv4 address."),
    Text("请用系统命令查看接口名称。", "List the interfaces with the system's own command."),
)
VALUE_OUT_OF_RANGE = Problem(
    "onvif.value_out_of_range",
    Fault.INPUT,
    Text("数值超出范围：{name} = {value}。", "The value is out of range: {name} = {value}."),
    Text("摄像机允许 {lowest} 至 {highest}。", "The camera allows {lowest} to {highest}."),
    Text("请选择范围内的数值。", "Choose a value within the range."),
)
NOT_ONVIF = Problem(
    "onvif.not_onvif",
    Fault.PEER,
    Text("对方不是 ONVIF 服务。", "What answers there is not an ONVIF service."),
    Text("它回答的是：{detail}", "It said: {detail}"),
    Text(
        "请在摄像机上启用 ONVIF，并检查端口（常为 80、8000、2020、8899）。",
        "Enable ONVIF on the camera and check the port (often 80, 8000, 2020 or 8899).",
    ),
)
MALFORMED = Problem(
    "onvif.malformed",
    Fault.PEER,
    Text("摄像机的应答不符合 ONVIF。", "The camera's answer breaks the protocol."),
    Text("{detail}", "{detail}"),
    _ASK_MAKER,
)
TOO_LONG = Problem(
    "onvif.too_long",
    Fault.PEER,
    Text("摄像机的应答过长，已中止。", "The camera's answer is too long and was cut off."),
    Text("超过 {limit} 字节。", "It has more than {limit} bytes."),
    _ASK_MAKER,
)
ENDED = Problem(
    "onvif.ended",
    Fault.PEER,
    Text("摄像机没有答完就断开了连接。", "The camera closed the connection before it had answered."),
    Text("请求：{action}", "The request was {action}."),
    Text("请稍后重试；若频繁出现，请重启摄像机。", "Try again later; if it happens often, restart the camera."),
)
TLS_FAILED = Problem(
    "onvif.tls_failed",
    Fault.PEER,
    Text("与摄像机的加密连接失败。", "The encrypted connection to the camera failed."),
    Text("{detail}", "{detail}"),
    Text(
        "摄像机的 TLS 可能过旧；请更新固件，或改用 http:// 地址。",
        "Its TLS may be too old; update the firmware, or use an http:// address.",
    ),
)
REDIRECTED = Problem(
    "onvif.redirected",
    Fault.PEER,
    Text("摄像机要求转到别的地址。", "The camera points to another address."),
    Text("平台不跟随转向：{detail}", "The platform does not follow: {detail}"),
    Text("如确认可信，请直接填写该地址。", "If you trust it, enter that address itself."),
)
BUSY = Problem(
    "onvif.busy",
    Fault.PEER,
    Text("摄像机忙，未处理请求。", "The camera is busy and did not do it."),
    Text("HTTP 状态 {status}。", "Its HTTP status was {status}."),
    Text("请稍后重试，并减少同时访问它的程序。", "Try again later, and let fewer programs use it at once."),
)
CREDENTIALS_NEEDED = Problem(
    "onvif.credentials_needed",
    Fault.PEER,
    Text("摄像机要求用户名和密码。", "The camera wants a user name and a password."),
    Text("没有为它填写账号。", "None was given for it."),
    Text("请填写摄像机的 ONVIF 账号。", "Enter the camera's ONVIF account."),
)
CREDENTIALS_REFUSED = Problem(
    "onvif.credentials_refused",
    Fault.PEER,
    Text("摄像机拒绝了用户名或密码。", "The camera refused the user name or password."),
    Text(
        "账号、密码有误，或该账号没有 ONVIF 权限；有的摄像机另设 ONVIF 账号。",
        "They are wrong, or that account has no right to ONVIF; some cameras keep ONVIF accounts apart.",
    ),
    Text(
        "请核对摄像机上的 ONVIF 账号；连续失败可能使账号被锁定。",
        "Check the ONVIF account on the camera; repeated failures may lock it.",
    ),
)
ONLY_BASIC = Problem(
    "onvif.only_basic",
    Fault.PEER,
    Text("摄像机只接受明文密码。", "The camera accepts the password in clear only."),
    Text("平台默认不在未加密的连接上发送明文密码。", "It is not sent in clear over an unencrypted connection."),
    Text(
        "请在摄像机上启用摘要认证或 HTTPS，或为它明确允许 Basic 认证。",
        "Enable digest authentication or HTTPS on the camera, or allow Basic for it expressly.",
    ),
)
NOT_SUPPORTED = Problem(
    "onvif.not_supported",
    Fault.PEER,
    Text("摄像机不支持此操作：{action}。", "The camera does not support this: {action}."),
    Text("它回答：{reason}", "It said: {reason}"),
    Text("请换用摄像机支持的功能，或更新固件。", "Use what the camera supports, or update its firmware."),
)
REFUSED = Problem(
    "onvif.refused",
    Fault.PEER,
    Text("摄像机拒绝了请求：{action}。", "The camera refused the request: {action}."),
    Text("它回答：{reason}", "It said: {reason}"),
    Text("请检查所填的值，或在摄像机上查看原因。", "Check the values, or look on the camera for the reason."),
)
UNKNOWN_TOKEN = Problem(
    "onvif.unknown_token",
    Fault.MISSING,
    Text("摄像机上没有这一项：{action}。", "The camera has no such item: {action}."),
    Text("它回答：{reason}", "It said: {reason}"),
    Text("摄像机的设置可能已改变，请重新读取。", "Its settings may have changed; read them again."),
)
SUBSCRIPTION_LOST = Problem(
    "onvif.subscription_lost",
    Fault.PEER,
    Text("摄像机不再认得事件订阅。", "The camera no longer knows the subscription to its events."),
    Text("可能已重启，或订阅已过期。", "It may have restarted, or the subscription ended."),
    Text("平台会自动重新订阅。", "The platform subscribes again by itself."),
)
SUBSCRIPTION_REFUSED = Problem(
    "onvif.subscription_refused",
    Fault.PEER,
    Text("摄像机不接受事件订阅。", "The camera does not accept a subscription to its events."),
    Text("它回答：{reason}", "It said: {reason}"),
    Text(
        "有的摄像机只容一个订阅者；请关闭其他订阅，平台会自动重试。",
        "Some cameras take one subscriber only; close the others, the platform tries again by itself.",
    ),
)
NO_SERVICE = Problem(
    "onvif.no_service",
    Fault.PEER,
    Text("摄像机没有这项服务：{service}。", "The camera has no such service: {service}."),
    Text("它的 ONVIF 能力中没有列出。", "Its ONVIF capabilities do not list it."),
    Text("请换用有此功能的摄像机，或更新固件。", "Use a camera that has it, or update its firmware."),
)


# What another process may name that asked a camera.
PROBLEMS: Final = {one.code: one for one in list(globals().values()) if isinstance(one, Problem)}


def malformed(detail: str) -> MingjianError:
    """An answer that breaks the protocol, in a few words of English."""
    return MingjianError(MALFORMED, detail=detail)
