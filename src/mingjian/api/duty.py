"""The duty desk: who is on duty, shifts that people begin and end, and hand-overs that two people confirm."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field

from mingjian.api import paging
from mingjian.api.deps import Caller, Data, Requires, SignInDesk
from mingjian.api.duty_shapes import (
    CameraOutage,
    DutyArticle,
    DutyDesk,
    DutyDue,
    DutyLogEntry,
    DutyPeople,
    DutyPerson,
    DutyPost,
    DutyPosts,
    DutyShift,
    DutyShifts,
    Handover,
    HandoverBrief,
    HandoverSheet,
    Named,
    PlannedShift,
    Reasoned,
    ShiftSheet,
)
from mingjian.api.errors import CURSOR_UNREADABLE
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, Moment, Person, Phrase, Shape
from mingjian.api.session import enter
from mingjian.duty import basis, collect, model, posts, reading, service
from mingjian.duty.service import Who
from mingjian.identity import model as identity
from mingjian.identity import seats, sign_in
from mingjian.identity import service as people
from mingjian.identity.permissions import Permission, may
from mingjian.identity.rights import service as rights
from mingjian.kernel.errors import MingjianError
from mingjian.operations.catalogue import KINDS
from mingjian.registry import organisations, places
from mingjian.storage.engine import Transaction

router = versioned("duty")

Reader = Annotated[Caller, Depends(Requires(Permission.DUTY_READ))]
Server = Annotated[Caller, Depends(Requires(Permission.DUTY_SERVE))]
Planner = Annotated[Caller, Depends(Requires(Permission.DUTY_PLAN))]
Dealer = Annotated[Caller, Depends(Requires(Permission.DUTY_READ, Permission.ALERT_ACKNOWLEDGE))]

_ALWAYS: Final = (0, 253_402_300_800_000_000)


def who(caller: Caller) -> Who:
    """The caller as somebody who acts on duty."""
    return Who(caller.person, caller.actor, caller.visit.now_us)


# What the desk shows


@router.get("/duty/desk", operation_id="dutyDesk")
def get_desk(caller: Reader, data: Data) -> DutyDesk:
    """Everything that the duty desk shows of the caller but alerts, which have their own list."""
    now_us = caller.visit.now_us
    with data.read() as tx:
        found = posts.reached(tx, caller.reach(Permission.DUTY_READ))
        own = service.own(tx, caller.person.id)
        seat = seats.at(tx, caller.visit.device)
        here = reading.post_of_seat(tx, seat.id) if seat else None
        shown = shown_posts(tx, found, caller)
        at = posts.any_post(tx, own.post_id) if own else here
        watched = collect.cameras(tx, at) if at else {}
        written = reading.entries(tx, own.id) if own else []
        received = reading.received(tx, own.id) if own else None
        return DutyDesk(
            posts=shown,
            here=here.id if here else None,
            shift=DutyShift.of(own) if own else None,
            next=_own_next(tx, found, caller),
            received=HandoverBrief.of(received, caller.person.id) if received else None,
            tasks=shown_dues(tx, at, own, watched, now_us) if at and own else [],
            outages=[CameraOutage.of(one) for one in collect.outages(tx, watched, own.begun_us)] if own else [],
            cameras=len(watched),
            unreported=[DutyLogEntry.of(one) for one in collect.unreported(written)],
            report_articles=DutyArticle.all_of(posts.articles(tx, at, basis.REPORT, now_us)) if at else [],
        )


def _own_next(tx: Transaction, found: Iterable[model.Post], caller: Caller) -> PlannedShift | None:
    now_us, own = caller.visit.now_us, caller.person.id
    plans = [one for post in found for one in service.around(tx, post.id, now_us) if one.person_id == own]
    coming = sorted((one for one in plans if one.until_us > now_us), key=lambda one: one.from_us)
    return PlannedShift.of(coming[0], {own: caller.person.display_name}) if coming else None


def shown_dues(
    tx: Transaction, post: model.Post, shift: model.Shift, watched: Mapping[UUID, str], now_us: int
) -> list[DutyDue]:
    """What is to be done in a shift, with the places of the texts that ask for it."""
    topics = {topic: DutyArticle.all_of(posts.articles(tx, post, topic, now_us)) for topic in basis.TOPICS}
    return [DutyDue.of(one, topics) for one in collect.dues(tx, shift, watched)]


def shown_posts(tx: Transaction, found: Iterable[model.Post], caller: Caller) -> list[DutyPost]:
    """These posts as they stand now."""
    now_us, listed = caller.visit.now_us, list(found)
    seat_names = {seat.id: seat.name for seat in seats.places(tx)}
    return [_shown_post(tx, one, caller, seat_names) for one in reading.posts_now(tx, listed, now_us)]


def _shown_post(tx: Transaction, one: reading.PostNow, caller: Caller, seat_names: Mapping[UUID, str]) -> DutyPost:
    post, names = one.post, names_of(tx, {plan.person_id for plan in (one.now, one.next) if plan})
    where = posts.target(tx, post)
    return DutyPost(
        id=post.id,
        name=post.name,
        place=Named(id=post.place_id, name=places.place(tx, post.place_id).name) if post.place_id else None,
        organisation=_organisation(tx, post),
        seat=Named(id=post.seat_id, name=seat_names.get(post.seat_id, "—")) if post.seat_id else None,
        on_duty=DutyShift.of(one.on_duty) if one.on_duty else None,
        planned_now=PlannedShift.of(one.now, names) if one.now else None,
        planned_next=PlannedShift.of(one.next, names) if one.next else None,
        waiting=HandoverBrief.of(one.waiting, caller.person.id) if one.waiting else None,
        articles=DutyArticle.all_of(posts.articles(tx, post, basis.WATCH, caller.visit.now_us)),
        may_serve=caller.authority.may(Permission.DUTY_SERVE, where),
        may_plan=caller.authority.may(Permission.DUTY_PLAN, where),
    )


def _organisation(tx: Transaction, post: model.Post) -> Named | None:
    if post.organisation_id is None:
        return None
    return Named(id=post.organisation_id, name=organisations.organisation(tx, post.organisation_id).name)


def names_of(tx: Transaction, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of people by id."""
    found = {one: people.find_person(tx, one) for one in set(person_ids)}
    return {one: person.display_name for one, person in found.items() if person is not None}


@router.get("/duty/posts", operation_id="listDutyPosts")
def list_posts(caller: Reader, data: Data) -> DutyPosts:
    """Posts within reach, and for who plans the duty places that serve none of them."""
    plans = caller.authority.may(Permission.DUTY_PLAN)
    with data.read() as tx:
        found = shown_posts(tx, posts.reached(tx, caller.reach(Permission.DUTY_READ)), caller)
        taken = {post.seat.id for post in found if post.seat}
        free = [Named(id=one.id, name=one.name) for one in seats.places(tx) if plans and one.id not in taken]
    return DutyPosts(items=found, seats=free)


@router.get("/duty/people", operation_id="listDutyPeople")
def list_people(
    _caller: Dealer, data: Data, use: Annotated[str, Query(pattern="^(duty|alerts)$")] = "duty"
) -> DutyPeople:
    """Who may be on duty (`duty`), or be given an alert (`alerts`): names and roles, nothing else."""
    wanted = Permission.DUTY_SERVE if use == "duty" else Permission.ALERT_ACKNOWLEDGE
    with data.read() as tx:
        found = [one for one in people.everybody(tx) if may(one, wanted)]
    return DutyPeople(
        items=[
            DutyPerson(id=one.id, name=one.display_name, role=Phrase(zh=one.role.zh, en=one.role.en)) for one in found
        ]
    )


@router.get("/duty/shifts", operation_id="listDutyShifts")
def list_shifts(
    caller: Reader,
    data: Data,
    post_id: UUID | None = None,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> DutyShifts:
    """Shifts of one post or of all within reach, newest first."""
    with data.read() as tx:
        wanted = reached_posts(tx, caller, post_id)
        span = (_ALWAYS[0] if start is None else start, _ALWAYS[1] if end is None else end)
        items, after = reading.shifts(tx, wanted, place_of(cursor), limit, span)
    following = paging.written(after[0], str(after[1])) if after else None
    return DutyShifts(items=[DutyShift.of(one) for one in items], next=following)


def reached_posts(tx: Transaction, caller: Caller, post_id: UUID | None) -> list[UUID]:
    """The ids of the posts within reach, or of the one that is asked for. Raises POST_UNKNOWN or OUT_OF_SCOPE."""
    if post_id is None:
        return [one.id for one in posts.reached(tx, caller.reach(Permission.DUTY_READ))]
    found = posts.any_post(tx, post_id)
    caller.at(Permission.DUTY_READ, posts.target(tx, found))
    return [found.id]


def place_of(cursor: str | None) -> tuple[int, UUID] | None:
    """Where a page ended. Raises MingjianError CURSOR_UNREADABLE."""
    if not cursor:
        return None
    at_us, text = paging.read(cursor, int, str)
    try:
        return int(at_us), UUID(str(text))
    except ValueError as error:
        raise MingjianError(CURSOR_UNREADABLE) from error


@router.get("/duty/shifts/{shift_id}", operation_id="dutyShift")
def get_shift(shift_id: UUID, caller: Reader, data: Data) -> ShiftSheet:
    """A shift with its log and what was done: what is printed."""
    with data.read() as tx:
        shift = service.shift(tx, shift_id)
        post = posts.any_post(tx, shift.post_id)
        received, handed = reading.received(tx, shift.id), reading.handed_over(tx, shift.id)
        person_id = caller.person.id
        return ShiftSheet(
            shift=DutyShift.of(shift),
            post=Named(id=post.id, name=post.name),
            entries=[DutyLogEntry.of(one) for one in reading.entries(tx, shift.id)],
            tasks=shown_dues(tx, post, shift, collect.cameras(tx, post), shift.begun_us),
            received=HandoverBrief.of(received, person_id) if received else None,
            handed_over=HandoverBrief.of(handed, person_id) if handed else None,
            articles=DutyArticle.all_of(posts.articles(tx, post, basis.WATCH, shift.begun_us)),
        )


# Begin and end


@router.post("/duty/posts/{post_id}/shifts", operation_id="beginShift", status_code=201)
def begin_shift(post_id: UUID, body: Reasoned, caller: Server, data: Data) -> DutyShift:
    """Begin a shift; a reason is needed where the roster has somebody else for this time."""
    with data.write() as tx:
        return DutyShift.of(service.begin(tx, posts.post(tx, post_id, for_change=True), body.reason, who(caller)))


@router.post("/duty/shift/end", operation_id="endShift")
def end_shift(caller: Server, data: Data) -> DutyShift:
    """End the own shift when nobody is planned to take over; else hand over."""
    with data.write() as tx:
        return DutyShift.of(service.end(tx, who(caller)))


class Relieving(Shape):
    """Why a shift is ended for somebody."""

    reason: str = Field(min_length=2, max_length=200, pattern=NO_CONTROLS, examples=["联系不上，已派人顶班"])


@router.post("/duty/shifts/{shift_id}/relieve", operation_id="relieveShift")
def relieve_shift(shift_id: UUID, body: Relieving, caller: Planner, data: Data) -> DutyShift:
    """End a shift that nobody ends."""
    with data.write() as tx:
        return DutyShift.of(service.relieve(tx, shift_id, body.reason, who(caller)))


# Hand over


class Handing(Shape):
    """What the outgoing person writes."""

    summary: str = Field(min_length=2, max_length=4_000, pattern=NO_CONTROLS, examples=["夜间平稳，东门摄像机已报修。"])


class Confirming(Shape):
    """What the incoming person writes; `reason` why they are there when the roster has somebody else."""

    remark: str = Field(default="", max_length=1_000, pattern=NO_CONTROLS)
    reason: str = Field(default="", max_length=200, pattern=NO_CONTROLS)


class ConfirmingHere(Confirming):
    """The same at the outgoing person's browser: the incoming one signs in by it. `secret` as for a take-over."""

    login_name: str = Field(min_length=1, max_length=128)
    secret: str = Field(min_length=1, max_length=1_024)
    code: str | None = Field(default=None, max_length=32)


@router.get("/duty/handovers/preview", operation_id="previewHandover")
def preview_handover(caller: Server, data: Data) -> HandoverSheet:
    """What the machine would collect for the own hand-over now."""
    with data.read() as tx:
        post, shift = service.require_own(tx, who(caller))
        return HandoverSheet.of(collect.sheet(tx, post, shift, KINDS))


@router.post("/duty/handovers", operation_id="submitHandover", status_code=201)
def submit_handover(body: Handing, caller: Server, data: Data) -> Handover:
    """The outgoing person's half; the number of the sheet is the receipt."""
    with data.write() as tx:
        return shown_handover(tx, service.submit(tx, body.summary, KINDS, who(caller)), caller)


@router.get("/duty/handovers/{handover_id}", operation_id="handover")
def get_handover(handover_id: UUID, caller: Reader, data: Data) -> Handover:
    """A hand-over sheet."""
    with data.read() as tx:
        return shown_handover(tx, service.handover(tx, handover_id), caller)


@router.post("/duty/handovers/{handover_id}/withdraw", operation_id="withdrawHandover")
def withdraw_handover(handover_id: UUID, caller: Server, data: Data) -> Handover:
    """Take the own hand-over back."""
    with data.write() as tx:
        return shown_handover(tx, service.withdraw(tx, handover_id, who(caller)), caller)


@router.post("/duty/handovers/{handover_id}/confirm", operation_id="confirmHandover")
def confirm_handover(handover_id: UUID, body: Confirming, caller: Server, data: Data) -> Handover:
    """The incoming person's half, by the own sign-in and a fresh proof: the one shift ends, the next begins."""
    with data.write() as tx:
        return shown_handover(tx, service.confirm(tx, handover_id, body.remark, body.reason, who(caller)), caller)


@router.post("/duty/handovers/{handover_id}/confirm-here", operation_id="confirmHandoverHere")
def confirm_here(
    handover_id: UUID, body: ConfirmingHere, response: Response, caller: Server, desk: SignInDesk
) -> Person:
    """The same at this browser: the incoming person signs in here, which is the proof; the outgoing one is signed out.

    At a duty place by password or PIN, as a take-over.
    """
    visit = caller.visit

    def confirm(tx: Transaction, person: identity.Person) -> None:
        post = posts.any_post(tx, service.handover(tx, handover_id).post_id)
        rights.authority(tx, person, visit.now_us).require(Permission.DUTY_SERVE, posts.target(tx, post))
        incoming = Who(person, people.actor_of(person, visit.address), visit.now_us)
        service.confirm(tx, handover_id, body.remark, body.reason, incoming)

    opened = sign_in.take_over_from(desk, caller.session, body.login_name, body.secret, visit, body.code, confirm)
    return enter(response, opened, visit.now_us)


def shown_handover(tx: Transaction, one: model.Handover, caller: Caller) -> Handover:
    """The sheet as it stands."""
    post, shift = posts.any_post(tx, one.post_id), service.shift(tx, one.shift_id)
    following = service.shift(tx, one.next_shift_id) if one.next_shift_id else None
    return Handover(
        id=one.id,
        number=one.number,
        post=Named(id=post.id, name=post.name),
        shift=DutyShift.of(shift),
        by=one.from_label,
        submitted_at=one.submitted_us,
        summary=one.summary,
        sheet=HandoverSheet.of(one.collected),
        stage=one.stage.value,
        decided_at=one.decided_us,
        to=one.to_label or None,
        remark=one.remark,
        next_shift=DutyShift.of(following) if following else None,
        articles=DutyArticle.all_of(posts.articles(tx, post, basis.WATCH, one.submitted_us)),
        mine=one.from_id == caller.person.id,
    )
