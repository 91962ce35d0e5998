"""What the edge itself refuses, before or beside any domain."""

from typing import Final

from mingjian.kernel.errors import Fault, Problem, Text

CROSS_ORIGIN: Final = Problem(
    "api.cross_origin",
    Fault.FORBIDDEN,
    Text("请求来自其他网站，已拒绝。", "The request came from another site and was refused."),
    Text(
        "只接受来自本系统页面的更改和实时连接（来源：{origin}，主机：{host}）。",
        "Only this system's own pages may change anything or open live connections (origin {origin}, host {host}).",
    ),
    Text(
        "请直接打开本系统的地址；若使用反向代理或域名，请设置 [api] public_origin。",
        "Open this system's own address; behind a proxy or with a host name, set [api] public_origin.",
    ),
)
NOT_FOUND: Final = Problem(
    "api.not_found",
    Fault.MISSING,
    Text("没有这个地址：{path}。", "There is nothing at {path}."),
    Text("地址有误，或对象已不存在。", "The address is wrong, or what it named is gone."),
    Text("请返回首页重试。", "Go back to the first page and try again."),
)
METHOD_NOT_ALLOWED: Final = Problem(
    "api.method_not_allowed",
    Fault.INPUT,
    Text("此地址不支持 {method}。", "{method} is not possible at this address."),
    Text("地址存在，但方法不对。", "The address exists, the method does not fit."),
    Text("支持的方法见响应头 Allow。", "The Allow header names the methods that do."),
)
INVALID: Final = Problem(
    "api.invalid",
    Fault.INPUT,
    Text("请求内容不符合要求。", "The request does not have the right form."),
    Text("有 {count} 处需要修改。", "{count} places need a change."),
    Text("请按各项提示修改后重试。", "Correct what is listed and try again."),
)
BODY_TOO_LARGE: Final = Problem(
    "api.body_too_large",
    Fault.INPUT,
    Text("请求内容过大。", "The request is too large."),
    Text("上限为 {limit_bytes} 字节。", "The limit is {limit_bytes} bytes."),
    Text("请减少内容后重试。", "Send less and try again."),
)
REFUSED: Final = Problem(
    "api.refused",
    Fault.INPUT,
    Text("请求未被接受。", "The request was not accepted."),
    Text("HTTP 状态 {status}。", "HTTP status {status}."),
    Text("请检查请求后重试。", "Check the request and try again."),
)
INTERNAL: Final = Problem(
    "api.internal",
    Fault.SELF,
    Text("系统出现内部错误。", "Something went wrong inside the system."),
    Text("事件编号 {incident}，详情已记入日志。", "Incident {incident}; the log has the details."),
    Text(
        "请稍后重试；若反复出现，请将编号告知运维人员。",
        "Try again later; if it stays, give the number to maintenance.",
    ),
)
PORT_TAKEN: Final = Problem(
    "api.port_taken",
    Fault.SELF,
    Text("端口 {port} 已被占用（{host}）。", "Port {port} on {host} is taken."),
    Text("另一个程序，或另一个明鉴实例，正在使用它。", "Another program, or another Mingjian, uses it."),
    Text("请停止它，或设置 [api] port。", "Stop it, or set [api] port."),
)
ADDRESS_UNUSABLE: Final = Problem(
    "api.address_unusable",
    Fault.SELF,
    Text("无法在 {host}:{port} 上监听。", "It is not possible to listen on {host}:{port}."),
    Text("{reason}", "{reason}"),
    Text("请检查 [api] host 和 port。", "Check [api] host and port."),
)
CONSOLE_MISSING: Final = Problem(
    "api.console_missing",
    Fault.SELF,
    Text("控制台页面尚未构建。", "The console has not been built."),
    Text("安装中没有网页文件；接口仍可使用。", "This installation has no web files; the API works."),
    Text("请运行 make console。", "Run `make console`."),
)
CURSOR_UNREADABLE = Problem(
    "api.cursor_unreadable",
    Fault.INPUT,
    Text("翻页位置无法识别。", "The place of the page cannot be read."),
    Text("cursor 须原样取自上一页的 next。", "`cursor` must be `next` of the page before, as it is."),
    Text("请从第一页重新开始。", "Begin with the first page again."),
)
KEY_UNREADABLE = Problem(
    "api.key_unreadable",
    Fault.INPUT,
    Text("Idempotency-Key 无法识别。", "The Idempotency-Key cannot be read."),
    Text("须为 {least} 至 {most} 个可见的 ASCII 字符。", "It must have {least} to {most} visible ASCII characters."),
    Text("请使用随机生成的编号，如 UUID。", "Take something random, such as a UUID."),
)
KEY_OTHER_REQUEST = Problem(
    "api.key_other_request",
    Fault.INPUT,
    Text("这个 Idempotency-Key 已用于另一个请求。", "This Idempotency-Key was used for another request."),
    Text("同一个键只能重发完全相同的请求。", "A key repeats the very same request and no other."),
    Text("请为新的请求使用新的键。", "Take a new key for a new request."),
)
KEY_ANSWERED = Problem(
    "api.key_answered",
    Fault.CONFLICT,
    Text(
        "使用这个 Idempotency-Key 的请求已经完成，没有再次执行。",
        "The request with this Idempotency-Key is done, and was not done again.",
    ),
    Text("它的答复太长，没有保存。", "Its answer was too long to keep."),
    Text("请直接查看结果。", "Look at the result where it stands."),
)
KEY_UNFINISHED = Problem(
    "api.key_unfinished",
    Fault.CONFLICT,
    Text(
        "使用这个 Idempotency-Key 的请求尚未结束，或曾被中断。",
        "A request with this Idempotency-Key is under way, or was broken off.",
    ),
    Text("它的结果未知。", "How it ended is not known."),
    Text(
        "请稍后重试；若仍如此，请先查看是否已生效，再换用新的键。",
        "Try again shortly; if it stays, look whether it had its effect, and take a new key.",
    ),
)
