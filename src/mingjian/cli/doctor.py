"""`mingjian doctor`: look the installation over."""

import sys
from typing import Final

from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.networks import is_this_machine
from mingjian.media.keep.clock_trust import system_is_synchronised
from mingjian.operations import doctor as examination
from mingjian.operations.doctor import Finding, Installation, Level
from mingjian.workers.folders import Folders, is_held

EXITS: Final = {Level.OK: 0, Level.WARN: 1, Level.FAIL: 2}
_MARKS: Final = {Level.OK: ("正常", "ok"), Level.WARN: ("注意", "warn"), Level.FAIL: ("故障", "FAIL")}


def doctor(*, data: DataDir = DEFAULT_DATA, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """全面检查；退出码 0 正常，1 注意，2 故障 / look everything over; exit code 0 well, 1 warnings, 2 broken."""
    data = data.absolute()
    settings = read_settings(data, config).settings
    here = Installation(
        data_dir=data,
        database_url=settings.storage.database_url(data),
        host=settings.api.host,
        port=settings.api.port,
        tls=not is_this_machine(settings.api.host),
        floor_bytes=settings.store.floor_bytes,
        alerts=settings.alerts,
        warn_backup_days=settings.backup.warn_after_days,
        running=is_held(Folders(data, data / "run"), "mingjian"),
        synchronised=system_is_synchronised(),
        now_us=SystemClock().now_us(),
    )
    found = examination.examine(here)
    level = examination.worst(found)
    if as_json:
        print_json({"level": level.value, "findings": [examination.as_json(one) for one in found]})
    else:
        _tell(found, level)
    sys.exit(EXITS[level])


def _tell(found: list[Finding], level: Level) -> None:
    rows = [(say(*_MARKS[one.level]), one.check, say(one.what.zh, one.what.en)) for one in found]
    print_table([say("结果", "result"), say("项目", "check"), say("说明", "what")], rows)
    for one in found:
        if one.level is not Level.OK:
            print_text("")
            print_text(f"{say(*_MARKS[one.level])} · {one.check}: {say(one.what.zh, one.what.en)}")
            for text in (one.why, one.advice):
                if text.zh:
                    print_text(f"  {say(text.zh, text.en)}")
    summary = {
        Level.OK: ("一切正常。", "All is well."),
        Level.WARN: ("可以运行，有需要注意的地方。", "It works; something wants attention."),
        Level.FAIL: ("有故障，请先处理。", "Something is broken; mend it first."),
    }
    print_text("")
    print_text(say(*summary[level]))
