"""Set-up beside people: whose and where, storage in days, clock, certificate, network; also as a review later."""

from datetime import UTC
from pathlib import Path
from typing import Annotated, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from fastapi import Depends, Query, Response
from pydantic import Field

from mingjian.api.deps import AppContext, Caller, Context, Data, FromVisit, Public, Requires
from mingjian.api.routing import versioned
from mingjian.api.schema import Language, Moment, Shape
from mingjian.api.tls import is_loopback
from mingjian.identity import service as people
from mingjian.identity.permissions import Permission
from mingjian.kernel.clock import from_datetime
from mingjian.kernel.errors import Fault, MingjianError, Problem, Text
from mingjian.media import volumes
from mingjian.media.keep import overview
from mingjian.media.keep.clock_trust import system_is_synchronised
from mingjian.registry.territories import full_name, in_use, parent
from mingjian.site import model, service

router = versioned("site")

TLS_FOLDER: Final = Path("keys") / "tls"
AUTHORITY: Final = "authority.pem"
_STATUTORY_DAYS: Final = 30  # NAT 17, the shortest term of any text
_FILE_LIMIT: Final = 65_536

NO_AUTHORITY: Final = Problem(
    "api.no_authority",
    Fault.MISSING,
    Text("本机没有证书机构。", "This installation has no certificate authority."),
    Text("服务只监听本机地址，不使用 TLS。", "It listens on this machine's own address, without TLS."),
    Text(
        "需要其他电脑访问时，请在 mingjian.toml 设置 [api] host 并重新启动。",
        "For access from other computers set [api] host in mingjian.toml and start again.",
    ),
)

StepCode = Literal["storage", "clock", "certificate", "network", "cameras"]
Manager = Annotated[Caller, Depends(Requires(Permission.SITE_MANAGE))]


class SetupToken(Shape):
    """The token that the server printed at its start."""

    token: str = Field(min_length=1, max_length=128)


class Division(Shape):
    """An administrative division (GB/T 2260)."""

    code: str
    zh: str
    en: str


class Divisions(Shape):
    """The divisions of one division."""

    items: list[Division]


class Reviewed(Shape):
    """A part of the set-up and when somebody looked at it last."""

    step: StepCode
    at: Moment | None


class Site(Shape):
    """Whose installation this is and where, what it is planned for, and what somebody has looked at."""

    organisation: str
    region_code: str
    region_zh: str
    region_en: str
    language: Language
    cameras: int
    kbit_s: int
    reviewed: list[Reviewed]

    @classmethod
    def of(cls, site: model.Site) -> "Site":
        region = full_name(site.region_code) if site.region_code else None
        return cls.model_validate(
            {
                "organisation": site.organisation,
                "region_code": site.region_code,
                "region_zh": region.zh if region else "",
                "region_en": region.en if region else "",
                "language": site.language,
                "cameras": site.cameras,
                "kbit_s": site.kbit_s,
                "reviewed": [{"step": step.code, "at": site.reviewed.get(step)} for step in model.Step],
            }
        )


class SitePlan(Shape):
    """How many cameras of which bit rate (kbit/s) are planned."""

    cameras: int = Field(ge=1, le=100_000)
    kbit_s: int = Field(ge=16, le=200_000)


class StepSeen(Shape):
    """A part of the set-up that the caller has looked at."""

    step: StepCode


class StoredOn(Shape):
    """A folder that footage goes to."""

    path: str
    state: Literal["ok", "missing", "full", "retired"]
    free_bytes: int | None


class StorageAdvice(Shape):
    """How long footage of so many cameras stays in what is free now. `least_days`: what the regulation asks for."""

    volumes: list[StoredOn]
    free_bytes: int
    bytes_per_day: int
    days: int
    least_days: int
    bytes_for_least: int


class ClockState(Shape):
    """The server's time, and whether the system says that a time service keeps it."""

    server_time: Moment
    synchronised: bool


class CertificateState(Shape):
    """How this server is reached, and what workstations must trust. Fingerprints are SHA-256 in hex with colons."""

    tls: bool
    loopback_only: bool
    authority_fingerprint: str | None
    authority_until: Moment | None
    server_fingerprint: str | None
    server_until: Moment | None
    names: list[str]


class NetworkState(Shape):
    """The networks that cameras may be in; anything else is refused before a connection is tried."""

    allowed: list[str]


@router.post(
    "/setup/look",
    operation_id="lookSetup",
    status_code=204,
    dependencies=[Depends(Public("there is nobody yet; the one-time token is what is asked about"))],
)
def look_setup(body: SetupToken, data: Data, visit: FromVisit) -> None:
    """Whether a set-up token is good now. Changes nothing."""
    with data.read() as tx:
        people.require_setup_token(tx, body.token, visit.now_us)


@router.get(
    "/setup/divisions",
    operation_id="listDivisions",
    dependencies=[Depends(Public("names and codes of administrative divisions are public; set-up needs them"))],
)
def list_divisions(above: Annotated[str, Query(max_length=12, pattern="^[0-9]*$")] = "") -> Divisions:
    """The divisions of a division; without one the provinces."""
    found = (one for one in in_use() if parent(one.code) == (above or None))
    return Divisions(items=[Division(code=one.code, zh=one.zh, en=one.en) for one in found])


@router.get("/site", operation_id="site", dependencies=[Depends(Requires(Permission.HEALTH_READ))])
def get_site(data: Data) -> Site:
    """Whose installation this is, where, and which parts of its set-up somebody looked at."""
    with data.read() as tx:
        return Site.of(service.site(tx))


@router.put("/site/plan", operation_id="planSite")
def plan_site(body: SitePlan, caller: Manager, data: Data) -> Site:
    """Say how many cameras of which bit rate are planned."""
    with data.write() as tx:
        service.change(tx, caller.actor, caller.visit.now_us, cameras=body.cameras, kbit_s=body.kbit_s)
        return Site.of(service.site(tx))


@router.post("/site/reviewed", operation_id="reviewStep")
def review_step(body: StepSeen, caller: Manager, data: Data) -> Site:
    """Note that the caller has looked at a part of the set-up."""
    with data.write() as tx:
        service.reviewed(tx, model.STEP_BY_CODE[body.step], caller.actor, caller.visit.now_us)
        return Site.of(service.site(tx))


@router.get("/site/storage", operation_id="storageAdvice", dependencies=[Depends(Requires(Permission.HEALTH_READ))])
def get_storage_advice(
    context: Context,
    data: Data,
    cameras: Annotated[int, Query(ge=1, le=100_000)],
    kbit_s: Annotated[int, Query(ge=16, le=200_000)],
) -> StorageAdvice:
    """How many days of so many cameras fit into what is free on the disks now, above the reserve."""
    floor_bytes = context.settings.store.floor_bytes
    with data.read() as tx:
        groups = overview.groups(tx, volumes.open_files, floor_bytes, context.clock.now_us())
    there = [one for group in groups if not group.group.demonstration for one in group.volumes]
    free = sum(max(0, (one.free_bytes or 0) - floor_bytes) for one in there if one.takes_new)
    found = model.room(free, cameras, kbit_s)
    return StorageAdvice(
        volumes=[StoredOn(path=one.volume.path, state=one.state, free_bytes=one.free_bytes) for one in there],
        free_bytes=free,
        bytes_per_day=found.bytes_per_day,
        days=found.days,
        least_days=_STATUTORY_DAYS,
        bytes_for_least=model.bytes_for(_STATUTORY_DAYS, cameras, kbit_s),
    )


@router.get("/site/clock", operation_id="clockState", dependencies=[Depends(Requires(Permission.HEALTH_READ))])
def get_clock(visit: FromVisit) -> ClockState:
    """The server's time; the page compares it with its own."""
    return ClockState(server_time=visit.now_us, synchronised=system_is_synchronised())


@router.get(
    "/site/certificate", operation_id="certificateState", dependencies=[Depends(Requires(Permission.HEALTH_READ))]
)
def get_certificate(context: Context) -> CertificateState:
    """What workstations see of this server, and what they must trust."""
    loopback = is_loopback(context.settings.api.host)
    authority, server = (_certificate(context, name) for name in (AUTHORITY, "server.pem"))
    return CertificateState(
        tls=not loopback and server is not None,
        loopback_only=loopback,
        authority_fingerprint=_fingerprint(authority),
        authority_until=_until(authority),
        server_fingerprint=_fingerprint(server),
        server_until=_until(server),
        names=_names(server),
    )


@router.get(
    "/site/authority.pem",
    operation_id="authorityCertificate",
    response_class=Response,
    responses={200: {"content": {"application/x-pem-file": {}}}},
    dependencies=[Depends(Public("a certificate is public; workstations need it before they trust this server"))],
)
def get_authority(context: Context) -> Response:
    """The certificate of this installation's own authority, for workstations. Compare its fingerprint first."""
    found = _certificate(context, AUTHORITY)
    if found is None:
        raise MingjianError(NO_AUTHORITY)
    content = (context.data_dir / TLS_FOLDER / AUTHORITY).read_bytes()
    headers = {"Content-Disposition": 'attachment; filename="mingjian-authority.pem"'}
    return Response(content, media_type="application/x-pem-file", headers=headers)


@router.get("/site/network", operation_id="networkState", dependencies=[Depends(Requires(Permission.HEALTH_READ))])
def get_network(context: Context) -> NetworkState:
    """The networks that cameras may be in. Whether one can be reached is shown by `probeCamera`."""
    return NetworkState(allowed=[str(network) for network in context.settings.media.allowed_networks])


def _certificate(context: AppContext, name: str) -> x509.Certificate | None:
    """The first certificate of a file of ours, None where there is none."""
    path = context.data_dir / TLS_FOLDER / name
    try:
        with path.open("rb") as file:
            return x509.load_pem_x509_certificates(file.read(_FILE_LIMIT))[0]
    except (OSError, ValueError):
        return None


def _fingerprint(certificate: x509.Certificate | None) -> str | None:
    return certificate.fingerprint(SHA256()).hex(":").upper() if certificate else None


def _until(certificate: x509.Certificate | None) -> int | None:
    return int(from_datetime(certificate.not_valid_after_utc.astimezone(UTC))) if certificate else None


def _names(certificate: x509.Certificate | None) -> list[str]:
    if certificate is None:
        return []
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = found.get_values_for_type(x509.DNSName)
    return [*hosts, *(str(address) for address in found.get_values_for_type(x509.IPAddress))]
