"""How much of what the directory is searched by may be searched by everybody: addresses and numbers are basic data."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0022_shown"
down_revision = "0021_pages"

_ORGANISATION, _PLACE, _CHANNEL = 1, 2, 4
_BATCH = 2_000


def upgrade() -> None:
    op.add_column("directory", sa.Column("shown", sa.Integer(), nullable=False, server_default="0"))
    bind = op.get_bind()
    # Names only, by default; then less where the last lines are basic data.
    op.execute("UPDATE directory SET shown = length(searched)")
    directory = _table("directory", ["id"], ["sorting", "searched"], ["kind", "shown"])
    set_ = (
        sa.update(directory)
        .where(directory.c.kind == sa.bindparam("of_kind"), directory.c.id == sa.bindparam("of_id"))
        .values(shown=sa.bindparam("letters"))
    )
    for kind, hidden in ((_ORGANISATION, _organisations()), (_PLACE, _places()), (_CHANNEL, _channels())):
        lines = {row.id: _lines(row) for row in bind.execute(hidden)}
        rows = bind.execute(sa.select(directory.c.id, directory.c.searched).where(directory.c.kind == kind)).all()
        found = [
            {"of_kind": kind, "of_id": row.id, "letters": _shown(row.searched, lines[row.id])}
            for row in rows
            if lines.get(row.id)
        ]
        for start in range(0, len(found), _BATCH):
            bind.execute(set_, found[start : start + _BATCH])


def _shown(searched: str, lines: int) -> int:
    return len(searched.rsplit("\n", lines)[0])


def _lines(row: sa.Row[tuple[object, ...]]) -> int:
    """How many of the last lines are basic data."""
    return sum(1 for text in _texts(row) if text.strip())


def _texts(row: sa.Row[tuple[object, ...]]) -> Iterator[str]:
    for name, value in list(row._asdict().items())[1:]:
        text = str(value or "")
        if name == "url":
            text = text.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
        yield text


def _organisations() -> sa.Select[tuple[object, ...]]:
    return sa.select(*_table("organisation", ["id"], ["credit_code"]).c)


def _places() -> sa.Select[tuple[object, ...]]:
    return sa.select(*_table("place", ["id"], ["address"]).c)


def _channels() -> sa.Select[tuple[object, ...]]:
    channel, device = _table("channel", ["id", "device_id"], []), _table("device", ["id"], ["address", "serial"])
    joined = channel.join(device, channel.c.device_id == device.c.id)
    return sa.select(channel.c.id, device.c.address.label("url"), device.c.serial).select_from(joined)


def _table(name: str, ids: list[str], texts: list[str], numbers: list[str] | None = None) -> sa.TableClause:
    return sa.table(
        name,
        *(sa.column(one, sa.Uuid()) for one in ids),
        *(sa.column(one, sa.Text()) for one in texts),
        *(sa.column(one, sa.Integer()) for one in numbers or []),
    )
