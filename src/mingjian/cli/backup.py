"""`mingjian backup` and `mingjian restore`: everything but footage in one encrypted file, and back."""

import getpass
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mingjian.audit.model import Actor
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.config.reading import FILE_NAME
from mingjian.identity import service as people
from mingjian.kernel.clock import SHANGHAI, SystemClock, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.media.check.model import RunState
from mingjian.operations.backup import keys, restoring, service
from mingjian.operations.backup.errors import KEY_UNREADABLE
from mingjian.operations.backup.format import BackupKey
from mingjian.operations.backup.model import Verified
from mingjian.operations.backup.service import Site
from mingjian.storage import migrate
from mingjian.storage.engine import Database
from mingjian.workers.folders import held, prepare

INCOMPLETE: Final = 1
"""Exit code of a restore after which footage is missing."""

KeyFile = Annotated[
    Path | None, typer.Option("--key", help="密钥文件；不给则询问口令 / key file; else a passphrase is asked for")
]
Passphrase = Annotated[
    bool, typer.Option("--passphrase", help="询问口令，即使设置了密钥文件 / ask for a passphrase all the same")
]
PASSPHRASE: Final = "MINGJIAN_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable


def backup(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="写入的文件或目录 / file or folder")],
    *,
    verify: Annotated[bool, typer.Option("--verify", help="只检查已有备份 / check an existing backup only")] = False,
    new_key: Annotated[bool, typer.Option("--new-key", help="生成密钥文件 DEST / make the key file DEST")] = False,
    key: KeyFile = None,
    passphrase: Passphrase = False,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """备份数据库、密钥与配置（不含录像） / back up database, keys and settings, not the footage."""
    destination = destination.absolute()
    if new_key:
        keys.new_key(destination)
        print_text(
            say(
                f"已生成密钥 {destination}。没有它，备份无法恢复：请另存一份在别处。",
                f"Made the key {destination}. Without it no backup can be restored: keep a copy elsewhere.",
            )
        )
        return
    if verify:
        _tell(destination, service.verify(destination, _key(data, config, key, passphrase=passphrase)), as_json=as_json)
        return
    site = _site(data, config)
    opened = _key(data, config, key, passphrase=passphrase, twice=True)
    target = destination / _name(site) if destination.is_dir() else destination
    with closing(Database(site.database_url)) as database:
        migrate.require_head(database)
        done = service.make(site, database, target, opened, by=Actor("command_line", None, "mingjian backup"))
    _tell(target, done, as_json=as_json)


def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="备份文件 / the backup")],
    *,
    footage: Annotated[
        list[Path] | None, typer.Option("--footage", help="换了位置的录像目录，可多次 / folder of footage that moved")
    ] = None,
    check: Annotated[bool, typer.Option("--check/--no-check", help="恢复后核对录像 / compare the footage")] = True,
    key: KeyFile = None,
    passphrase: Passphrase = False,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """恢复到空的数据目录，并核对录像；退出码 1 为有录像缺失 / restore into an empty data folder; 1: footage missing."""
    site = _site(data, config)
    opened = _key(data, config, key, passphrase=passphrase)
    folders = prepare(data)
    with held(folders, "mingjian"):
        done = restoring.restore(
            site,
            source.absolute(),
            opened,
            footage or [],
            by=Actor("command_line", None, "mingjian restore"),
            forget=people.forget_after_restore,
            check=check,
        )
    if as_json:
        print_json(_restored(done))
    else:
        _tell_restored(done)
    sys.exit(0 if restoring.is_whole(done) else INCOMPLETE)


def _site(data: Path, config: Path | None) -> Site:
    data = data.absolute()
    settings = read_settings(data, config).settings
    return Site(data, settings.storage.database_url(data), config or data / FILE_NAME, SystemClock())


def _name(site: Site) -> str:
    moment = to_datetime(site.clock.now_us()).astimezone(SHANGHAI)
    return f"mingjian-{moment:%Y%m%d-%H%M%S}{service.SUFFIX}"


def _key(data: Path, config: Path | None, file: Path | None, *, passphrase: bool, twice: bool = False) -> BackupKey:
    """What was named, else what is set, else a passphrase: from the environment, or asked for. Never from argv."""
    if file is None and not passphrase:
        configured = _configured(data, config)
        file = data.absolute() / configured if configured else None
    if file is not None:
        return keys.read_key(file)
    if (given := os.environ.get(PASSPHRASE)) is not None:
        return BackupKey.of_passphrase(given)
    if not sys.stdin.isatty():
        raise MingjianError(KEY_UNREADABLE, path="--key", reason=f"no key; no terminal; no {PASSPHRASE}")
    return _asked(getpass.getpass, twice=twice)


def _configured(data: Path, config: Path | None) -> str:
    return read_settings(data, config).settings.backup.key_file


def _asked(ask: Callable[[str], str], *, twice: bool) -> BackupKey:
    first = ask(say("备份口令：", "Passphrase: "))
    if twice and ask(say("再输入一次：", "Again: ")) != first:
        raise MingjianError(KEY_UNREADABLE, path="-", reason="the two differ / 两次输入不同")
    return BackupKey.of_passphrase(first)


# What was done, in words


def _tell(path: Path, done: Verified, *, as_json: bool) -> None:
    about = done.about
    if as_json:
        print_json(
            {
                "path": str(path),
                "size": done.size,
                "sha256": done.digest.hex(),
                "version": about.version,
                "schema": about.revision,
                "engine": about.engine,
                "made_us": about.made_us,
                "host": about.host,
                "entries": done.entries,
            }
        )
        return
    made = to_datetime(about.made_us).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    print_text(say(f"备份完好：{path}", f"The backup is whole: {path}"))
    print_text(
        say(
            f"{done.size / 1e6:.1f} MB，{made} 由 {about.host} 的 {about.version} 写成，结构 {about.revision}",
            f"{done.size / 1e6:.1f} MB, made {made} by {about.version} on {about.host}, schema {about.revision}",
        )
    )
    print_text(f"SHA-256 {done.digest.hex()}")
    print_text(say("录像不在其中。", "Footage is not in it."))


def _restored(done: restoring.Restored) -> dict[str, Any]:
    return {
        "made_us": done.verified.about.made_us,
        "schema": done.upgraded_to,
        "moved": list(done.moved),
        "strangers": list(done.strangers),
        "volumes": [
            {
                "id": one.volume.id,
                "path": one.volume.path,
                "there": one.there,
                "segments_missing": one.segments_missing,
            }
            for one in done.volumes
        ],
        "segments_checked": done.checked.segments_done if done.checked else None,
        "unknown_files": done.unknown_files,
        "whole": restoring.is_whole(done),
    }


def _tell_restored(done: restoring.Restored) -> None:
    made = to_datetime(done.verified.about.made_us).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    print_text(say(f"已恢复 {made} 的备份。", f"Restored the backup of {made}."))
    rows = [
        (
            one.volume.path,
            say("在位", "there") if one.there else say("不在原处", "missing"),
            one.segments_missing if done.checked else "-",
        )
        for one in done.volumes
    ]
    print_table(say("录像目录 状态 缺少的分段", "footage state segments_missing").split(), rows)
    for path in done.strangers:
        print_text(say(f"{path} 不属于这份备份。", f"{path} belongs to no volume of this backup."))
    if done.unknown_files:
        print_text(
            say(
                f"有 {done.unknown_files} 个文件没有记录，多为备份之后的录像；平台不会删除它们。",
                f"{done.unknown_files} files have no row, mostly footage since the backup; nothing deletes them.",
            )
        )
    if done.checked is not None and done.checked.state is not RunState.DONE:
        print_text(say("核对未完成，请运行 mingjian check --fast。", "Go on with `mingjian check --fast`."))
    print_text(
        say(
            "所有登录与一次性链接均已失效。请检查设置，然后启动平台：mingjian serve",
            "All sign-ins and one-time links are over. Look at the settings, then start: mingjian serve",
        )
    )
