"""Codes of what places and spots are. The taxonomy is the law's; here is only asked whether a code is in it."""

import re
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.registry.errors import SPOT_KIND_UNKNOWN
from mingjian.registry.model import UNCLASSIFIED

_FORM: Final = re.compile(r"[a-z0-9_]{1,64}")


def checked(kind: str) -> str:
    """The code, when it can be one. Raises MingjianError SPOT_KIND_UNKNOWN."""
    if kind != UNCLASSIFIED and not _FORM.fullmatch(kind):
        raise MingjianError(SPOT_KIND_UNKNOWN, kind=kind[:80])
    return kind
