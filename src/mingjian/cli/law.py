"""`mingjian law`: ask, show, at, changes, rows, check."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from mingjian.cli.options import AsJson
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.kernel.clock import SHANGHAI
from mingjian.kernel.errors import MingjianError, Text
from mingjian.law import ask as language
from mingjian.law.changes import Change, applicable_changes, changes
from mingjian.law.errors import TEXT_UNKNOWN, PackError
from mingjian.law.explain import cited
from mingjian.law.library import FOLDER, Library, installed, load, load_with
from mingjian.law.model import Citation
from mingjian.law.pack import NATION, Pack
from mingjian.law.rows import Row
from mingjian.law.table import ANSWERED_ZH, in_order, markdown
from mingjian.registry.territories import full_name, territory, territory_named

app = typer.Typer(no_args_is_help=True, help="法规问答与对照 / questions of law and what the texts say")

MALFORMED: Final = 1
REFUSED: Final = 2

Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="哪一天 / the day")]
Region = Annotated[str, typer.Option("--region", help="行政区划代码或拼音 / a division's code or its name in pinyin")]
Asked = Annotated[str, typer.Argument(help="文件，或 - 表示标准输入 / a file, or - for standard input")]


@app.command()
def ask(file: Asked = "-") -> None:
    """逐行回答 JSON 问题；有一行无法理解时退出码为 1 / answer questions, one JSON line each; 1 when one was none."""
    malformed = False
    library = installed()
    for reply in language.ask_all(library, _lines(file), territory_named):
        malformed = malformed or "error" in reply
        sys.stdout.write(json.dumps(reply, ensure_ascii=False, separators=(", ", ": ")) + "\n")
        if file == "-":
            sys.stdout.flush()
    if malformed:
        raise typer.Exit(MALFORMED)


def _lines(file: str) -> Iterator[str]:
    """Lines of the file; bytes that are no UTF-8 or a line too long become a malformed question, not an end."""
    if file == "-":
        yield from _bounded(sys.stdin.buffer)
        return
    try:
        with Path(file).open("rb") as source:
            yield from _bounded(source)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from None


def _bounded(source: BinaryIO) -> Iterator[str]:
    while line := source.readline(language.LINE_LIMIT + 1):
        yield line.decode(errors="replace")
        while not line.endswith(b"\n") and len(line) > language.LINE_LIMIT:
            line = source.readline(language.LINE_LIMIT + 1)


@app.command()
def show(
    text: Annotated[str, typer.Argument(help="文本代码，如 YN / a text, for example YN")],
    article: Annotated[int | None, typer.Argument(help="条 / article")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """一部文本或其中一条说了什么，平台如何处理 / what a text or an article says and what the platform does about it."""
    pack = _pack(text)
    rows = [row for row in in_order(pack) if article in (None, row.citation.article)]
    if not rows and (article is None or article not in pack.outline):
        raise MingjianError(TEXT_UNKNOWN, asked=f"{text} {article or ''}".strip())
    if as_json:
        print_json(
            {"instrument": pack.instrument.code, "digest": pack.digest, "rows": [_plain_row(row) for row in rows]}
        )
        return
    print_text(say(pack.instrument.title.zh, pack.instrument.title.en))
    print_table(
        [say("条款", "place"), say("对象", "who"), say("要旨", "gist"), say("平台", "platform"), say("位置", "where")],
        [
            [
                say(row.citation.zh, row.citation.where),
                say(row.who.zh, row.who.en),
                say(row.gist.zh, row.gist.en),
                say(ANSWERED_ZH[row.answered], row.answered),
                " ".join(row.where) or "—",
            ]
            for row in rows
        ],
    )


@app.command()
def at(*, region: Region, on: Day = None, as_json: AsJson = False) -> None:
    """某地某日施行哪些文本 / the texts in force at a place on a day."""
    library, code, day = installed(), _region(region), _day(on)
    packs = library.applicable(code, day)
    if as_json:
        print_json({"region": code, "on": day.isoformat(), "applies": [_plain_text(pack, day) for pack in packs]})
        return
    name = full_name(code)
    print_text(f"{say(name.zh, name.en)} · {day}")
    print_table(
        [
            say("代码", "code"),
            say("文本", "text"),
            say("位阶", "rank"),
            say("自", "from"),
            say("至", "until"),
            say("文本在手", "at hand"),
        ],
        [
            [
                pack.instrument.code,
                say(pack.instrument.title.zh, pack.instrument.title.en),
                pack.instrument.rank.name.lower(),
                str(pack.instrument.in_force or "?"),
                str(pack.instrument.ends or "—"),
                say("是", "yes") if pack.instrument.readable_on(day) else say("否", "no"),
            ]
            for pack in packs
        ],
    )


@app.command("changes")
def show_changes(
    *,
    earlier: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="较早的一天 / the earlier day")],
    later: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="较晚的一天 / the later day")],
    region: Region = NATION,
    as_json: AsJson = False,
) -> None:
    """两天之间哪些回答变了 / what is answered otherwise on the later day."""
    library, code = installed(), _region(region)
    _print_changes(library, code, (library, earlier.date()), (library, later.date()), as_json=as_json)


@app.command()
def rows(
    *,
    form: Annotated[str, typer.Option("--format", help="md | json")] = "md",
    text: Annotated[str | None, typer.Option("--text", help="只要一部 / one text only")] = None,
) -> None:
    """法规对照表 / the traceability table."""
    packs = [_pack(text)] if text else list(installed().packs.values())
    if form == "md":
        print_text("\n".join(markdown(packs)))
    elif form == "json":
        print_json([_plain_row(row) for pack in packs for row in in_order(pack)])
    else:
        raise typer.BadParameter("md | json", param_hint="--format")


@app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(help="一部文本的目录 / the folder of one text", exists=True, file_okay=False)
    ],
    *,
    on: Day = None,
    as_json: AsJson = False,
) -> None:
    """核对一部新文本，列出它将改变什么 / check a new or changed text and list what it would change here."""
    try:
        book, pack = load_with(FOLDER, folder)
    except PackError as error:
        sys.stderr.write(f"{error.file}:{error.line}: {error.reason}\n")
        raise typer.Exit(REFUSED) from None
    day = on.date() if on else max(_day(None), pack.instrument.in_force or date.min)
    print_text(
        say(
            f"可以使用：{pack.instrument.title.zh}，摘要 {pack.digest}",
            f"fit for use: {pack.instrument.title.en}, digest {pack.digest}",
        )
    )
    _print_changes(book, pack.instrument.region, (load(FOLDER), day), (book, day), as_json=as_json)


def _print_changes(
    library: Library, region: str, earlier: tuple[Library, date], later: tuple[Library, date], *, as_json: bool
) -> None:
    begin, end = applicable_changes(region, earlier, later)
    found = list(changes(region, earlier, later))
    if as_json:
        print_json({"region": region, "begin": begin, "end": end, "changes": [_plain_change(one) for one in found]})
        return
    print_text(
        say(
            f"开始施行：{'、'.join(begin) or '无'}；不再施行：{'、'.join(end) or '无'}",
            f"begin: {', '.join(begin) or 'none'}; end: {', '.join(end) or 'none'}",
        )
    )
    print_table(
        [say("问题", "question"), say("此前", "before"), say("此后", "after"), say("依据", "by")],
        [
            [
                f"{one.topic} {_words(library, one)}",
                _values(one.before),
                _values(one.after),
                "；".join(_cited(library, citation) for citation in one.cited_after) or "—",
            ]
            for one in found
        ],
    )


def _cited(library: Library, citation: Citation) -> str:
    name = cited(library, citation)
    return say(name.zh, name.en)


def _words(library: Library, change: Change) -> str:
    return " ".join(_word(library, str(value)) for value in change.facts.values())


def _word(library: Library, word: str) -> str:
    kind = library.vocabulary.kinds.get(word, Text(word, word))
    return say(kind.zh, kind.en)


def _values(values: object) -> str:
    found = {key: language.plain(value) for key, value in values.items()} if isinstance(values, dict) else {}
    return json.dumps(found, ensure_ascii=False) if found else "—"


def _plain_change(change: Change) -> dict[str, object]:
    return {
        "topic": change.topic,
        "facts": dict(change.facts),
        "before": {key: language.plain(value) for key, value in change.before.items()},
        "after": {key: language.plain(value) for key, value in change.after.items()},
        "cited_before": _plain_citations(change.cited_before),
        "cited_after": _plain_citations(change.cited_after),
    }


def _plain_citations(citations: Sequence[Citation]) -> list[str]:
    return [f"{one.instrument} {one.where}" for one in citations]


def _plain_row(row: Row) -> dict[str, object]:
    return {
        "instrument": row.citation.instrument,
        "place": row.citation.where,
        "who": {"zh": row.who.zh, "en": row.who.en},
        "modality": row.modality,
        "gist": {"zh": row.gist.zh, "en": row.gist.en},
        "platform": row.answered,
        "where": list(row.where),
    }


def _plain_text(pack: Pack, day: date) -> dict[str, object]:
    instrument = pack.instrument
    return {
        "code": instrument.code,
        "title": {"zh": instrument.title.zh, "en": instrument.title.en},
        "rank": instrument.rank.name.lower(),
        "in_force": instrument.in_force.isoformat() if instrument.in_force else None,
        "ends": instrument.ends.isoformat() if instrument.ends else None,
        "text_available": instrument.readable_on(day),
        "digest": pack.digest,
    }


def _pack(code: str) -> Pack:
    library = installed()
    instrument = library.instrument(code)
    if instrument is None:
        raise MingjianError(TEXT_UNKNOWN, asked=code)
    return library.packs[instrument.code]


def _region(name: str) -> str:
    code = installed().jurisdictions.get(name) or (name if name == NATION or territory(name) else territory_named(name))
    if code is None:
        raise typer.BadParameter(say("没有这个行政区划", "no such division"), param_hint="--region")
    return code


def _day(on: datetime | None) -> date:
    return on.date() if on else datetime.now(SHANGHAI).date()
