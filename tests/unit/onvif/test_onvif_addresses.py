"""Where a camera's words may send us: nowhere but to the camera."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.errors import MingjianError
from mingjian.onvif.addresses import Reached, ServiceUrl, service_at, stream_at, typed

HERE = Reached(ServiceUrl("cam.example", 8081, "/onvif/device_service"), "203.0.113.7")
SECRET = Reached(ServiceUrl("cam.example", 443, "/onvif/device_service", tls=True), "203.0.113.7")
INSIDE = Reached(HERE.url, HERE.numeric, ServiceUrl("192.168.1.64", 80, "/onvif/device_service"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.168.1.64", "http://192.168.1.64/onvif/device_service"),
        (" 192.168.1.64:8000 ", "http://192.168.1.64:8000/onvif/device_service"),
        ("cam.example", "http://cam.example/onvif/device_service"),
        ("http://10.0.0.1/", "http://10.0.0.1/onvif/device_service"),
        ("https://10.0.0.1", "https://10.0.0.1/onvif/device_service"),
        ("HTTP://10.0.0.1:80/onvif/service", "http://10.0.0.1/onvif/service"),
        ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080/onvif/device_service"),
        ("http://10.0.0.1/a?b=c&d", "http://10.0.0.1/a?b=c&d"),
    ],
)
def test_what_a_person_types(text: str, found: str) -> None:
    assert str(typed(text)) == found


@pytest.mark.parametrize(
    "text",
    ["", "http://", "rtsp://10.0.0.1", "10.0.0.1:0", "10.0.0.1:99999", "a b", "http://u:p@10.0.0.1", "u@10.0.0.1",
     "http://10.0.0.1/\r\nX: y", "x" * 2000, "http://[::1", "http://南门/", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(MingjianError) as error:
        typed(text)
    assert error.value.code == "onvif.address_unreadable"


@pytest.mark.parametrize(
    ("reached", "told", "url", "elsewhere"),
    [
        (HERE, "http://cam.example:8081/onvif/Media", "http://cam.example:8081/onvif/Media", ""),
        (HERE, "http://203.0.113.7:8081/onvif/Media", "http://cam.example:8081/onvif/Media", ""),
        (HERE, "http://CAM.example:2020/x", "http://cam.example:2020/x", ""),
        (HERE, "http:///onvif/events?s=1", "http://cam.example:8081/onvif/events?s=1", ""),
        # a forwarded port: what the camera calls 80 is 8081 for us, another port is as it says
        (INSIDE, "http://192.168.1.64:80/onvif/Media", "http://cam.example:8081/onvif/Media", "192.168.1.64"),
        (INSIDE, "http://192.168.1.64:1024/event-1", "http://cam.example:1024/event-1", "192.168.1.64"),
        (HERE, "http://192.168.1.64/onvif/Media", "http://cam.example:8081/onvif/Media", "192.168.1.64"),
        (HERE, "http://169.254.169.254/latest", "http://cam.example:8081/latest", "169.254.169.254"),
        (SECRET, "http://cam.example/onvif/Media", "https://cam.example/onvif/Media", ""),
        (SECRET, "https://cam.example:8443/onvif/Media", "https://cam.example:8443/onvif/Media", ""),
        (HERE, "http://[fe80::1]/x", "http://cam.example:8081/x", "fe80::1"),
    ],
)
def test_services_are_at_the_camera(reached: Reached, told: str, url: str, elsewhere: str) -> None:
    placed = service_at(reached, told)
    assert placed is not None
    assert (str(placed.url), placed.told) == (url, elsewhere)


@pytest.mark.parametrize(
    ("told", "url", "elsewhere"),
    [
        ("rtsp://cam.example/live", "rtsp://cam.example:554/live", ""),
        ("rtsp://203.0.113.7:8554/live?a=1", "rtsp://cam.example:8554/live?a=1", ""),
        ("rtsp://192.168.1.64:554/live", "rtsp://cam.example:554/live", "192.168.1.64"),
        ("rtsp://admin:12345@192.168.1.64/live", "rtsp://cam.example:554/live", "192.168.1.64"),
    ],
)
def test_streams_are_at_the_camera_and_without_credentials(told: str, url: str, elsewhere: str) -> None:
    placed = stream_at(HERE, told)
    assert placed is not None
    assert (str(placed.url), placed.told) == (url, elsewhere)


@pytest.mark.parametrize("told", ["", "http://cam.example/x", "rtsp://", "rtsp://a:0/", "rtsp://a/b c", "x" * 5000])
def test_what_is_no_stream(told: str) -> None:
    assert stream_at(HERE, told) is None


@given(st.text(max_size=60) | st.from_regex(r"(https?|rtsp)://[^\s]{0,40}"))
def test_whatever_a_camera_says_it_is_asked_at_its_own_host(told: str) -> None:
    for reached in (HERE, INSIDE, SECRET):
        service, stream = service_at(reached, told), stream_at(reached, told)
        assert service is None or service.url.host == "cam.example"
        assert stream is None or stream.url.host == "cam.example"
        if service is not None:
            assert service.url.path.startswith("/")
            assert service.url.tls or not reached.url.tls
            assert service.url.path.isascii()
            assert not any(char.isspace() or not char.isprintable() for char in service.url.path)
