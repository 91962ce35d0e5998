"""Options that several commands share, and what they open."""

import os
from pathlib import Path
from typing import Annotated

import typer

from mingjian.config import Loaded, load
from mingjian.storage.engine import Database

DEFAULT_DATA = Path(".run/data")

DataDir = Annotated[
    Path, typer.Option("--data", envvar="MINGJIAN_DATA", help="数据目录 / the data directory", show_default=True)
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="MINGJIAN_CONFIG", help="配置文件，默认为数据目录中的 mingjian.toml / settings file"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]


def read_settings(data: Path, config: Path | None) -> Loaded:
    """The settings of this call. The command line is where the environment is read."""
    return load(data.absolute(), config, os.environ)


def open_database(data: Path, config: Path | None) -> Database:
    """The database that the settings name; close it after use."""
    return Database(read_settings(data, config).settings.storage.database_url(data.absolute()))
