"""The application: routers, refusals, headers, console. Others add their router to ROUTERS."""

from functools import cache
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from mingjian.api import (
    alerts,
    audit,
    bulk,
    cameras,
    channels,
    checks,
    clips,
    connections,
    duty,
    duty_log,
    duty_plan,
    error_pages,
    events,
    factor,
    grants,
    health,
    hls,
    keeping,
    law,
    mapping,
    moments,
    onvif,
    openapi,
    organisations,
    people,
    pictures,
    places,
    preferences,
    problems,
    programs,
    session,
    settings,
    site,
    state,
    tables,
    tree,
    turning,
    views,
)
from mingjian.api.console import Console
from mingjian.api.deps import AppContext
from mingjian.api.idempotency import Idempotency, Replayed, replay
from mingjian.api.problems import BODY_LIMIT
from mingjian.api.routing import PREFIX
from mingjian.api.security import AccessLog, BodyLimit, OwnOrigin, SecurityHeaders

ROUTERS: Final[tuple[APIRouter, ...]] = (
    state.router,
    events.router,
    health.router,
    session.router,
    preferences.router,
    factor.router,
    people.router,
    programs.router,
    settings.router,
    site.router,
    audit.router,
    law.router,
    grants.router,
    tree.router,
    mapping.router,
    organisations.router,
    places.router,
    cameras.router,
    tables.router,
    bulk.router,
    channels.router,
    onvif.router,
    connections.router,
    keeping.router,
    moments.router,
    alerts.router,
    duty.router,
    duty_plan.router,
    duty_log.router,
    checks.router,
    views.router,
    turning.router,
    pictures.router,
    clips.router,
    hls.router,
    error_pages.router,
)

_LARGER: Final = {f"{PREFIX}{start}": most for start, most in (tables.BODIES | places.BODIES).items()}


def create_app(context: AppContext) -> FastAPI:
    """The application that serves `context`; opens nothing and starts nothing."""
    middleware = [
        Middleware(AccessLog),
        Middleware(SecurityHeaders),
        Middleware(OwnOrigin, settings=context.settings.api),
        Middleware(BodyLimit, limit_bytes=BODY_LIMIT, larger=_LARGER),
        Middleware(Idempotency),
    ]
    app = _with_routers(middleware)
    app.state.context = context
    problems.install(app)
    app.add_exception_handler(Replayed, replay)
    app.router.default = Console()
    return app


@cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI document of the whole API, without a database. Made once: whoever changes it changes it for all."""
    return openapi.document(_with_routers([]))


def _with_routers(middleware: list[Middleware]) -> FastAPI:
    app = FastAPI(
        openapi_url=None,  # `mingjian openapi` prints it; serving it would need a permission
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=middleware,
    )
    app.router.routes.extend(route for router in ROUTERS for route in router.routes)
    return app
