"""`mingjian alerts`: try whether people and programs outside are told."""

from contextlib import closing
from typing import Final

import typer

from mingjian.alerts.delivery import Teller, attempt, origin_of
from mingjian.alerts.errors import NOT_SET
from mingjian.alerts.model import Way
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_problem, print_text, say
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.operations.catalogue import KINDS
from mingjian.storage.engine import Database
from mingjian.workers.exits import exit_code

app = typer.Typer(help="告警 / alerts", no_args_is_help=True)

_NAMES: Final = {Way.MAIL: ("邮件", "mail"), Way.HOOK: ("推送", "hook")}


@app.callback()
def group() -> None:
    """告警 / alerts."""


@app.command("try")
def try_ways(*, data: DataDir = DEFAULT_DATA, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """按当前设置各试发一条 / send one on trial by every way that is set."""
    data = data.absolute()
    settings = read_settings(data, config).settings
    with closing(Database(settings.storage.database_url(data))) as database:
        teller = Teller(database, settings.alerts, KINDS, data, origin_of(settings.api.public_origin), lambda _tx: None)
        ways = [way for way in Way if teller.is_set(way)]
        if not ways:
            raise MingjianError(NOT_SET)
        refusals = {way: _tried(teller, way) for way in ways}
    if as_json:
        print_json({way.value: error.code if error else "sent" for way, error in refusals.items()})
    for way, error in refusals.items():
        if error is not None:
            print_problem(error)
        elif not as_json:
            print_text(say(f"{_NAMES[way][0]}：已送出", f"{_NAMES[way][1]}: sent"))
    failed = next((error for error in refusals.values() if error is not None), None)
    if failed is not None:
        raise typer.Exit(exit_code(failed))


def _tried(teller: Teller, way: Way) -> MingjianError | None:
    try:
        attempt(teller, way, SystemClock().now_us())
    except MingjianError as error:
        return error
    return None
