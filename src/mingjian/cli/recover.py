"""`mingjian recover`: a way back in for one of the three administrators, for who has the machine."""

from contextlib import closing
from typing import Annotated, Final

import typer

from mingjian.audit.model import Actor
from mingjian.audit.service import audited
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_text, say
from mingjian.identity import administration
from mingjian.identity.model import ROLE_BY_CODE, SEPARATE_ROLES, NewPerson
from mingjian.identity.rights import service as rights
from mingjian.kernel.clock import SystemClock
from mingjian.registry.vault import require_key
from mingjian.storage import migrate
from mingjian.storage.engine import Database
from mingjian.workers.folders import VAULT_KEY

ACTOR: Final = Actor("command_line", None, "mingjian recover")
_SEATS: Final = [role.code for role in SEPARATE_ROLES]


def recover(
    role: Annotated[str, typer.Argument(metavar="ROLE", help=" | ".join(_SEATS))],
    *,
    login_name: Annotated[
        str | None, typer.Option("--new", help="由另一人接任：其登录名 / login name of somebody who takes the seat")
    ] = None,
    display_name: Annotated[str, typer.Option("--name", help="接任者姓名 / name of who takes the seat")] = "",
    number: Annotated[str, typer.Option("--number", help="接任者工号 / number of who takes the seat")] = "",
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """为管理员生成一次性登录链接；三位管理员都会收到通知 / a one-time link for an administrator; all three are told."""
    if role not in _SEATS:
        raise typer.BadParameter(" | ".join(_SEATS), param_hint="ROLE")
    if (login_name is None) != (not display_name):
        raise typer.BadParameter("--new LOGIN --name NAME", param_hint="--new")
    loaded = read_settings(data, config)
    # Whoever reaches the database alone, over the network, is not on the machine.
    require_key(data.absolute() / VAULT_KEY)
    seat = ROLE_BY_CODE[role]
    instead = NewPerson(login_name, display_name, seat, number) if login_name is not None else None
    with closing(Database(loaded.settings.storage.database_url(data.absolute()))) as database:
        migrate.require_head(database)
        now_us = SystemClock().now_us()
        with audited(database) as tx:
            invited = administration.recover(tx, seat, instead, ACTOR, now_us, loaded.settings.identity)
            if instead is not None:
                rights.give_everywhere(tx, [invited.person], rights.AT_SET_UP, now_us)
    link = f"/invite?token={invited.token}"
    if as_json:
        print_json({"login_name": invited.person.login_name, "role": role, "path": link})
        return
    hours = round(loaded.settings.identity.invite_hours)
    print_text(
        say(
            f"{invited.person.display_name}（{invited.person.login_name}）的登录链接，{hours} 小时内有效，只能用一次：",
            f"The link of {invited.person.display_name} ({invited.person.login_name}), for {hours} hours, once:",
        )
    )
    print_text(f"{loaded.settings.api.public_origin or 'http(s)://…'}{link}")
    print_text(say("三位管理员登录后都会看到此次操作。", "All three administrators see it when they sign in."))
