"""What the law refuses, and what is wrong with a pack."""

from mingjian.kernel.errors import Fault, Problem, Text

FORBIDDEN = Problem(
    "law.forbidden",
    Fault.FORBIDDEN,
    Text("法规禁止此项操作。", "The law forbids this."),
    Text("依据：{citations}。{explanation_zh}", "By {citations_en}. {explanation_en}"),
    Text(
        "请换一个位置或者改变用途；如有主管部门的书面认定，请由安保负责人登记后再试。",
        "Choose another spot or purpose; with an authority's written designation, have it registered first.",
    ),
)

QUESTION_UNFIT = Problem(
    "law.question_unfit",
    Fault.INPUT,
    Text("无法理解此法规问题。", "This question of law cannot be understood."),
    Text("{reason}", "{reason}"),
    Text(
        "请按文档“法规问答”列出的主题、事实和用词提问。",
        "Ask with the topics, facts and words that the documentation lists.",
    ),
)

TEXT_UNKNOWN = Problem(
    "law.text_unknown",
    Fault.MISSING,
    Text("没有安装这部法规，或者没有这一条。", "No such text, or no such article, is installed."),
    Text("请求的是：{asked}。", "Asked for: {asked}."),
    Text("请从法规列表中选择。", "Choose from the list of texts."),
)


class PackError(Exception):
    """A pack cannot be used: `file` (below the packs), `line` (1-based, 0 unknown) and the reason."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason
