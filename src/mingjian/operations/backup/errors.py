"""What backup and restore refuse."""

from mingjian.kernel.errors import Fault, Problem, Text

KEY_UNREADABLE = Problem(
    "backup.key_unreadable",
    Fault.INPUT,
    Text("无法读取备份密钥 {path}。", "The key of backups, {path}, cannot be read."),
    Text("{reason}", "{reason}"),
    Text(
        "请给出密钥文件或口令；新密钥由 mingjian backup --new-key 文件 生成。",
        "Give the key file or the passphrase; `mingjian backup --new-key FILE` makes a new key.",
    ),
)
PASSPHRASE_SHORT = Problem(
    "backup.passphrase_short",
    Fault.INPUT,
    Text("备份口令太短。", "The passphrase is too short."),
    Text(
        "至少 {least} 个字符：得到备份文件的人可以无限次猜测。",
        "It needs {least} characters: whoever has the file may guess.",
    ),
    Text("请换一个更长的口令，或使用密钥文件。", "Take a longer one, or a key file."),
)
NOT_A_BACKUP = Problem(
    "backup.not_a_backup",
    Fault.INPUT,
    Text("{path} 不是明鉴的备份。", "{path} is not a backup of Mingjian."),
    Text(
        "文件头不符，或由更新的版本写成（格式 {found}）。",
        "Its head does not fit, or a newer program wrote it ({found}).",
    ),
    Text(
        "请检查文件名；较新的备份请用较新的程序恢复。", "Check the name; restore a newer backup with the newer program."
    ),
)
WRONG_KEY = Problem(
    "backup.wrong_key",
    Fault.INPUT,
    Text("备份无法解密。", "The backup cannot be opened."),
    Text("密钥或口令不对，或文件开头被改动。", "The key or passphrase is wrong, or its beginning was changed."),
    Text("请核对密钥文件或口令。", "Check the key file or the passphrase."),
)
DAMAGED = Problem(
    "backup.damaged",
    Fault.INPUT,
    Text("备份已损坏：{detail}。", "The backup is damaged: {detail}."),
    Text("内容与写入时不一致，没有恢复任何东西。", "It is not what was written; nothing was restored."),
    Text("请改用另一份备份，并检查存放它的磁盘。", "Take another backup, and check the disk that this one was on."),
)
DESTINATION_EXISTS = Problem(
    "backup.destination_exists",
    Fault.INPUT,
    Text("{path} 已存在。", "{path} is there already."),
    Text("备份不覆盖已有文件。", "A backup never overwrites a file."),
    Text("请换一个文件名。", "Choose another name."),
)
WRITING_FAILED = Problem(
    "backup.writing_failed",
    Fault.SELF,
    Text("备份未能写成：{path}。", "The backup could not be written: {path}."),
    Text("{reason}", "{reason}"),
    Text("请检查目标磁盘的空间和权限。", "Check the room and the rights on that disk."),
)
NO_ROOM = Problem(
    "backup.no_room",
    Fault.SELF,
    Text("空间不足，无法备份。", "There is no room for a backup."),
    Text(
        "{path} 需要约 {needed_mb} MB，只有 {free_mb} MB。", "{path} needs about {needed_mb} MB and has {free_mb} MB."
    ),
    Text("请换一块磁盘或清理空间。", "Use another disk or make room."),
)
PG_TOOLS_MISSING = Problem(
    "backup.pg_tools_missing",
    Fault.SELF,
    Text("缺少 {tool}，无法处理 PostgreSQL 数据库。", "{tool} is missing; a PostgreSQL database cannot be handled."),
    Text(
        "备份与恢复 PostgreSQL 需要它自带的客户端工具。", "PostgreSQL's own client programs back it up and restore it."
    ),
    Text(
        "请安装与服务器同版本的 postgresql-client。",
        "Install postgresql-client of the server's version.",
    ),
)
PG_FAILED = Problem(
    "backup.pg_failed",
    Fault.SELF,
    Text("{tool} 未能完成。", "{tool} did not succeed."),
    Text("{reason}", "{reason}"),
    Text("请按提示检查 PostgreSQL 的连接、权限与版本。", "Check PostgreSQL's connection, rights and version."),
)
NOT_EMPTY = Problem(
    "backup.not_empty",
    Fault.INPUT,
    Text("只能恢复到空的数据目录：{path}。", "A backup is restored into an empty data folder only: {path}."),
    Text("其中已有 {found}。", "It holds {found}."),
    Text("请指定一个新目录（--data），或先移走原有数据。", "Name a new folder (--data), or move the old data away."),
)
OTHER_ENGINE = Problem(
    "backup.other_engine",
    Fault.INPUT,
    Text("备份来自 {made}，而这里设置的是 {here}。", "The backup is of {made}, and {here} is set here."),
    Text("两种数据库之间不能直接恢复。", "One is not restored into the other."),
    Text("请在 [storage] url 中设置同一种数据库。", "Set the same kind of database in [storage] url."),
)
NEWER_SCHEMA = Problem(
    "backup.newer_schema",
    Fault.INPUT,
    Text("备份由更新的程序写成（结构 {found}）。", "A newer program made the backup (schema {found})."),
    Text("旧程序不能安全使用它。", "An older program cannot use it safely."),
    Text("请安装 {version} 或更新的版本再恢复。", "Install {version} or newer, then restore."),
)
NAME_REFUSED = Problem(
    "backup.name_refused",
    Fault.INPUT,
    Text("备份中有不应存在的条目。", "The backup holds an entry that no backup has."),
    Text("名称：{name}", "Its name: {name}"),
    Text("请勿使用来历不明的备份。", "Do not use a backup of unknown origin."),
)
FOOTAGE_UNKNOWN = Problem(
    "backup.footage_unknown",
    Fault.INPUT,
    Text("{path} 不是这套系统的存储卷。", "{path} is no volume of this installation."),
    Text("目录中没有标识，或标识不在备份之内。", "It has no identity, or one that the backup does not know."),
    Text(
        "请指出含有 mingjian-volume.json 的原录像目录。",
        "Name the folder of footage itself, which holds its identity.",
    ),
)
