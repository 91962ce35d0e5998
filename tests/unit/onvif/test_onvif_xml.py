"""Documents from outside: what is read, what is refused, and that nothing else happens."""

import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.onvif import answers

from mingjian.kernel.errors import MingjianError
from mingjian.onvif.messages import device, discovery, events, imaging, media, ptz, soap
from mingjian.onvif.messages.xml import MAX_BYTES, MAX_DEPTH, Node, document, number, parse, tag

OURS = {"onvif.malformed", "onvif.too_long"}


def reads(node: Node) -> str:
    """A node in a line: name, attributes, text, children."""
    attributes = "".join(f" {key}={value}" for key, value in node.attributes.items())
    return f"{node.name}{attributes}[{node.text}{' '.join(map(reads, node.children))}]"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"<a/>", "a[]"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<a>x</a>", "a[x]"),
        (b"  \r\n<?xml version='1.0' encoding='UTF-16'?><a>x</a>", "a[x]"),  # says so, is not so
        ("<?xml version='1.0' encoding='GB2312'?><a>南门</a>".encode("gb18030"), "a[南门]"),
        (b"<x:a y:b='1'><x:c/></x:a>", "a b=1[c[]]"),
        (b"<a xmlns='urn:1' xmlns:b='urn:2'><b:c d='2'/></a>", "a[c d=2[]]"),
        (b"<a>rtsp://h/?a=1&b=2&amp;c=3&#38;d</a>", "a[rtsp://h/?a=1&b=2&c=3&d]"),
        (b"<a>&nosuch;&</a>", "a[&nosuch;&]"),
        (b"<a><!-- & <b/> --><c/><?pi?></a>", "a[c[]]"),
        (b"<a><![CDATA[<x>]]></a>", "a[<x>]"),
        (b"<a>x</a>\x00\x00\r\n0\r\n", "a[x]"),
        (b"<a/><b/", "a[]"),
        (b"<a>\x01\x08x</a>", "a[x]"),
    ],
)
def test_what_cameras_send_is_read(data: bytes, found: str) -> None:
    assert reads(parse(data)) == found


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"<a>",
        b"<a></b>",
        b"<a b=1/>",
        b"<!DOCTYPE a><a/>",
        b"<!doctype a><a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "<!DOCTYPE a><a/>".encode("utf-16"),
        "<!DOCTYPE a><a/>".encode("utf-32-be"),
        b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a+AD4-<a/>",
        "<a/>".encode("cp037"),
        b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
        b"<a>" * 300_000,
        b"<a>" + b"<b/>" * 30_000 + b"</a>",
        b"<" + b"a" * 900_000,
        b"<a " + b" ".join(b'x%d="y"' % index for index in range(60_000)),
    ],
    ids=range(17),
)
def test_what_is_broken_or_dangerous_is_refused_quickly(data: bytes) -> None:
    began = time.process_time()
    with pytest.raises(MingjianError) as error:
        parse(data)
    assert error.value.code == "onvif.malformed"
    assert time.process_time() - began < 5


def test_what_is_too_long_is_not_even_looked_at() -> None:
    with pytest.raises(MingjianError) as error:
        parse(b"<a>" + b" " * MAX_BYTES + b"</a>")
    assert error.value.code == "onvif.too_long"


def _walk(node: Node, depth: int = 1) -> int:
    assert depth <= MAX_DEPTH
    return 1 + sum(_walk(child, depth + 1) for child in node.children)


READERS = (
    device.device_time,
    device.information,
    device.scopes_of,
    device.services,
    device.capabilities,
    media.profiles,
    media.uri,
    ptz.abilities,
    ptz.status,
    ptz.presets,
    imaging.settings,
    imaging.options,
    events.topics,
    events.subscription,
    events.lifetime_us,
    events.notifications,
)
REQUESTS = (media.get_profiles(), events.get_properties(), device.get_time())
DOCUMENTS = (
    answers.enveloped(answers.time_of(2026, 11, 21, 9, 0, 0)),
    answers.enveloped(answers.SCOPES),
    answers.enveloped(answers.TOPICS),
    answers.enveloped(answers.profiles(answers.profile("P", 1920, 1080))),
    answers.enveloped(answers.profiles2(answers.profile2("P", 1920, 1080))),
    answers.enveloped(answers.subscribed("http://a/b", parameters="<x:y>1</x:y>")),
    answers.enveloped(answers.pulled(answers.message("a:b/c", {"x": "1"}, {"State": "true"}))),
    answers.fault("why", "ter:A", "ter:B", detail="<c/>"),
)


def _read_all(data: bytes) -> None:
    """Every reader on every element: no error but our own."""
    error = _error(lambda: parse(data))
    if error is not None:
        assert error.code in OURS
        return
    root = parse(data)
    _walk(root)
    for node in (root, *root.children, *(grand for child in root.children for grand in child.children)):
        for reader in READERS:
            reader(node)
    for request in REQUESTS:
        error = _error(partial(soap.result, data, request))
        assert error is None or (error.what.zh and error.why.en)
    _error(lambda: discovery.matches(data, frozenset()))


def _error(work: Callable[[], object]) -> MingjianError | None:
    """The error of ours with which `work` ends; any other is the test's."""
    try:
        work()
    except MingjianError as error:
        return error
    return None


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_node_or_our_own_error(data: bytes) -> None:
    _read_all(data)


@given(st.sampled_from(DOCUMENTS), st.data())
def test_damaged_answers_end_in_a_node_or_our_own_error(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data)))
    cut = draw.draw(st.integers(0, 40))
    put = draw.draw(st.binary(max_size=12) | st.sampled_from([b"-1", b"1e999", b"NaN", b"9" * 400, b"</a>", b"&x;"]))
    _read_all(data[:at] + put + data[at + cut :])


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=20_000)
@given(st.sampled_from(DOCUMENTS), st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 60), st.binary(max_size=9))))
def test_answers_damaged_in_many_places(data: bytes, wounds: list[tuple[int, int, bytes]]) -> None:
    for at, cut, put in wounds[:8]:
        data = data[:at] + put + data[at + cut :]
    _read_all(data)


_WORDS = """
Envelope Body Header Fault Code Value Reason Text UTCDateTime Date Time Year Hour Profiles Configurations VideoEncoder
Resolution Width Height RateControl FrameRateLimit TopicSet NotificationMessage Message Data SimpleItem
SubscriptionReference Address ReferenceParameters Preset PTZStatus Position PanTilt Min Max
"""
NAMES = st.sampled_from(_WORDS.split())
TREES = st.recursive(
    st.builds(lambda text: text, st.text(max_size=12)),
    lambda inside: st.builds(
        lambda name, children: f"<{name} token='1' x='nan'>{''.join(children)}</{name}>",
        NAMES,
        st.lists(inside, max_size=4),
    ),
    max_leaves=25,
)


@given(TREES)
def test_trees_of_the_right_words_in_the_wrong_places(tree: str) -> None:
    _read_all(f"<Envelope><Body>{tree}</Body></Envelope>".encode())


@given(st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=60))
def test_what_we_write_is_read_as_it_was(text: str) -> None:
    root = tag("s:Envelope", tag("tt:A", text, attributes={"b": text}))
    read = parse(document(root)).get("A")
    assert read is not None
    assert (read.text, read.attributes["b"]) == (text.strip(), text)


@pytest.mark.parametrize("text", ["\x00", "a\nb", "\ud800", "￾", "x" * 5000])
def test_what_xml_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(MingjianError) as error:
        tag("tt:A", text)
    assert error.value.code == "onvif.text_unreadable"


@pytest.mark.parametrize(
    ("text", "found"),
    [("1", 1.0), (" -2.5 ", -2.5), ("", 0.0), ("x", 0.0), ("nan", 0.0), ("inf", 0.0), ("1e300", 0.0), ("1_0", 10.0)],
)
def test_numbers_are_finite(text: str, found: float) -> None:
    assert number(text) == found
