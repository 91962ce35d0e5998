"""Penalties in an answer: what one text adds at a stage, and what several say beside each other."""

from collections.abc import Mapping, Sequence
from typing import Final

from mingjian.kernel.errors import Text
from mingjian.law import penalties
from mingjian.law.explain import sanction
from mingjian.law.model import Value
from mingjian.law.pack import Instrument, Pack
from mingjian.law.rules import Draft, Scene

SUMS: Final = ("measures", "fine", "fine_responsible", "fine_now")


def judge(pack: Pack, scene: Scene) -> Draft:
    """What one text says of a violation at a stage; `review` for a violation that the pack does not know."""
    violation, stage = scene.facts.get("violation"), scene.facts.get("stage")
    if not isinstance(violation, str):
        return Draft({"fine": "review"})
    fitting = [one for one in pack.penalties if one.applies(violation, scene)]
    if not fitting:
        known = violation in pack.unpunished or any(violation in one.violations for one in pack.penalties)
        if not known:
            return Draft({"fine": "review", "penalty_in_instrument": "review"})
        draft = Draft({"penalty_in_instrument": None, "measures": [], "fine": None, "silent": True})
        draft.cite((), Text("文本没有为此规定处罚。", "The text has no penalty for this."))
        return draft
    return _sanction(fitting[0], stage if isinstance(stage, str) else penalties.FIRST, scene)


def _sanction(penalty: penalties.Penalty, stage: str, scene: Scene) -> Draft:
    subject = scene.facts.get("subject")
    draft = Draft({"penalty_in_instrument": penalty.citation.where})
    if penalty.refers:
        draft.cite(
            [penalty.citation], Text(f"依照{'、'.join(penalty.refers)}处罚。", "Other laws decide on the penalty.")
        )
        draft.values |= {"measures": [], "fine": "review", "refers_to": list(penalty.refers)}
        return draft
    step = penalty.step(stage) or penalties.Step((), ())
    fines = penalties.fines_for(step, subject if isinstance(subject, str) else None, scene)
    first = penalty.step(penalties.FIRST)
    draft.values["measures"] = list(step.measures)
    draft.values["fine_now"] = bool(
        first and penalties.fines_for(first, subject if isinstance(subject, str) else None, scene)
    )
    told = fines[0] if fines and not penalties.differ(fines) else None
    sums = (penalties.amount(told.amount, scene), penalties.amount(told.responsible, scene)) if told else (None, None)
    draft.cite([penalty.citation], sanction(step.measures, *sums))
    if not fines:
        draft.values["fine"] = None
    elif penalties.differ(fines):
        draft.values["fine"] = "review"
        draft.values["fines"] = [list(penalties.amount(one.amount, scene) or []) for one in fines]
    else:
        draft.values["fine"], draft.values["fine_responsible"] = (_as_list(one) for one in sums)
    return draft


def _as_list(numbers: list[int] | None) -> Value:
    return list(numbers) if numbers is not None else None


def together(said: Sequence[tuple[Instrument, Mapping[str, Value]]]) -> dict[str, Value]:
    """Fines never add up: each text's penalty stands with its rank, highest first. The fine of the highest text
    prevails; where only a lower one fines, a person decides.
    """
    first = said[0][1]
    values = dict(first)
    if not isinstance(first.get("fine"), list):  # the highest text fixes no fine here: it decides nothing by its rank
        for key in SUMS:
            if any(other.get(key) != first.get(key) for _, other in said[1:]):
                values[key] = "review"
    listed: list[Value] = [{"instrument": one.code, "rank": one.rank.name.lower(), **own} for one, own in said]
    values["penalties"] = listed
    return values
