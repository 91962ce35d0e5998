"""`mingjian volume`: the folders that footage is kept in."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from mingjian.audit.model import Actor
from mingjian.audit.service import audited
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, open_database, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import Text
from mingjian.media import volumes
from mingjian.media.keep import overview, service
from mingjian.storage import migrate

app = typer.Typer(help="存储卷 / volumes", no_args_is_help=True)

ACTOR = Actor("command_line", None, "mingjian volume")
_STATES = {
    "ok": Text("正常", "ok"),
    "missing": Text("不在原处", "missing"),
    "full": Text("已满", "full"),
    "retired": Text("已停用", "retired"),
}


@app.command("list")
def list_volumes(*, data: DataDir = DEFAULT_DATA, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """所有存储卷及其空间 / all volumes and their space."""
    floor_bytes = read_settings(data, config).settings.store.floor_bytes
    with closing(open_database(data, config)) as database:
        migrate.require_head(database)
        with database.read() as tx:
            groups = overview.groups(tx, volumes.open_files, floor_bytes, SystemClock().now_us())
    rows = [
        {
            "id": str(one.volume.id),
            "group": group.group.name,
            "path": one.volume.path,
            "state": one.state,
            "used_bytes": one.used_bytes,
            "free_bytes": one.free_bytes,
            "days_left": group.days_left,
        }
        for group in groups
        for one in group.volumes
    ]
    if as_json:
        print_json(rows)
        return
    heads = say("编号 存储组 目录 状态 已用GB 可用GB", "id group path state used_GB free_GB").split()
    print_table(heads, [_cells(row) for row in rows])
    for group in groups:
        words = overview.left_in_words(group.days_left)
        print_text(f"{group.group.name}: {say(words.zh, words.en)}")


def _cells(row: Mapping[str, object]) -> list[object]:
    state = _STATES[str(row["state"])]
    sizes = [f"{size / 1e9:.1f}" if isinstance(size, int) else "-" for size in (row["used_bytes"], row["free_bytes"])]
    return [row["id"], row["group"], row["path"], say(state.zh, state.en), *sizes]


@app.command("add")
def add_volume(
    path: Annotated[Path, typer.Argument(help="目录，须在该磁盘上 / a folder on the disk")],
    *,
    group: Annotated[str, typer.Option(help="存储组 / group of volumes that stand in for each other")] = (
        volumes.DEFAULT_GROUP
    ),
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """新增存储卷；新的录像随即也写入它 / add a volume; new footage goes to it from now on."""
    with closing(open_database(data, config)) as database:
        migrate.require_head(database)
        added = volumes.add(database, path.absolute(), group, SystemClock().now_us(), ACTOR)
    if as_json:
        print_json({"id": added.id, "path": added.path, "group_id": added.group_id})
    else:
        print_text(say(f"已新增存储卷 {added.id}：{added.path}", f"Added the volume {added.id}: {added.path}"))


@app.command("retire")
def retire_volume(
    volume_id: Annotated[UUID, typer.Argument(metavar="ID", help="编号 / its id")],
    *,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """停用存储卷：不再写入，已有录像保留到期满 / no new footage goes to a volume; what is there stays its term."""
    with closing(open_database(data, config)) as database:
        migrate.require_head(database)
        with audited(database) as tx:
            retired = service.retire_volume(tx, volume_id, by=ACTOR, now_us=SystemClock().now_us())
    if as_json:
        print_json({"id": retired.id, "path": retired.path})
    else:
        print_text(say(f"已停用 {retired.path}，录像保留", f"Retired {retired.path}; its footage stays"))
