"""The headers that every answer carries."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Scope

API_PREFIX: Final = "/api/"

# Styles inline: antd writes its own at run time.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_STRICT_TRANSPORT: Final = "max-age=31536000"


def set_security_headers(headers: MutableHeaders, scope: Scope) -> None:
    """Add what every answer carries; what a route has set itself stays."""
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if scope["scheme"] in {"https", "wss"}:
        headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)
    if scope["path"].startswith(API_PREFIX):
        headers.setdefault("Cache-Control", "no-store")
