"""A million entries: sealed, verified in one pass with bounded memory, and the last one named when it is changed."""

import time
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.memory import grows_by_less_than

from mingjian.audit import keys
from mingjian.audit.model import JSON, Action, Actor, Entry, Search
from mingjian.audit.sealing import Sealer
from mingjian.audit.service import listing, record
from mingjian.audit.verifying import FindingKind, verify
from mingjian.storage.engine import Database

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200), pytest.mark.parametrize("engine", ["sqlite"])]

ENTRIES: Final = 1_000_000
CPU_S: Final = 60.0
MEMORY: Final = 200 << 20
WHO: Final = Actor("person", UUID(int=7), "张伟 (zhang.wei)", "192.0.2.7")


def test_a_million_entries(database: Database, tmp_path: Path, engine: str) -> None:
    for begin in range(0, ENTRIES, 10_000):
        with database.write() as tx:
            for number in range(begin, begin + 10_000):
                channels: list[JSON] = [{"id": str(UUID(int=number)), "name": "校门口"}]
                detail: dict[str, JSON] = {"kind": "live", "reason": "值班", "channels": channels}
                record(tx, Entry(Action.VIEW_OPENED, WHO, "view", str(number), detail, 1_800_000_000_000_000 + number))
    signer, head = keys.signer(tmp_path, make=True), keys.HeadFile.of(tmp_path)
    with grows_by_less_than(MEMORY):
        assert Sealer(database, signer, head).seal(1) == ENTRIES
    with grows_by_less_than(MEMORY):
        begun = time.process_time()
        report = verify(database, signer.verifier, [])
        assert (report.found, report.size) == (0, ENTRIES)
        assert time.process_time() - begun < CPU_S
    with database.read() as tx:
        begun = time.process_time()
        assert len(listing(tx, None, 50, Search(person=WHO.id)).items) == 50
        assert listing(tx, None, 50, Search(object_kind="view", object_id="77")).items[0].seq == 78
        assert time.process_time() - begun < 1
    with database.write() as tx:
        tx.execute(sa.text("DROP TRIGGER audit_entry_no_update"))
        tx.execute(sa.text(f"UPDATE audit_entry SET object_id = '0' WHERE seq = {ENTRIES}"))
    first = verify(database, signer.verifier, []).first
    assert first is not None
    assert (first.kind, first.seq) == (FindingKind.CHANGED, ENTRIES)
