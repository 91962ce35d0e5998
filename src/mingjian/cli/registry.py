"""`mingjian registry`: tables of organisations, places and channels on the machine itself, and the directory anew."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from mingjian.audit import service as audit
from mingjian.audit.model import Action, Actor, Entry
from mingjian.audit.service import audited
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.identity.scopes import ANYWHERE, Target
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import ADDRESS_UNREADABLE
from mingjian.media.formats import url as addresses
from mingjian.registry import exporting, importing
from mingjian.registry import service as registry
from mingjian.registry.columns import TABLE_KINDS
from mingjian.registry.errors import SHEET_UNREADABLE
from mingjian.registry.vault import Secret, open_vault
from mingjian.storage import migrate
from mingjian.storage.engine import Database
from mingjian.workers.folders import VAULT_KEY, Folders, prepare

app = typer.Typer(help="场所与设备登记 / organisations, places and channels", no_args_is_help=True)

WRONG_ROWS = 4
"""The exit code when a table has wrong rows; nothing was imported."""


class TableCode(StrEnum):
    ORGANISATIONS = "organisations"
    PLACES = "places"
    CHANNELS = "channels"


class FormatCode(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


_FORMS: Final[dict[FormatCode, exporting.Format]] = {FormatCode.CSV: "csv", FormatCode.XLSX: "xlsx"}
Kind = Annotated[TableCode, typer.Argument(help="organisations 单位 | places 场所 | channels 通道")]


@app.command("import")
def import_table(
    kind: Kind,
    file: Annotated[Path, typer.Argument(help="CSV 或 XLSX 文件 / a CSV or XLSX file", dir_okay=False)],
    *,
    dry_run: Annotated[bool, typer.Option("--try", help="只检查，不导入 / check only, import nothing")] = False,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """从表格导入：全部成功，或什么也不做；有错的行逐一列出 / import a table: all of it, or nothing."""
    table = _read(file)
    with _database(data, config) as (database, folders):
        vault, now_us = open_vault(folders.data / VAULT_KEY), SystemClock().now_us()
        with database.read() as tx:
            done = importing.try_table(
                tx,
                TABLE_KINDS[kind.value],
                table,
                may=_anywhere,
                read_address=_address,
                vault=vault,
                now_us=now_us,
            )
        if not done.error_count and not dry_run:
            with audited(database) as tx:
                done = importing.import_table(
                    tx,
                    TABLE_KINDS[kind.value],
                    table,
                    may=_anywhere,
                    read_address=_address,
                    vault=vault,
                    by=_actor(),
                    now_us=now_us,
                )
    _tell(done, imported=not dry_run and not done.error_count, as_json=as_json)
    if done.error_count:
        raise typer.Exit(WRONG_ROWS)


@app.command("export")
def export_table(
    kind: Kind,
    file: Annotated[Path, typer.Argument(help="写到这个文件 / write it there", dir_okay=False)],
    *,
    form: Annotated[FormatCode, typer.Option("--format", help="csv | xlsx")] = FormatCode.CSV,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
) -> None:
    """导出为表格，不含口令；记入审计 / write a table that can be imported; passwords are not in it."""
    with _database(data, config) as (database, _folders), audited(database) as tx:
        exported = exporting.export(
            tx, TABLE_KINDS[kind.value], _FORMS[form], ANYWHERE, by=_actor(), now_us=SystemClock().now_us()
        )
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # basic data is nobody else's
    with os.fdopen(descriptor, "wb") as out:
        out.write(exported.data)
    print_text(say(f"已导出 {exported.rows} 行到 {file}", f"{exported.rows} rows are in {file}"))


@app.command("reindex")
def reindex(*, data: DataDir = DEFAULT_DATA, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """重建目录（树与搜索所用）/ make the directory anew, which the tree and the search read."""
    with _database(data, config) as (database, _folders), audited(database) as tx:
        count = registry.rebuild_directory(tx)
        detail = {"count": count}
        audit.record(
            tx,
            Entry(Action.REGISTRY_REINDEXED, _actor(), "registry", "directory", {**detail}, SystemClock().now_us()),
        )
    if as_json:
        print_json({"entries": count})
    else:
        print_text(say(f"目录共 {count} 项", f"The directory has {count} entries"))


def _tell(done: importing.Tried, *, imported: bool, as_json: bool) -> None:
    if as_json:
        errors = [
            {"row": one.row, "column": one.column, "zh": one.reason.zh, "en": one.reason.en} for one in done.errors
        ]
        print_json({"rows": done.rows, "imported": imported, "error_count": done.error_count, "errors": errors})
        return
    if done.error_count:
        rows = [
            (str(one.row), one.column, say(one.reason.zh, one.reason.en), say(one.advice.zh, one.advice.en))
            for one in done.errors
        ]
        print_table(say("行 列 错误 处理办法", "row column error advice").split(), rows)
        print_text(
            say(
                f"共 {done.rows} 行，{done.error_count} 处错误，什么也没有导入。",
                f"{done.rows} rows, {done.error_count} errors; nothing was imported.",
            )
        )
    elif imported:
        print_text(say(f"已导入 {done.rows} 行。", f"{done.rows} rows were imported."))
    else:
        print_text(
            say(f"{done.rows} 行没有错误，可以导入。", f"{done.rows} rows without errors; they can be imported.")
        )


def _anywhere(_target: Target) -> bool:
    return True


def _address(typed: str) -> tuple[str, Secret | None]:
    try:
        parsed, inline = addresses.parse(typed)
    except addresses.BadAddress as error:
        raise MingjianError(ADDRESS_UNREADABLE) from error
    return str(parsed), Secret(inline.user_name, inline.password) if inline else None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or ""
        raise MingjianError(SHEET_UNREADABLE, reason_zh=reason, reason_en=reason) from error


@contextmanager
def _database(data: Path, config: Path | None) -> Iterator[tuple[Database, Folders]]:
    settings, folders = read_settings(data, config).settings, prepare(data)
    with closing(Database(settings.storage.database_url(folders.data))) as database:
        migrate.require_head(database)
        yield database, folders


def _actor() -> Actor:
    return Actor("command_line", None, os.environ.get("USER", ""))
