"""XML from outside into nodes, and tags of ours into XML.

Cameras send undeclared prefixes, namespaces of other versions, bare ampersands and bytes behind the end, so elements
are known by their local names. What is dangerous is refused before a parser sees it: document types, entities, depth,
size.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from mingjian.kernel.errors import MingjianError
from mingjian.onvif.errors import TEXT_UNREADABLE, TOO_LONG, malformed

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 48
MAX_ELEMENTS: Final = 20_000
MAX_TEXT: Final = 2048
MAX_EQUALS: Final = 1_000
"""Signs of equality from one `<` to the next, which bounds attributes; addresses and base64 have few."""

_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_BARE_AMPERSAND: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_FORBIDDEN: Final = re.compile(r"<!(?:doctype|entity)", re.IGNORECASE)
_CONTROLS: Final = dict.fromkeys([*(code for code in range(32) if code not in (9, 10, 13)), 0x7F, 0xFFFE, 0xFFFF])
# What libxml2 finds wrong and we can live with: prefixes nobody declared, and bytes behind the last tag.
_TOLERATED: Final = {etree.ErrorTypes.ERR_DOCUMENT_END}
_NAMESPACE_DOMAIN: Final = etree.ErrorDomains.NAMESPACE

PREFIXES: Final[Mapping[str, str]] = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsa4": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "d": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "dn": "http://www.onvif.org/ver10/network/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "tptz": "http://www.onvif.org/ver20/ptz/wsdl",
    "timg": "http://www.onvif.org/ver20/imaging/wsdl",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "wsnt": "http://docs.oasis-open.org/wsn/b-2",
    "tns1": "http://www.onvif.org/ver10/topics",
}


@dataclass(frozen=True, slots=True)
class Node:
    """An element by its local name. Text is that before the first child, without spaces around it."""

    name: str
    namespace: str
    prefix: str
    text: str
    attributes: Mapping[str, str]
    children: tuple["Node", ...]

    def all(self, *path: str) -> list["Node"]:
        """Every element at the end of a path of local names below this one."""
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def get(self, *path: str) -> "Node | None":
        """The first element at the end of a path, or None."""
        return next(iter(self.all(*path)), None)

    def value(self, *path: str) -> str:
        """The text at the end of a path; empty where there is none."""
        found = self.get(*path)
        return found.text if found else ""

    def number(self, *path: str) -> float:
        """The number at the end of a path; 0 where there is none that can be read."""
        return number(self.value(*path))

    def count(self, *path: str, limit: int = 1 << 31) -> int:
        """The whole number at the end of a path; 0 where it is missing, negative or beyond `limit`."""
        found = self.number(*path)
        return int(found) if 0 <= found <= limit else 0

    def below(self, name: str) -> Iterator["Node"]:
        """Every element of this name at any depth, in order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.below(name)


def number(text: str) -> float:
    """A finite number, or 0."""
    try:
        found = float(text[:32])
    except ValueError:
        return 0.0
    return found if abs(found) < 1e15 else 0.0  # also false for what is not a number


def flag(text: str) -> bool:
    """An xs:boolean, as cameras write it."""
    return text.strip().lower() in ("true", "1", "on", "yes")


def parse(data: bytes) -> Node:
    """The root of a document.

    Raises MingjianError TOO_LONG or MALFORMED.
    """
    if len(data) > MAX_BYTES:
        raise MingjianError(TOO_LONG, limit=MAX_BYTES)
    text = _decoded(data)
    if _FORBIDDEN.search(text):
        raise malformed("the XML has a document type or entities")
    # A parser compares each attribute of an element with all others: 60,000 of them cost eleven seconds.
    if any(piece.count("=") > MAX_EQUALS for piece in text.split("<")):
        raise malformed("the XML has an element with too many attributes")
    text = _BARE_AMPERSAND.sub("&amp;", text)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise malformed("the XML cannot be read") from error
    wrong = next((one for one in parser.error_log if not _is_tolerated(one)), None)
    if root is None or wrong is not None:
        raise malformed(f"the XML is broken in line {wrong.line}" if wrong is not None else "there is no XML")
    return _Reader().node(root, MAX_DEPTH)


def _decoded(data: bytes) -> str:
    """UTF-8, else GB 18030: what a declaration says is often not so. UTF-16 and others end as a broken document."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    return _DECLARATION.sub("", text, count=1).translate(_CONTROLS).strip()


def _is_tolerated(entry: "etree._LogEntry") -> bool:
    return entry.domain == _NAMESPACE_DOMAIN or entry.type in _TOLERATED


class _Reader:
    """Turns elements into nodes and counts them."""

    def __init__(self) -> None:
        self._left = MAX_ELEMENTS

    def node(self, element: "etree._Element", depth: int) -> Node:
        self._left -= 1
        if depth <= 0 or self._left < 0:
            raise malformed("the XML is too deep or has too many elements")
        namespace, _, name = element.tag.rpartition("}")
        undeclared, _, name = name.rpartition(":")
        return Node(
            name,
            namespace[1:],
            element.prefix or undeclared,
            (element.text or "").strip()[:MAX_TEXT],
            {local(key): value[:MAX_TEXT] for key, value in element.attrib.items()},
            tuple(self.node(child, depth - 1) for child in element if isinstance(child.tag, str)),
        )


def local(name: str) -> str:
    """A name without namespace and prefix."""
    return name.rpartition("}")[2].rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Tag:
    """An element that we send. The prefix of its name is one of PREFIXES or of `declared`."""

    name: str
    content: tuple["Tag | str", ...]
    attributes: Mapping[str, str]
    declared: Mapping[str, str]


def tag(
    name: str,
    *content: "Tag | str | None",
    attributes: Mapping[str, str] | None = None,
    declared: Mapping[str, str] | None = None,
) -> Tag:
    """An element; what is None is left out.

    Raises MingjianError TEXT_UNREADABLE for text that XML cannot carry.
    """
    kept = tuple(one for one in content if one is not None)
    for text in (*(one for one in kept if isinstance(one, str)), *(attributes or {}).values()):
        if len(text) > MAX_TEXT or not text.isprintable():
            raise MingjianError(TEXT_UNREADABLE, limit=MAX_TEXT)
    return Tag(name, kept, attributes or {}, declared or {})


def document(root: Tag) -> bytes:
    """The document of a tag; its root declares every prefix that is used."""
    used = dict.fromkeys(_prefixes(root))
    declared = "".join(f" xmlns:{one}={quoteattr(PREFIXES[one])}" for one in used if one in PREFIXES)
    return f'<?xml version="1.0" encoding="UTF-8"?>{_written(root, declared)}'.encode()


def _prefixes(root: Tag) -> Iterator[str]:
    for name in (root.name, *root.attributes):
        prefix, colon, _ = name.partition(":")
        if colon:
            yield prefix
    for child in root.content:
        if isinstance(child, Tag):
            yield from _prefixes(child)


def _written(one: Tag, declared: str = "") -> str:
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in one.attributes.items())
    declared += "".join(f" xmlns:{key}={quoteattr(value)}" for key, value in one.declared.items())
    inside = "".join(_written(child) if isinstance(child, Tag) else escape(child) for child in one.content)
    return f"<{one.name}{declared}{attributes}>{inside}</{one.name}>"
