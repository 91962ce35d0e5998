"""SOAP 1.2 envelopes and faults (ONVIF Core section 5.9), WS-UsernameToken (OASIS WSS UsernameToken Profile 1.0)."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Final

from mingjian.kernel.errors import MingjianError, Problem
from mingjian.media.formats.authentication import Credentials
from mingjian.onvif.errors import (
    CREDENTIALS_REFUSED,
    NOT_ONVIF,
    NOT_SUPPORTED,
    REFUSED,
    SUBSCRIPTION_LOST,
    SUBSCRIPTION_REFUSED,
    UNKNOWN_TOKEN,
    malformed,
)
from mingjian.onvif.messages.xml import PREFIXES, Node, Tag, document, local, parse, tag

_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_DIGEST: Final = f"{_WSS}username-token-profile-1.0#PasswordDigest"
_BASE64: Final = f"{_WSS}soap-message-security-1.0#Base64Binary"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SHOWN: Final = 200  # characters of what a camera says that a person is shown


@dataclass(frozen=True, slots=True)
class Request:
    """One operation: the body, and the action that names it."""

    body: Tag
    action: str
    header: tuple[Tag, ...] = ()

    @property
    def name(self) -> str:
        """The operation, as in `GetProfiles`."""
        return local(self.body.name)


def operation(body: Tag, *, action: str = "", header: Sequence[Tag] = ()) -> Request:
    """A request whose action is that of ONVIF's WSDL: namespace and name. `action` is for those of other bodies."""
    prefix, _, name = body.name.partition(":")
    return Request(body, action or f"{PREFIXES[prefix]}/{name}", tuple(header))


def envelope(request: Request, security: Tag | None = None) -> bytes:
    """The document to send."""
    header = [one for one in (security, *request.header) if one is not None]
    return document(tag("s:Envelope", tag("s:Header", *header) if header else None, tag("s:Body", request.body)))


def username_token(credentials: Credentials, *, created_us: int, nonce: bytes) -> Tag:
    """WS-Security with a digest; `created_us` is by the camera's own clock."""
    created = xml_time(created_us)
    return tag(
        "wsse:Security",
        tag(
            "wsse:UsernameToken",
            tag("wsse:Username", credentials.user_name),
            tag("wsse:Password", password_digest(nonce, created, credentials.password), attributes={"Type": _DIGEST}),
            tag("wsse:Nonce", b64encode(nonce).decode(), attributes={"EncodingType": _BASE64}),
            tag("wsu:Created", created),
        ),
        attributes={"s:mustUnderstand": "1"},
    )


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Base64(SHA-1(nonce + created + password)): UsernameToken Profile 1.0, section 3.1."""
    return b64encode(sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()).decode()


def xml_time(at_us: int) -> str:
    """xs:dateTime in UTC with milliseconds."""
    moment = _EPOCH + timedelta(milliseconds=at_us // 1000)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def from_xml_time(text: str) -> int | None:
    """Microseconds since the epoch of an xs:dateTime; without a zone it is taken as UTC. None if it cannot be read."""
    try:
        moment = datetime.fromisoformat(text.strip()[:40])
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


def result(data: bytes, request: Request) -> Node:
    """The element `<operation>Response` of an answer.

    Raises MingjianError: that of the fault, NOT_ONVIF, MALFORMED, TOO_LONG.
    """
    body = body_of(data)
    fault = body.get("Fault")
    if fault is not None:
        raise refusal(fault, request)
    found = body.get(f"{request.name}Response")
    if found is None:
        raise malformed(f"no {request.name}Response in the answer")
    return found


def body_of(data: bytes) -> Node:
    """The body of an envelope, by local names: SOAP 1.1 is taken as well."""
    root = parse(data)
    body = root.get("Body")
    if root.name != "Envelope" or body is None:
        raise MingjianError(NOT_ONVIF, detail=f"<{shown(root.name)}>")
    return body


def is_fault(data: bytes) -> bool:
    """Whether an answer is an envelope with a fault; False for what cannot be read."""
    try:
        return body_of(data).get("Fault") is not None
    except MingjianError:
        return False


# By the local name of a subcode (ONVIF Core section 5.9.2; WS-BaseNotification 1.3).
_BY_SUBCODE: Final[dict[str, Problem]] = {
    "notauthorized": CREDENTIALS_REFUSED,
    "sendernotauthorized": CREDENTIALS_REFUSED,
    "failedauthentication": CREDENTIALS_REFUSED,
    "invalidsecurity": CREDENTIALS_REFUSED,
    "invalidsecuritytoken": CREDENTIALS_REFUSED,
    "actionnotsupported": NOT_SUPPORTED,
    "optionalactionnotimplemented": NOT_SUPPORTED,
    "notimplemented": NOT_SUPPORTED,
    "notoken": UNKNOWN_TOKEN,
    "noprofile": UNKNOWN_TOKEN,
    "nosource": UNKNOWN_TOKEN,
    "noentity": UNKNOWN_TOKEN,
    "resourceunknownfault": SUBSCRIPTION_LOST,
    "unabletodestroysubscriptionfault": SUBSCRIPTION_LOST,
    "subscribecreationfailedfault": SUBSCRIPTION_REFUSED,
    "invalidfilterfault": SUBSCRIPTION_REFUSED,
    "topicnotsupportedfault": SUBSCRIPTION_REFUSED,
    "invalidtopicexpressionfault": SUBSCRIPTION_REFUSED,
    "topicexpressiondialectunknownfault": SUBSCRIPTION_REFUSED,
    "unacceptableinitialterminationtimefault": SUBSCRIPTION_REFUSED,
    "maxpullpoints": SUBSCRIPTION_REFUSED,
}
# Where the code says nothing: words that makers put into the reason.
_BY_WORDS: Final[tuple[tuple[str, Problem], ...]] = (
    ("not authorized", CREDENTIALS_REFUSED),
    ("unauthorized", CREDENTIALS_REFUSED),
    ("authorized time check", CREDENTIALS_REFUSED),
    ("authority failure", CREDENTIALS_REFUSED),
    ("not implemented", NOT_SUPPORTED),
    ("not supported", NOT_SUPPORTED),
    ("no such method", NOT_SUPPORTED),
)


def refusal(fault: Node, request: Request) -> MingjianError:
    """The error of a fault: by its innermost subcode, by what is in its detail, else by the words of its reason."""
    reason = fault.value("Reason", "Text") or fault.value("faultstring")
    codes = [local(node.text).lower() for node in fault.below("Value")]
    codes += [child.name.lower() for child in _details(fault)]
    problem = next((_BY_SUBCODE[code] for code in reversed(codes) if code in _BY_SUBCODE), None)
    if problem is None:
        words = reason.lower()
        problem = next((found for said, found in _BY_WORDS if said in words), REFUSED)
    if problem is REFUSED and request.name == "CreatePullPointSubscription":
        problem = SUBSCRIPTION_REFUSED
    said = shown(reason) or shown(" ".join(local(node.text) for node in fault.below("Value"))) or "—"
    return MingjianError(problem, action=request.name, reason=said)


def _details(fault: Node) -> tuple[Node, ...]:
    detail = fault.get("Detail") or fault.get("detail")
    return detail.children if detail else ()


def shown(text: str) -> str:
    """What a camera says, fit for a line of a log or a page."""
    return "".join(char if char.isprintable() else " " for char in text[:SHOWN]).strip()
