"""The tables of grants and deputies. Rows are ended, never removed: who could see what stays known."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from mingjian.identity.rights.model import Deputy, GivenGrant
from mingjian.identity.scopes import KIND_BY_CODE, Grant, Hours, Scope
from mingjian.kernel.ids import PersonId
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.keyset import DOWN, Order, Page, Place

SCOPE_GRANT: Final = sa.Table(
    "scope_grant",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("value", sa.Text(), nullable=False),
    sa.Column("from_us", sa.BigInteger(), nullable=False),
    sa.Column("until_us", sa.BigInteger(), nullable=True),
    sa.Column("hours", sa.Text(), nullable=False),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("given_us", sa.BigInteger(), nullable=False),
    sa.Column("given_by", sa.Uuid(), nullable=True),
    sa.Column("given_label", sa.Text(), nullable=False),
    sa.Column("ended_us", sa.BigInteger(), nullable=True),
    sa.Column("ended_label", sa.Text(), nullable=False, server_default=""),
    sa.Index("ix_scope_grant_given_us_id", "given_us", "id"),
)
DEPUTY: Final = sa.Table(
    "deputy",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("absent_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("stand_in_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("from_us", sa.BigInteger(), nullable=False),
    sa.Column("until_us", sa.BigInteger(), nullable=False),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("given_us", sa.BigInteger(), nullable=False),
    sa.Column("given_by", sa.Uuid(), nullable=True),
    sa.Column("given_label", sa.Text(), nullable=False),
    sa.Column("ended_us", sa.BigInteger(), nullable=True),
    sa.Column("ended_label", sa.Text(), nullable=False, server_default=""),
)

_GRANTS: Final = Order((SCOPE_GRANT.c.given_us, DOWN), (SCOPE_GRANT.c.id, DOWN))
_DEPUTIES: Final = Order((DEPUTY.c.given_us, DOWN), (DEPUTY.c.id, DOWN))


# Grants


def add_grant(tx: Transaction, given: GivenGrant) -> None:
    grant = given.grant
    values = {
        "id": given.id,
        "person_id": grant.person_id,
        "kind": grant.scope.kind.code,
        "value": grant.scope.value,
        "from_us": grant.from_us,
        "until_us": grant.until_us,
        "hours": json.dumps([[one.day, one.from_minute, one.until_minute] for one in grant.hours]),
        "note": given.note,
        "given_us": given.given_us,
        "given_by": given.given_by,
        "given_label": given.given_label,
    }
    tx.execute(sa.insert(SCOPE_GRANT).values(values))


def standing_grants(tx: Transaction, people: Sequence[UUID]) -> list[GivenGrant]:
    """Grants of these people that nobody ended; some may hold later only, or hold no more."""
    mine = SCOPE_GRANT.c.person_id.in_(people), SCOPE_GRANT.c.ended_us.is_(None)
    return [_grant(row) for row in tx.execute(sa.select(SCOPE_GRANT).where(*mine).order_by(SCOPE_GRANT.c.id))]


def grants(
    tx: Transaction, person_id: UUID | None, after: Place | None, limit: int, *, standing: bool
) -> Page[GivenGrant]:
    """A page of grants, of one person or of everybody, newest first; ended ones too unless `standing`."""
    query = sa.select(SCOPE_GRANT)
    if person_id is not None:
        query = query.where(SCOPE_GRANT.c.person_id == person_id)
    if standing:
        query = query.where(SCOPE_GRANT.c.ended_us.is_(None))
    return _GRANTS.page(tx, query, after, limit, _grant)


def grant(tx: Transaction, grant_id: UUID) -> GivenGrant | None:
    """The grant, held until the transaction ends."""
    row = tx.execute(sa.select(SCOPE_GRANT).where(SCOPE_GRANT.c.id == grant_id).with_for_update()).first()
    return None if row is None else _grant(row)


def end_grant(tx: Transaction, grant_id: UUID, label: str, now_us: int) -> None:
    values = {"ended_us": now_us, "ended_label": label}
    tx.execute(sa.update(SCOPE_GRANT).where(SCOPE_GRANT.c.id == grant_id).values(values))


def _grant(row: Any) -> GivenGrant:
    scope = Scope(KIND_BY_CODE[row.kind], row.value)
    hours = tuple(Hours(*one) for one in json.loads(row.hours))
    grant = Grant(PersonId(row.person_id), scope, row.from_us, row.until_us, hours)
    return GivenGrant(
        row.id, grant, row.note, row.given_us, row.given_by, row.given_label, row.ended_us, row.ended_label
    )


# Deputies


def add_deputy(tx: Transaction, deputy: Deputy) -> None:
    values = {
        "id": deputy.id,
        "absent_id": deputy.absent_id,
        "stand_in_id": deputy.stand_in_id,
        "from_us": deputy.from_us,
        "until_us": deputy.until_us,
        "note": deputy.note,
        "given_us": deputy.given_us,
        "given_by": deputy.given_by,
        "given_label": deputy.given_label,
    }
    tx.execute(sa.insert(DEPUTY).values(values))


def standing_for(tx: Transaction, stand_in_id: UUID, now_us: int) -> list[Deputy]:
    """For whom this person stands in, now or later."""
    deputy = DEPUTY.c
    mine = deputy.stand_in_id == stand_in_id, deputy.ended_us.is_(None), deputy.until_us > now_us
    return [_deputy(row) for row in tx.execute(sa.select(DEPUTY).where(*mine).order_by(deputy.id))]


def deputies(tx: Transaction, after: Place | None, limit: int) -> Page[Deputy]:
    """A page of all of them, ended ones too, newest first."""
    return _DEPUTIES.page(tx, sa.select(DEPUTY), after, limit, _deputy)


def deputy(tx: Transaction, deputy_id: UUID) -> Deputy | None:
    """One of them, held until the transaction ends."""
    row = tx.execute(sa.select(DEPUTY).where(DEPUTY.c.id == deputy_id).with_for_update()).first()
    return None if row is None else _deputy(row)


def end_deputy(tx: Transaction, deputy_id: UUID, label: str, now_us: int) -> None:
    values = {"ended_us": now_us, "ended_label": label}
    tx.execute(sa.update(DEPUTY).where(DEPUTY.c.id == deputy_id).values(values))


def _deputy(row: Any) -> Deputy:
    return Deputy(
        row.id,
        PersonId(row.absent_id),
        PersonId(row.stand_in_id),
        row.from_us,
        row.until_us,
        row.note,
        row.given_us,
        row.given_by,
        row.given_label,
        row.ended_us,
        row.ended_label,
    )
