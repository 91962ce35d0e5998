"""Settings: what is in force, where each value comes from, and what the next start would change.

They are read here and written in a file: whoever may write them may open the network and name other disks, which a
stolen session must not be enough for.
"""

from collections.abc import Callable
from itertools import groupby

from fastapi import Depends
from pydantic import Field

from mingjian.api.deps import Context, Requires
from mingjian.api.keeping import Words
from mingjian.api.routing import versioned
from mingjian.api.schema import ProblemText, Shape
from mingjian.config import Loaded
from mingjian.config.settings import TITLES
from mingjian.config.shown import Shown, shown, waiting
from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import MingjianError

router = versioned("settings")


class Setting(Shape):
    """One setting. Values are written as in mingjian.toml, secrets as `***`.

    `origin`: `default`, a file with its line, or the name of a variable. `next`: the value that the next start will
    find, where somebody has written another one since this start.
    """

    key: str
    what: Words
    value: str = Field(examples=["8080"])
    default: str = Field(examples=["8080"])
    origin: str = Field(examples=["/var/lib/mingjian/mingjian.toml:12"])
    next: str | None


class SettingsSection(Shape):
    """One section of the file."""

    section: str = Field(examples=["api"])
    title: Words
    items: list[Setting]


class SettingsUnreadable(Shape):
    """Why the platform would not start with what is written now."""

    code: str
    zh: ProblemText
    en: ProblemText


class SettingsShown(Shape):
    """All settings of this machine. `file`: where they are written, or would be. `unreadable`: null if all is well."""

    file: str
    sections: list[SettingsSection]
    unreadable: SettingsUnreadable | None


@router.get("/settings", operation_id="settings", dependencies=[Depends(Requires(Permission.SITE_MANAGE))])
def get_settings(context: Context) -> SettingsShown:
    """What is in force, and what the next start would make of what is written now."""
    written, unreadable = _written(context.written)
    later = {} if written is None else waiting(context.settings, written.settings)
    sections = groupby(shown(context.loaded), key=lambda one: one.section)
    return SettingsShown(
        file=str(context.loaded.file or ""),
        sections=[
            SettingsSection(
                section=name,
                title=Words.of(TITLES[name]),
                items=[_setting(one, later.get((name, one.key))) for one in found],
            )
            for name, found in sections
        ],
        unreadable=unreadable,
    )


def _written(read: Callable[[], Loaded]) -> tuple[Loaded | None, SettingsUnreadable | None]:
    try:
        return read(), None
    except MingjianError as error:
        zh, en = (
            ProblemText(what=getattr(error.what, one), why=getattr(error.why, one), advice=getattr(error.advice, one))
            for one in ("zh", "en")
        )
        return None, SettingsUnreadable(code=error.code, zh=zh, en=en)


def _setting(one: Shown, later: str | None) -> Setting:
    return Setting(
        key=one.key, what=Words.of(one.what), value=one.value, default=one.default, origin=one.origin, next=later
    )
