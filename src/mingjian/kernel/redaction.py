"""Take credentials out of text and mappings before a person or a log sees them."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "***"

# scheme://user:password@host and scheme://user@host; a password may hold '@', so the last one before the path counts.
_CREDENTIALS: Final = re.compile(r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)[^\s/?#\"'<>]*@")
_HEADER: Final = re.compile(
    r"(?P<name>\b(?:proxy-)?authorization|\b(?:set-)?cookie)(?P<colon>[\"']?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE
)
_PARAMETER: Final = re.compile(
    r"(?P<name>\b[\w-]*(?:password|passwd|token|secret))(?P<equals>[\"']?\s*[:=]\s*[\"']?)[^\s&;,\"']+", re.IGNORECASE
)
# The token of a stream stands in its path: it is the whole right to watch.
_STREAM: Final = re.compile(r"(?P<before>/hls/)[A-Za-z0-9_%-]{16,}")
_SECRET_NAMES: Final = ("password", "passwd", "token", "secret", "authorization", "cookie", "credential")
_DEPTH: Final = 8


def is_secret_name(name: str) -> bool:
    """Whether a key of this name holds a secret, by the words in it."""
    lowered = name.lower()
    return any(word in lowered for word in _SECRET_NAMES)


def redact_text(text: str) -> str:
    """`text` without credentials in URLs, authorization, cookies, password/token/secret parameters, stream paths."""
    text = _CREDENTIALS.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _HEADER.sub(rf"\g<name>\g<colon>{HIDDEN}", text)
    text = _STREAM.sub(rf"\g<before>{HIDDEN}", text)
    return _PARAMETER.sub(rf"\g<name>\g<equals>{HIDDEN}", text)


def redact(value: Any, depth: int = _DEPTH) -> Any:
    """A copy of `value` without secrets: texts by `redact_text`, mappings by `is_secret_name`; bounded in depth."""
    if isinstance(value, str):
        return redact_text(value)
    if depth == 0:
        return HIDDEN if isinstance(value, Mapping | list | tuple | set | frozenset) else value
    if isinstance(value, Mapping):
        return {key: HIDDEN if is_secret_name(str(key)) else redact(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth - 1) for item in value]
    return value
