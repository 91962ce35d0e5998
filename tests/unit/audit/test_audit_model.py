"""The registry of actions and the sentences made from entries."""

import re
import string

import pytest

from mingjian.audit.model import BY_CODE, SYSTEM, Action, Actor, Recorded


def test_codes_are_unique_and_dotted() -> None:
    assert len(BY_CODE) == len(Action)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", code) for code in BY_CODE)


@pytest.mark.parametrize("action", Action)
def test_both_sentences_say_the_same_things(action: Action) -> None:
    def named(sentence: str) -> set[str]:
        fields = {field for _, field, _, _ in string.Formatter().parse(sentence) if field}
        return {re.sub(r"_(zh|en)$", "", field) for field in fields}

    assert named(action.sentence.zh) == named(action.sentence.en)
    assert re.search(r"[\u4e00-\u9fff]", action.sentence.zh)
    assert action.sentence.en.isascii()


def recorded(action: str, **detail: str) -> Recorded:
    actor = Actor("person", None, "张伟 (zhang.wei)", "192.0.2.7")
    return Recorded(1, 0, action, actor, "person", "7", detail)


def test_a_sentence_is_filled_from_the_entry() -> None:
    entry = recorded("people.created", login_name="li", role_zh="审计员", role_en="auditor")
    assert entry.sentence.zh == "张伟 (zhang.wei) 新增人员 li（审计员）"
    assert entry.sentence.en == "张伟 (zhang.wei) added li (auditor)"


def test_what_is_missing_shows_and_what_looks_like_a_field_is_plain_text() -> None:
    assert recorded("people.invited").sentence.en == "张伟 (zhang.wei) invited —"
    assert recorded("people.invited", login_name="{actor.id}").sentence.en.endswith("invited {actor.id}")


def test_a_detail_cannot_pose_as_the_actor() -> None:
    assert recorded("people.signed_in", actor="somebody else").sentence.en.startswith("张伟")


def test_an_action_of_a_newer_program_is_still_listed() -> None:
    assert recorded("future.thing").sentence.zh == "future.thing"


def test_the_system_has_no_address() -> None:
    assert (SYSTEM.kind, SYSTEM.id, SYSTEM.address) == ("system", None, "")
