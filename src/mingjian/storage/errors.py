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
        "请检查 [storage] url、目录权限和数据库服务。",
        "Check [storage] url, the folder's rights and the database server.",
    ),
)
DATABASE_BUSY = Problem(
    "storage.busy",
    Fault.SELF,
    Text("数据库正忙。", "The database is busy."),
    Text("等待 {seconds} 秒仍未取得写锁。", "A lock was not free after {seconds} seconds."),
    Text(
        "请稍后再试；若反复出现，请检查磁盘速度。",
        "Try again shortly; if it keeps happening, check how fast the disk is.",
    ),
)
DATABASE_URL_UNKNOWN = Problem(
    "storage.url_unknown",
    Fault.INPUT,
    Text("无法识别数据库地址 {url}。", "The database address {url} is not understood."),
    Text(
        "只支持 SQLite 文件和 PostgreSQL（不支持内存中的 SQLite：多个进程要共用它）。",
        "Only SQLite files and PostgreSQL are known (not SQLite in memory: several processes share it).",
    ),
    Text(
        "请将 [storage] url 写成 sqlite:///文件路径 或 postgresql://用户@主机/库名。",
        "Write [storage] url as sqlite:///path or postgresql://user@host/name.",
    ),
)
SCHEMA_BEHIND = Problem(
    "storage.schema_behind",
    Fault.SELF,
    Text("数据库结构版本为 {found}，本程序需要 {needed}。", "The database is at {found}, this program needs {needed}."),
    Text("升级后尚未迁移数据库。", "It was not migrated after an upgrade."),
    Text("请先运行 mingjian migrate。", "Run `mingjian migrate` first."),
)
SCHEMA_AHEAD = Problem(
    "storage.schema_ahead",
    Fault.SELF,
    Text("数据库结构版本 {found} 比本程序新。", "The database is at {found}, which this program does not know."),
    Text("它由更新的版本写入，旧程序不能安全使用。", "A newer version wrote it; an older one cannot use it safely."),
    Text("请安装更新的版本，或恢复升级前的备份。", "Install the newer version, or restore the backup from before."),
)
MIGRATION_BROKE_REFERENCES = Problem(
    "storage.migration_broke_references",
    Fault.SELF,
    Text("数据库迁移已撤销。", "The migration was undone."),
    Text(
        "迁移后有 {count} 行引用了不存在的行（表 {tables}）。",
        "{count} rows would refer to rows that do not exist (tables {tables}).",
    ),
    Text("数据没有改变；请将此消息报告给开发者。", "No data was changed; please report this message."),
)
LEASE_LOST = Problem(
    "storage.lease_lost",
    Fault.CONFLICT,
    Text("任务 {job} 已由别的进程接管。", "Job {job} was taken over by another process."),
    Text("第 {attempt} 次尝试的租约已过期或被取代。", "The lease of attempt {attempt} has run out or was replaced."),
    Text("无需处理：接管者会完成它。", "Nothing to do: whoever took it over will finish it."),
)
