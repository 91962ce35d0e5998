"""`mingjian openapi`: the description of the HTTP API, from which the console's client is made."""

import importlib

from mingjian.cli.output import print_json


def openapi() -> None:
    """API 说明（OpenAPI 3.1） / the description of the HTTP API."""
    # Late: no other command needs the web framework.
    print_json(importlib.import_module("mingjian.api.app").openapi_document())
