"""One-time codes (TOTP, RFC 6238) and recovery codes: making, drawing and checking them. Pure but for randomness."""

import hmac
import io
import re
import secrets
from typing import Final

import pyotp
import segno

STEP_US: Final = 30_000_000
WINDOW: Final = 1
"""Steps before and after the present one that are accepted: telephones' clocks differ (RFC 6238 section 5.2)."""

RECOVERY_CODES: Final = 10
ISSUER: Final = "明鉴 Mingjian"

_RECOVERY_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
_RECOVERY_LENGTH: Final = 17  # of 31 letters: 84 bits
_CODE: Final = re.compile(r"[0-9]{6}", re.ASCII)
_SPACES: Final = re.compile(r"[\s-]+")


def new_secret() -> str:
    """160 random bits in base32 (RFC 4226 section 4, R6)."""
    return pyotp.random_base32(32)


def address(secret: str, login_name: str) -> str:
    """What the QR code says: an `otpauth` address."""
    return pyotp.TOTP(secret).provisioning_uri(name=login_name, issuer_name=ISSUER)


def drawn(text: str) -> str:
    """`text` as a QR code: an SVG document without a declaration, to stand inside a page."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, nl=False
    )
    return out.getvalue().decode()


def normal(code: str) -> str:
    """As people type it: without the spaces and hyphens between groups, in lower case."""
    return _SPACES.sub("", code).lower()


def is_one_time(code: str) -> bool:
    """Whether a normal code has the form of a one-time code; anything else can be a recovery code only."""
    return _CODE.fullmatch(code) is not None


def matching_step(secret: str, code: str, now_us: int, used_step: int) -> int | None:
    """The step of `code`, when it is that of the present step or WINDOW around it and later than `used_step`.

    Every candidate is compared, in constant time: how long it takes says nothing.
    """
    now = now_us // STEP_US
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(now - WINDOW, now + WINDOW + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "surrogatepass"))
        if right and step > used_step:
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """RECOVERY_CODES fresh codes in their normal form; `grouped` is how they are shown."""
    return tuple(
        "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)
    )


def grouped(code: str) -> str:
    """`abcdef-ghjkmn-pqrst`: as it is shown and typed."""
    return "-".join(code[start : start + 6] for start in range(0, len(code), 6))
