"""Exit codes by meaning. The supervisor reads those of its roles: a final one is not mended by starting again."""

from collections.abc import Mapping
from typing import Final

from mingjian.kernel.errors import Fault, MingjianError

PORT_TAKEN: Final = 10
DATA_UNUSABLE: Final = 11
SQLITE_TOO_OLD: Final = 12
ALREADY_RUNNING: Final = 13
SETTINGS_WRONG: Final = 14
DATABASE_UNAVAILABLE: Final = 15
SCHEMA_MISMATCH: Final = 16
ADDRESS_UNUSABLE: Final = 17
CERTIFICATE_UNUSABLE: Final = 18

FINAL: Final = frozenset(range(10, 20))
"""Codes of roles that cannot start as things are; at the first start the supervisor gives up with the same code."""

_BY_CODE: Final[Mapping[str, int]] = {
    "api.port_taken": PORT_TAKEN,
    "api.address_unusable": ADDRESS_UNUSABLE,
    "api.certificate_names": CERTIFICATE_UNUSABLE,
    "workers.data_dir_unusable": DATA_UNUSABLE,
    "workers.already_running": ALREADY_RUNNING,
    "storage.sqlite_too_old": SQLITE_TOO_OLD,
    "storage.unavailable": DATABASE_UNAVAILABLE,
    "storage.url_unknown": SETTINGS_WRONG,
    "storage.schema_behind": SCHEMA_MISMATCH,
    "storage.schema_ahead": SCHEMA_MISMATCH,
    "config.unreadable": SETTINGS_WRONG,
    "config.syntax": SETTINGS_WRONG,
    "config.unknown_name": SETTINGS_WRONG,
    "config.wrong_value": SETTINGS_WRONG,
}
_BY_FAULT: Final[Mapping[Fault, int]] = {
    Fault.INPUT: 2,  # as for a misspelt option
    Fault.UNAUTHENTICATED: 3,
    Fault.FORBIDDEN: 3,
    Fault.MISSING: 4,
    Fault.CONFLICT: 5,
    Fault.LIMIT: 6,
    Fault.PEER: 7,
    Fault.SELF: 8,
}


def exit_code(error: MingjianError) -> int:
    """The code for `error`: its own when it has one, else that of whose mistake it is."""
    return _BY_CODE.get(error.code, _BY_FAULT[error.problem.fault])
