"""An installation from before grants: whoever was there keeps everything, whoever comes later reaches nothing."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import text
from tests.integration.rows_by_revision import insert_one_row_each

from mingjian.identity import service as people
from mingjian.identity.model import Role
from mingjian.identity.permissions import Permission
from mingjian.identity.rights import service as rights
from mingjian.identity.scopes import Target
from mingjian.storage import migrate
from mingjian.storage.engine import Database


def test_who_was_there_keeps_everything(empty_url: str, open_database: Callable[[str], Database]) -> None:
    database = open_database(empty_url)
    migrate.upgrade(database, "0007_processes")
    with database.engine.connect() as connection:
        insert_one_row_each(connection)
        connection.execute(text("UPDATE person SET role = 'maintenance', disabled_us = NULL, language = 'zh-CN'"))
        connection.commit()
    migrate.upgrade(database)
    with database.read() as tx:
        person = people.find_person(tx, UUID(int=1))
        assert person is not None
        assert person.role is Role.MAINTENANCE
        authority = rights.authority(tx, person, 1_800_000_000_000_000)
        assert authority.may(Permission.CHANNEL_MANAGE, Target("530581"))
        assert authority.may(Permission.CHANNEL_MANAGE, Target())
        given = rights.grants(tx, person.id, None, 10).items
    assert [(one.given_by, one.given_label) for one in given] == [(None, "system")]
