"""Why a view is refused."""

from mingjian.kernel.errors import Fault, Problem, Text

VIEW_UNKNOWN = Problem(
    "access.view_unknown",
    Fault.MISSING,
    Text("没有这次查看，或已结束。", "There is no such view, or it is over."),
    Text("查看在关闭页面或长时间无人观看后结束。", "A view ends when its page closes or nobody watches for a while."),
    Text("请重新打开画面。", "Open the picture again."),
)
NOT_IN_VIEW = Problem(
    "access.not_in_view",
    Fault.FORBIDDEN,
    Text("该通道不在这次查看之内。", "This channel is not part of this view."),
    Text(
        "每次查看只包含打开时选定并记入日志的通道。",
        "A view holds the channels that were chosen, and recorded, at its opening.",
    ),
    Text("请为该通道另开一次查看。", "Open another view for this channel."),
)
OTHER_KIND = Problem(
    "access.other_kind",
    Fault.FORBIDDEN,
    Text("这次查看不是为此打开的。", "This view was not opened for that."),
    Text(
        "实时查看与回放分别打开、分别记入日志，回放须填写事由。",
        "Live and playback are opened, and recorded, separately; playback needs a reason.",
    ),
    Text("请另开一次相应的查看。", "Open another view of the right kind."),
)
REASON_NEEDED = Problem(
    "access.reason_needed",
    Fault.INPUT,
    Text("请填写回放事由。", "Say why you play this back."),
    Text("回放会记入日志，事由为 2 至 200 个字符。", "Playback is recorded, with a reason of 2 to 200 characters."),
    Text("填写事由后重试。", "Enter the reason and try again."),
)
TOO_MANY_CHANNELS = Problem(
    "access.too_many_channels",
    Fault.INPUT,
    Text("一次查看最多 {limit} 个通道。", "A view holds at most {limit} channels."),
    Text("本次选择了 {found} 个。", "{found} were chosen."),
    Text("请减少画面数量。", "Choose fewer."),
)
