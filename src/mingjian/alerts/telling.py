"""What is said outside of this program about alerts: a mail for people, a JSON document for programs. Pure.

Both languages stand beside each other: who reads it is not known. No picture, no address and no secret is in it; names
of cameras and volumes are.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

from mingjian.alerts.model import Happening, Severity, What
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.errors import MingjianError, Text

LISTED: Final = 50
"""Alerts written out in one mail; the rest is a number."""
FORMAT: Final = "mingjian.alerts.v1"

Words = Callable[[Happening], MingjianError]


@dataclass(frozen=True, slots=True)
class Letter:
    """From whom, to whom, and which installation speaks."""

    sender: str
    recipients: tuple[str, ...]
    origin: str


def mail(letter: Letter, happenings: Sequence[Happening], words: Words, now_us: int) -> EmailMessage:
    """One mail about all of `happenings`, oldest first."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = letter.sender
    message["To"] = ", ".join(letter.recipients)
    message["Subject"] = _subject(happenings, words)
    message["Date"] = to_datetime(now_us)
    domain = letter.sender.rpartition("@")[2]
    # The same mail, sent again because nobody heard that it had arrived, is the same to a reader's program.
    message["Message-ID"] = f"<{happenings[-1].id}.{len(happenings)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    parts = [_paragraph(one, words(one)) for one in happenings[:LISTED]]
    if (more := len(happenings) - LISTED) > 0:
        parts.append(f"另有 {more} 条，见控制台。 {more} more: see the console.")
    parts.append(f"明鉴 Mingjian {letter.origin}".strip())
    message.set_content("\n\n".join(parts) + "\n")
    return message


def _subject(happenings: Sequence[Happening], words: Words) -> str:
    worst = max(happenings, key=_weight)
    what = words(worst).what
    more = f" (+{len(happenings) - 1})" if len(happenings) > 1 else ""
    subject = f"[明鉴] {worst.what.text.zh}：{what.zh} {what.en}{more}"
    return " ".join(subject.split())[:200]


def _weight(one: Happening) -> tuple[bool, int]:
    return one.what is What.RAISED, list(Severity).index(one.alert.severity)


def _paragraph(one: Happening, told: MingjianError) -> str:
    grave, what = one.alert.severity.text, one.what.text
    lines = [
        f"{_time(one.at_us)} {grave.zh}·{what.zh} / {grave.en}, {what.en}",
        f"{told.what.zh}{told.why.zh}{told.advice.zh}",
        f"{told.what.en} {told.why.en} {told.advice.en}",
        *_notes(one),
    ]
    return "\n".join(" ".join(line.split()) for line in lines)


def _notes(one: Happening) -> list[str]:
    alert = one.alert
    if one.what is What.ACKNOWLEDGED and alert.acknowledged is not None:
        return [f"{alert.acknowledged.label}：{alert.acknowledged.note}"]
    if one.what is What.ASSIGNED and alert.assigned is not None:
        return [f"{alert.assigned.by_label} → {alert.assigned.to_label}"]
    if one.what is What.CLOSED and alert.closed is not None:
        return [f"{alert.closed.by_label}：{alert.closed.reason.text.zh} {alert.closed.note}"]
    return []


def _time(us: int) -> str:
    return to_datetime(us).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S %z")


def document(happenings: Sequence[Happening], words: Words, origin: str, now_us: int) -> bytes:
    """The body of the hook: UTF-8 JSON, one object, oldest first."""
    value = {
        "format": FORMAT,
        "origin": origin,
        "sent_at": _iso(now_us),
        "events": [_event(one, words(one)) for one in happenings],
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _event(one: Happening, told: MingjianError) -> dict[str, Any]:
    alert = one.alert
    event: dict[str, Any] = {
        "id": str(one.id),
        "event": one.what.value,
        "at": _iso(one.at_us),
        "alert": str(alert.id),
        "code": alert.code,
        "severity": alert.severity.value,
        "object_kind": alert.object_kind,
        "object_id": alert.object_id,
        "raised_at": _iso(alert.raised_us),
        "cleared_at": None if alert.cleared_us is None else _iso(alert.cleared_us),
        "zh": _three(told.what, told.why, told.advice, "zh"),
        "en": _three(told.what, told.why, told.advice, "en"),
    }
    if alert.acknowledged is not None:
        event["acknowledged"] = {"by": alert.acknowledged.label, "note": alert.acknowledged.note}
    if alert.assigned is not None:
        event["assigned"] = {"by": alert.assigned.by_label, "to": alert.assigned.to_label}
    if alert.closed is not None:
        said = alert.closed
        event["closed"] = {"by": said.by_label, "reason": said.reason.value, "note": said.note}
    return event


def _three(what: Text, why: Text, advice: Text, language: str) -> dict[str, str]:
    return {name: getattr(text, language) for name, text in (("what", what), ("why", why), ("advice", advice))}


def _iso(us: int) -> str:
    return to_datetime(us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
