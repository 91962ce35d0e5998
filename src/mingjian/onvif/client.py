"""Asking a camera: by which authentication it accepts, by its own clock, at its own host only."""

import asyncio
import os
import secrets
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from types import TracebackType
from typing import Final, Self

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.formats import authentication
from mingjian.media.formats.authentication import Challenge, Credentials
from mingjian.media.ingest.networks import Network, resolve
from mingjian.onvif import addresses
from mingjian.onvif.addresses import Reached, ServiceUrl
from mingjian.onvif.errors import (
    BUSY,
    CREDENTIALS_NEEDED,
    CREDENTIALS_REFUSED,
    NO_SERVICE,
    NOT_ONVIF,
    NOT_SUPPORTED,
    ONLY_BASIC,
    REDIRECTED,
)
from mingjian.onvif.messages import device, soap
from mingjian.onvif.messages.soap import Request
from mingjian.onvif.messages.xml import Node, Tag
from mingjian.onvif.model import DeviceTime, Note, NoteKind, Service, Services
from mingjian.onvif.transport import Answer, Transport

ANSWER_S: Final = 10.0
_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Access:
    """How a camera is reached. `allow_basic`: its password may cross the network in clear."""

    url: ServiceUrl
    credentials: Credentials | None
    allowed: Sequence[Network]
    clock: Clock
    allow_basic: bool = False


def access(
    address: str,
    credentials: Credentials | None,
    *,
    allowed: Sequence[Network],
    clock: Clock,
    allow_basic: bool = False,
) -> Access:
    """Access to the camera at `address`: a host, host:port, or the address of its device service.

    Raises MingjianError ADDRESS_UNREADABLE.
    """
    return Access(addresses.typed(address), credentials, allowed, clock, allow_basic)


class _Way(Enum):
    """How a request says who asks."""

    BARE = "bare"
    DIGEST = "digest"  # HTTP, RFC 7616
    TOKEN = "token"  # noqa: S105 - WS-UsernameToken
    BASIC = "basic"


@dataclass(slots=True)
class _Signing:
    """What is known of how this camera wants to be asked. Nobody guesses: the camera's refusal says what it wants."""

    way: _Way = _Way.BARE
    challenge: Challenge | None = None
    uses: int = 0  # of the challenge's nonce
    refused: bool = False  # a password that was refused is not offered again: repeated failures lock accounts


@dataclass(slots=True)
class _Told:
    """What the camera said of its clock: how far it is before ours."""

    time: DeviceTime | None = None
    ahead_us: int | None = None
    asked: bool = False


@dataclass(slots=True)
class _Asked:
    """One call: which ways were tried already."""

    tried: set[_Way] = field(default_factory=set)
    clock_read: bool = False
    renewed: bool = False


class OnvifClient:
    """A conversation with one camera, one request at a time. Use it with `async with`."""

    def __init__(self, to: Access) -> None:
        self.access = to
        self.notes: list[Note] = []
        self._transport: Transport | None = None
        self._reached: Reached | None = None
        self._signing = _Signing()
        self._told = _Told()
        self._services: Services | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._transport is not None:
            await self._transport.close()

    async def ask(self, service: Service, request: Request, *, within_s: float = ANSWER_S) -> Node:
        """Send a request to a service and return the answer's element.

        Raises MingjianError: those of `onvif.errors` and of `media.ingest.networks`, UNREACHABLE, TIMED_OUT.
        """
        return await self.ask_at(await self.address(service), request, within_s=within_s)

    async def ask_at(self, url: ServiceUrl, request: Request, *, within_s: float = ANSWER_S) -> Node:
        """As `ask`, at an address that `place` or `address` gave."""
        async with self._turn:
            return await self._asked(url, request, within_s)

    async def address(self, service: Service) -> ServiceUrl:
        """Where a service is, at the camera's own host. Raises MingjianError NO_SERVICE where it has none."""
        if service is Service.DEVICE:
            return self.access.url
        told = (await self.services()).get(service)
        placed = await self.place(told, service.name) if told else None
        if placed is None:
            raise MingjianError(NO_SERVICE, service=service.name)
        return placed

    async def has(self, service: Service) -> bool:
        return service in await self.services()

    async def services(self) -> Services:
        """What the camera offers, asked once. Cameras that do not know GetServices know GetCapabilities."""
        if self._services is None:
            self._services = await self._ask_services()
            reached = await self.reached()
            self._reached = replace(reached, own=addresses.read(self._services.get(Service.DEVICE, "")))
        return self._services

    async def _ask_services(self) -> Services:
        try:
            found = device.services(await self.ask(Service.DEVICE, device.get_services()))
        except MingjianError as error:
            if error.problem in (CREDENTIALS_NEEDED, CREDENTIALS_REFUSED, ONLY_BASIC):
                raise
            found = {}
        if Service.MEDIA in found or Service.MEDIA2 in found:
            return found
        older = device.capabilities(await self.ask(Service.DEVICE, device.get_capabilities()))
        return {**older, **found}

    async def place(self, told: str, what: str) -> ServiceUrl | None:
        """An address that the camera named, at its own host; None, with a note, where it cannot be read."""
        placed = addresses.service_at(await self.reached(), told)
        if placed is None:
            self.note(NoteKind.UNUSABLE_ADDRESS, f"{what}: {soap.shown(told)}")
            return None
        if placed.told:
            self.note(NoteKind.ELSEWHERE, f"{what}: {placed.told}")
        return placed.url

    def note(self, kind: NoteKind, detail: str) -> None:
        note = Note(kind, detail)
        if note not in self.notes and len(self.notes) < 64:
            self.notes.append(note)

    async def time(self) -> tuple[DeviceTime, int | None]:
        """The camera's clock and how far it is before ours, in microseconds; asked anew with each call."""
        async with self._turn:
            await self._read_clock()
            if self._told.time is None and self.access.credentials is not None:  # some want to know who asks
                self._told = await self._timed(lambda: self._asked(self.access.url, device.get_time(), ANSWER_S))
        if self._told.time is None:
            raise MingjianError(NOT_SUPPORTED, action="GetSystemDateAndTime", reason="—")
        return self._told.time, self._told.ahead_us

    async def set_time(self) -> None:
        """Set the camera's clock to ours, by hand: a camera that followed NTP (`DeviceTime.by_ntp`) no longer does."""
        like, _ = await self.time()
        await self.ask(Service.DEVICE, device.set_time(self.access.clock.now_us(), like=like))
        self._told = _Told()

    async def reached(self) -> Reached:
        """Where the camera is, resolved once. Raises HOST_UNKNOWN or NETWORK_REFUSED of `media`."""
        if self._reached is None:
            url = self.access.url
            numeric = await resolve(url.host, url.port, self.access.allowed)
            self._reached = Reached(url, numeric)
            self._transport = Transport(numeric)
        return self._reached

    async def _asked(self, url: ServiceUrl, request: Request, within_s: float) -> Node:
        asked = _Asked()
        if self._signing.refused:
            raise MingjianError(CREDENTIALS_REFUSED)
        while True:
            answer = await self._sent(url, request, within_s)
            if not self._is_refused(answer, request):
                return _result(answer, request)
            asked.tried.add(self._signing.way)
            self._signing.way = await self._next_way(answer, url, asked)

    async def _sent(self, url: ServiceUrl, request: Request, within_s: float) -> Answer:
        await self.reached()
        assert self._transport is not None, "made with `reached`"
        security = await self._token() if self._signing.way is _Way.TOKEN else None
        headers = {
            "Content-Type": f'application/soap+xml; charset=utf-8; action="{request.action}"',
            "SOAPAction": f'"{request.action}"',
            **self._authorization(url),
        }
        body = soap.envelope(request, security)
        return await self._transport.exchange(url, body, headers, within_s=within_s, action=request.name)

    async def _token(self) -> Tag:
        if not self._told.asked:
            await self._read_clock()
        credentials = self.access.credentials
        assert credentials is not None, "signed only with credentials"
        created_us = self.access.clock.now_us() + (self._told.ahead_us or 0)
        return soap.username_token(credentials, created_us=created_us, nonce=os.urandom(16))

    def _authorization(self, url: ServiceUrl) -> dict[str, str]:
        signing, credentials = self._signing, self.access.credentials
        if signing.way not in (_Way.DIGEST, _Way.BASIC) or signing.challenge is None or credentials is None:
            return {}
        if signing.way is _Way.BASIC and not self._may_be_clear(url):
            raise MingjianError(ONLY_BASIC)
        signing.uses += 1
        return {
            "Authorization": authentication.answer(
                signing.challenge, credentials, "POST", url.path, count=signing.uses, client_nonce=secrets.token_hex(8)
            )
        }

    async def _next_way(self, answer: Answer, url: ServiceUrl, asked: _Asked) -> _Way:
        """The way to ask after a refusal. Raises MingjianError where there is none left."""
        if self.access.credentials is None:
            raise MingjianError(CREDENTIALS_NEEDED)
        challenge = authentication.choose(answer.all("www-authenticate"))
        if challenge is not None and challenge.scheme == "digest":
            fresh = self._is_spent(challenge) and not asked.renewed
            if fresh or _Way.DIGEST not in asked.tried:
                asked.renewed = asked.renewed or fresh
                self._signing.challenge, self._signing.uses = challenge, 0
                return _Way.DIGEST
        if _Way.TOKEN not in asked.tried:
            return _Way.TOKEN
        if not asked.clock_read and await self._has_clock_changed():
            asked.clock_read = True
            return _Way.TOKEN
        if challenge is not None and challenge.scheme == "basic" and _Way.BASIC not in asked.tried:
            if not self._may_be_clear(url):
                raise MingjianError(ONLY_BASIC)
            self._signing.challenge = challenge
            return _Way.BASIC
        self._signing.refused = True
        raise MingjianError(CREDENTIALS_REFUSED)

    def _may_be_clear(self, url: ServiceUrl) -> bool:
        """Whether the password may be sent as it is."""
        return url.tls or self.access.allow_basic

    def _is_spent(self, challenge: Challenge) -> bool:
        """Whether our nonce had served before and the camera gives another: then the password is not in doubt."""
        known = self._signing.challenge
        return (
            self._signing.way is _Way.DIGEST
            and known is not None
            and self._signing.uses > 1
            and known.nonce != challenge.nonce
        )

    async def _has_clock_changed(self) -> bool:
        before = self._told.ahead_us
        await self._read_clock()
        after = self._told.ahead_us
        return after is not None and (before is None or abs(after - before) > 2 * _SECOND_US)

    async def _read_clock(self) -> None:
        """Ask for the time without credentials, as the standard wants; one that will not say has no clock for us."""
        self._told = _Told(asked=True)
        signed, self._signing = self._signing, _Signing()
        request = device.get_time()

        async def unsigned() -> Node:
            return _result(await self._sent(self.access.url, request, ANSWER_S), request)

        try:
            self._told = await self._timed(unsigned)
        except MingjianError as error:
            if error.code.startswith("media."):
                raise
        finally:
            self._signing = signed

    async def _timed(self, ask: Callable[[], Awaitable[Node]]) -> _Told:
        """A camera says whole seconds, so half a second is added; the way there is taken as half of both ways."""
        before_us = self.access.clock.now_us()
        found = device.device_time(await ask())
        middle_us = (before_us + self.access.clock.now_us()) // 2
        ahead_us = None if found.utc_us is None else found.utc_us + _SECOND_US // 2 - middle_us
        return _Told(found, ahead_us, asked=True)

    def _is_refused(self, answer: Answer, request: Request) -> bool:
        """Whether the camera wants to know who asks, or does not believe it."""
        if answer.status == 401:
            return True
        if answer.status == 200 and b"Fault" not in answer.body:
            return False
        if answer.status in (400, 403, 500) and not soap.is_fault(answer.body):
            return self._signing.way is _Way.BARE and self.access.credentials is not None
        try:
            _result(answer, request)
        except MingjianError as error:
            return error.problem is CREDENTIALS_REFUSED
        return False


def message_id() -> str:
    """An id for WS-Addressing."""
    return f"urn:uuid:{uuid.uuid4()}"


def _result(answer: Answer, request: Request) -> Node:
    """The answer's element, whatever the status: cameras send faults with 200, 400 and 500 alike.

    Raises MingjianError.
    """
    if 300 <= answer.status < 400:
        raise MingjianError(REDIRECTED, detail=soap.shown(answer.header("location")) or str(answer.status))
    if answer.status == 200 or soap.is_fault(answer.body):
        if not answer.body.strip():
            raise MingjianError(NOT_ONVIF, detail="nothing")
        return soap.result(answer.body, request)
    if answer.status in (429, 503):
        raise MingjianError(BUSY, status=answer.status)
    if answer.status == 403:
        raise MingjianError(CREDENTIALS_REFUSED)
    raise MingjianError(NOT_ONVIF, detail=f"HTTP {answer.status}")
