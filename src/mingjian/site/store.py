"""The table of facts about the site."""

from typing import Final

import sqlalchemy as sa

from mingjian.storage.engine import METADATA, Transaction

SITE_FACT: Final = sa.Table(
    "site_fact",
    METADATA,
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("value", sa.Text(), nullable=False),
    sa.Column("changed_us", sa.BigInteger(), nullable=False),
)


def facts(tx: Transaction) -> dict[str, tuple[str, int]]:
    """Each value with when it was set."""
    return {row.name: (row.value, row.changed_us) for row in tx.execute(sa.select(SITE_FACT))}


def put(tx: Transaction, name: str, value: str, now_us: int) -> None:
    values = {"value": value, "changed_us": now_us}
    if not tx.execute(sa.update(SITE_FACT).where(SITE_FACT.c.name == name).values(values)).rowcount:
        tx.execute(sa.insert(SITE_FACT).values(name=name, **values))
