"""What routes are given: the context, the database's two doors, and the caller who passed the permission check."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Annotated, Final, Protocol
from uuid import UUID

from fastapi import BackgroundTasks, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from mingjian.api import basic, door, idempotency
from mingjian.api.bulks import Bulks
from mingjian.api.downloads import Downloads
from mingjian.api.endings import Endings
from mingjian.api.feed import Feed
from mingjian.api.fresh import FRESH, WHILE_LOCKED
from mingjian.api.probes import Probes
from mingjian.api.routing import PREFIX
from mingjian.api.security import BEARER, COOKIE, DEVICE_COOKIE
from mingjian.api.stillwatch import StillWatch
from mingjian.api.watching import Watching
from mingjian.audit.model import Actor
from mingjian.audit.service import audited
from mingjian.config import Loaded, Settings, declared
from mingjian.duty import service as duty
from mingjian.identity import flow, service, tokens
from mingjian.identity.errors import ASSERTION_NEEDED, LOCKED, NOT_SIGNED_IN, SESSION_ELSEWHERE, TOKEN_REFUSED
from mingjian.identity.model import DutyPlace, Person, Session, SessionKind, Visit
from mingjian.identity.passwords import Hasher
from mingjian.identity.permissions import Authority, Permission
from mingjian.identity.rights import service as rights
from mingjian.identity.scopes import Reach, Target
from mingjian.identity.sealing import PURPOSE, Sealer
from mingjian.identity.settings import IdentitySettings
from mingjian.identity.sign_in import Desk, refuse_token
from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.live.hub import LiveHub
from mingjian.media.pictures.desk import Pictures
from mingjian.registry.vault import Vault
from mingjian.storage.engine import Database, Transaction

_AGENT_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class VolumeHealth:
    """One volume of recordings; sizes in bytes, `limit_bytes` None when the disk itself is the limit."""

    volume: str
    path_name: str
    used_bytes: int
    free_bytes: int
    limit_bytes: int | None
    demonstration: bool


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """How many channels there are and how many of them are recording now."""

    recording: int = 0
    total: int = 0


class Facilities(Protocol):
    """What `GET /health` asks of storage and channels; given by whoever wires the API."""

    def volumes(self, tx: Transaction) -> Sequence[VolumeHealth]: ...

    def channels(self, tx: Transaction) -> ChannelCounts: ...


class NoFacilities:
    """Nothing is recorded here."""

    def volumes(self, _tx: Transaction) -> Sequence[VolumeHealth]:
        return ()

    def channels(self, _tx: Transaction) -> ChannelCounts:
        return ChannelCounts()


class ProcessStatus(Protocol):
    """How one process is doing, as the supervisor wrote it."""

    @property
    def role(self) -> str: ...

    @property
    def pid(self) -> int | None: ...

    @property
    def started_us(self) -> int: ...

    @property
    def restarts(self) -> int: ...

    @property
    def state(self) -> str: ...


def _alone() -> Sequence[ProcessStatus]:
    return ()


class Denials:
    """Lets the same refusal of the same session into the log once a minute: a page that retries must not fill it."""

    _EVERY_US: Final = 60_000_000
    _MOST: Final = 1_000

    def __init__(self) -> None:
        self._last: dict[tuple[bytes, str], int] = {}
        self._lock = Lock()

    def is_news(self, key: tuple[bytes, str], now_us: int) -> bool:
        with self._lock:
            known = self._last.get(key)
            if known is not None and 0 <= now_us - known < self._EVERY_US:
                return False
            if len(self._last) >= self._MOST:
                self._last.clear()
            self._last[key] = now_us
            return True


@dataclass(frozen=True, slots=True)
class AppContext:
    """Everything that the API needs from outside."""

    database: Database
    settings: Settings
    clock: Clock
    media: LiveHub
    vault: Vault
    watching: Watching
    run_dir: Path
    data_dir: Path
    demonstration: bool = False
    hasher: Hasher = field(default_factory=Hasher)
    facilities: Facilities = field(default_factory=NoFacilities)
    processes: Callable[[], Sequence[ProcessStatus]] = _alone
    denials: Denials = field(default_factory=Denials)
    probes: Probes = field(default_factory=Probes)
    bulks: Bulks = field(default_factory=Bulks)
    downloads: Downloads = field(default_factory=Downloads)
    pictures: Pictures = field(default_factory=Pictures)
    stills: StillWatch = field(default_factory=StillWatch)
    endings: Endings = field(default_factory=Endings)
    feed: Feed = field(default_factory=Feed)
    loaded: Loaded = field(default_factory=declared)
    """`settings` with their origins."""
    written: Callable[[], Loaded] = declared
    """Reads them again, as the next start would. Raises as `config.load` does."""


async def context_of(connection: HTTPConnection) -> AppContext:
    context = connection.app.state.context
    assert isinstance(context, AppContext)
    return context


Context = Annotated[AppContext, Depends(context_of)]


async def visit_of(connection: HTTPConnection, context: Context) -> Visit:
    return _visit(connection, context)


FromVisit = Annotated[Visit, Depends(visit_of)]


def _visit(connection: HTTPConnection, context: AppContext) -> Visit:
    # The address of the peer itself: forwarding headers can be written by anybody.
    device = connection.cookies.get(DEVICE_COOKIE, "")
    return Visit(
        connection.client.host if connection.client else "",
        context.clock.now_us(),
        connection.headers.get("user-agent", "")[:_AGENT_LIMIT],
        device if len(device) == tokens.LENGTH else None,
    )


@dataclass(frozen=True, slots=True)
class Door:
    """The only way of routes to the database."""

    _database: Database

    def read(self) -> AbstractContextManager[Transaction]:
        """A consistent snapshot."""
        return self._database.read()

    def write(self) -> AbstractContextManager[Transaction]:
        """A transaction that refuses to commit unless an audit entry was recorded in it (AuditMissing)."""
        return audited(self._database)


async def door_of(context: Context) -> Door:
    return Door(context.database)


Data = Annotated[Door, Depends(door_of)]


async def desk_of(context: Context) -> Desk:
    sealer = Sealer(context.vault.derive(PURPOSE))
    return Desk(context.database, context.hasher, context.settings.identity, sealer, _at_seat)


def _at_seat(tx: Transaction, seat: DutyPlace, person: Person, visit: Visit) -> None:
    duty.seat_taken(tx, seat, person, service.actor_of(person, visit.address), visit.now_us)


SignInDesk = Annotated[Desk, Depends(desk_of)]


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in person of one request, already allowed to make it.

    `stands_for` is the person whose right opened the door, where it was not the own one.
    """

    session: Session
    visit: Visit
    authority: Authority
    stands_for: Person | None = None

    @property
    def person(self) -> Person:
        return self.session.person

    @property
    def actor(self) -> Actor:
        """How the audit log names the caller."""
        own = service.actor_of(self.person, self.visit.address)
        if self.stands_for is None:
            return own
        return replace(own, for_id=self.stands_for.id, for_label=service.actor_of(self.stands_for, "").label)

    def reach(self, permission: Permission) -> Reach:
        """Where the caller may do this: what lists are filtered by."""
        return self.authority.reach(permission)

    def at(self, permission: Permission, *targets: Target) -> "Caller":
        """The caller as one who may do this to these targets; for what a path does not name.

        Raises MingjianError NOT_PERMITTED or OUT_OF_SCOPE; both are recorded.
        """
        return replace(self, stands_for=self.authority.require(permission, *targets).stands_for)

    def at_channels(self, tx: Transaction, permission: Permission, channel_ids: Collection[UUID]) -> "Caller":
        """The same for channels; one that there is not is left to whoever looks for it."""
        self.authority.require(permission)  # first: who may nothing learns of no id
        return self.at(permission, *door.of_channels(tx, channel_ids))

    def require_unlocked(self, settings: IdentitySettings) -> None:
        """Raise MingjianError LOCKED at a duty place at which nobody acted for too long."""
        if flow.is_locked(self.session, self.visit.now_us, settings):
            raise MingjianError(LOCKED, minutes=round(settings.duty_lock_minutes))


class Public:
    """Declares a route that needs no session, and says why."""

    def __init__(self, reason: str) -> None:
        self.reason: Final = reason

    async def __call__(self) -> None:
        return None


class Requires:
    """Declares the permissions of a route, any one of which opens it; gives the `Caller`.

    Raises MingjianError NOT_SIGNED_IN, SESSION_ELSEWHERE, TOKEN_REFUSED or NOT_PERMITTED; a refusal by permission is
    recorded in the audit log. Then LOCKED, at a duty place that waited for a hand too long, and ASSERTION_NEEDED, for
    the acts of `fresh.FRESH`.
    """

    def __init__(self, *any_of: Permission) -> None:
        assert any_of, "a route without a permission is `Public`"
        self.any_of: Final = any_of

    async def __call__(self, connection: HTTPConnection, context: Context, background: BackgroundTasks) -> Caller:
        visit = _visit(connection, context)
        shown = connection.headers.get("authorization"), connection.cookies.get(COOKIE)
        caller = await run_in_threadpool(entered, context, *shown, visit)
        if flow.seen_is_due(caller.session, visit.now_us):
            await _touch_later(connection, background, context, caller)
        operation = f"{connection.scope.get('method', 'WS')} {_template(connection)}"
        connection.state.denied = partial(_deny, context, caller, operation)  # see `problems`
        opened_by = await run_in_threadpool(_opening, context, caller, self.any_of, connection.path_params)
        basic.show(allowed=caller.authority.shows_basic_data(opened_by[0]))
        _require_present(connection, context, caller)
        allowed = caller.at(*opened_by)
        await idempotency.claim(
            connection, context.database, context.vault, caller.person.id, _operation(connection), visit.now_us
        )
        return allowed


def _opening(
    context: AppContext, caller: Caller, any_of: Sequence[Permission], parameters: Mapping[str, object]
) -> tuple[Permission, *tuple[Target, ...]]:
    """Which of the permissions opens the door to what the path names, and what that is.

    Raises MingjianError NOT_PERMITTED or OUT_OF_SCOPE.
    """
    held = [permission for permission in any_of if caller.authority.may(permission)]
    if not held:
        caller.authority.require(any_of[0])  # before anything is looked up: who may nothing here learns of no id
    targets: list[Target] = []
    if not door.NAMED.keys().isdisjoint(parameters):
        with context.database.read() as tx:
            targets = door.of_path(tx, parameters)
    for permission in held:
        if caller.authority.may(permission, *targets):
            return permission, *targets
    caller.authority.require(held[0], *targets)
    raise AssertionError("the door was shut a moment ago")


def _require_present(connection: HTTPConnection, context: AppContext, caller: Caller) -> None:
    settings, operation = context.settings.identity, _operation(connection)
    if operation not in WHILE_LOCKED:
        caller.require_unlocked(settings)
    # A program has no proof to give: what it may do is what its token names, which was issued under one.
    by_person = caller.session.kind is not SessionKind.PROGRAM
    if by_person and operation in FRESH and not flow.is_fresh(caller.session, caller.visit, settings):
        raise MingjianError(ASSERTION_NEEDED, minutes=round(settings.assertion_minutes))


def entered(context: AppContext, authorization: str | None, cookie: str | None, visit: Visit) -> Caller:
    """The caller of this header or else of this cookie: who shows a token has its authority and no other.

    Raises MingjianError NOT_SIGNED_IN, SESSION_ELSEWHERE, TOKEN_REFUSED or TOO_MANY_GUESSES.
    """
    if authorization is not None:
        return _program(context, authorization, visit)
    if not cookie:
        raise MingjianError(NOT_SIGNED_IN)
    try:
        with context.database.read() as tx:
            return _caller(tx, service.find_session(tx, cookie, visit, context.settings.identity), visit)
    except MingjianError as refusal:
        if refusal.problem is SESSION_ELSEWHERE:
            with audited(context.database) as tx:
                service.end_elsewhere(tx, cookie, visit)
        raise


def _caller(tx: Transaction, session: Session, visit: Visit) -> Caller:
    return Caller(session, visit, rights.authority(tx, session.person, visit.now_us))


def _program(context: AppContext, authorization: str, visit: Visit) -> Caller:
    token = authorization[len(BEARER) :].strip() if authorization.lower().startswith(BEARER) else ""
    with context.database.read() as tx:
        session = service.find_program(tx, token, visit.now_us, context.settings.identity)
        program = _caller(tx, session, visit) if session is not None else None
    if program is not None:
        return program
    refuse_token(context.database, context.settings.identity, visit)
    raise MingjianError(TOKEN_REFUSED)


def still_allowed(context: AppContext, caller: Caller, permission: Permission, *channel_ids: UUID) -> Caller:
    """Ask again on a connection that stays open: the session or the right to these channels may have ended since.

    It counts as use of the session. Raises MingjianError NOT_SIGNED_IN, NOT_PERMITTED or OUT_OF_SCOPE.
    """
    visit = replace(caller.visit, now_us=context.clock.now_us())
    with context.database.read() as tx:
        session = service.resume_session(tx, caller.session.key, visit.now_us, context.settings.identity)
        again = _caller(tx, session, visit)
        targets = door.of_channels(tx, channel_ids)
    if flow.seen_is_due(session, visit.now_us):
        _touch(context, again)
    return again.at(permission, *targets)


async def _touch_later(
    connection: HTTPConnection, background: BackgroundTasks, context: AppContext, caller: Caller
) -> None:
    if connection.scope["type"] == "http":
        background.add_task(_touch, context, caller)  # after the answer
    else:
        await run_in_threadpool(_touch, context, caller)


def _touch(context: AppContext, caller: Caller) -> None:
    # Not an effect that anybody asked for, so it has no audit entry; at most once a minute for each session.
    with context.database.write() as tx:
        service.touch_session(tx, caller.session, caller.visit.now_us)


def _deny(context: AppContext, caller: Caller, operation: str) -> None:
    if context.denials.is_news((caller.session.key, operation), caller.visit.now_us):
        with audited(context.database) as tx:
            service.deny(tx, caller.person, operation, caller.visit)


def _operation(connection: HTTPConnection) -> str:
    """The operation of the description; of a WebSocket the name of its function."""
    route = connection.scope.get("route")
    return str(getattr(route, "operation_id", None) or getattr(route, "name", None) or "")


def _template(connection: HTTPConnection) -> str:
    # The route's pattern, not the address as asked: entries about the same act read the same, of every version.
    route = connection.scope.get("route")
    pattern = getattr(route, "path_format", None) or getattr(route, "path", None) or connection.url.path
    return str(pattern).removeprefix(PREFIX)
