"""What can keep the platform from starting."""

from mingjian.kernel.errors import Fault, Problem, Text

DATA_DIR_UNUSABLE = Problem(
    "workers.data_dir_unusable",
    Fault.INPUT,
    Text("不能使用数据目录 {path}。", "The data directory {path} cannot be used."),
    Text("{reason_zh}", "{reason_en}"),
    Text("请用 --data 指定一个可写的目录。", "Name a directory that can be written with --data."),
)
ALREADY_RUNNING = Problem(
    "workers.already_running",
    Fault.CONFLICT,
    Text(
        "{name} 已在此数据目录运行（进程 {pid}）。", "{name} is already running on this data directory (process {pid})."
    ),
    Text("锁文件 {path} 被占用。", "The lock {path} is held."),
    Text("请先停止它，或另选 --data。", "Stop it first, or choose another --data."),
)
ROLE_UNKNOWN = Problem(
    "workers.role_unknown",
    Fault.INPUT,
    Text("没有名为 {role} 的角色。", "There is no role named {role}."),
    Text("角色有：{known}。", "The roles are: {known}."),
    Text("不写 --role 则启动全部角色。", "Without --role all of them are started."),
)
ROLE_MISSING = Problem(
    "workers.role_missing",
    Fault.SELF,
    Text("角色 {role} 不在此安装中。", "The role {role} is not part of this installation."),
    Text("找不到模块 {module}。", "There is no module {module}."),
    Text("请重新安装。", "Install again."),
)
ROLE_ALONE = Problem(
    "workers.role_alone",
    Fault.INPUT,
    Text("角色 {role} 只能有一个进程。", "There is one process of the role {role} only."),
    Text("--member 用于 media。", "--member is for media."),
    Text("请去掉 --member。", "Leave --member out."),
)
