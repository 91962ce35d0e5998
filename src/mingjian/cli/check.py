"""`mingjian check`: compare what is stored with what was recorded, whether or not the platform runs."""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_problem, print_table, print_text, say
from mingjian.kernel.clock import SHANGHAI, SystemClock, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import VolumeId
from mingjian.media.check import service
from mingjian.media.check.means import Means
from mingjian.media.check.model import KIND_TEXT, CheckRun, KnownDamage, Mode, RunState
from mingjian.storage import migrate
from mingjian.storage.engine import Database

CLEAN: Final = 0
DAMAGED: Final = 1
NOT_RUN: Final = 2
_MB: Final = 1_000_000
_SHOWN: Final = 50
_LINE_EVERY_S: Final = 10.0
_LAST_MOMENT_US: Final = 253_402_300_800_000_000

Fast = Annotated[bool, typer.Option("--fast", help="核对记录、文件、大小与计数 / rows, files, sizes, counters")]
Full = Annotated[bool, typer.Option("--full", help="另外逐字节核对摘要 / also every byte against its digest")]
OneVolume = Annotated[UUID | None, typer.Option("--volume", help="只检查一个存储卷 / one volume only")]
Rate = Annotated[
    float | None, typer.Option(help="每秒最多读取多少 MB，0 为不限 / MB a second at most, 0 for no bound", min=0)
]
Resume = Annotated[
    bool | None,
    typer.Option("--resume/--new", help="接着上次检查，或重新开始 / go on with the last one, or begin anew"),
]


def check(
    *,
    fast: Fast = False,
    full: Full = False,
    volume: OneVolume = None,
    rate: Rate = None,
    resume: Resume = None,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """检查存储；退出码 0 完好，1 有损坏，2 未能完成 / check the store; exit code 0 whole, 1 damaged, 2 not done."""
    if fast == full:
        raise typer.BadParameter("--fast | --full")
    try:
        settings = read_settings(data, config).settings
        wanted = _Wanted(
            Mode.FULL if full else Mode.FAST,
            VolumeId(volume) if volume else None,
            settings.store.check_mb_per_s if rate is None else rate,
            resume,
        )
        with closing(Database(settings.storage.database_url(data.absolute()))) as database:
            migrate.require_head(database)
            code = _checked(database, wanted, as_json=as_json)
    except MingjianError as error:
        print_problem(error)
        code = NOT_RUN
    sys.exit(code)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for; `rate` in megabytes a second."""

    mode: Mode
    volume: VolumeId | None
    rate: float
    resume: bool | None


def _checked(database: Database, wanted: _Wanted, *, as_json: bool) -> int:
    clock, stop = SystemClock(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    run = service.begin(database, wanted.mode, wanted.volume, resume=wanted.resume, now_us=clock.now_us())
    means = Means(database, clock, stop.wait, stop=stop.is_set, rate=wanted.rate * _MB)
    with _progress(run) as tell:
        run = service.work(means, run, tell)
    with database.read() as tx:
        known = service.damage(tx, limit=100_000)
    if as_json:
        print_json({"run": _run(run), "damage": [_damage(one) for one in known]})
    else:
        _tell(run, known)
    if known or run.found:
        return DAMAGED
    return CLEAN if run.state is RunState.DONE else NOT_RUN


# Progress, on standard error: what was found is on standard output


@contextmanager
def _progress(run: CheckRun) -> Iterator[Callable[[CheckRun], None]]:
    if not sys.stderr.isatty():
        yield _Lines(said=SystemClock().monotonic()).tell
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_in_words(run), total=None)

        def tell(now: CheckRun) -> None:
            done, total = _measure(now)
            bar.update(task, description=_in_words(now), completed=done, total=max(total, done) or None)

        tell(run)
        yield tell


@dataclass(slots=True)
class _Lines:
    """A line now and then, for logs."""

    said: float
    clock: SystemClock = field(default_factory=SystemClock)

    def tell(self, run: CheckRun) -> None:
        if self.clock.monotonic() - self.said >= _LINE_EVERY_S:
            self.said = self.clock.monotonic()
            sys.stderr.write(_in_words(run) + "\n")
            sys.stderr.flush()


def _measure(run: CheckRun) -> tuple[int, int]:
    if run.mode.reads:
        return run.bytes_done, run.bytes_total
    return run.segments_done, run.segments_total


def _in_words(run: CheckRun) -> str:
    total = max(run.segments_total, run.segments_done)
    read = f"{run.bytes_done / 1e9:.1f} GB" if run.mode.reads else ""
    zh = f"检查 {run.segments_done}/{total} 段 {read} 发现 {run.found} 处"
    en = f"checked {run.segments_done} of {total} segments {read} found {run.found}"
    return " ".join(say(zh, en).split())


# Results


def _tell(run: CheckRun, known: list[KnownDamage]) -> None:
    if run.state is not RunState.DONE:
        print_text(say("检查已停止，再次运行可接着检查。", "The check was stopped; run it again to go on."))
    print_text(_in_words(run))
    if not known:
        if run.state is RunState.DONE:
            print_text(say("存储完好。", "The store is whole."))
        return
    counts = Counter(one.damage.kind for one in known)
    print_text(say(f"损坏 {len(known)} 处：", f"{len(known)} places are damaged:"))
    print_table(
        say("种类 数量", "kind count").split(),
        [(say(KIND_TEXT[kind].zh, KIND_TEXT[kind].en), count) for kind, count in counts.most_common()],
    )
    rows = [
        (
            _moment(one.damage.start_us),
            _moment(one.damage.end_us),
            say(one.damage.text.zh, one.damage.text.en),
            _place(one),
        )
        for one in known[:_SHOWN]
    ]
    print_table(say("开始 结束 损坏 位置", "from to damage place").split(), rows)
    if len(known) > _SHOWN:
        more = len(known) - _SHOWN
        print_text(say(f"另有 {more} 处，见 --json。", f"{more} more: see --json."))


def _row(known: KnownDamage) -> tuple[str, ...]:
    one = known.damage
    return _moment(one.start_us), _moment(one.end_us), say(one.text.zh, one.text.en), _place(known)


def _place(known: KnownDamage) -> str:
    one = known.damage
    return one.path_name or str(one.channel_id or one.volume_id)


def _moment(us: int | None) -> str:
    """Local time of Asia/Shanghai; empty for none, and for what no calendar has."""
    if us is None or not 0 <= us < _LAST_MOMENT_US:
        return ""
    return to_datetime(us).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _run(run: CheckRun) -> dict[str, Any]:
    names = ("id", "mode", "state", "segments_done", "segments_total", "bytes_done", "bytes_total", "found")
    return {name: getattr(run, name) for name in names}


def _damage(known: KnownDamage) -> dict[str, Any]:
    one = known.damage
    names = ("volume_id", "segment_id", "channel_id", "path_name", "start_us", "end_us", "clock_epoch")
    told = {name: getattr(one, name) for name in (*names, "kind", "detail")}
    return {**told, "zh": one.text.zh, "en": one.text.en, "found_us": known.found_us}
