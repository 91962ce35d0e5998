"""Which messages become events, which are never taken, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.onvif.messages.events import Step
from mingjian.onvif.model import Event, EventKind, Notification
from mingjian.onvif.topics import LeftOut, event, is_about_persons, kind_of, path_of, wanted

MOTION, INPUT = EventKind.MOTION, EventKind.INPUT


def told(topic: str, data: dict[str, str], source: dict[str, str] | None = None) -> Notification:
    return Notification(topic, 5, initial=False, source=source or {}, data=data)


# Topics as the standard and public reports of each maker's cameras write them.
@pytest.mark.parametrize(
    ("topic", "data", "source", "found"),
    [
        ("tns1:VideoSource/MotionAlarm", {"State": "true"}, {"Source": "V_1"}, (MOTION, True, "V_1")),
        ("tns1:RuleEngine/CellMotionDetector/Motion", {"IsMotion": "false"},
         {"VideoSourceConfigurationToken": "V", "VideoAnalyticsConfigurationToken": "A"}, (MOTION, False, "V")),
        ("tns1:RuleEngine/MotionRegionDetector/Motion", {"State": "1"}, {"VideoSource": "0"}, (MOTION, True, "0")),
        ("tns1:RuleEngine/tnsajax:MotionDetector/Detection", {"Detected": "true"}, {"VideoSourceToken": "v"},
         (MOTION, True, "v")),
        ("tns1:VideoAnalytics/tnsaxis:MotionDetection", {"motion": "0"}, {"window": "2"}, (MOTION, False, "2")),
        ("tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1", {"active": "1"}, {}, (MOTION, True, "")),
        ("tns1:Device/Trigger/DigitalInput", {"LogicalState": "true"}, {"InputToken": "In_1"}, (INPUT, True, "In_1")),
        ("tns1:Device/Trigger/tnshik:AlarmIn", {"State": "false"}, {"AlarmInToken": "1"}, (INPUT, False, "1")),
        ("tns1:Device/tnsaxis:IO/Port", {"state": "1"}, {"port": "3"}, (INPUT, True, "3")),
        ("tns1:Device/Trigger/DigitalInput", {"LogicalState": "active"}, {}, (INPUT, True, "")),
    ],
)  # fmt: skip
def test_motion_and_inputs(
    topic: str, data: dict[str, str], source: dict[str, str], found: tuple[EventKind, bool, str]
) -> None:
    one = event(told(topic, data, source), at_us=7)
    assert isinstance(one, Event)
    assert (one.kind, one.active, one.source) == found
    assert (one.at_us, one.camera_us, one.topic) == (7, 5, path_of(topic))
    assert ":" not in one.topic


@pytest.mark.parametrize(
    "topic",
    [
        "tns1:RuleEngine/FaceDetector/Face",
        "tns1:RuleEngine/MyRuleDetector/FaceDetect",
        "tns1:RuleEngine/MyRuleDetector/PeopleDetect",
        "tns1:RuleEngine/MyRuleDetector/Visitor",
        "tns1:RuleEngine/CellMotionDetector/People",
        "tns1:RuleEngine/PeopleDetector/People",
        "tns1:UserAlarm/IVA/HumanShapeDetect",
        "tns1:RuleEngine/BodyDetector/Motion",
        "tns1:RuleEngine/tnsmaker:pedestrian/Motion",
        "tns1:VideoAnalytics/facialrecognition",
    ],
)
def test_persons_are_never_taken(topic: str) -> None:
    assert event(told(topic, {"State": "true"}), at_us=0) is LeftOut.PERSONS


@pytest.mark.parametrize("name", ["IsPeople", "IsFace", "Human", "PersonCount", "faceId"])
def test_persons_under_the_topic_of_motion_are_not_taken_either(name: str) -> None:
    assert event(told("tns1:RuleEngine/CellMotionDetector/Motion", {name: "true"}), at_us=0) is LeftOut.PERSONS


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "tns1:RuleEngine/LineDetector/Crossed",
        "tns1:RuleEngine/ObjectDetection/Object",
        "tns1:VideoSource/GlobalSceneChange/ImagingService",
        "tns1:Device/Trigger/Relay",
        "tns1:Monitoring/ProcessorUsage",
        "tns1:Device/NetworkInterface/Changed",
        "MotionAlarm",
        "tns1:VideoSource/MotionAlarm/More",
    ],
)
def test_the_rest_is_left_out(topic: str) -> None:
    assert event(told(topic, {"State": "true"}), at_us=0) is LeftOut.OTHER


@pytest.mark.parametrize("data", [{}, {"State": ""}, {"State": "maybe"}, {"Value": "12"}])
def test_motion_that_says_neither_yes_nor_no(data: dict[str, str]) -> None:
    assert event(told("tns1:VideoSource/MotionAlarm", data), at_us=0) is LeftOut.NO_STATE


def test_only_what_is_wanted_is_asked_for() -> None:
    def topic(*names: str) -> tuple[Step, ...]:
        return tuple(Step("t", "urn:t", name) for name in names)

    kept = [topic("VideoSource", "MotionAlarm"), topic("Device", "Trigger", "DigitalInput")]
    others = [topic("RuleEngine", "FaceDetector", "Face"), topic("RuleEngine", "LineDetector", "Crossed")]
    assert wanted([*others, *kept]) == kept


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
def test_any_message_is_an_event_or_left_out_and_never_about_persons(topic: str, data: dict[str, str]) -> None:
    found = event(told(topic, data), at_us=0)
    assert isinstance(found, Event | LeftOut)
    if isinstance(found, Event):
        assert not is_about_persons(found.topic)
        assert kind_of(found.topic) is found.kind
