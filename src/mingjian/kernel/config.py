"""What every section of the settings has in common. Each package declares its own section; `config` assembles them."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One `[section]` of mingjian.toml: frozen, unknown keys refused, every key with a default.

    A field's docstring is its comment in `mingjian config example`: one line of Chinese, one line of English. Units
    stand in the names. Fields are numbers, texts, booleans, paths, networks, or tuples of these.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True)
