"""How a person arranges the own console: small documents by fixed names, which follow the person to another desk."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Final
from uuid import UUID

from mingjian.identity import store
from mingjian.identity.errors import PREFERENCE_UNFIT, PREFERENCE_UNKNOWN
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Transaction

LIMIT_BYTES: Final = 65_536
"""Of one document, as the compact UTF-8 JSON that is stored."""


class Preference(Enum):
    """Everything that is kept. None of it changes what anybody may do or what is on record."""

    WALL = "wall"  # the wall of live pictures as it was left
    WALLS = "walls"  # walls kept under a name
    TOURS = "tours"  # what is shown one after the other
    TONE = "tone"  # dark or light
    PLAYBACK = "playback"
    DUTY = "duty"
    MAP = "map"
    HELP = "help"  # which hints were put away
    LISTS = "lists"  # columns and filters


def named(name: str) -> Preference:
    """Raises MingjianError PREFERENCE_UNKNOWN."""
    try:
        return Preference(name)
    except ValueError:
        raise MingjianError(PREFERENCE_UNKNOWN, name=name[:64]) from None


def read(tx: Transaction, person_id: UUID, preference: Preference) -> Mapping[str, object]:
    """The document; an empty one where nothing was kept."""
    text = store.preference(tx, person_id, preference.value)
    found: dict[str, object] = {} if text is None else json.loads(text)
    return found


def keep(tx: Transaction, person_id: UUID, preference: Preference, document: Mapping[str, object], now_us: int) -> None:
    """Keep the document instead of the one before. Raises MingjianError PREFERENCE_UNFIT."""
    unfit = MingjianError(PREFERENCE_UNFIT, name=preference.value, limit=LIMIT_BYTES // 1024)
    try:
        encoded = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:  # a number that JSON does not have, or half of a character
        raise unfit from None
    if len(encoded) > LIMIT_BYTES:
        raise unfit
    store.keep_preference(tx, person_id, preference.value, encoded.decode(), now_us)
