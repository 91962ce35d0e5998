import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.redaction import HIDDEN, redact, redact_text

TEXTS = [
    ("rtsp://admin:hunter2@10.0.0.5:554/1", "rtsp://***@10.0.0.5:554/1"),
    ("rtsp://admin:p@ss:w@10.0.0.5/1 refused", "rtsp://***@10.0.0.5/1 refused"),
    ("rtsp://admin@10.0.0.5/1", "rtsp://***@10.0.0.5/1"),
    ("connect to 'postgresql+psycopg://u:x@h/d': no", "connect to 'postgresql+psycopg://***@h/d': no"),
    ("two rtsp://a:b@c/ and http://d:e@f/", "two rtsp://***@c/ and http://***@f/"),
    ("http://host/path/mail@example.org", "http://host/path/mail@example.org"),
    ("rtsp://10.0.0.5/1", "rtsp://10.0.0.5/1"),
    ("GET /setup?token=abc&x=1", "GET /setup?token=***&x=1"),
    ("password: hunter2", "password: ***"),
    ('{"password": "hunter2", "x": 1}', '{"password": "***", "x": 1}'),
    ("Authorization: Digest username=admin, response=12ab", "Authorization: ***"),
    ("Set-Cookie: __Host-mingjian=abc; Secure\r\nX: y", "Set-Cookie: ***\r\nX: y"),
    ("the password is wrong", "the password is wrong"),
    ("/api/v1/hls/Zm9vYmFyYmF6cXV4/index.m3u8", "/api/v1/hls/***/index.m3u8"),
    ("/api/v1/hls/docs", "/api/v1/hls/docs"),
    ("昆明站 rtsp://管理员:密码@10.0.0.5/通道", "昆明站 rtsp://***@10.0.0.5/通道"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_texts_lose_their_credentials_and_nothing_else(text: str, expected: str) -> None:
    assert redact_text(text) == expected


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_redacting_twice_changes_nothing_more(text: str, expected: str) -> None:
    assert redact_text(redact_text(text)) == expected


@given(
    user=st.text(
        st.characters(exclude_characters="/?#\"'<> \r\n\t\x0b\x0c", exclude_categories=["Z", "C"]), max_size=12
    ),
    password=st.text("abcdefgh0123:@!$%&*", min_size=1, max_size=12).map(lambda text: "SECRET" + text),
)
def test_no_password_in_a_url_survives(user: str, password: str) -> None:
    assert "SECRET" not in redact_text(f"cannot open rtsp://{user}:{password}@192.168.1.9:554/stream?a=b now")


def test_mappings_lose_what_their_keys_name_as_secret() -> None:
    event = {
        "Password": "a",
        "invite_token": ["b"],
        "headers": {"Cookie": "c", "accept": "d"},
        "client_secret": {"e": "f"},
        "cameras": [{"url": "rtsp://g:h@i/"}],
        "count": 3,
    }
    assert redact(event) == {
        "Password": HIDDEN,
        "invite_token": HIDDEN,
        "headers": {"Cookie": HIDDEN, "accept": "d"},
        "client_secret": HIDDEN,
        "cameras": [{"url": "rtsp://***@i/"}],
        "count": 3,
    }


def test_depth_is_bounded_and_fails_closed() -> None:
    nested: dict[str, object] = {"password": "hunter2"}
    for _ in range(500):
        nested = {"x": nested}
    assert "hunter2" not in str(redact(nested))
