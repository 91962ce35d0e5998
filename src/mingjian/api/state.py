"""What the system is and how it is doing."""

from dataclasses import asdict

from fastapi import Depends, Response
from fastapi.responses import PlainTextResponse
from pydantic import ConfigDict

from mingjian import __version__
from mingjian.api.deps import ChannelCounts, Context, Data, FromVisit, ProcessStatus, Public, Requires, VolumeHealth
from mingjian.api.routing import versioned
from mingjian.api.schema import TIME_EXAMPLE, Language, Moment, Shape
from mingjian.identity import service
from mingjian.identity.model import LANGUAGES
from mingjian.identity.permissions import Permission
from mingjian.kernel import metrics

router = versioned("state")


class State(Shape):
    """What the console must know before anybody is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": "0.1.0",
                    "initialized": True,
                    "demonstration": False,
                    "server_time": TIME_EXAMPLE,
                    "languages": ["zh-CN", "en"],
                }
            ]
        }
    )

    version: str
    initialized: bool
    demonstration: bool
    server_time: Moment
    languages: list[Language]


@router.get(
    "/state",
    operation_id="state",
    dependencies=[Depends(Public("the sign-in page needs the languages, and whether to offer the first set-up"))],
)
def get_state(context: Context, data: Data, visit: FromVisit) -> State:
    """What the system is; public, and free of anything about people or cameras."""
    with data.read() as tx:
        initialized = service.is_initialized(tx)
    return State(
        version=__version__,
        initialized=initialized,
        demonstration=context.demonstration,
        server_time=visit.now_us,
        languages=list(LANGUAGES),
    )


class HealthRole(Shape):
    """One process; `state` is starting, up, waiting (started again after a pause), stopping, stopped or failed."""

    role: str
    pid: int | None
    started_at: Moment
    restarts: int
    state: str

    @classmethod
    def of(cls, status: ProcessStatus) -> "HealthRole":
        return cls(
            role=status.role,
            pid=status.pid,
            started_at=status.started_us,
            restarts=status.restarts,
            state=status.state,
        )


class HealthVolume(Shape):
    """One volume of recordings."""

    volume: str
    path_name: str
    used_bytes: int
    free_bytes: int
    limit_bytes: int | None
    demonstration: bool

    @classmethod
    def of(cls, volume: VolumeHealth) -> "HealthVolume":
        return cls.model_validate(asdict(volume))


class HealthChannels(Shape):
    """How many channels there are and how many are recording now."""

    recording: int
    total: int

    @classmethod
    def of(cls, counts: ChannelCounts) -> "HealthChannels":
        return cls(recording=counts.recording, total=counts.total)


class Health(Shape):
    """How the machine's processes, volumes and channels are doing."""

    roles: list[HealthRole]
    storage: list[HealthVolume]
    channels: HealthChannels


@router.get("/health", operation_id="health", dependencies=[Depends(Requires(Permission.HEALTH_READ))])
def get_health(context: Context, data: Data) -> Health:
    """How the system is doing."""
    with data.read() as tx:
        volumes, counts = context.facilities.volumes(tx), context.facilities.channels(tx)
    return Health(
        roles=[HealthRole.of(status) for status in context.processes()],
        storage=[HealthVolume.of(volume) for volume in volumes],
        channels=HealthChannels.of(counts),
    )


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=PlainTextResponse,
    dependencies=[Depends(Requires(Permission.HEALTH_READ))],
)
def get_metrics() -> Response:
    """Counters and gauges of all processes, for Prometheus."""
    return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)
