"""Packs from their files. Whatever is wrong is refused with file, line and reason; nothing is repaired by guess."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Final, TypeVar

from mingjian.kernel.errors import Text
from mingjian.law import rules as rule
from mingjian.law.errors import PackError
from mingjian.law.model import Citation, Rank, Value
from mingjian.law.pack import Instrument, OutsideLaw, Pack
from mingjian.law.penalties import Fine, Penalty, Step
from mingjian.law.rows import ANSWERED, MODALITIES, Outline, Row, exists
from mingjian.law.rules import Effect, Number, NumberOf, Parameter, Rule, Term, Test
from mingjian.law.source import Entry, Table, parse_list, parse_table
from mingjian.law.spots import SpotItem
from mingjian.law.vocabulary import FACT_TYPES, FactKind, FactType, KindGroup, Topic, Vocabulary

FILES: Final = (
    "instrument.yaml",
    "outline.yaml",
    "rows.yaml",
    "parameters.yaml",
    "spots.yaml",
    "rules.yaml",
    "penalties.yaml",
    "cases.yaml",
)
_Word = TypeVar("_Word", bound=str)
_CODE: Final = re.compile(r"[A-Z][A-Z0-9-]{1,15}( \d{1,4})?|Order \d{1,4}")
_REGION: Final = re.compile(r"\d{6}")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{1,60}")
_RANKS: Final = {rank.name.lower(): rank for rank in Rank}


@dataclass(slots=True)
class _Reading:
    """What the parts of one pack need from each other while it is read."""

    name: str
    vocabulary: Vocabulary
    instrument: Instrument
    outline: Outline
    parameters: dict[str, tuple[Parameter, ...]]

    def citation(self, table: Table, text: str, line: int) -> Citation:
        try:
            found = Citation.parse(self.instrument.code, text)
        except ValueError as error:
            raise table.error(str(error), line) from None
        if self.outline and not exists(self.outline, found):
            raise table.error(f"the text has no {text}", line)
        return found

    def citations(self, table: Table) -> tuple[Citation, ...]:
        line = table.line_of("cite")
        return tuple(self.citation(table, text, line) for text in table.take_words("cite"))

    def cited(self, table: Table) -> Citation:
        found = self.citations(table)
        if len(found) != 1:
            raise table.error("cite one place of the text")
        return found[0]

    def kinds(self, table: Table, key: str) -> frozenset[str]:
        line = table.line_of(key)
        found = table.take_words(key)
        for kind in found:
            if kind not in self.vocabulary.kinds:
                raise table.error(f"{kind} is not in the taxonomy", line)
        return frozenset(found)

    def parameter(self, table: Table, name: str, line: int) -> str:
        if name[1:] not in self.parameters:
            raise table.error(f"{name} is no parameter of this pack", line)
        return name


def load_vocabulary(folder: Traversable) -> Vocabulary:
    """`taxonomy.yaml` and `vocabulary.yaml` of the folder of packs. Raises PackError."""
    kinds, kind_groups = _taxonomy(parse_table("taxonomy.yaml", (folder / "taxonomy.yaml").read_bytes()))
    root = parse_table("vocabulary.yaml", (folder / "vocabulary.yaml").read_bytes())
    groups = _groups(root)
    topics = root.take_table("topics")
    if topics is None:
        raise root.error("topics is missing")
    found = {name: _topic(name, topics) for name in list(topics.entries)}
    root.end()
    return Vocabulary(found, groups, kinds, kind_groups)


def _taxonomy(root: Table) -> tuple[dict[str, Text], tuple[KindGroup, ...]]:
    kinds: dict[str, Text] = {}
    groups: list[KindGroup] = []
    for group in list(root.entries):
        table = root.take_table(group)
        if table is None or (name := table.take_words("name")) is None or len(name) != 2:
            raise root.error(f"{group}: a group with its Chinese and English name")
        codes = tuple(table.entries)
        for code in codes:
            line = table.line_of(code)
            names = table.take_words(code)
            if code in kinds or not _KEY.fullmatch(code) or len(names) != 2:
                raise table.error(f"{code}: a new code with its Chinese and English name", line)
            kinds[code] = Text(names[0], names[1])
        groups.append(KindGroup(group, Text(name[0], name[1]), codes))
    return kinds, tuple(groups)


def _groups(root: Table) -> dict[str, frozenset[str]]:
    table = root.take_table("groups")
    return {name: frozenset(table.take_words(name)) for name in list(table.entries)} if table else {}


def _topic(name: str, topics: Table) -> Topic:
    table = topics.take_table(name)
    assert table is not None
    main = tuple(table.take_words("main"))
    facts = table.take_table("facts")
    kinds = {fact: _fact_kind(facts, fact) for fact in list(facts.entries)} if facts else {}
    silent = table.take_table("silent")
    values = {key: _plain(silent, key) for key in list(silent.entries)} if silent else {}
    table.end()
    return Topic(name, main, kinds, values)


def _fact_kind(facts: Table, name: str) -> FactKind:
    entry = facts.need(name)
    if isinstance(entry.value, list):
        words = [one.value for one in entry.value]
        return FactKind("word", frozenset(word for word in words if isinstance(word, str | bool)))
    types: Mapping[str, FactType] = {one: one for one in FACT_TYPES}
    if not isinstance(entry.value, str) or entry.value not in types:
        raise facts.error(f"{name}: one of {', '.join(types)} or a list of words", entry.line)
    return FactKind(types[entry.value])


def load_outside(folder: Traversable) -> tuple[OutsideLaw, ...]:
    """`outside.yaml`: laws that packs refer to. Raises PackError."""
    return tuple(_outside(table) for table in parse_list("outside.yaml", (folder / "outside.yaml").read_bytes()))


def _outside(table: Table) -> OutsideLaw:
    code, title = table.take_text("code"), table.take_both("title", "title_en")
    rank, in_force = _rank(table), table.take_day("in_force")
    article, days = table.need("article").value, table.need("min_days").value
    if title is None or in_force is None or not isinstance(article, int) or not isinstance(days, int):
        raise table.error("a law outside has title, title_en, in_force, article and min_days")
    found = OutsideLaw(code, title, rank, article, in_force, table.take_text("unit_status"), days)
    table.end()
    return found


def load_pack(folder: Traversable, name: str, vocabulary: Vocabulary) -> Pack:
    """The pack in `folder`, called `name` in messages. Raises PackError."""
    content = {file: (folder / file).read_bytes() for file in FILES if (folder / file).is_file()}
    if "instrument.yaml" not in content:
        raise PackError(f"{name}/instrument.yaml", 0, "is missing")

    def table(file: str) -> Table:
        return parse_table(f"{name}/{file}", content.get(file, b""))

    def tables(file: str) -> list[Table]:
        return parse_list(f"{name}/{file}", content.get(file, b""))

    outline = _outline(table("outline.yaml"))
    instrument = _instrument(table("instrument.yaml"))
    reading = _Reading(name, vocabulary, instrument, outline, {})
    reading.parameters = _parameters(reading, table("parameters.yaml"))
    spots = table("spots.yaml")
    required, forbidden = (_spots(reading, spots, key) for key in ("required", "forbidden"))
    spots.end()
    penalties, unpunished = _penalties(reading, table("penalties.yaml"))
    rows = tuple(_row(reading, one) for one in tables("rows.yaml"))
    ruled = _by_topic(_rule(reading, one) for one in tables("rules.yaml"))
    cases = tuple(_case(one) for one in tables("cases.yaml"))
    return Pack(
        instrument,
        _digest(content),
        outline,
        rows,
        reading.parameters,
        required,
        forbidden,
        ruled,
        penalties,
        unpunished,
        cases,
    )


def _digest(content: Mapping[str, bytes]) -> str:
    """SHA-256 over the names and digests of the files, as hexadecimal digits."""
    whole = hashlib.sha256()
    for file in sorted(content):
        whole.update(f"{file}\0{hashlib.sha256(content[file]).hexdigest()}\n".encode())
    return whole.hexdigest()


def _rank(table: Table) -> Rank:
    line = table.line_of("rank")
    found = _RANKS.get(table.take_text("rank"))
    if found is None:
        raise table.error(f"rank is one of {', '.join(_RANKS)}", line)
    return found


def _instrument(table: Table) -> Instrument:
    code, region = table.take_text("code"), table.take_text("region")
    title, short = table.take_both("title", "title_en"), table.take_both("short", "short_en")
    if title is None or short is None:
        raise table.error("title, title_en, short and short_en are needed")
    if not _CODE.fullmatch(code):
        raise table.error(f"{code!r} is no code of a text")
    if not _REGION.fullmatch(region):
        raise table.error(f"{region!r} is no division code of six digits")
    in_force, ends = table.take_day("in_force"), table.take_day("ends")
    if in_force and ends and ends < in_force:
        raise table.error("ends before it is in force")
    found = Instrument(
        code,
        title,
        short,
        _rank(table),
        region,
        table.take_optional_text("number") or "",
        table.take_day("published"),
        in_force,
        ends,
        table.take_day("text_from"),
        table.take_flag("text_available", default=True),
        _own_citation(table, code, "cite_in_force"),
        _own_citation(table, code, "cite_territory"),
        table.take_both("assumption", "assumption_en"),
    )
    if found.text_available and in_force is None:
        raise table.error("in_force is missing")
    table.end()
    return found


def _own_citation(table: Table, code: str, key: str) -> Citation | None:
    line = table.line_of(key)
    text = table.take_optional_text(key)
    try:
        return Citation.parse(code, text) if text is not None else None
    except ValueError as error:
        raise table.error(str(error), line) from None


def _outline(table: Table) -> Outline:
    """`22: [0, 3]`: article 22 has two paragraphs, the second with three items."""
    outline: dict[int, tuple[int, ...]] = {}
    for key in list(table.entries):
        line = table.line_of(key)
        counts = [entry.value for entry in table.take_list(key)]
        if not key.isdigit() or int(key) != len(outline) + 1:
            raise table.error(f"{key}: articles are numbered without a break", line)
        if not counts or not all(
            isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts
        ):
            raise table.error(f"{key}: the number of items of each paragraph", line)
        outline[int(key)] = tuple(int(str(count)) for count in counts)
    return outline


def _parameters(reading: _Reading, table: Table) -> dict[str, tuple[Parameter, ...]]:
    found = {}
    for name in list(table.entries):
        line = table.line_of(name)
        entries = table.take_list(name)
        values = []
        for entry in entries:
            if not isinstance(entry.value, Table):
                raise table.error(f"{name} is to be a table", entry.line)
            values.append(_parameter(reading, entry.value))
        values.sort(key=lambda one: one.first)
        for earlier, later in pairwise(values):
            if later.first <= earlier.last:
                raise table.error(f"{name}: two values hold on {later.first}", line)
        found[name] = tuple(values)
    return found


def _parameter(reading: _Reading, table: Table) -> Parameter:
    first, last = reading.instrument.period
    citation = reading.cited(table)
    value = _number(table, table.need("value"))
    first, last = table.take_day("from") or first, table.take_day("until") or last
    if last < first:
        raise table.error("until lies before from")
    found = Parameter(value, table.take_text("unit"), citation, first, last)
    table.end()
    return found


def _number(table: Table, entry: Entry) -> Number:
    value = [one.value for one in entry.value] if isinstance(entry.value, list) else entry.value
    match value:
        case bool():
            pass
        case int():
            return value
        case [int(low), int(high)] if low <= high:
            return (low, high)
    raise table.error("a number, or a range of two", entry.line)


def _spots(reading: _Reading, root: Table, key: str) -> tuple[SpotItem, ...]:
    items = []
    for table in root.take_tables(key):
        item = SpotItem(reading.cited(table), reading.kinds(table, "kinds"), reading.kinds(table, "perhaps"))
        if item.kinds & item.perhaps:
            raise table.error(f"both named and perhaps: {', '.join(sorted(item.kinds & item.perhaps))}")
        table.end()
        items.append(item)
    return tuple(items)


def _by_topic(found: Iterable[Rule]) -> dict[str, tuple[Rule, ...]]:
    topics: dict[str, list[Rule]] = {}
    for one in found:
        topics.setdefault(one.topic, []).append(one)
    return {topic: tuple(ordered) for topic, ordered in topics.items()}


def _rule(reading: _Reading, table: Table) -> Rule:
    name = table.take_text("topic")
    topic = reading.vocabulary.topics.get(name)
    if topic is None:
        raise table.error(f"{name} is no topic")
    citations = reading.citations(table)
    tests = _tests(reading, table, "when", topic)
    sets, adds = _effects(reading, table, topic)
    if not citations and sets.get("silent") is not True and not _only_negative(sets):
        raise table.error("a rule cites its place, unless it says that the text is silent")
    text = table.take_both("zh", "en")
    table.end()
    return Rule(name, citations, tests, sets, adds, text, table.line)


def _only_negative(sets: Mapping[str, Effect]) -> bool:
    """Nothing is claimed but that something is not asked for."""
    return bool(sets) and all(value is False or value is None for value in sets.values())


def _tests(reading: _Reading, table: Table, key: str, topic: Topic) -> tuple[tuple[str, Test], ...]:
    when = table.take_table(key)
    if when is None:
        return ()
    found = []
    for name in list(when.entries):
        entry = when.need(name)
        if name not in topic.facts:
            raise when.error(f"{name} is no fact of {topic.name}", entry.line)
        found.append((name, _test(reading, when, name, entry, topic)))
    return tuple(found)


def _test(reading: _Reading, table: Table, name: str, entry: Entry, topic: Topic) -> Test:
    match entry.value:
        case "present":
            return rule.present
        case "absent":
            return rule.absent
        case str() as text if text.startswith("@"):
            return rule.one_of(frozenset(_group(reading, table, text, entry.line)))
        case str() | bool() as wanted:
            return rule.equals(_word(reading, table, name, wanted, topic, entry.line))
        case list() as choices:
            words = [_word(reading, table, name, one.value, topic, one.line) for one in choices]
            return rule.one_of(frozenset(words))
        case Table() as operation:
            return _operation(reading, operation, name, topic)
    raise table.error(f"{name}: no such condition", entry.line)


def _group(reading: _Reading, table: Table, text: str, line: int) -> frozenset[str]:
    found = reading.vocabulary.groups.get(text[1:])
    if found is None:
        raise table.error(f"{text} is no group of words", line)
    return found


def _word(reading: _Reading, table: Table, name: str, value: object, topic: Topic, line: int) -> str | bool:
    kind = topic.facts[name]
    fits = {
        "site": isinstance(value, str) and value in reading.vocabulary.kinds,
        "word": isinstance(value, str | bool) and value in kind.words,
        "flag": isinstance(value, bool),
        "flag_or_date": isinstance(value, bool),
    }.get(kind.type, isinstance(value, str))
    if not fits or not isinstance(value, str | bool):
        raise table.error(f"{name} is never {value}", line)
    return value


_OPERATIONS: Final[Mapping[str, Callable[[str], Test]]] = {
    "before": rule.earlier,
    "from": rule.not_earlier,
    "before_or_unknown": rule.earlier_or_unknown,
    "before_or_flag": rule.earlier_or_flag,
}


def _operation(reading: _Reading, table: Table, name: str, topic: Topic) -> Test:
    if len(table.entries) != 1:
        raise table.error(f"{name}: one condition")
    ((operator, entry),) = table.entries.items()
    if operator in _OPERATIONS and isinstance(entry.value, str):
        _start(table, entry.value, topic, entry.line)
        return _OPERATIONS[operator](entry.value)
    if operator == "beyond" and isinstance(entry.value, str) and entry.value in topic.facts:
        return rule.beyond(entry.value)
    if operator == "not":
        return rule.differs_from(_word(reading, table, name, entry.value, topic, entry.line))
    if operator == "less" and isinstance(entry.value, int) and not isinstance(entry.value, bool):
        return rule.less_than(entry.value)
    if operator == "less" and isinstance(entry.value, str):
        return rule.less_than(reading.parameter(table, entry.value, entry.line))
    raise table.error(f"{name}: no such condition", entry.line)


def _start(table: Table, name: str, topic: Topic, line: int) -> str:
    kind = topic.facts.get(name)
    if name != rule.COMMENCEMENT and (kind is None or kind.type not in ("date", "flag_or_date")):
        raise table.error(f"{name} is no day", line)
    return name


def _effects(reading: _Reading, table: Table, topic: Topic) -> tuple[dict[str, Effect], dict[str, tuple[str, ...]]]:
    then = table.take_table("then")
    if then is None:
        raise table.error("then is missing")
    sets: dict[str, Effect] = {}
    adds: dict[str, tuple[str, ...]] = {}
    for key in list(then.entries):
        name = key.removesuffix("+")
        if not _KEY.fullmatch(name):
            raise then.error(f"{key} is no key", then.line_of(key))
        if key.endswith("+"):
            adds[name] = tuple(then.take_words(key))
        else:
            sets[name] = _effect(reading, then, key, topic)
    return sets, adds


def _effect(reading: _Reading, table: Table, key: str, topic: Topic) -> Effect:
    entry = table.entries[key]
    if isinstance(entry.value, Table):
        table.take(key)
        return _term(reading, entry.value, topic)
    if isinstance(entry.value, str) and entry.value.startswith("$"):
        table.take(key)
        return NumberOf(reading.parameter(table, entry.value, entry.line)[1:])
    return _plain(table, key)


def _plain(table: Table, key: str) -> Value:
    entry = table.need(key)
    if isinstance(entry.value, Table):
        raise table.error(f"{key} is to be a value", entry.line)
    if isinstance(entry.value, list):
        return [one.value if not isinstance(one.value, Table | list) else None for one in entry.value]
    return entry.value


def _term(reading: _Reading, table: Table, topic: Topic) -> Term:
    backward = "before" in table.entries
    line = table.line_of("before" if backward else "after")
    start = _start(table, table.take_text("before" if backward else "after"), topic, line)
    units = [unit for unit in ("days", "months", "years") if unit in table.entries]
    if len(units) != 1 or (backward and units != ["days"]):
        raise table.error("a term counts days, months or years")
    entry = table.need(units[0])
    table.end()
    if isinstance(entry.value, str):
        return Term(start, reading.parameter(table, entry.value, entry.line), units[0], backward)
    if isinstance(entry.value, int) and not isinstance(entry.value, bool):
        return Term(start, entry.value, units[0], backward)
    raise table.error("a number or a $parameter", entry.line)


def _penalties(reading: _Reading, root: Table) -> tuple[tuple[Penalty, ...], frozenset[str]]:
    topic = reading.vocabulary.topics["penalty"]
    found = tuple(_penalty(reading, table, topic) for table in root.take_tables("penalties"))
    line = root.line_of("none")
    unpunished = frozenset(root.take_words("none"))
    for violation in unpunished:
        _word(reading, root, "violation", violation, topic, line)
    root.end()
    return found, unpunished


def _penalty(reading: _Reading, table: Table, topic: Topic) -> Penalty:
    citation = reading.cited(table)
    line = table.line_of("for")
    violations = table.take_words("for")
    for violation in violations:
        _word(reading, table, "violation", violation, topic, line)
    tests = _tests(reading, table, "when", topic)
    steps = table.take_table("steps")
    stages = topic.facts["stage"].words
    found = {}
    for stage in list(steps.entries) if steps is not None else ():
        assert steps is not None
        if stage not in stages:
            raise steps.error(f"{stage} is no stage", steps.line_of(stage))
        step = steps.take_table(stage)
        assert step is not None
        found[stage] = _step(reading, step, topic)
    refers = tuple(table.take_words("refers"))
    table.end()
    return Penalty(citation, frozenset(violations), tests, found, refers)


def _step(reading: _Reading, table: Table, topic: Topic) -> Step:
    measures = tuple(table.take_words("measures"))
    responsible = _sum(reading, table, "responsible")
    fines = []
    for key, subject in (("unit", "unit"), ("individual", "individual"), ("any", None)):
        sum_ = _sum(reading, table, key)
        if sum_ is not None:
            fines.append(Fine((), subject, sum_, responsible if key != "individual" else None))
    for special in table.take_tables("fines"):
        tests = _tests(reading, special, "when", topic)
        sum_ = _sum(reading, special, "fine")
        if sum_ is None:
            raise special.error("fine is missing")
        fines.append(Fine(tests, special.take_text("subject"), sum_, _sum(reading, special, "responsible")))
        special.end()
    table.end()
    return Step(measures, tuple(fines))


def _sum(reading: _Reading, table: Table, key: str) -> Number | str | None:
    entry = table.take(key)
    if entry is None:
        return None
    if isinstance(entry.value, str):
        return reading.parameter(table, entry.value, entry.line)
    return _number(table, entry)


def _row(reading: _Reading, table: Table) -> Row:
    citation = reading.cited(table)
    who, gist = table.take_both("who", "who_en"), table.take_both("gist", "gist_en")
    if who is None or gist is None:
        raise table.error("a row has who, who_en, gist and gist_en")
    modality = _choice(table, "modality", MODALITIES)
    answered = _choice(table, "platform", ANSWERED)
    where = tuple(table.take_words("where"))
    if bool(where) == (answered in ("outside", "none")):
        raise table.error("where names the place that does it, or planned; outside and none have none")
    table.end()
    return Row(citation, who, modality, gist, answered, where, table.line)


def _choice(table: Table, key: str, choices: tuple[_Word, ...]) -> _Word:
    line = table.line_of(key)
    text = table.take_text(key)
    for choice in choices:
        if choice == text:
            return choice
    raise table.error(f"{key} is one of {', '.join(choices)}", line)


def _case(table: Table) -> Mapping[str, object]:
    return {key: _unwrapped(entry) for key, entry in table.entries.items()}


def _unwrapped(entry: Entry) -> object:
    if isinstance(entry.value, Table):
        return {key: _unwrapped(one) for key, one in entry.value.entries.items()}
    if isinstance(entry.value, list):
        return [_unwrapped(one) for one in entry.value]
    return entry.value
