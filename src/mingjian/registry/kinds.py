"""What places and spots are: codes of the law's taxonomy. A code that is not in it is refused, never guessed."""

from collections.abc import Mapping, Sequence
from functools import cache

from mingjian.kernel.errors import MingjianError, Text
from mingjian.law.library import installed
from mingjian.law.vocabulary import KindGroup
from mingjian.registry.errors import SPOT_KIND_UNKNOWN
from mingjian.registry.model import UNCLASSIFIED


def known() -> Mapping[str, Text]:
    """Every code with its names."""
    return installed().vocabulary.kinds


def grouped() -> Sequence[KindGroup]:
    """The same in groups by which people look for them."""
    return installed().vocabulary.kind_groups


def checked(kind: str) -> str:
    """The code itself. Raises MingjianError SPOT_KIND_UNKNOWN when it is not in the taxonomy."""
    if kind != UNCLASSIFIED and kind not in known():
        raise MingjianError(SPOT_KIND_UNKNOWN, kind=kind[:80])
    return kind


def meant(said: str) -> str:
    """The code that is meant by a code or by its Chinese name. Raises MingjianError SPOT_KIND_UNKNOWN."""
    return checked(_by_name().get(said, said))


@cache
def _by_name() -> Mapping[str, str]:
    return {names.zh: code for code, names in known().items()}
