"""Answers in one or two sentences, for a person who has the text open beside them."""

from collections.abc import Sequence
from typing import Final

from mingjian.kernel.errors import Text
from mingjian.law.library import Library
from mingjian.law.model import Answer, Citation, Reason, Tri

SENTENCES: Final = 3
"""More than these would be a commentary."""

_SPOTS: Final[dict[tuple[str, Tri], Text]] = {
    ("prohibited", True): Text("“{zh}”属于禁止安装的场所、部位。", "No camera may look at: {en}."),
    ("prohibited", "review"): Text(
        "“{zh}”未被列明，可能属于概括条款所指，须由人判断。",
        "{en} is not named; the open clause may mean it, and a person decides.",
    ),
    ("prohibited", False): Text("“{zh}”不在禁止之列。", "{en} is not among the forbidden spots."),
    ("mandatory", True): Text("“{zh}”应当建设。", "{en} must have a system."),
    ("mandatory", "review"): Text(
        "“{zh}”未被列明，可能属于“等”或者兜底条款所指，须由人判断。",
        "{en} is not named; the open list may mean it, and a person decides.",
    ),
    ("mandatory", False): Text("“{zh}”不在应当建设之列。", "{en} is not among the places that must have a system."),
}


def sentence(key: str, verdict: Tri, kind: Text) -> Text:
    """What is said of a kind of place or spot."""
    template = _SPOTS[key, verdict]
    return Text(template.zh.format(zh=kind.zh), template.en.format(en=kind.en))


MEASURES: Final = {
    "order_correct": Text("责令改正", "an order to correct"),
    "order_removal": Text("责令限期拆除", "an order to remove"),
    "apply_to_court_for_forced_removal": Text("申请人民法院强制拆除", "removal enforced by a court"),
    "warning": Text("警告", "a warning"),
    "confiscate": Text("没收设备设施", "confiscation of the equipment"),
    "delete_footage": Text("删除所收集的视频图像信息", "deletion of the footage"),
    "discipline": Text("依法给予处分", "disciplinary action"),
    "discipline_leaders_and_direct_staff": Text(
        "对负责的主管人员和直接责任人员依法给予处分", "disciplinary action against those in charge"
    ),
}


def sanction(measures: Sequence[str], fine: Sequence[int] | None, responsible: Sequence[int] | None) -> Text:
    """What a stage adds, in words; sums in yuan."""
    zh = [MEASURES[one].zh if one in MEASURES else one for one in measures]
    en = [MEASURES[one].en if one in MEASURES else one for one in measures]
    for sums, who_zh, who_en in (
        (fine, "罚款", "a fine of"),
        (responsible, "对责任人员罚款", "for those in charge a fine of"),
    ):
        if sums is not None:
            zh.append(f"{who_zh} {sums[0]} 至 {sums[1]} 元" if sums[0] != sums[1] else f"{who_zh} {sums[0]} 元")
            en.append(f"{who_en} {sums[0]} to {sums[1]} yuan" if sums[0] != sums[1] else f"{who_en} {sums[0]} yuan")
    return Text(f"{'，'.join(zh) or '此阶段没有新增处理'}。", f"{', '.join(en) or 'this stage adds nothing'}.")


def explain(library: Library, answer: Answer) -> Text:
    """The reasons of an answer, Chinese and English; the places it rests on where no reason was given."""
    told = list(dict.fromkeys(reason for reason in answer.reasons if reason.text.zh))[:SENTENCES]
    if not told:
        names = [cited(library, one) for one in answer.citations]
        return Text(
            f"依据{'、'.join(one.zh for one in names)}。" if names else "须由人判断。",
            f"See {'; '.join(one.en for one in names)}." if names else "A person decides.",
        )
    return Text(
        "".join(_with_place(library, reason).zh for reason in told),
        " ".join(_with_place(library, reason).en for reason in told),
    )


def _with_place(library: Library, reason: Reason) -> Text:
    if reason.citation is None:
        return reason.text
    name = cited(library, reason.citation)
    return Text(f"{name.zh}：{reason.text.zh}", f"{name.en}: {reason.text.en}")


def cited(library: Library, citation: Citation) -> Text:
    """A citation with the short name of its text."""
    pack = library.packs.get(citation.instrument)
    if pack is not None:
        short = pack.instrument.short
        return Text(f"《{short.zh}》{citation.zh}", f"{short.en}, {citation.en}")
    outside = next((law for law in library.outside if law.code == citation.instrument), None)
    title = outside.title if outside else Text(citation.instrument, citation.instrument)
    return Text(f"《{title.zh}》{citation.zh}", f"{title.en}, {citation.en}")
