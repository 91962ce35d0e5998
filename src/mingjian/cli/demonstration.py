"""The demonstration: simulated cameras at places in five territories, and a person for every role (two for duty)."""

import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from mingjian.audit.model import Actor
from mingjian.audit.service import audited
from mingjian.cli.output import print_table, print_text, say
from mingjian.config import Settings
from mingjian.duty import posts
from mingjian.identity import service as identity
from mingjian.identity.model import NewPerson, Role, Visit
from mingjian.identity.passwords import Hasher
from mingjian.identity.rights import service as rights
from mingjian.kernel.clock import Clock
from mingjian.registry import places
from mingjian.registry import service as registry
from mingjian.registry.model import NewPlace, SpotView
from mingjian.registry.territories import full_name
from mingjian.registry.vault import Secret, Vault, open_vault
from mingjian.simulate.auth import Scheme
from mingjian.simulate.demo import SPARE
from mingjian.simulate.scenes import DEMO_CAMERAS, DemoCamera, scene_clips
from mingjian.storage.engine import Database
from mingjian.workers.folders import VAULT_KEY, Folders
from mingjian.workers.supervisor import Supervised

ACTOR: Final = Actor("command_line", None, "demonstration")
PEOPLE: Final = (
    NewPerson("admin", "李建国", Role.SYSTEM_ADMINISTRATOR),
    NewPerson("security", "王秀英", Role.SECURITY_ADMINISTRATOR),
    NewPerson("auditor", "陈静", Role.AUDITOR),
    NewPerson("duty", "张伟", Role.DUTY_OPERATOR),
    NewPerson("night", "马丽", Role.DUTY_OPERATOR),
    NewPerson("manager", "刘洋", Role.SECURITY_MANAGER),
    NewPerson("police", "赵磊", Role.POLICE_SUPERVISOR),
    NewPerson("officer", "孙强", Role.REQUESTING_OFFICER),
    NewPerson("maintain", "周敏", Role.MAINTENANCE),
)
_VIEWS: Final = {
    "crossing": (45, 110, 80),
    "school": (170, 90, 40),
    "hospital": (260, 80, 35),
    "hotel": (10, 100, 20),
    "border": (300, 60, 120),
    "market": (90, 70, 50),
    "bridge": (185, 50, 300),
    "tunnel": (75, 60, 150),
    "station": (0, 360, 60),
    "dam": (330, 65, 250),
    "bank": (120, 95, 15),
    "park": (215, 85, 70),
}
"""Where each camera looks: degrees clockwise from north, how wide in degrees, how far in metres."""

_SCENES: Final = "demonstration-scenes"
_ACCOUNTS: Final = Path("keys") / "demonstration-cameras.json"
# No letter or digit that looks like another: these are typed from a terminal.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def prepare(folders: Folders, settings: Settings, clock: Clock) -> Supervised:
    """Render the scenes (once), make people and camera accounts (once); the process to supervise."""
    _render(folders.data / _SCENES)
    accounts = _accounts(folders.data / _ACCOUNTS)
    with closing(Database(settings.storage.database_url(folders.data))) as database:
        _people(database, settings, clock)
    command = (
        *(sys.executable, "-m", "mingjian.simulate.demo", "--port", "0"),
        *("--cache", str(folders.data / _SCENES), "--credentials", str(folders.data / _ACCOUNTS)),
    )
    return Supervised("cameras", command, _on_ready(folders, settings, accounts, clock))


def _render(cache: Path) -> None:
    title = say("绘制演示画面（仅首次）", "Rendering the demonstration's scenes (once)")
    with Progress(transient=True) as progress:
        task = progress.add_task(title, total=len(DEMO_CAMERAS))
        if not sys.stderr.isatty() and not cache.exists():
            print_text(title)
            sys.stdout.flush()
        scene_clips(cache, lambda done, total: progress.update(task, completed=done, total=total))


def _accounts(path: Path) -> Mapping[str, Secret]:
    """User names and passwords of the simulated cameras, from their file; those that are missing are made."""
    kept = json.loads(path.read_bytes()) if path.exists() else {}
    slugs = [*(camera.slug for camera in DEMO_CAMERAS), SPARE]
    if made := {slug: {"user": "viewer", "password": _password()} for slug in slugs if slug not in kept}:
        kept |= made
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(kept, file)
        fresh.replace(path)
    return {slug: Secret(one["user"], one["password"]) for slug, one in kept.items()}


def _people(database: Database, settings: Settings, clock: Clock) -> None:
    with database.read() as tx:
        if identity.is_initialized(tx):
            print_text(
                say(
                    "演示人员的密码在首次启动时显示过；如已遗失，删除数据目录后重新启动。",
                    "The people's passwords were shown at the first start; if they are lost, remove the data folder.",
                )
            )
            return
    hasher, rows = Hasher(), []
    for given in PEOPLE:
        password = _password()
        hashed = hasher.hash(password)
        visit = Visit("", clock.now_us())
        with audited(database) as tx:
            invited = identity.add_person(tx, given, ACTOR, visit.now_us, settings.identity)
            rights.give_everywhere(tx, [invited.person], rights.AT_DEMONSTRATION, visit.now_us)
            identity.redeem_invite(tx, invited.token, hashed, visit)
        rows.append((say(given.role.zh, given.role.en), given.display_name, given.login_name, password))
    # Without a roster: whoever tries it may begin a shift at any hour.
    with audited(database) as tx:
        posts.add(tx, posts.NewPost("演示值班室"), by=ACTOR, now_us=clock.now_us())
    print_text(say("演示人员（密码只显示这一次）：", "People of the demonstration (passwords are shown this once):"))
    heads = say("角色 姓名 登录名 密码", "role name login password").split()
    print_table(heads, rows)
    sys.stdout.flush()


def _password() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))
    return "-".join(groups)


def _on_ready(
    folders: Folders, settings: Settings, accounts: Mapping[str, Secret], clock: Clock
) -> Callable[[Mapping[str, Any]], None]:
    def ready(details: Mapping[str, Any]) -> None:
        vault = open_vault(folders.data / VAULT_KEY)
        with closing(Database(settings.storage.database_url(folders.data))) as database:
            register(database, int(details["port"]), accounts, vault, clock)
        _tell_spare(int(details["port"]), accounts[SPARE])

    return ready


def _tell_spare(port: int, account: Secret) -> None:
    """A camera to try with, and what it asks for: it shows a drawing to this machine alone."""
    print_text(
        say(
            f"备用摄像机，可用来试“添加摄像机”：rtsp://127.0.0.1:{port}/{SPARE} "
            f"用户名 {account.user_name} 密码 {account.password}",
            f'A spare camera, to try "Add camera" with: rtsp://127.0.0.1:{port}/{SPARE} '
            f"user {account.user_name} password {account.password}",
        )
    )
    sys.stdout.flush()


def register(database: Database, port: int, accounts: Mapping[str, Secret], vault: Vault, clock: Clock) -> None:
    """Make the registry know the simulated cameras at `port`: new ones are added, known ones moved there."""
    with database.write() as tx:
        known = {one.device.address.rpartition("/")[2]: one for one in registry.channels(tx) if one.demonstration}
        for camera in DEMO_CAMERAS:
            address, now_us = f"rtsp://127.0.0.1:{port}/{camera.path}", clock.now_us()
            if camera.slug in known:
                registry.move_device(tx, known[camera.slug].id, address, by=ACTOR, now_us=now_us)
                continue
            added = registry.add_channel(
                tx,
                name=camera.name_zh,
                address=address,
                secret=accounts[camera.slug] if camera.scheme is not Scheme.NONE else None,
                place=_place(camera),
                spot_name=camera.spot_zh,
                vault=vault,
                by=ACTOR,
                now_us=now_us,
                demonstration=True,
            )
            view = SpotView(None, *_VIEWS[camera.slug])
            spot = added.spot
            places.change_spot(tx, spot.id, spot.name, spot.kind, view, by=ACTOR, now_us=now_us)


def _place(camera: DemoCamera) -> NewPlace:
    # The region is a field of its own: an address says what is inside it.
    address = camera.address_zh.removeprefix(full_name(camera.region_code).zh)
    return NewPlace(camera.place_zh, address, camera.region_code, camera.longitude, camera.latitude)
