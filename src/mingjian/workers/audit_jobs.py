"""The two jobs of the log: seal what was recorded, and verify it when somebody asks."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from mingjian.alerts import service as alerts
from mingjian.audit import keys, runs
from mingjian.audit.sealing import Sealer
from mingjian.audit.verifying import Stopped
from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.operations.errors import SEAL_FAILING
from mingjian.storage.engine import Database, Transaction

SEAL: Final = "audit.seal"
SEAL_EVERY_US: Final = 15_000_000
"""An entry that is not sealed yet is protected by the database alone."""

_OBJECT: Final = "log"


def seal(
    database: Database,
    data_dir: Path,
    clock: Clock,
    check: Callable[[Transaction], None],
    stopping: Callable[[], bool],
) -> None:
    """Seal, and say so on the page of alerts when that cannot be done."""
    now_us = clock.now_us()
    trouble: Mapping[str, Mapping[str, str]] = {}
    try:
        sealer = Sealer(database, keys.signer(data_dir, make=True), keys.HeadFile.of(data_dir), check, stopping)
        sealer.seal(now_us)
    except MingjianError as error:
        if not error.code.startswith("audit."):
            raise
        trouble = {_OBJECT: {"reason_zh": error.what.zh + error.why.zh, "reason_en": f"{error.what.en} {error.why.en}"}}
    with database.write() as tx:
        check(tx)
        alerts.settle(tx, SEAL_FAILING, trouble, now_us)


def verify(
    database: Database,
    run_id: UUID,
    data_dir: Path,
    clock: Clock,
    check: Callable[[Transaction], None],
    stopping: Callable[[], bool],
) -> None:
    """Verify; a worker that has to end leaves it to the next, from the beginning."""
    signer, head = keys.signer(data_dir, make=True), keys.HeadFile.of(data_dir)
    try:
        runs.work_on(runs.Work(database, signer, head, clock, check, stopping), run_id)
    except Stopped:
        return
