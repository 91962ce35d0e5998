"""What the database can refuse."""

from mingjian.kernel.errors import Fault, Problem, Text

SQLITE_TOO_OLD = Problem(
    "storage.sqlite_too_old",
    Fault.SELF,
    Text("SQLite 版本过低：{found}。", "The SQLite library is too old: {found}."),
    Text(
        "多个进程同时写入时，{needed} 之前的版本可能损坏数据库。",
        "Versions before {needed} can corrupt a database that several processes write.",
    ),
    Text("请用 make run 重新安装锁定的依赖。", "Reinstall the pinned dependencies with `make run`."),
)
DATABASE_UNAVAILABLE = Problem(
    "storage.unavailable",
    Fault.SELF,
    Text("无法打开数据库。", "The database cannot be opened."),
    Text("{reason}", "{reason}"),
    Text(
        "请检查 [storage] url、目录权限和数据库服务。", "Check [storage] url, the folder's rights and the database server."
    ),
)
