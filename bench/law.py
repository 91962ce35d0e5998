"""How many questions of law one core answers a second, without the explanation, and what that costs in memory."""

import gc
import itertools
import resource
import time
from datetime import date
from typing import Final

from bench.report import Report, Row
from mingjian.law.changes import questions
from mingjian.law.engine import answer
from mingjian.law.library import installed
from mingjian.law.model import Question

REGIONS: Final = ("530581", "530000", "500103", "360103", "440106", "110101")
DAYS: Final = (date(2019, 6, 3), date(2022, 9, 4), date(2025, 4, 1), date(2026, 11, 21))
WARM_UP: Final = 5_000
ASKED: Final = 60_000
LONGEST_US: Final = 200
MOST_MB: Final = 5


def run(report: Report) -> None:
    """Every question that the vocabulary can ask, in turn, at six places and on four days."""
    library = installed()
    asked = [
        Question(region, day, topic, facts) for topic, facts in questions(library) for region in REGIONS for day in DAYS
    ]
    turn = itertools.cycle(asked)
    for question in itertools.islice(turn, WARM_UP):
        answer(library, question)
    gc.collect()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    for question in itertools.islice(turn, ASKED):
        answer(library, question)
    spent_s = time.process_time() - begun
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    note = f"{ASKED} of {len(asked)} different ones, all texts in force together; {ASKED / spent_s:,.0f} a second"
    report.add(Row("a question of law, one core, no explanation", spent_s / ASKED * 1e6, "µs", LONGEST_US, note))
    report.add(Row("memory grown meanwhile", grown_kb / 1024, "MB", MOST_MB))
