"""`mingjian openapi`: the description of the HTTP API, from which the console's client is made."""

import importlib
import json

from mingjian.cli.output import print_text


def openapi() -> None:
    """API 说明（OpenAPI 3.1） / the description of the HTTP API."""
    # Late: no other command needs the web framework.
    document = importlib.import_module("mingjian.api.app").openapi_document()
    # A line a value, so that changes can be read, and no indent, which would be a third of the file.
    print_text(json.dumps(document, ensure_ascii=False, indent=0))
