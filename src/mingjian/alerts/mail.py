"""Send one mail: SMTP (RFC 5321) with TLS whose certificate is checked, and a bound on the time of each step."""

import smtplib
import ssl
from base64 import b64encode
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from mingjian.alerts.errors import MAIL_REFUSED, MAIL_UNSAFE
from mingjian.alerts.secret_file import read_secret
from mingjian.alerts.settings import AlertsSettings, file_of
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.networks import is_this_machine
from mingjian.kernel.redaction import redact_text

TIMEOUT_S: Final = 20.0
_REASON: Final = 300


def send(settings: AlertsSettings, data_dir: Path, message: EmailMessage) -> None:
    """Hand `message` to the mail server of `settings`.

    Raises MingjianError MAIL_REFUSED with what the server or the system said, MAIL_UNSAFE, or SECRET_UNREADABLE. When
    some recipients are refused and others are not, those others have it: the refusal of all is an error.
    """
    server = f"{settings.mail_host}:{settings.mail_port}"
    if settings.mail_security == "none" and not is_this_machine(settings.mail_host):
        raise MingjianError(MAIL_UNSAFE, server=server)
    secret = _password(settings, data_dir)
    try:
        with _connected(settings, data_dir) as client:
            if secret is not None:
                _sign_in(client, settings.mail_user, secret)
            client.send_message(message, settings.mail_from, list(settings.mail_to))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise MingjianError(MAIL_REFUSED, server=server, reason=_reason(error)) from error


def _sign_in(client: smtplib.SMTP, user: str, secret: str) -> None:
    if user.isascii() and secret.isascii():
        client.login(user, secret)
        return
    # The library knows ASCII alone; PLAIN is UTF-8 (RFC 4616 section 2).
    client.ehlo_or_helo_if_needed()
    answer = b64encode(f"\0{user}\0{secret}".encode()).decode()
    code, said = client.docmd("AUTH", f"PLAIN {answer}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, said)


def _password(settings: AlertsSettings, data_dir: Path) -> str | None:
    if not settings.mail_user:
        return None
    return read_secret(file_of(settings.mail_password_file, data_dir), least=1).decode(errors="replace")


def _connected(settings: AlertsSettings, data_dir: Path) -> smtplib.SMTP:
    host, port = settings.mail_host, settings.mail_port
    if settings.mail_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=_context(settings, data_dir))
    client = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    try:
        if settings.mail_security == "starttls":
            client.starttls(context=_context(settings, data_dir))
            client.ehlo()
    except BaseException:
        client.close()
        raise
    return client


def _context(settings: AlertsSettings, data_dir: Path) -> ssl.SSLContext:
    authority = settings.mail_authority
    context = ssl.create_default_context(cafile=str(file_of(authority, data_dir)) if authority else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _reason(error: Exception) -> str:
    """What happened, in the server's own words where it said something. Never what we sent."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            said = "; ".join(f"{code} {_text(text)}" for code, text in error.recipients.values())
        case smtplib.SMTPResponseException():
            said = f"{error.smtp_code} {_text(error.smtp_error)}"
        case ssl.SSLError():
            said = error.reason or "TLS"
            if isinstance(error, ssl.SSLCertVerificationError):
                said = f"{said} ({error.verify_message})"
        case UnicodeError():  # its own words show what could not be written
            said = "an address or a name cannot be written in SMTP"
        case OSError():
            said = error.strerror or str(error) or type(error).__name__
        case _:
            said = str(error) or type(error).__name__
    return redact_text(" ".join(said.split())[:_REASON])


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
