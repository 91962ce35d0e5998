"""`mingjian migrate`: bring the database to this program's schema."""

from contextlib import closing
from typing import Annotated

import typer

from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, open_database
from mingjian.cli.output import print_json, print_text, say
from mingjian.storage import migrate as migrations
from mingjian.storage import protection

ApplicationRole = Annotated[
    str | None,
    typer.Option(
        "--application-role",
        help="运行程序的数据库角色，只能追加日志（PostgreSQL） / the program's role, which only adds to the log",
    ),
]


def migrate(
    *,
    application_role: ApplicationRole = None,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """升级数据库结构 / bring the database to this program's schema."""
    with closing(open_database(data, config)) as database:
        before = migrations.current(database)
        migrations.upgrade(database)
        after = migrations.current(database)
        if application_role is not None:
            protection.grant_to(database, application_role)
    if as_json:
        print_json({"before": before, "after": after})
    else:
        print_text(say(f"数据库结构：{before or '空'} → {after}", f"Database schema: {before or 'empty'} -> {after}"))
