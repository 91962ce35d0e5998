"""Settings as people read them: what each is for, without secrets, and what the next start would change."""

from collections.abc import Iterator
from dataclasses import dataclass

from mingjian.config.example import toml_value
from mingjian.config.reading import Loaded
from mingjian.config.settings import Settings, section_classes
from mingjian.kernel.errors import Text
from mingjian.kernel.redaction import HIDDEN, is_secret_name, redact_text


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting. Values are written as in TOML; secrets are hidden in all of them."""

    section: str
    key: str
    what: Text
    value: str
    default: str
    origin: str

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"


def shown(loaded: Loaded) -> Iterator[Shown]:
    """Every setting, in the order of the file."""
    for section, cls in section_classes().items():
        for key, field in cls.model_fields.items():
            zh, _, en = (field.description or "").partition("\n")
            value = getattr(getattr(loaded.settings, section), key)
            texts = (_text(key, value), _text(key, field.get_default()))
            yield Shown(section, key, Text(zh.strip(), en.strip()), *texts, loaded.origins[section, key].text)


def waiting(in_force: Settings, written: Settings) -> dict[tuple[str, str], str]:
    """What is written by now and not in force until the next start: (section, key) -> its value."""
    found = {}
    for section, cls in section_classes().items():
        for key in cls.model_fields:
            now, then = (getattr(getattr(one, section), key) for one in (in_force, written))
            if now != then:
                found[section, key] = _text(key, then)
    return found


def _text(key: str, value: object) -> str:
    # A number of days that a token lives is none, and neither is the name of the file that holds one.
    secret = is_secret_name(key) and isinstance(value, str) and not key.endswith("_file")
    return HIDDEN if secret else redact_text(toml_value(value))
