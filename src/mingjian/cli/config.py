"""`mingjian config`: what is in force and where it comes from."""

import typer

from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.config import example
from mingjian.config.shown import shown

app = typer.Typer(help="配置 / settings", no_args_is_help=True)


@app.command()
def show(*, data: DataDir = DEFAULT_DATA, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """当前生效的配置及其来源 / the settings in force and their origin."""
    rows = [(one.name, one.value, one.origin) for one in shown(read_settings(data, config))]
    if as_json:
        print_json([{"name": name, "value": value, "origin": origin} for name, value, origin in rows])
    else:
        print_table([say("名称", "name"), say("值", "value"), say("来源", "origin")], rows)


@app.command("example")
def print_example() -> None:
    """带注释的配置文件样例 / a commented settings file."""
    print_text(example())
