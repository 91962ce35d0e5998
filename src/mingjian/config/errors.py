"""What the settings can refuse."""

from mingjian.kernel.errors import Fault, Problem, Text

UNREADABLE = Problem(
    "config.unreadable",
    Fault.INPUT,
    Text("无法读取配置文件 {path}。", "The settings file {path} cannot be read."),
    Text("{reason_zh}", "{reason_en}"),
    Text("请检查路径和权限。", "Check the path and its rights."),
)
SYNTAX = Problem(
    "config.syntax",
    Fault.INPUT,
    Text("配置文件 {path} 不是有效的 TOML。", "The settings file {path} is not valid TOML."),
    Text("{reason}", "{reason}"),
    Text(
        "可用 mingjian config example 得到一份带注释的样例。",
        "`mingjian config example` prints a commented file to start from.",
    ),
)
UNKNOWN_NAME = Problem(
    "config.unknown_name",
    Fault.INPUT,
    Text("{where}：没有名为 {name} 的设置。", "{where}: there is no setting named {name}."),
    Text(
        "写错的名称若被忽略，就会悄悄使用默认值。", "A misspelt name that is ignored would silently mean the default."
    ),
    Text("您是否想写 {nearest}？", "Did you mean {nearest}?"),
)
WRONG_VALUE = Problem(
    "config.wrong_value",
    Fault.INPUT,
    Text("{where}：{name} 的值不正确。", "{where}: the value of {name} is not right."),
    Text("应为{expected_zh}。", "Expected {expected_en}."),
    Text("说明见 mingjian config example。", "`mingjian config example` explains it."),
)
