"""`mingjian audit`: verify the log, show its head, and go on after a restore that was agreed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mingjian.audit import keys, runs
from mingjian.audit.errors import HEAD_UNREADABLE
from mingjian.audit.model import Actor
from mingjian.audit.notes import BadNote, Checkpoint, Verifier
from mingjian.audit.sealing import Sealer
from mingjian.audit.verifying import Report, verify
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_problem, print_table, print_text, say
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.storage import migrate
from mingjian.storage.engine import Database

WHOLE: Final = 0
BAD: Final = 1
NOT_RUN: Final = 2
_SHOWN: Final = 50

app = typer.Typer(help="审计日志 / the audit log", no_args_is_help=True)

KeyLine = Annotated[
    str | None, typer.Option("--key", help="另存的公钥行 / the public key as it was noted (see audit head)")
]
HeadFiles = Annotated[
    list[Path] | None, typer.Option("--head", help="另存的封印，可多次给出 / heads that were noted; may be repeated")
]


@app.command("verify")
def verify_log(
    *,
    key: KeyLine = None,
    head: HeadFiles = None,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """校验日志，指出第一条被改动的记录；退出码 0 完好，1 有问题，2 未能完成 / name the first bad entry; 0, 1 or 2."""
    try:
        report, problem, lost = _verified(_Asked(data.absolute(), config, key, tuple(head or ())))
    except MingjianError as error:
        print_problem(error)
        sys.exit(NOT_RUN)
    if as_json:
        print_json({**runs.as_json(report, problem), "lost_heads": lost})
    else:
        _tell(report, problem, lost)
    sys.exit(BAD if report.found or problem else WHOLE)


@app.command("head")
def show_head(*, data: DataDir = DEFAULT_DATA, as_json: AsJson = False) -> None:
    """显示最近的封印和公钥，供另存 / the newest head and the public key, to be noted elsewhere."""
    folder = data.absolute()
    verifier = keys.signer(folder).verifier
    known = keys.HeadFile.of(folder).read(verifier)
    if as_json:
        print_json({"key": str(verifier), "head": known[1] if known else None})
        return
    print_text(say("公钥：", "Public key:") + f" {verifier}")
    print_text(known[1] if known else say("尚未封印。", "Nothing is sealed yet."))


@app.command("resume")
def resume(
    *,
    reason: Annotated[str, typer.Option("--reason", help="为何恢复，由谁批准 / why it was restored, agreed by whom")],
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
) -> None:
    """经批准恢复旧数据库后，记录此事并继续封印 / after a restore that was agreed: record it and go on sealing."""
    folder = data.absolute()
    with closing(_database(folder, config)) as database:
        migrate.require_head(database)
        sealer = Sealer(database, keys.signer(folder), keys.HeadFile.of(folder))
        sealer.resume(Actor("command_line", None, "mingjian audit resume"), reason.strip(), SystemClock().now_us())
    print_text(say("已记录，封印将继续。", "It is recorded; sealing goes on."))


@dataclass(frozen=True, slots=True)
class _Asked:
    folder: Path
    config: Path | None
    key: str | None
    heads: tuple[Path, ...]


def _verified(asked: _Asked) -> tuple[Report, str, list[str]]:
    verifier = _key(asked)
    head, problem = keys.HeadFile.of(asked.folder), ""
    heads = [_noted(path, verifier) for path in asked.heads]
    try:
        known = head.read(verifier)
        heads += [known[0]] if known else []
    except MingjianError as error:
        problem = error.code
        print_problem(error)
    with closing(_database(asked.folder, asked.config)) as database:
        migrate.require_head(database)
        with _progress() as tell:
            return verify(database, verifier, heads, tell=tell), problem, head.lost()


def _key(asked: _Asked) -> Verifier:
    if asked.key is None:
        return keys.signer(asked.folder).verifier
    try:
        return Verifier.read(asked.key)
    except BadNote as error:
        raise typer.BadParameter(str(error), param_hint="--key") from error


def _noted(path: Path, verifier: Verifier) -> Checkpoint:
    try:
        return verifier.open(path.read_text())
    except (OSError, UnicodeDecodeError, BadNote) as error:
        raise MingjianError(HEAD_UNREADABLE, reason=f"{path.name}: {error}") from error


def _database(folder: Path, config: Path | None) -> Database:
    return Database(read_settings(folder, config).settings.storage.database_url(folder))


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(say("校验日志", "Verifying the log"), total=None)
        yield lambda done: bar.update(task, completed=done)


def _tell(report: Report, problem: str, lost: list[str]) -> None:
    sealed = say(
        f"共 {report.entries} 条，已封印 {report.size} 条（{report.seals} 段），尚未封印 {report.unsealed} 条。",
        f"{report.entries} entries; {report.size} sealed in {report.seals} ranges, {report.unsealed} not sealed yet.",
    )
    print_text(sealed)
    if lost:
        print_text(
            say(f"数据库曾从备份恢复 {len(lost)} 次。", f"The database was restored from a backup {len(lost)} times.")
        )
    first = report.first
    if first is None and not problem:
        print_text(say("日志完好，与封印一致。", "The log is whole: it is what was sealed."))
        return
    if first is not None:
        print_text(say(f"第一处：{first.text.zh}。", f"The first: {first.text.en}."))
        rows: list[tuple[Any, ...]] = [(one.seq, say(one.text.zh, one.text.en)) for one in report.findings[:_SHOWN]]
        print_table(say("编号 问题", "entry finding").split(), rows)
    if report.found > _SHOWN:
        more = report.found - _SHOWN
        print_text(say(f"另有 {more} 处，见 --json。", f"{more} more: see --json."))
