"""A commented `mingjian.toml` made from the classes, so that it cannot be out of date."""

import json
from typing import Any

from pydantic import BaseModel

from mingjian.config.settings import section_classes


def example() -> str:
    """Every section and key with its explanation; values are the defaults, commented out."""
    blocks = [
        "# 明鉴配置文件样例：去掉行首 # 即可修改。\n# An example for Mingjian: remove the # before a line to change it."
    ]
    for section, cls in section_classes().items():
        blocks.append(f"[{section}]")
        for key, field in cls.model_fields.items():
            comment = "\n".join(f"# {line.strip()}" for line in (field.description or "").splitlines())
            blocks.append(f"{comment}\n#{key} = {toml_value(field.get_default())}")
    return "\n\n".join(blocks) + "\n"


def toml_value(value: Any) -> str:
    """`value` as TOML writes it: numbers and booleans bare, tuples as arrays, the rest as a quoted text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    assert not isinstance(value, BaseModel)
    return json.dumps(str(value), ensure_ascii=False)
