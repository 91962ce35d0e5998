"""Pull points from their making to their loss: what becomes an event, when it is renewed, how it begins again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from tests.unit.onvif import answers
from tests.unit.onvif.answers import message, pulled, renewed, subscribed
from tests.unit.onvif.cameras import LOOPBACK, PERSON, Camera, Heard, Reply, TestClock, served

from mingjian.kernel.errors import MingjianError
from mingjian.onvif import events as listening
from mingjian.onvif.client import Access, access
from mingjian.onvif.model import Event, EventKind

LIMIT_S = 30.0
MOTION = "tns1:RuleEngine/CellMotionDetector/Motion"
PLACE = {"VideoSourceConfigurationToken": "V1", "Rule": "MyMotionDetectorRule"}


def motion(active: str, *, operation: str = "Changed") -> str:
    return message(MOTION, PLACE, {"IsMotion": active}, operation=operation)


@dataclass
class Events:
    """What came out, and a way to wait for it."""

    came: list[Event] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def sink(self, event: Event) -> None:
        self.came.append(event)
        self.changed.set()

    def trouble(self, error: MingjianError | None) -> None:
        self.troubles.append(error.code if error else "")
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    @property
    def plain(self) -> list[tuple[EventKind, bool, str]]:
        return [(one.kind, one.active, one.source) for one in self.came]


@dataclass
class PullPoint:
    """A camera's side: each item of `script` is the answer to one pull; then it waits as it is told."""

    script: list[str | bytes | Reply]
    address: str = ""
    lifetime_s: int = 300
    subscribers: int = 0
    pulled_at: list[float] = field(default_factory=list)

    def said(self, camera: Camera) -> dict[str, str | bytes | Callable[[Heard], Reply | Awaitable[Reply]]]:
        def subscribe(_: Heard) -> Reply:
            self.subscribers += 1
            address = self.address or f"http://{camera.address}/onvif/pull/{self.subscribers}"
            return Reply(answers.enveloped(subscribed(address, seconds=self.lifetime_s)))

        async def pull(_: Heard) -> Reply:
            self.pulled_at.append(asyncio.get_running_loop().time())
            if self.script:
                next_one = self.script.pop(0)
                if isinstance(next_one, Reply):
                    return next_one
                return Reply(next_one if isinstance(next_one, bytes) else answers.enveloped(next_one))
            await asyncio.sleep(0.2)
            return Reply(answers.enveloped(pulled()))

        return {
            "GetEventProperties": answers.TOPICS,
            "CreatePullPointSubscription": subscribe,
            "PullMessages": pull,
            "Renew": renewed(self.lifetime_s),
            "Unsubscribe": "<wsnt:UnsubscribeResponse/>",
        }


def run(
    script: list[str | bytes | Reply],
    holds: Callable[[Events, Camera], bool],
    *,
    camera: Camera | None = None,
    point: PullPoint | None = None,
) -> tuple[Events, Camera]:
    """Listen until `holds`, then stop."""
    camera = camera or Camera(auth="digest")
    point = point or PullPoint(script)

    async def go() -> Events:
        events, stop = Events(), asyncio.Event()
        async with served(camera):
            camera.said = {**point.said(camera), **camera.said}
            to: Access = access(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())
            task = asyncio.create_task(listening.events(to, events.sink, stop, trouble=events.trouble, pull_s=1))
            watched = asyncio.create_task(_watch(events))
            try:
                await events.until(lambda: holds(events, camera))
            finally:
                watched.cancel()
                stop.set()
                async with asyncio.timeout(LIMIT_S):
                    await task
        return events

    return asyncio.run(go()), camera


async def _watch(events: Events) -> None:
    """Conditions on what the camera heard are looked at too."""
    while True:
        await asyncio.sleep(0.02)
        events.changed.set()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(listening, "_PACE_S", 0.01)


def test_motion_and_inputs_come_in_order_and_persons_do_not() -> None:
    script: list[str | bytes | Reply] = [
        pulled(motion("false", operation="Initialized")),
        pulled(
            motion("true"),
            message("tns1:RuleEngine/FaceDetector/Face", PLACE, {"IsFace": "true"}),
            message("tns1:RuleEngine/CellMotionDetector/People", PLACE, {"IsPeople": "true"}),
            message("tns1:Device/Trigger/DigitalInput", {"InputToken": "Input_1"}, {"LogicalState": "true"}),
        ),
        pulled(motion("false")),
    ]
    events, camera = run(script, lambda events, _: len(events.came) == 4)
    assert events.plain == [
        (EventKind.MOTION, False, "V1"),
        (EventKind.MOTION, True, "V1"),
        (EventKind.INPUT, True, "Input_1"),
        (EventKind.MOTION, False, "V1"),
    ]
    assert [one.initial for one in events.came] == [True, False, False, False]
    assert events.came[1].topic == "RuleEngine/CellMotionDetector/Motion"
    assert events.came[1].camera_us == 1_795_251_600_000_000
    assert abs(events.came[1].at_us - TestClock().now_us()) < 60_000_000
    assert events.troubles == [""]
    assert camera.operations()[-1] == "Unsubscribe"


def test_only_what_is_wanted_is_subscribed() -> None:
    _, camera = run([], lambda events, _: events.troubles == [""])
    sent = next(one for one in reversed(camera.heard) if one.operation == "CreatePullPointSubscription")
    assert sent.text("TopicExpression").split("|") == [
        "tns1:VideoSource/MotionAlarm",
        "tns1:RuleEngine/CellMotionDetector/Motion",
        "tns1:Device/Trigger/DigitalInput",
        "tns1:Device/Trigger/tnshik:AlarmIn",
        "tns1:Device/tnsaxis:IO/Port",
    ]
    assert 'xmlns:tnsaxis="http://www.axis.com/2009/event/topics"' in sent.body
    assert "Face" not in sent.body
    assert "People" not in sent.body


@pytest.mark.parametrize(
    "properties", [answers.fault("no", "ter:ActionNotSupported"), "<tev:GetEventPropertiesResponse/>"]
)
def test_a_camera_that_declares_nothing_is_subscribed_whole_and_filtered_here(properties: str | bytes) -> None:
    camera = Camera(said={"GetEventProperties": properties})
    script: list[str | bytes | Reply] = [
        pulled(message("tns1:RuleEngine/FaceDetector/Face", PLACE, {"State": "true"}), motion("true"))
    ]
    events, _ = run(script, lambda events, _: bool(events.came), camera=camera)
    assert events.plain == [(EventKind.MOTION, True, "V1")]


def test_a_camera_that_refuses_filters_is_subscribed_without() -> None:
    bodies: list[str] = []

    def subscribe(one: Heard) -> Reply:
        bodies.append(one.body)
        if "Filter" in one.body:
            return Reply(answers.fault("x", detail="<wsnt:InvalidFilterFault/>"), 400)
        return Reply(answers.enveloped(subscribed(f"http://{camera.address}/onvif/pull")))

    camera = Camera(said={"CreatePullPointSubscription": subscribe})
    events, _ = run([pulled(motion("true"))], lambda events, _: bool(events.came), camera=camera)
    assert len(bodies) == 2
    assert events.troubles == [""]


def test_reference_parameters_and_the_camera_s_own_words_go_back() -> None:
    """Axis finds the subscription by a header, others by `To`, in which their own wrong address must stand."""
    parameters = '<dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event">13</dom0:SubscriptionId>'
    address = "http:///onvif/services?sub=13"
    camera = Camera(said={"CreatePullPointSubscription": answers.enveloped(subscribed(address, parameters=parameters))})
    _, camera = run([pulled(motion("true"))], lambda events, _: bool(events.came), camera=camera)
    sent = next(one for one in camera.heard if one.operation == "PullMessages")
    assert sent.path == "/onvif/services?sub=13"
    assert f"<wsa:To>{address}</wsa:To>" in sent.body
    assert '<p:SubscriptionId xmlns:p="http://www.axis.com/2009/event">13</p:SubscriptionId>' in sent.body


def test_a_subscription_is_renewed_at_half_of_its_life() -> None:
    point = PullPoint([], lifetime_s=2)
    _, camera = run([], lambda _, camera: camera.operations().count("Renew") >= 2, point=point)
    assert point.subscribers == 1
    assert camera.operations().count("PullMessages") >= 3


@pytest.mark.parametrize("renewal", [answers.fault("x", "ter:ActionNotSupported"), answers.fault("x")])
def test_a_camera_that_does_not_renew_is_pulled_until_it_forgets(renewal: bytes) -> None:
    camera = Camera(said={"Renew": renewal})
    point = PullPoint([], lifetime_s=2)
    _, camera = run([], lambda _, camera: camera.operations().count("PullMessages") >= 12, camera=camera, point=point)
    assert camera.operations().count("Renew") == 1
    assert point.subscribers == 1


LOST = Reply(answers.fault("x", detail="<wsnt:ResourceUnknownFault/>"), 500)


@pytest.mark.parametrize(
    "trouble", [LOST, Reply(b"", 503), Reply(b"<html/>"), Reply(b"", 500)], ids=["lost", "busy", "web", "500"]
)
def test_after_trouble_it_subscribes_again_and_what_was_active_is_ended(trouble: Reply) -> None:
    point = PullPoint([pulled(motion("true")), trouble, pulled(motion("true", operation="Initialized"))])
    events, _ = run([], lambda events, _: len(events.came) == 3, point=point)
    assert [(one.active, one.assumed, one.initial) for one in events.came] == [
        (True, False, False),
        (False, True, False),
        (True, False, True),
    ]
    assert events.came[1] == replace(
        events.came[0], active=False, at_us=events.came[1].at_us, camera_us=None, assumed=True
    )
    assert point.subscribers == 2
    assert events.troubles[0] == ""
    assert events.troubles[1].startswith("onvif.")
    assert events.troubles[2] == ""


def test_a_camera_that_takes_one_subscriber_only_is_tried_again() -> None:
    """Dahua answers a second subscriber with an error until the first is gone."""
    turns = iter([Reply(answers.fault("Error"), 500)] * 3)

    def subscribe(_: Heard) -> Reply:
        free = Reply(answers.enveloped(subscribed(f"http://{camera.address}/onvif/pull")))
        return next(turns, free)

    camera = Camera(said={"CreatePullPointSubscription": subscribe})
    events, _ = run([pulled(motion("true"))], lambda events, _: bool(events.came), camera=camera)
    assert events.troubles[0] == "onvif.subscription_refused"
    assert events.troubles[-1] == ""


def test_a_camera_that_closes_instead_of_saying_nothing_keeps_its_subscription() -> None:
    """Tapo closes the connection some seconds into a pull that has nothing to say."""
    pulls: list[float] = []

    async def go() -> tuple[int, Events]:
        events, stop, point = Events(), asyncio.Event(), PullPoint([])
        async with served(Camera()) as camera:
            said = point.said(camera)
            usual = camera.answer

            async def answer(one: Heard) -> Reply:
                if one.operation != "PullMessages":
                    camera.said = said
                    return await usual(one)
                pulls.append(0)
                await asyncio.sleep(1.1)
                if len(pulls) < 3:
                    raise OSError
                return Reply(answers.enveloped(pulled(motion("true"))))

            camera.answer = answer  # type: ignore[method-assign]
            to = access(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())
            task = asyncio.create_task(listening.events(to, events.sink, stop, trouble=events.trouble, pull_s=5))
            await events.until(lambda: bool(events.came))
            stop.set()
            await task
        return point.subscribers, events

    subscribers, events = asyncio.run(go())
    assert subscribers == 1
    assert events.troubles == [""]


def test_a_flood_is_bounded_and_paced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_PACE_S", 0.4)
    point = PullPoint([pulled(*([motion("true")] * 400))] * 50)
    events, _ = run([], lambda events, _: len(events.came) >= 300, point=point)
    assert len(events.came) % 100 == 0
    assert point.pulled_at[2] - point.pulled_at[0] > 0.3  # 0.8, less what a loaded machine may take off


def test_a_wrong_password_is_tried_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    monkeypatch.setattr(listening, "_SELDOM_S", 0.5)
    monkeypatch.setattr(listening, "_FIRST_PAUSE_S", 0.01)

    def refuse(one: Heard) -> Reply:
        if "UsernameToken" in one.body:
            asked.append(asyncio.get_running_loop().time())
        return Reply(b"", 401, ('WWW-Authenticate: Digest realm="a", nonce="b"',))

    camera = Camera(said={"GetServices": refuse})
    events, _ = run([], lambda events, _: len(events.troubles) == 3, camera=camera)
    assert set(events.troubles) == {"onvif.credentials_refused"}
    assert len(asked) == 3  # once in this way for each subscription
    assert asked[2] - asked[0] > 0.3  # two pauses of at least 0.35


def test_each_subscription_waits_for_its_turn_and_a_stop_ends_the_waiting() -> None:
    async def go() -> list[str]:
        events, stop, point = Events(), asyncio.Event(), PullPoint([LOST])
        turns: list[asyncio.Event] = []

        async def turn() -> None:
            turns.append(asyncio.Event())
            events.changed.set()
            await turns[-1].wait()

        async with served(Camera()) as camera:
            camera.said = point.said(camera)
            to = access(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())
            listen = listening.events(to, events.sink, stop, trouble=events.trouble, turn=turn, pull_s=1)
            task = asyncio.create_task(listen)
            await events.until(lambda: len(turns) == 1)
            assert camera.connections == 0
            turns[0].set()
            await events.until(lambda: len(turns) == 2)
            stop.set()
            await asyncio.wait_for(task, LIMIT_S)
        return events.troubles

    assert asyncio.run(go()) == ["", "onvif.subscription_lost"]


def test_stopping_does_not_wait_for_the_camera() -> None:
    async def go() -> float:
        events, stop, point = Events(), asyncio.Event(), PullPoint([])
        async with served(Camera()) as camera:
            asked = asyncio.Event()

            async def silent(_: Heard) -> Reply:
                asked.set()
                await asyncio.sleep(LIMIT_S)
                return Reply(b"")

            camera.said = {**point.said(camera), "PullMessages": silent}
            to = access(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())
            task = asyncio.create_task(listening.events(to, events.sink, stop, pull_s=20))
            await asyncio.wait_for(asked.wait(), LIMIT_S)
            began = asyncio.get_running_loop().time()
            stop.set()
            await asyncio.wait_for(task, LIMIT_S)
            return asyncio.get_running_loop().time() - began

    assert asyncio.run(go()) < 5
