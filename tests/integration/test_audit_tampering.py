"""Threat row 2: the log changed by whoever owns the database, on both engines. The first bad entry is named."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from tests.engines import mostly_sqlite

from mingjian.audit import canonical, keys
from mingjian.audit.model import SYSTEM, Action, Entry
from mingjian.audit.sealing import Sealer
from mingjian.audit.service import record
from mingjian.audit.verifying import FindingKind, Report, Stopped, verify
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database, Transaction

NOW: Final = 1_800_000_000_000_000


@dataclass
class Log:
    """A log with its key and head in `folder`, as an installation has them."""

    database: Database
    folder: Path

    def write(self, count: int, begin: int = 1) -> None:
        with self.database.write() as tx:
            for number in range(begin, begin + count):
                record(tx, Entry(Action.SIGNED_IN, SYSTEM, "person", str(number), {"number": number}, NOW + number))

    def seal(self) -> int:
        return self.sealer.seal(NOW)

    @property
    def sealer(self) -> Sealer:
        return Sealer(self.database, keys.signer(self.folder, make=True), keys.HeadFile.of(self.folder))

    def verify(self) -> Report:
        verifier = keys.signer(self.folder).verifier
        known = keys.HeadFile.of(self.folder).read(verifier)
        return verify(self.database, verifier, [known[0]] if known else [])

    def as_owner(self, *statements: str) -> None:
        """Run SQL as the owner of the database does: the guards are taken away for it, and put back."""
        with self.database.write() as tx:
            put_back = _without_guards(tx)
            for statement in statements:
                tx.execute(sa.text(statement))
            for statement in put_back:
                tx.execute(sa.text(statement))


def _without_guards(tx: Transaction) -> list[str]:
    if tx.dialect == "postgresql":
        tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        return []
    rows = tx.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for row in rows:
        tx.execute(sa.text(f"DROP TRIGGER {row.name}"))
    return [row.sql.replace(":", r"\:") for row in rows]


@pytest.fixture
def log(database: Database, tmp_path: Path) -> Log:
    """Ten entries sealed as 1 to 4 and 5 to 10, and two that are not sealed yet."""
    made = Log(database, tmp_path / "data")
    made.write(4)
    assert made.seal() == 4
    made.write(6, 5)
    assert made.seal() == 6
    made.write(2, 11)
    return made


def test_an_honest_log_is_whole(log: Log) -> None:
    report = log.verify()
    assert (report.first, report.found) == (None, 0)
    assert (report.entries, report.seals, report.size, report.unsealed) == (12, 2, 10, 2)
    assert log.seal() == 2
    assert log.seal() == 0
    assert (log.verify().size, log.verify().unsealed) == (12, 0)


COPY: Final = (
    "at_us, action, actor_kind, actor_id, actor_label, actor_address, object_kind, object_id, detail, for_id, "
    "for_label, digest"
)
CHANGED, REMOVED, INSERTED = FindingKind.CHANGED, FindingKind.REMOVED, FindingKind.INSERTED
ATTACKS: Final = {
    "update": (["UPDATE audit_entry SET actor_label = 'nobody' WHERE seq = 3"], CHANGED, 3),
    "update the digest": (["UPDATE audit_entry SET digest = NULL WHERE seq = 4"], None, None),
    "update an unsealed one": (["UPDATE audit_entry SET detail = '{}' WHERE seq = 12"], CHANGED, 12),
    "update two": (["UPDATE audit_entry SET at_us = 1 WHERE seq IN (9, 6)"], CHANGED, 6),
    "delete": (["DELETE FROM audit_entry WHERE seq = 7"], REMOVED, 7),
    "delete the first": (["DELETE FROM audit_entry WHERE seq = 1"], REMOVED, 1),
    "delete many": (["DELETE FROM audit_entry WHERE seq BETWEEN 3 AND 8"], REMOVED, 3),
    "delete all": (["DELETE FROM audit_entry"], REMOVED, 1),
    "exchange": (
        [
            "UPDATE audit_entry SET seq = 99 WHERE seq = 5",
            "UPDATE audit_entry SET seq = 5 WHERE seq = 8",
            "UPDATE audit_entry SET seq = 8 WHERE seq = 99",
        ],
        FindingKind.REORDERED,
        5,
    ),
    "exchange over a seal": (
        [
            "UPDATE audit_entry SET seq = 99 WHERE seq = 2",
            "UPDATE audit_entry SET seq = 2 WHERE seq = 9",
            "UPDATE audit_entry SET seq = 9 WHERE seq = 99",
        ],
        FindingKind.REORDERED,
        2,
    ),
    "insert": (
        [f"INSERT INTO audit_entry (seq, {COPY}) SELECT 0, {COPY} FROM audit_entry WHERE seq = 2"],
        INSERTED,
        0,
    ),
    "insert for a deleted one": (
        [
            "DELETE FROM audit_entry WHERE seq = 4",
            f"INSERT INTO audit_entry (seq, {COPY}) SELECT 4, {COPY} FROM audit_entry WHERE seq = 2",
        ],
        CHANGED,
        4,
    ),
    "remove a seal": (["DELETE FROM audit_seal WHERE size = 4"], FindingKind.SEAL, 1),
    "remove the last seal": (["DELETE FROM audit_seal WHERE size = 10"], FindingKind.ROLLED_BACK, 5),
    "remove all seals": (["DELETE FROM audit_seal"], FindingKind.ROLLED_BACK, 1),
    "cut the end off": (
        ["DELETE FROM audit_entry WHERE seq > 4", "DELETE FROM audit_seal WHERE size > 4"],
        FindingKind.ROLLED_BACK,
        5,
    ),
    "change a seal": (["UPDATE audit_seal SET checkpoint = 'x' WHERE size = 10"], FindingKind.SEAL, 5),
    "exchange signatures": (
        ["UPDATE audit_seal SET checkpoint = (SELECT checkpoint FROM audit_seal WHERE size = 4) WHERE size = 10"],
        FindingKind.SEAL,
        5,
    ),
    "hide a number": (["UPDATE audit_seal SET skipped = '[5]' WHERE size = 10"], FindingKind.SEAL, 5),
    "nonsense": (["UPDATE audit_seal SET skipped = '{' WHERE size = 10"], FindingKind.SEAL, 5),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_threat_2_what_the_owner_of_the_database_did_is_named(log: Log, attack: str) -> None:
    statements, kind, seq = ATTACKS[attack]
    log.as_owner(*statements)
    first = log.verify().first
    if kind is None:  # the digest beside an entry is no proof, so its loss hides nothing
        assert first is None
        return
    assert first is not None
    assert (first.kind, first.seq) == (kind, seq)
    assert str(seq) in first.text.zh
    assert str(seq) in first.text.en


def test_threat_2_who_makes_new_digests_as_well_is_found(log: Log) -> None:
    """The program is public: whoever changes an entry can compute its digest, and the leaf in the seal too."""
    with log.database.write() as tx:
        _without_guards(tx)
        row = tx.execute(sa.text("SELECT * FROM audit_entry WHERE seq = 6")).one()
        forged = canonical.digest(
            row.at_us, row.action, ("system", None, "nobody", ""), (None, ""), ("person", "6"), row.detail
        )
        values = {"forged": forged}
        tx.execute(sa.text("UPDATE audit_entry SET actor_label = 'nobody', digest = :forged WHERE seq = 6"), values)
    first = log.verify().first
    assert first is not None
    assert (first.kind, first.seq) == (CHANGED, 6)
    with log.database.write() as tx:
        _without_guards(tx)
        old = tx.execute(sa.text("SELECT leaves FROM audit_seal WHERE size = 10")).scalar_one()
        values = {"leaves": old[:32] + canonical.leaf(6, forged) + old[64:]}
        tx.execute(sa.text("UPDATE audit_seal SET leaves = :leaves WHERE size = 10"), values)
    first = log.verify().first
    assert first is not None
    assert (first.kind, first.seq) == (FindingKind.SEAL, 5)  # the range that holds it: its leaves are not those signed


def test_threat_2_guards_that_were_taken_away_are_named(log: Log, engine: str) -> None:
    name = "audit_entry_no_update" if engine == "sqlite" else "audit_entry_no_change"
    table = "" if engine == "sqlite" else " ON audit_entry"
    with log.database.write() as tx:
        tx.execute(sa.text(f"DROP TRIGGER {name}{table}"))
    report = log.verify()
    assert [(one.kind, one.other) for one in report.findings] == [(FindingKind.GUARD, name)]


def test_threat_4_yesterdays_copy_is_noticed_and_nothing_is_signed_on_it(
    log: Log, engine: str, tmp_path: Path, request: pytest.FixtureRequest, open_database: Callable[[str], Database]
) -> None:
    """As far as a seal on this machine can: the head that is kept beside the database is newer."""
    yesterday = _copied(log, engine, tmp_path, request)
    log.seal()
    restored = Log(open_database(yesterday), log.folder)
    first = restored.verify().first
    assert first is not None
    assert (first.kind, first.seq) == (FindingKind.ROLLED_BACK, 11)
    restored.write(5, 100)
    with pytest.raises(MingjianError) as refused:
        restored.seal()
    assert refused.value.code == "audit.rolled_back"
    assert refused.value.values == {"found": 10, "sealed": 12}
    first = restored.verify().first
    assert first is not None
    assert (first.kind, first.seq) == (FindingKind.ROLLED_BACK, 11)


def test_a_restore_that_was_agreed_is_recorded_and_sealing_goes_on(
    log: Log, engine: str, tmp_path: Path, request: pytest.FixtureRequest, open_database: Callable[[str], Database]
) -> None:
    yesterday = _copied(log, engine, tmp_path, request)
    log.seal()
    with pytest.raises(MingjianError) as refused:
        log.sealer.resume(SYSTEM, "a try", NOW)
    assert refused.value.code == "audit.nothing_to_resume"
    restored = Log(open_database(yesterday), log.folder)
    restored.sealer.resume(SYSTEM, "disk was replaced", NOW)
    assert restored.seal() == 3
    assert restored.verify().first is None
    assert len(keys.HeadFile.of(log.folder).lost()) == 1


def _copied(log: Log, engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a copy of the database as it is now."""
    if engine == "sqlite":
        path = tmp_path / "yesterday.db"
        with log.database.write() as tx:
            tx.execute(sa.text("SELECT 1"))
        log.database.close()
        shutil.copyfile(tmp_path / "mingjian.db", path)
        wal = tmp_path / "mingjian.db-wal"
        if wal.exists():
            shutil.copyfile(wal, tmp_path / "yesterday.db-wal")
        return f"sqlite:///{path}"
    cluster = request.getfixturevalue("cluster")
    log.database.close()
    name = log.database.engine.url.database
    assert name is not None
    return str(cluster.copy_of(name))


def test_a_forked_history_is_noticed(log: Log) -> None:
    """The owner has the key as well, and signs another history: the head that was noted elsewhere tells."""
    noted = keys.HeadFile.of(log.folder).read(keys.signer(log.folder).verifier)
    assert noted is not None
    log.as_owner("DELETE FROM audit_entry WHERE seq = 10", "DELETE FROM audit_seal")
    keys.HeadFile.of(log.folder).path.unlink()
    log.seal()
    report = verify(log.database, keys.signer(log.folder).verifier, [noted[0]])
    assert report.first is not None
    assert (report.first.kind, report.first.seq) == (FindingKind.HISTORY, 10)


def test_sealing_stops_when_the_last_seal_was_changed(log: Log) -> None:
    log.as_owner("UPDATE audit_seal SET leaves = leaves, frontier = (SELECT frontier FROM audit_seal WHERE size = 4)")
    with pytest.raises(MingjianError) as refused:
        log.seal()
    assert refused.value.code == "audit.seals_broken"


def test_sealing_stops_when_the_head_was_changed(log: Log) -> None:
    head = keys.HeadFile.of(log.folder)
    head.path.write_text(head.path.read_text().replace("\n10\n", "\n11\n"))
    with pytest.raises(MingjianError) as refused:
        log.seal()
    assert refused.value.code == "audit.head_unreadable"


def test_a_crash_between_the_row_and_the_head_costs_nothing(log: Log) -> None:
    head = keys.HeadFile.of(log.folder)
    before = head.path.read_text()
    assert log.seal() == 2
    head.path.write_text(before)
    log.write(1, 13)
    assert log.seal() == 1
    assert log.verify().first is None


def test_entries_older_than_digests_are_sealed_as_they_stand(database: Database, tmp_path: Path) -> None:
    log = Log(database, tmp_path / "data")
    log.write(3)
    log.as_owner("UPDATE audit_entry SET digest = NULL")
    log.seal()
    assert log.verify().first is None
    log.as_owner("UPDATE audit_entry SET detail = '{}' WHERE seq = 2")
    first = log.verify().first
    assert first is not None
    assert (first.kind, first.seq) == (CHANGED, 2)


def test_a_number_that_was_never_used_is_no_fault(database: Database, tmp_path: Path, engine: str) -> None:
    """A transaction that was rolled back leaves a hole on PostgreSQL."""
    log = Log(database, tmp_path / "data")
    log.write(2)

    def given_up() -> None:
        with database.write() as tx:
            record(tx, Entry(Action.SIGNED_IN, SYSTEM, "person", "", {}, NOW))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        given_up()
    log.write(2, 3)
    log.seal()
    report = log.verify()
    assert (report.first, report.size) == (None, 4)


@mostly_sqlite
def test_a_verification_can_be_stopped_and_tells_how_far_it_is(database: Database, tmp_path: Path) -> None:
    log = Log(database, tmp_path / "data")
    log.write(10_001)
    log.seal()
    told: list[int] = []
    assert verify(database, keys.signer(log.folder).verifier, [], tell=told.append).first is None
    assert told == [10_000]
    with pytest.raises(Stopped):
        verify(database, keys.signer(log.folder).verifier, [], stopped=lambda: True)
