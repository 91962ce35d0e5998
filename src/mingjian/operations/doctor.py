"""Look the installation over and say what is well, what is not, why, and what to do. Nothing is changed."""

import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pysqlite3

from mingjian.alerts import service as alerts
from mingjian.alerts.errors import NOT_SET
from mingjian.alerts.hook import address_of, read_url
from mingjian.alerts.secret_file import read_secret
from mingjian.alerts.settings import AlertsSettings, file_of
from mingjian.kernel.errors import MingjianError, Text
from mingjian.media import service as media
from mingjian.media import volumes
from mingjian.media.keep import overview
from mingjian.media.model import ChannelState
from mingjian.operations.backup import databases
from mingjian.operations.backup import service as backups
from mingjian.operations.errors import SEAL_FAILING
from mingjian.operations.watch import certificate_days
from mingjian.registry import service as registry
from mingjian.storage import jobs, migrate
from mingjian.storage.engine import SQLITE_MINIMUM, Database

_DAY_US: Final = 86_400_000_000
_ENDING_DAYS: Final = 30
_LOW_DAYS: Final = 7
_GB: Final = 10**9
_CONNECT_S: Final = 2.0
_AWAY: Final = (ChannelState.OFFLINE, ChannelState.CONNECTING)
_FOR_EVERYBODY: Final = frozenset({"authority.pem", "lock"})
"""Below `keys`: the certificate for workstations, and an empty file."""


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `why` and `advice` are empty where all is well."""

    check: str
    level: Level
    what: Text
    why: Text = field(default=Text("", ""))
    advice: Text = field(default=Text("", ""))


@dataclass(frozen=True, slots=True)
class Installation:
    """What is looked over. `tls`: whether the console is served with a certificate; `synchronised`: of the clock."""

    data_dir: Path
    database_url: str
    host: str
    port: int
    tls: bool
    floor_bytes: int
    alerts: AlertsSettings
    warn_backup_days: float
    running: bool
    synchronised: bool
    now_us: int


Check = Callable[[Installation], Iterator[Finding]]


def examine(here: Installation, more: Sequence[Check] = ()) -> list[Finding]:
    """Every check in turn; one that cannot look says so and the others go on."""
    found: list[Finding] = []
    for check in (*CHECKS, *more):
        name = check.__name__.strip("_")
        try:
            found += check(here)
        except MingjianError as error:
            found.append(Finding(name, Level.FAIL, error.what, error.why, error.advice))
        except OSError as error:
            said = error.strerror or str(error)
            found.append(_fail(name, Text(f"无法检查：{said}。", f"It could not be looked at: {said}.")))
    return found


def worst(findings: Sequence[Finding]) -> Level:
    return max((one.level for one in findings), key=list(Level).index, default=Level.OK)


def _ok(check: str, zh: str, en: str) -> Finding:
    return Finding(check, Level.OK, Text(zh, en))


def _warn(check: str, what: Text, why: Text, advice: Text) -> Finding:
    return Finding(check, Level.WARN, what, why, advice)


_LOOK: Final = Text("请按提示处理后再运行 mingjian doctor。", "Mend it and run `mingjian doctor` again.")


def _fail(check: str, what: Text, why: Text = _LOOK, advice: Text = _LOOK) -> Finding:
    return Finding(check, Level.FAIL, what, why if why is not _LOOK else Text("", ""), advice)


# The machine


def _sqlite(here: Installation) -> Iterator[Finding]:
    found = tuple(int(part) for part in pysqlite3.sqlite_version.split("."))
    needed = ".".join(map(str, SQLITE_MINIMUM))
    if databases.engine_of(here.database_url) != "sqlite":
        return
    if found >= SQLITE_MINIMUM:
        yield _ok("sqlite", f"SQLite {pysqlite3.sqlite_version}。", f"SQLite {pysqlite3.sqlite_version}.")
        return
    yield _fail(
        "sqlite",
        Text(f"SQLite {pysqlite3.sqlite_version} 过旧。", f"SQLite {pysqlite3.sqlite_version} is too old."),
        Text(f"{needed} 之前的版本可能损坏数据库。", f"Versions before {needed} can corrupt the database."),
        Text("请重新安装锁定的依赖。", "Reinstall the pinned dependencies."),
    )


def _libraries(_here: Installation) -> Iterator[Finding]:
    """Pictures, clips and the console need no ffmpeg on the machine: what they need comes with the wheels."""
    import av  # noqa: PLC0415 - heavy, and only looked at here

    yield _ok(
        "libraries",
        f"视频库 PyAV {av.__version__} 可用，无需另装 ffmpeg。",
        f"PyAV {av.__version__} is there; no ffmpeg is needed on this machine.",
    )


def _clock(here: Installation) -> Iterator[Finding]:
    if here.synchronised:
        yield _ok("clock", "系统时钟已与时间服务同步。", "The system's clock is kept by a time service.")
        return
    yield _warn(
        "clock",
        Text("系统时钟没有同步。", "The system's clock is not synchronised."),
        Text(
            "内核没有报告时间服务；录像时间以本机时钟为准。",
            "The kernel reports no time service, and recorded time is this machine's.",
        ),
        Text(
            "请启用 chrony 或 systemd-timesyncd；容器内由宿主机负责。",
            "Switch chrony or systemd-timesyncd on; in a container the host does this.",
        ),
    )


def _folder(here: Installation) -> Iterator[Finding]:
    if not here.data_dir.is_dir():
        yield _fail(
            "folder",
            Text(f"数据目录不存在：{here.data_dir}。", f"There is no data folder {here.data_dir}."),
            Text("尚未启动过，或 --data 指向了别处。", "Nothing was started here yet, or --data names another place."),
            Text("请检查 --data，或运行 mingjian serve。", "Check --data, or run `mingjian serve`."),
        )
        return
    if not os.access(here.data_dir, os.W_OK | os.X_OK):
        yield _fail(
            "folder",
            Text(f"数据目录不可写：{here.data_dir}。", f"The data folder cannot be written: {here.data_dir}."),
            Text("运行平台的账号没有权限。", "The platform's account lacks the right."),
            Text("请修正目录的属主。", "Mend the folder's owner."),
        )
        return
    open_ = [path for path in _private(here.data_dir) if _others_may_read(path)]
    if open_:
        names = ", ".join(str(path.relative_to(here.data_dir)) or "." for path in open_[:5])
        yield _fail(
            "rights",
            Text(f"其他账号可以读取 {names}。", f"Other accounts may read {names}."),
            Text("密钥与数据库只应由运行平台的账号读取。", "Keys and database are for the platform's account alone."),
            Text("请去除他人权限：chmod -R go-rwx。", "Take the rights away: chmod -R go-rwx."),
        )
        return
    yield _ok("rights", "数据目录与密钥的权限正确。", "Folder and keys have the right rights.")


def _private(data_dir: Path) -> Iterator[Path]:
    keys = data_dir / "keys"
    yield data_dir
    yield from (path for path in keys.rglob("*") if path.is_file() and path.name not in _FOR_EVERYBODY)
    for name in ("mingjian.db", "mingjian.toml"):
        # Behind a folder that nobody else may enter, their own rights do not matter.
        if (data_dir / name).exists() and _others_may_read(data_dir):
            yield data_dir / name


def _others_may_read(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


# The database


def _database(here: Installation) -> Iterator[Finding]:
    if databases.engine_of(here.database_url) == "sqlite" and not databases.sqlite_file(here.database_url).exists():
        yield _warn(
            "database",
            Text("还没有数据库。", "There is no database yet."),
            Text("尚未启动过。", "Nothing was started here yet."),
            Text("请运行 mingjian serve。", "Run `mingjian serve`."),
        )
        return
    with closing(Database(here.database_url)) as database:
        revision = migrate.current(database)
        with database.read() as tx:
            dead = jobs.count(tx, jobs.State.DEAD) if revision else 0
    if revision != migrate.head():
        ahead = revision is not None and revision not in migrate.revisions()
        yield _fail(
            "migrations",
            Text(
                f"数据库结构为 {revision}，程序需要 {migrate.head()}。",
                f"The schema is {revision}, not {migrate.head()}.",
            ),
            Text("由更新的程序写入。", "A newer program wrote it.")
            if ahead
            else Text("升级后尚未迁移。", "It was not migrated after an upgrade."),
            Text("请安装更新的版本。", "Install the newer version.")
            if ahead
            else Text("请运行 mingjian migrate。", "Run `mingjian migrate`."),
        )
        return
    yield _ok("migrations", f"数据库结构 {revision}。", f"The schema is {revision}.")
    if dead:
        yield _warn(
            "jobs",
            Text(f"有 {dead} 项后台任务已放弃。", f"{dead} jobs were given up."),
            Text("多次重试仍失败。", "They failed however often they were tried."),
            Text("请在日志中查找 job_failed。", "Look for job_failed in the log."),
        )


def _ready(here: Installation) -> bool:
    """Whether there is a database at this program's schema; what is wrong otherwise is said by `_database`."""
    if databases.engine_of(here.database_url) == "sqlite" and not databases.sqlite_file(here.database_url).exists():
        return False
    with suppress(MingjianError), closing(Database(here.database_url)) as database:
        return migrate.current(database) == migrate.head()
    return False


def _disks(here: Installation) -> Iterator[Finding]:
    if here.data_dir.is_dir():
        free = shutil.disk_usage(here.data_dir).free
        if free < here.floor_bytes // 4:
            yield _fail(
                "disk",
                Text(
                    f"数据目录所在磁盘只剩 {free / _GB:.1f} GB。",
                    f"The data folder's disk has {free / _GB:.1f} GB left.",
                ),
                Text("数据库与日志需要空间。", "Database and log need room."),
                Text("请清理或扩容。", "Make room or add some."),
            )
    if not _ready(here):
        return
    with closing(Database(here.database_url)) as database, database.read() as tx:
        groups = overview.groups(tx, volumes.open_files, here.floor_bytes, here.now_us)
    for group in groups:
        for one in group.volumes:
            yield from _volume(one)
        if group.days_left is not None and group.days_left < _LOW_DAYS and any(one.takes_new for one in group.volumes):
            words = overview.left_in_words(group.days_left)
            yield _warn(
                "forecast",
                Text(f"存储组“{group.group.name}”{words.zh}。", f'The group "{group.group.name}": {words.en}.'),
                Text("按最近的录像量估算。", "By what was recorded of late."),
                Text("请增加存储卷：mingjian volume add。", "Add a volume: `mingjian volume add`."),
            )


def _volume(one: overview.VolumeNow) -> Iterator[Finding]:
    path = one.volume.path
    if one.state == "missing":
        yield _fail(
            "volume",
            Text(f"存储卷不在原处：{path}。", f"The volume is not in its place: {path}."),
            Text("目录中没有该卷的标识，多为未挂载。", "Its identity is not in the folder; mostly it is not mounted."),
            Text("请挂载原磁盘。", "Mount the right disk."),
        )
    elif one.state == "full":
        yield _warn(
            "volume",
            Text(f"存储卷已满：{path}。", f"The volume is full: {path}."),
            Text("剩余空间低于 [store] floor_mb。", "Less is free than [store] floor_mb."),
            Text("请增加存储卷。", "Add a volume."),
        )
    else:
        free = (one.free_bytes or 0) / _GB
        yield _ok("volume", f"存储卷 {path}，剩余 {free:.1f} GB。", f"The volume {path} has {free:.1f} GB left.")


def _cameras(here: Installation) -> Iterator[Finding]:
    if not _ready(here):
        return
    with closing(Database(here.database_url)) as database, database.read() as tx:
        channels = [one for one in registry.channels(tx) if not one.demonstration]
        statuses = media.statuses(tx, channels, recorder_up=here.running)
    away = [one.name for one in channels if statuses[one.id].state in _AWAY]
    if not channels:
        return
    if not here.running:
        yield _ok("cameras", f"{len(channels)} 路摄像机（平台未运行）。", f"{len(channels)} cameras (nothing runs).")
    elif away:
        names = "、".join(away[:5])
        yield _warn(
            "cameras",
            Text(
                f"{len(away)} / {len(channels)} 路摄像机离线。", f"{len(away)} of {len(channels)} cameras are offline."
            ),
            Text(f"{names}。", f"{', '.join(away[:5])}."),
            Text(
                "请检查电源、网络与密码，详见摄像机页面。",
                "Check power, network and passwords; see the page of cameras.",
            ),
        )
    else:
        yield _ok("cameras", f"{len(channels)} 路摄像机在线。", f"{len(channels)} cameras are online.")


# The network


def _port(here: Installation) -> Iterator[Finding]:
    if here.port == 0:
        return
    where = f"{here.host}:{here.port}"
    answers = _answers(here.host, here.port)
    if here.running and answers:
        yield _ok("port", f"控制台在 {where} 应答。", f"The console answers at {where}.")
    elif here.running:
        yield _fail(
            "port",
            Text(f"平台在运行，但 {where} 没有应答。", f"The platform runs and {where} does not answer."),
            Text("api 进程没有启动，或监听了别的地址。", "The process `api` is down, or listens elsewhere."),
            Text("请查看日志与 [api] 设置。", "Look into the log and [api]."),
        )
    elif answers:
        yield _fail(
            "port",
            Text(f"端口 {where} 已被其他程序占用。", f"Another program has the port {where}."),
            Text("平台启动时会失败。", "The platform will not start."),
            Text("请停用该程序，或修改 [api] port。", "Stop that program, or change [api] port."),
        )
    else:
        yield _ok("port", f"端口 {where} 空闲。", f"The port {where} is free.")


def _answers(host: str, port: int) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - recognised, not listened on
    try:
        socket.create_connection((host, port), timeout=_CONNECT_S).close()
    except OSError:
        return False
    return True


def _certificate(here: Installation) -> Iterator[Finding]:
    if not here.tls:
        yield _ok("certificate", "只在本机监听，不需要证书。", "It listens on this machine only and needs none.")
        return
    days = certificate_days(here.data_dir / "keys" / "tls" / "server.pem", here.now_us)
    if days is None:
        yield _warn(
            "certificate",
            Text("还没有 HTTPS 证书。", "There is no HTTPS certificate yet."),
            Text("首次启动时生成。", "It is made at the first start."),
            Text("请运行 mingjian serve。", "Run `mingjian serve`."),
        )
    elif days < _ENDING_DAYS:
        yield Finding(
            "certificate",
            Level.FAIL if days < 0 else Level.WARN,
            Text(f"HTTPS 证书还有 {days} 天到期。", f"The HTTPS certificate ends in {days} days."),
            Text("到期后浏览器拒绝打开控制台。", "After that, browsers refuse to open the console."),
            Text("请重新启动平台以续期。", "Restart the platform, which renews it."),
        )
    else:
        yield _ok("certificate", f"HTTPS 证书还有 {days} 天。", f"The HTTPS certificate has {days} days left.")


# What happens by itself


def _backup(here: Installation) -> Iterator[Finding]:
    if not here.warn_backup_days or not _ready(here):
        return
    with closing(Database(here.database_url)) as database, database.read() as tx:
        last_us = backups.last_good_us(tx)
    advice = Text(
        "请运行 mingjian backup，或在 [backup] 中设置定时备份。",
        "Run `mingjian backup`, or have them made by the clock in [backup].",
    )
    if last_us is None:
        yield _warn(
            "backup",
            Text("从未备份。", "There has never been a backup."),
            Text("数据库与密钥丢失后无法恢复。", "Without one, lost keys and rows are lost."),
            advice,
        )
        return
    days = (here.now_us - last_us) // _DAY_US
    if days >= here.warn_backup_days:
        what = Text(f"最近的备份在 {days} 天前。", f"The last backup was {days} days ago.")
        yield _warn("backup", what, Text("备份过旧。", "It is too old."), advice)
    else:
        yield _ok("backup", f"最近的备份在 {days} 天前。", f"The last backup was {days} days ago.")


def _alerts(here: Installation) -> Iterator[Finding]:
    settings = here.alerts
    if not settings.by_mail and not settings.by_hook:
        yield Finding("alerts", Level.WARN, NOT_SET.what, NOT_SET.why, NOT_SET.advice)
    if settings.by_mail:
        if settings.mail_user:
            read_secret(file_of(settings.mail_password_file, here.data_dir), 1)
        zh, en = f"告警邮件发往 {settings.mail_host}。", f"Alerts are mailed by {settings.mail_host}."
        yield _ok("alerts", zh, en)
    if settings.by_hook:
        address_of(read_url(settings.hook_url), settings.hook_networks)
        read_secret(file_of(settings.hook_secret_file, here.data_dir), 32)
        yield _ok("alerts", "告警推送地址可用。", "The hook for alerts is allowed.")


def _audit(here: Installation) -> Iterator[Finding]:
    """The job that seals the log says when it cannot; whether every entry is whole is a matter of `audit verify`."""
    if not _ready(here):
        return
    with closing(Database(here.database_url)) as database, database.read() as tx:
        failing = alerts.standing(tx, SEAL_FAILING)
        standing, unseen = alerts.counts(tx)
    for one in failing:
        told = alerts.told(one, {SEAL_FAILING.code: SEAL_FAILING})
        yield _fail("audit", told.what, told.why, told.advice)
    if not failing:
        yield _ok("audit", "审计日志的封存没有报告问题。", "The seal of the audit log reports no trouble.")
    if unseen:
        yield _warn(
            "standing",
            Text(f"有 {standing} 条告警，{unseen} 条未确认。", f"{standing} alerts stand, {unseen} of them unseen."),
            Text("详见控制台右上角的告警。", "See the alerts at the top of the console."),
            Text("请逐条处理并确认。", "Deal with each and acknowledge it."),
        )


CHECKS: Final[tuple[Check, ...]] = (
    _folder,
    _sqlite,
    _libraries,
    _database,
    _clock,
    _disks,
    _cameras,
    _port,
    _certificate,
    _backup,
    _alerts,
    _audit,
)


def as_json(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "level": finding.level.value,
        "zh": {"what": finding.what.zh, "why": finding.why.zh, "advice": finding.advice.zh},
        "en": {"what": finding.what.en, "why": finding.why.en, "advice": finding.advice.en},
    }
