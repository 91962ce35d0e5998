"""Pull points (ONVIF Core section 9): subscribe, pull, renew, end."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from mingjian.onvif.messages.soap import Request, from_xml_time, operation
from mingjian.onvif.messages.xml import PREFIXES, Node, Tag, flag, tag
from mingjian.onvif.model import Notification, Subscription

MAX_MESSAGES: Final = 100
MAX_TOPICS: Final = 512
_MAX_ITEMS: Final = 16
_MAX_PARAMETERS: Final = 4
_SHORT: Final = 256
_CONCRETE: Final = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
_TEV: Final = "http://www.onvif.org/ver10/events/wsdl"
_WSN: Final = "http://docs.oasis-open.org/wsn/bw-2"


class Step(NamedTuple):
    """One element of the tree of topics, as the camera writes it."""

    prefix: str
    namespace: str
    name: str


Topic = tuple[Step, ...]
"""A topic from its root: `tns1:RuleEngine`, `CellMotionDetector`, `Motion`."""


def get_properties() -> Request:
    return operation(tag("tev:GetEventProperties"), action=f"{_TEV}/EventPortType/GetEventPropertiesRequest")


def topics(answer: Node) -> list[Topic]:
    """The topics that a camera declares."""
    root = answer.get("TopicSet")
    found: list[Topic] = []
    for topic in _topics(root, ()) if root else ():
        found.append(topic)
        if len(found) == MAX_TOPICS:
            break
    return found


def _topics(node: Node, above: Topic) -> Iterator[Topic]:
    for child in node.children:
        if child.name == "MessageDescription":
            continue
        topic = (*above, Step(child.prefix, child.namespace, child.name))
        if flag(child.attributes.get("topic", "")):
            yield topic
        yield from _topics(child, topic)


def create(*, lifetime_s: int, wanted: Sequence[Topic]) -> Request:
    """Subscribe to the topics in `wanted`; to everything when there are none."""
    return operation(
        tag(
            "tev:CreatePullPointSubscription",
            tag("tev:Filter", _filter(wanted)) if wanted else None,
            tag("tev:InitialTerminationTime", f"PT{lifetime_s}S"),
        ),
        action=f"{_TEV}/EventPortType/CreatePullPointSubscriptionRequest",
    )


def _filter(wanted: Sequence[Topic]) -> Tag:
    """Concrete topics with `|` between them (section 9.6.3).

    The camera's own prefixes are kept: there are cameras that compare them as text.
    """
    declared = {step.prefix: step.namespace for topic in wanted for step in topic if step.prefix}
    return tag(
        "wsnt:TopicExpression",
        "|".join(_expression(topic) for topic in wanted),
        attributes={"Dialect": _CONCRETE},
        declared={prefix: namespace or PREFIXES["tns1"] for prefix, namespace in declared.items()},
    )


def _expression(topic: Topic) -> str:
    """Steps below the root carry a prefix only where it is another than the root's."""
    root, *below = topic
    steps = [step.name if step.prefix in ("", root.prefix) else f"{step.prefix}:{step.name}" for step in below]
    return "/".join((f"{root.prefix}:{root.name}" if root.prefix else root.name, *steps))


def subscription(answer: Node) -> Subscription:
    """The pull point that was made."""
    reference = answer.get("SubscriptionReference")
    parameters = reference.get("ReferenceParameters") if reference else None
    return Subscription(
        address=reference.value("Address") if reference else "",
        parameters=tuple(
            (node.namespace, node.name, node.text) for node in (parameters.children if parameters else ())
        )[:_MAX_PARAMETERS],
        lifetime_us=lifetime_us(answer),
    )


def lifetime_us(answer: Node) -> int:
    """How long from now on, by the camera's own two times, so that its clock does not matter; 0 where it is unsaid."""
    now, end = from_xml_time(answer.value("CurrentTime")), from_xml_time(answer.value("TerminationTime"))
    return max(0, end - now) if now is not None and end is not None else 0


def pull(one: Subscription, *, message_id: str, seconds: int) -> Request:
    """Wait up to `seconds` for messages."""
    return operation(
        tag(
            "tev:PullMessages",
            tag("tev:Timeout", f"PT{seconds}S"),
            tag("tev:MessageLimit", str(MAX_MESSAGES)),
        ),
        action=(action := f"{_TEV}/PullPointSubscription/PullMessagesRequest"),
        header=_addressed(one, action, message_id),
    )


def renew(one: Subscription, *, message_id: str, lifetime_s: int) -> Request:
    return operation(
        tag("wsnt:Renew", tag("wsnt:TerminationTime", f"PT{lifetime_s}S")),
        action=(action := f"{_WSN}/SubscriptionManager/RenewRequest"),
        header=_addressed(one, action, message_id),
    )


def unsubscribe(one: Subscription, *, message_id: str) -> Request:
    return operation(
        tag("wsnt:Unsubscribe"),
        action=(action := f"{_WSN}/SubscriptionManager/UnsubscribeRequest"),
        header=_addressed(one, action, message_id),
    )


def _addressed(one: Subscription, action: str, message_id: str) -> tuple[Tag, ...]:
    """WS-Addressing: many cameras find the subscription by `To` alone, and know it in their own words only."""
    given = (tag(f"p:{name}", text, declared={"p": namespace}) for namespace, name, text in one.parameters if namespace)
    return (
        tag("wsa:Action", action),
        tag("wsa:MessageID", message_id),
        tag("wsa:To", one.address),
        *given,
    )


def notifications(answer: Node) -> list[Notification]:
    """The messages in an answer to `pull`."""
    return [_notification(node) for node in answer.all("NotificationMessage")[:MAX_MESSAGES]]


def _notification(node: Node) -> Notification:
    message = node.get("Message", "Message") or node.get("Message")
    attributes = message.attributes if message else {}
    return Notification(
        topic=node.value("Topic")[:_SHORT],
        camera_us=from_xml_time(attributes.get("UtcTime", "")),
        initial=attributes.get("PropertyOperation", "") == "Initialized",
        source=_items(message, "Source"),
        data=_items(message, "Data"),
    )


def _items(message: Node | None, part: str) -> dict[str, str]:
    found = message.all(part, "SimpleItem") if message else []
    return {
        node.attributes.get("Name", "")[:_SHORT]: node.attributes.get("Value", "")[:_SHORT]
        for node in found[:_MAX_ITEMS]
    }
