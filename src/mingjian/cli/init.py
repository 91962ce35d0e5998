"""`mingjian init`: a set-up without a browser, from a file of answers."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer

from mingjian.audit.model import Actor
from mingjian.audit.service import audited
from mingjian.cli import answers
from mingjian.cli.answers import Answers, CameraAnswers
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.config import Settings
from mingjian.identity import service
from mingjian.identity.errors import ALREADY_SET_UP
from mingjian.identity.model import Invited
from mingjian.identity.rights import service as rights
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PlaceId
from mingjian.registry import organisations
from mingjian.registry import service as registry
from mingjian.registry.model import ORGANISATION_KINDS, NewOrganisation, NewPlace
from mingjian.registry.vault import Secret, Vault, open_vault
from mingjian.site import service as site
from mingjian.storage import migrate
from mingjian.storage.engine import Database, Transaction
from mingjian.workers.folders import VAULT_KEY, prepare

ACTOR: Final = Actor("command_line", None, "mingjian init")
_PASSWORD_LIMIT: Final = 1_024


def init(
    file: Annotated[Path, typer.Option("--answers", help="答案文件（TOML）/ the file of answers (TOML)")],
    *,
    check: Annotated[bool, typer.Option("--check", help="只检查，不更改 / look at the answers only")] = False,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """按答案文件完成初始设置，打印每个人的邀请链接 / set up from answers; prints everybody's invitation."""
    given = answers.read(file)
    if check:
        print_text(say("答案文件没有问题。", "Nothing is wrong with the answers."))
        return
    settings = read_settings(data, config).settings
    folders = prepare(data)
    vault = open_vault(folders.data / VAULT_KEY)
    secrets = [_secret(camera) for camera in given.cameras]
    with closing(Database(settings.storage.database_url(folders.data))) as database:
        migrate.upgrade(database)
        with audited(database) as tx:
            invited = _set_up(tx, given, settings, secrets, vault)
    _tell(invited, settings, as_json=as_json)


def _set_up(
    tx: Transaction, given: Answers, settings: Settings, secrets: list[Secret | None], vault: Vault
) -> list[Invited]:
    """All of it or nothing. Raises MingjianError ALREADY_SET_UP and what each part raises."""
    if service.is_initialized(tx):
        raise MingjianError(ALREADY_SET_UP)
    now_us = SystemClock().now_us()
    people = [one.to_model(given.language) for one in given.people]
    invited = [service.add_person(tx, one, ACTOR, now_us, settings.identity) for one in people]
    rights.give_everywhere(tx, [one.person for one in invited], rights.AT_SET_UP, now_us)
    new = NewOrganisation(given.site.organisation, given.site.region_code, ORGANISATION_KINDS[given.site.kind])
    made = organisations.add(tx, new, by=ACTOR, now_us=now_us)
    facts = {"organisation": made.name, "organisation_id": str(made.id), "region_code": made.region_code}
    plan = {"language": given.language, "cameras": given.site.cameras, "kbit_s": given.site.kbit_s}
    site.change(tx, ACTOR, now_us, **facts, **plan)
    places: dict[str, PlaceId | NewPlace] = {}
    for camera, secret in zip(given.cameras, secrets, strict=True):
        place = places.get(camera.place) or NewPlace(camera.place, camera.place_address, given.site.region_code)
        added = registry.add_channel(
            tx,
            name=camera.name,
            address=camera.address,
            secret=secret,
            place=place,
            spot_name=camera.spot,
            vault=vault,
            by=ACTOR,
            now_us=now_us,
        )
        places[camera.place] = added.place.id
    return invited


def _secret(camera: CameraAnswers) -> Secret | None:
    if not camera.user_name:
        return None
    password = Path(camera.password_file).read_text(encoding="utf-8")[:_PASSWORD_LIMIT] if camera.password_file else ""
    return Secret(camera.user_name, password.rstrip("\n"))


def _tell(invited: list[Invited], settings: Settings, *, as_json: bool) -> None:
    rows = [
        {
            "login_name": one.person.login_name,
            "display_name": one.person.display_name,
            "role": one.person.role.code,
            "path": f"/invite?token={one.token}",
        }
        for one in invited
    ]
    if as_json:
        print_json(rows)
        return
    origin = settings.api.public_origin
    print_text(
        say(
            "已完成初始设置。邀请链接只显示这一次，请分别交给本人：",
            "The system is set up. The invitations are shown this once; hand each to its person:",
        )
    )
    heads = say("姓名 登录名 链接", "name login link").split()
    print_table(heads, [(row["display_name"], row["login_name"], origin + row["path"]) for row in rows])
