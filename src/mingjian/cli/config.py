"""`mingjian config`: what is in force and where it comes from."""

import typer

from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.config import Loaded, example
from mingjian.config.example import toml_value
from mingjian.kernel.redaction import HIDDEN, is_secret_name, redact_text

app = typer.Typer(help="配置 / settings", no_args_is_help=True)


@app.command()
def show(*, data: DataDir = DEFAULT_DATA, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """当前生效的配置及其来源 / the settings in force and their origin."""
    rows = effective(read_settings(data, config))
    if as_json:
        print_json([{"name": name, "value": value, "origin": origin} for name, value, origin in rows])
    else:
        print_table([say("名称", "name"), say("值", "value"), say("来源", "origin")], rows)


@app.command("example")
def print_example() -> None:
    """带注释的配置文件样例 / a commented settings file."""
    print_text(example())


def effective(loaded: Loaded) -> list[tuple[str, str, str]]:
    """(section.key, value as TOML without secrets, origin) of every setting."""
    rows = []
    for (section, key), origin in loaded.origins.items():
        value = toml_value(getattr(getattr(loaded.settings, section), key))
        rows.append((f"{section}.{key}", HIDDEN if is_secret_name(key) else redact_text(value), origin.text))
    return rows
