"""What the law refuses."""

from mingjian.kernel.errors import Fault, Problem, Text

FORBIDDEN = Problem(
    "law.forbidden",
    Fault.FORBIDDEN,
    Text("法规禁止此项操作。", "The law forbids this."),
    Text("依据：{citations}。", "By {citations}."),
    Text(
        "如有主管部门的书面认定，请由安保负责人登记后再试。",
        "With an authority's written designation, have it registered first.",
    ),
)
