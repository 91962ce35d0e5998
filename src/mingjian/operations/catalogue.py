"""Every kind of alert of this program. A package names its own in `errors.py`; they are listed here."""

from typing import Final

from mingjian.alerts import errors as alerts
from mingjian.alerts.model import Kind, Kinds
from mingjian.media.keep import errors as keep
from mingjian.operations import errors as operations

_ALL: Final[tuple[Kind, ...]] = (*alerts.ALERTS, *keep.ALERTS, *operations.ALERTS)
KINDS: Final[Kinds] = {one.code: one for one in _ALL}
