"""Where the routes of the API stand."""

from typing import Final

from fastapi import APIRouter

PREFIX: Final = "/api/v1"


def versioned(tag: str) -> APIRouter:
    """A router for routes below PREFIX, under `tag` in the OpenAPI document.

    Its routes are the application's own as they are (`app.create_app`): a router that is included in another has every
    route made again for each application, which costs a start a third of a second.
    """
    return APIRouter(prefix=PREFIX, tags=[tag])
