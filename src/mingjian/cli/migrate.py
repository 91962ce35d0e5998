"""`mingjian migrate`: bring the database to this program's schema."""

from contextlib import closing

from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, open_database
from mingjian.cli.output import print_json, print_text, say
from mingjian.storage import migrate as migrations


def migrate(*, data: DataDir = DEFAULT_DATA, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """升级数据库结构 / bring the database to this program's schema."""
    with closing(open_database(data, config)) as database:
        before = migrations.current(database)
        migrations.upgrade(database)
        after = migrations.current(database)
    if as_json:
        print_json({"before": before, "after": after})
    else:
        print_text(say(f"数据库结构：{before or '空'} → {after}", f"Database schema: {before or 'empty'} -> {after}"))
