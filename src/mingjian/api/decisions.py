"""How a decision is sent that a text leaves to people."""

from typing import Annotated

from pydantic import Field

from mingjian.api.deps import Caller
from mingjian.api.schema import NO_CONTROLS, Shape
from mingjian.identity.permissions import Permission
from mingjian.identity.scopes import Target
from mingjian.registry.model import Reasoned

Words = Annotated[str, Field(max_length=200, pattern=NO_CONTROLS)]


class DecisionForm(Shape):
    """A decision that a text leaves to people."""

    reason: Words = Field(min_length=4, examples=["走廊公共区域，镜头不朝向房门"])
    document: Words = Field(default="", examples=["安全评估〔2026〕3号"])

    def told(self) -> Reasoned:
        return Reasoned(self.reason.strip(), self.document.strip())


def decided(caller: Caller, form: DecisionForm | None, where: Target) -> Reasoned | None:
    """The decision that was sent, from somebody who may decide there.

    Raises MingjianError NOT_PERMITTED or OUT_OF_SCOPE.
    """
    if form is None:
        return None
    caller.at(Permission.LAW_DECIDE, where)
    return form.told()
