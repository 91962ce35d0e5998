"""With millions of segments a query that reads the whole table stops the platform: none of the hot ones may."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pytest
from sqlalchemy import event, select
from tests.unit.media import making

from mingjian.kernel.ids import ChannelId, GapId, SegmentId, VolumeGroupId, VolumeId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import playback, store
from mingjian.media.check import store as check_store
from mingjian.media.ingest import connections
from mingjian.media.keep import footage
from mingjian.media.model import Gap, GapCause, Segment, SegmentState, Volume, VolumeGroup
from mingjian.media.record import silences
from mingjian.media.store import Closing
from mingjian.storage.engine import Database, Transaction

MOSTLY = "sqlite"  # the engine plays a small part

S: Final = 1_000_000
START: Final = 1_750_000_000 * S
CHANNEL: Final = ChannelId(new_id(START))
VOLUME: Final = VolumeId(new_id(START))
DAY: Final = Span(START, START + 86_400 * S)
BIG: Final = ("segment", "segment_index")
"""Tables with a row for each minute of each channel."""


def segment(number: int = 0, state: SegmentState = SegmentState.OPEN) -> Segment:
    start_us = START + number * 60 * S
    segment_id = SegmentId(new_id(start_us))
    name = f"{segment_id}.mp4"
    return Segment(segment_id, CHANNEL, VOLUME, state, name, start_us, start_us, 0, 700, 0, making.parameters())


ONE: Final = segment()
IDS: Final = [ONE.id]
HOT: Final[dict[str, Callable[[Transaction], object]]] = {
    "used bytes": lambda tx: store.used_bytes(tx, VOLUME),
    "opening": lambda tx: store.open_segments(tx, [segment(9)]),
    "beginning": lambda tx: store.begin_segments(tx, [ONE]),
    "flushing": lambda tx: store.flush_segments(tx, {ONE.id: b""}),
    "closing": lambda tx: store.close_segments(tx, [Closing(ONE.id, START, START + S, 9, 9, b"", b"")]),
    "left open": lambda tx: store.segments_left_open(tx, VOLUME),
    "footage of a range": lambda tx: store.segments_between(tx, CHANNEL, DAY, S),
    "stretches of a range": lambda tx: store.stretches_between(tx, CHANNEL, DAY, S),
    "records": lambda tx: store.records_of(tx, ONE.id),
    "newest end": lambda tx: store.last_end_us(tx, CHANNEL, None),
    "newest end of an epoch": lambda tx: store.last_end_us(tx, CHANNEL, 3),
    "garbage": lambda tx: store.garbage(tx, 10),
    "marking garbage": lambda tx: store.mark_garbage(tx, IDS),
    "forgetting": lambda tx: store.forget_segments(tx, IDS),
    "timeline": lambda tx: playback.timeline(tx, CHANNEL, DAY),
    "window": lambda tx: playback.window(tx, CHANNEL, Span(START, START + 10 * S), with_lead=True),
    "silences": lambda tx: silences.explain(tx, ONE, [Span(START, START + S)]),
    "end of abandoned connections": lambda tx: connections.end_abandoned(tx, CHANNEL, new_id(START)),
    "days": lambda tx: footage.days(tx, [VOLUME]),
    "footage of a day": lambda tx: footage.of_day(tx, CHANNEL, 20_000, [VOLUME], [SegmentState.CLOSED], 9),
    "oldest": lambda tx: next(footage.oldest(tx, VOLUME, SegmentState.CLOSED), None),
    "by id": lambda tx: footage.by_id(tx, IDS, SegmentState.MARKED),
    "marked": lambda tx: footage.marked_before(tx, VOLUME, START, 9),
    "touching a range": lambda tx: footage.touching(tx, CHANNEL, DAY, [SegmentState.CLOSED]),
    "marking": lambda tx: footage.mark(tx, IDS, START),
    "unmarking": lambda tx: footage.unmark(tx, IDS),
    "garbage of a volume": lambda tx: footage.garbage(tx, VOLUME, 9),
    "what is checked": lambda tx: check_store.claims(tx, VOLUME, "", 100, index=True),
    "what is checked then": lambda tx: check_store.claims(tx, VOLUME, f"closed {START} {ONE.id}", 100, index=False),
    "paths": lambda tx: check_store.paths_of(tx, IDS, VOLUME),
    "next day": lambda tx: check_store.next_day(tx, VOLUME, 20_000),
    "kept on a day": lambda tx: check_store.kept(tx, VOLUME, 20_000),
    "next channel": lambda tx: check_store.next_channel(tx, str(CHANNEL)),
    "spans": lambda tx: next(check_store.spans_of(tx, CHANNEL), None),
    "volumes with rows": check_store.volumes_with_rows,
}


@pytest.fixture
def site(database: Database) -> Database:
    """One segment that is open, one that is closed, one gap that lasts: so that every step of a question is asked."""
    group = VolumeGroup(VolumeGroupId(new_id(START)), "default", demonstration=False)
    closed = segment(1)
    with database.write() as tx:
        store.add_volume_group(tx, group, START)
        store.add_volume(tx, Volume(VOLUME, group.id, "/nowhere", demonstration=False, limit_bytes=None), START)
        store.open_segments(tx, [ONE, closed])
        store.close_segments(tx, [Closing(closed.id, closed.start_us, closed.start_us + S, 9, 9, b"", b"")])
        store.open_gap(tx, GapId(new_id(START)), Gap(CHANNEL, START + 90 * S, None, GapCause.NETWORK))
    return database


def plans(database: Database, work: Callable[[Transaction], object]) -> Iterator[tuple[str, list[str]]]:
    """Each statement of `work` on a big table, and the tables that it reads whole."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, statement: str, values: Any, _context: object, _many: bool) -> None:
        said.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", hear)
    with database.write() as tx:
        work(tx)
    event.remove(database.engine, "before_cursor_execute", hear)
    for statement, values in said:
        words = statement.split()
        if words[0] in {"SELECT", "UPDATE", "DELETE"} and any(f"{big} " in f"{statement} " for big in BIG):
            yield statement, whole(database, statement, values[0] if isinstance(values, list) else values)


def whole(database: Database, statement: str, values: Any) -> list[str]:
    """The big tables that a statement reads from end to end."""
    with database.engine.connect() as connection:
        if database.engine.dialect.name == "sqlite":
            steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            return [step for step in steps if step.startswith("SCAN") and step.split()[1] in BIG and not _ordered(step)]
        # A planner without rows reads everything: what it does when it would rather not is what counts.
        connection.exec_driver_sql("SET enable_seqscan = off")
        (answer,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).one()
        found = json.loads(answer) if isinstance(answer, str) else answer
        return [node["Relation Name"] for node in _nodes(found[0]["Plan"]) if _is_scan(node)]


def _ordered(step: str) -> bool:
    """In the order of an index, for a LIMIT: it stops where it has enough."""
    return "USING COVERING INDEX ix_segment_timeline" in step


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    inner: Sequence[dict[str, Any]] = node.get("Plans", ())
    for one in inner:
        yield from _nodes(one)


def _is_scan(node: dict[str, Any]) -> bool:
    return node.get("Relation Name") in BIG and str(node["Node Type"]) == "Seq Scan"


@pytest.mark.parametrize("name", HOT)
def test_no_hot_question_reads_a_big_table_whole(site: Database, name: str) -> None:
    for statement, scanned in plans(site, HOT[name]):
        assert scanned == [], statement


def test_a_question_that_reads_everything_would_be_seen(site: Database) -> None:
    table = store.SEGMENT.c
    found = list(plans(site, lambda tx: tx.execute(select(table.id).where(table.size > 5))))
    assert found
    assert all(scanned for _, scanned in found)


def test_a_timeline_is_read_from_the_index_alone(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("whether PostgreSQL must look at rows depends on its last vacuum")
    found: list[str] = []

    def hear(_connection: object, cursor: Any, statement: str, values: Any, _context: object, _many: bool) -> None:
        if "segment" in statement and "segment_index" not in statement:
            found.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    event.listen(database.engine, "before_cursor_execute", hear)
    with database.read() as tx:
        store.stretches_between(tx, CHANNEL, DAY, S)
    # What is read is the table; what is made of it on the way is named after no table.
    read = [step for step in found if step.split()[:2] in (["SEARCH", "segment"], ["SCAN", "segment"])]
    assert read
    assert all("COVERING INDEX ix_segment_timeline" in step for step in read), found
