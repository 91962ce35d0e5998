"""Alerts told outside: to a real mail server with TLS and sign-in, and to a real receiver of the signed hook."""

import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mingjian.alerts import hook, service
from mingjian.alerts.delivery import MAX_ATTEMPTS, Teller, attempt
from mingjian.alerts.errors import NOT_TOLD
from mingjian.alerts.model import Alert, Way
from mingjian.alerts.settings import AlertsSettings
from mingjian.audit.model import SYSTEM
from mingjian.kernel.clock import SystemClock, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.media.keep.errors import DISK_FULL, OFFLINE
from mingjian.operations.catalogue import KINDS
from mingjian.storage.engine import Database

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
NOW: Final = SystemClock().now_us()
S: Final = 1_000_000
PASSWORD: Final = "mail-password-值"
SECRET: Final = b"0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate for localhost and 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(to_datetime(NOW) - timedelta(days=1))
        .not_valid_after(to_datetime(NOW) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(pem))
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@dataclass
class Mailbox:
    """What a mail server took, and what it is to refuse."""

    mails: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refusing: str = ""

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusing:
            return self.refusing
        content = cast("bytes", envelope.content)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.encrypted.append(session.ssl is not None)
        return "250 taken"


def sign_in(_server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password.decode() == PASSWORD and data.login == b"alerts"
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(box: Mailbox, **options: Any) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@dataclass
class Desk:
    """An installation with alerts, and how it tells them."""

    database: Database
    folder: Path
    settings: AlertsSettings = field(default_factory=AlertsSettings)

    def raise_(self, *names: str, kind: Any = DISK_FULL) -> None:
        words = {"group": "", "name": "", "reason_zh": "没有回应。", "reason_en": "No answer."}
        with self.database.write() as tx:
            for name in names:
                service.raise_(tx, Alert(kind, name, words | {"group": name, "name": name}, NOW))

    def teller(self, attempt_number: int = 1) -> Teller:
        return Teller(
            self.database, self.settings, KINDS, self.folder, "video.example.cn", lambda _tx: None, attempt_number
        )

    def tell(self, way: Way, later_us: int = 0, attempt_number: int = 1) -> int:
        return self.teller(attempt_number).tell(way, NOW + later_us)

    def refusal(self, way: Way) -> MingjianError:
        with pytest.raises(MingjianError) as caught:
            self.tell(way)
        return caught.value

    def standing(self) -> list[str]:
        with self.database.read() as tx:
            return [one.code for one in service.listing(tx, standing_only=True).items]

    def by_mail(self, port: int, **more: Any) -> None:
        given = {
            "mail_host": "127.0.0.1", "mail_port": port, "mail_from": "video@example.cn",
            "mail_to": ("duty@example.cn", "chief@example.cn"), **more,
        }  # fmt: skip
        self.settings = AlertsSettings(**given)

    def by_hook(self, port: int, **more: Any) -> None:
        self.secret("hook.key", SECRET)
        given = {
            "hook_url": f"http://127.0.0.1:{port}/alerts?site=1", "hook_secret_file": "hook.key",
            "hook_networks": ("127.0.0.0/8",), **more,
        }  # fmt: skip
        self.settings = AlertsSettings(**given)

    def secret(self, name: str, content: bytes, rights: int = 0o600) -> None:
        (self.folder / name).write_bytes(content)
        (self.folder / name).chmod(rights)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


# Mail


def test_one_mail_about_all_that_happened_and_never_twice(desk: Desk) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        desk.by_mail(port, mail_security="none")
        assert desk.tell(Way.MAIL) == 0
        desk.raise_("一组", "二组")
        desk.raise_("校门口", kind=OFFLINE)
        assert desk.tell(Way.MAIL) == 3
        assert desk.tell(Way.MAIL) == 0
        with desk.database.write() as tx:
            service.clear(tx, DISK_FULL, "一组", NOW + S)
        assert desk.tell(Way.MAIL, S) == 0, "an end is told once it lasts"
        assert desk.tell(Way.MAIL, 2 * S + service.REOPEN_US) == 1
    first, second = box.mails
    assert first["To"] == "duty@example.cn, chief@example.cn"
    assert first["Subject"].startswith("[明鉴] 发生：存储组“")
    assert first["Subject"].endswith("(+2)")
    assert first["Auto-Submitted"] == "auto-generated"
    text = first.get_content()
    for words in (
        "存储组“二组”已满",
        'The volume group "一组" is full',
        "通道“校门口”离线。",
        "video.example.cn",
        "严重",
    ):
        assert words in text
    assert "已恢复" in second["Subject"]
    assert first["Message-ID"] != second["Message-ID"]


@on_sqlite
def test_a_flood_is_one_mail_that_says_how_much_it_leaves_out(desk: Desk) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        desk.by_mail(port, mail_security="none")
        desk.raise_(*(f"摄像机{number}" for number in range(170)), kind=OFFLINE)
        assert desk.tell(Way.MAIL) == 170
    (mail,) = box.mails
    assert "120 more" in mail.get_content()


@on_sqlite
def test_what_is_not_grave_enough_is_not_told(desk: Desk) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        desk.by_mail(port, mail_security="none", tell_from="critical")
        desk.raise_("校门口", kind=OFFLINE)
        assert desk.tell(Way.MAIL) == 0
        desk.raise_("一组")
        assert desk.tell(Way.MAIL) == 1
    assert "校门口" not in box.mails[0].get_content()


@on_sqlite
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_over_tls_with_a_sign_in(desk: Desk, certificate: Path, security: str) -> None:
    box, context = Mailbox(), server_context(certificate)
    options: dict[str, Any] = {"authenticator": sign_in, "auth_required": True}
    options |= (
        {"tls_context": context, "require_starttls": True} if security == "starttls" else {"ssl_context": context}
    )
    if security == "tls":
        options["auth_require_tls"] = False  # it does not see that the whole connection is encrypted
    desk.secret("mail.key", f"{PASSWORD}\n".encode())
    with mail_server(box, **options) as port:
        signed_in = {"mail_user": "alerts", "mail_password_file": "mail.key", "mail_security": security}
        desk.by_mail(port, mail_authority=str(certificate), **signed_in)
        desk.raise_("一组")
        assert desk.tell(Way.MAIL) == 1
        desk.raise_("二组")
        desk.by_mail(port, **signed_in)
        assert "certificate" in desk.refusal(Way.MAIL).why.en.lower(), "an unknown authority is no server of ours"
        desk.by_mail(port, mail_authority=str(certificate), **signed_in | {"mail_user": "other"})
        refused = desk.refusal(Way.MAIL)
        assert refused.code == "alerts.mail_refused"
        assert PASSWORD not in str(refused)
    assert len(box.mails) == 1


@on_sqlite
def test_mail_is_not_sent_in_clear_when_the_server_knows_no_tls(desk: Desk) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        desk.by_mail(port)
        desk.raise_("一组")
        assert desk.refusal(Way.MAIL).code == "alerts.mail_refused"
    desk.settings = desk.settings.model_copy(update={"mail_security": "none", "mail_host": "192.0.2.1"})
    assert desk.refusal(Way.MAIL).code == "alerts.mail_unsafe"
    assert box.mails == []


@on_sqlite
@pytest.mark.parametrize(
    ("content", "rights"), [(b"", 0o600), (b"x" * 5_000, 0o600), (b"secret", 0o644), (b"secret", 0o660), (None, 0)]
)
def test_a_secret_that_is_none(desk: Desk, content: bytes | None, rights: int) -> None:
    if content is not None:
        desk.secret("mail.key", content, rights)
    desk.by_mail(1, mail_user="alerts", mail_password_file="mail.key")
    desk.raise_("一组")
    assert desk.refusal(Way.MAIL).code == "alerts.secret_unreadable"


def test_a_server_that_refuses_is_tried_again_and_then_given_up(desk: Desk) -> None:
    box = Mailbox(refusing="451 come back later")
    with mail_server(box) as port:
        desk.by_mail(port, mail_security="none")
        desk.raise_("一组")
        assert "451 come back later" in desk.refusal(Way.MAIL).why.en
        assert desk.standing() == ["storage.disk_full"]
        assert desk.tell(Way.MAIL, attempt_number=MAX_ATTEMPTS) == 0
        assert sorted(desk.standing()) == ["alerts.not_told", "storage.disk_full"]
        box.refusing = ""
        assert desk.tell(Way.MAIL) == 0, "given up is given up; that mail fails is not mailed"
        desk.raise_("二组")
        assert desk.tell(Way.MAIL) == 1
    assert NOT_TOLD.code not in desk.standing(), "telling works again"


@on_sqlite
def test_nobody_there(desk: Desk) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        desk.by_mail(probe.getsockname()[1], mail_security="none")
        desk.raise_("一组")
        assert "refused" in desk.refusal(Way.MAIL).why.en
        desk.by_hook(probe.getsockname()[1])
        assert "refused" in desk.refusal(Way.HOOK).why.en


# The hook


@dataclass
class Receiver:
    """A program that takes the hook."""

    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    location: str = ""
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None

    @contextmanager
    def running(self, context: ssl.SSLContext | None = None) -> Iterator[int]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.taken.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
                if outer.answer is not None:
                    outer.answer(self)
                    return
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def test_the_hook_is_signed_and_says_what_happened(desk: Desk) -> None:
    receiver = Receiver()
    with receiver.running() as port:
        desk.by_hook(port)
        desk.raise_("一组")
        assert desk.tell(Way.HOOK) == 1
        assert desk.tell(Way.HOOK) == 0
        with desk.database.read() as tx:
            (alert,) = service.listing(tx).items
        with desk.database.write() as tx:
            service.acknowledge(tx, alert.id, "已通知", by=SYSTEM, now_us=NOW + S)
        assert desk.tell(Way.HOOK, S) == 1
    (path, headers, body), (_, _, second) = receiver.taken
    assert path == "/alerts?site=1"
    assert (headers["host"], headers["content-type"]) == (f"127.0.0.1:{port}", "application/json")
    stamp, signature = headers["mingjian-signature"].split(",")
    seconds = stamp.removeprefix("t=")
    assert int(seconds) == NOW // S
    expected = hmac.new(SECRET, f"{seconds}.".encode() + body, sha256).hexdigest()
    assert hmac.compare_digest(signature, f"v1={expected}")
    said = json.loads(body)
    assert (said["format"], said["origin"]) == ("mingjian.alerts.v1", "video.example.cn")
    (event,) = said["events"]
    assert (event["event"], event["code"], event["severity"], event["object_id"]) == (
        "raised", "storage.disk_full", "critical", "一组",
    )  # fmt: skip
    assert event["zh"]["what"].startswith("存储组“一组”已满")
    (acknowledged,) = json.loads(second)["events"]
    assert acknowledged["acknowledged"] == {"by": "system", "note": "已通知"}


@on_sqlite
def test_the_hook_over_tls_checks_who_answers(desk: Desk, certificate: Path) -> None:
    receiver = Receiver()
    with receiver.running(server_context(certificate)) as port:
        desk.by_hook(port, hook_url=f"https://127.0.0.1:{port}/", hook_authority=str(certificate))
        desk.raise_("一组")
        assert desk.tell(Way.HOOK) == 1
        desk.raise_("二组")
        desk.by_hook(port, hook_url=f"https://127.0.0.1:{port}/")
        assert "TLS" in desk.refusal(Way.HOOK).why.en
    assert len(receiver.taken) == 1


@on_sqlite
@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 500, 503])
def test_threat_20_the_hook_follows_no_redirect_and_takes_no_other_answer(desk: Desk, status: int) -> None:
    other, receiver = Receiver(), Receiver(status=status)
    with other.running() as elsewhere, receiver.running() as port:
        receiver.location = f"http://127.0.0.1:{elsewhere}/inside"
        desk.by_hook(port)
        desk.raise_("一组")
        assert f"HTTP {status}" in desk.refusal(Way.HOOK).why.en
    assert other.taken == []
    assert len(receiver.taken) == 1


@on_sqlite
@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000])
def test_a_receiver_that_talks_nonsense(desk: Desk, said: bytes) -> None:
    def talk(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(said)
        handler.close_connection = True

    receiver = Receiver(answer=talk)
    with receiver.running() as port:
        desk.by_hook(port)
        desk.raise_("一组")
        assert desk.refusal(Way.HOOK).code == "alerts.hook_refused"


@on_sqlite
def test_a_receiver_that_drips_is_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "TIMEOUT_S", 0.5)
    stop = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        while not stop.wait(0.05):
            try:
                handler.wfile.write(b"H")
            except OSError:
                return

    receiver = Receiver(answer=drip)
    with receiver.running() as port:
        desk.by_hook(port)
        desk.raise_("一组")
        assert desk.refusal(Way.HOOK).code == "alerts.hook_refused"
        stop.set()


@on_sqlite
@pytest.mark.parametrize("secret", [b"too short", b"x" * 31])
def test_a_key_that_can_be_guessed_is_refused(desk: Desk, secret: bytes) -> None:
    desk.by_hook(9)
    desk.secret("hook.key", secret)
    desk.raise_("一组")
    assert desk.refusal(Way.HOOK).code == "alerts.secret_unreadable"


@on_sqlite
def test_a_trial_goes_by_every_way_that_is_set(desk: Desk) -> None:
    box, receiver = Mailbox(), Receiver()
    with pytest.raises(MingjianError) as caught:
        attempt(desk.teller(), Way.MAIL, NOW)
    assert caught.value.code == "alerts.not_set"
    with mail_server(box) as mail_port, receiver.running() as port:
        desk.by_mail(mail_port, mail_security="none")
        attempt(desk.teller(), Way.MAIL, NOW)
        desk.by_hook(port)
        attempt(desk.teller(), Way.HOOK, NOW)
    assert "试发" in box.mails[0]["Subject"]
    assert json.loads(receiver.taken[0][2])["events"][0]["code"] == "alerts.trial"
    assert desk.standing() == [], "a trial is no alert"
