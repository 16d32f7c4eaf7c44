"""What a live run says in words: how it was spoken, what live text costs; and the lag of one."""

from collections.abc import Iterator, Sequence

import numpy as np

from orchestrator import units
from orchestrator.analysis.live import KEEPS_UP_SECONDS
from orchestrator.analysis.live.stream import figures
from orchestrator.analysis.live.word_times import spoken
from orchestrator.reports import columns
from orchestrator.runs.schema import ContenderSummary, LivePass, PairVerdict, Summary


def lines(summary: Summary) -> list[ContenderSummary]:
    """Return who listened, in the order of the table."""
    return [line for line in summary.contenders if line.live is not None]


def heading(summary: Summary) -> str:
    """Say how clips were spoken, and from where lags count."""
    pace = summary.settings.pace or 1.0
    speed = "the speed of speech" if pace == 1 else f"{pace:g} times the speed of speech"
    found = [line.live for line in summary.contenders if line.live]
    known, timed = sum(one.known_words for one in found), sum(one.timed_words for one in found)
    times = "by the engines' own times of words (their median)"
    if known:
        times = "by the corpus's times of words"
    if 0 < known < timed:
        times += f" ({units.percent(known / timed)} of words), else the engines' own (their median)"
    return f"Live, at {speed}; a word's lag counts from its end, {times}"


def sentences(listening: Sequence[ContenderSummary]) -> Iterator[str]:
    """Yield what listening costs each contender in accuracy, and what it broke its word on."""
    for line in listening:
        if line.live is None:
            continue
        if line.live.against_batch:
            yield f"{line.contender}: {line.live.against_batch.sentence}"
        if line.live.revoked:
            many = line.live.revoked
            words = "a word" if many == 1 else f"{many} words"
            yield f"{line.contender}: took back {words} that it had said would stand"


def verdicts(summary: Summary) -> Iterator[str]:
    """Yield who is quickest by each lag; once, where nobody can be said to be."""
    if not summary.settings.plan.ranks:
        yield from {f"live: {each.headline}": None for each in summary.live_verdicts.values()}
        return
    for figure, found in summary.live_verdicts.items():
        yield f"{title(figure)}: {found.headline}"


def pairs(summary: Summary) -> Iterator[tuple[str, PairVerdict]]:
    """Yield the verdict on every two contenders, after the title of the lag that it is about."""
    for figure, found in summary.live_verdicts.items():
        for pair in found.pairs:
            yield title(figure), pair


def title(figure: str) -> str:
    """Return the title of the column that a figure stands in."""
    return next(column.title for column in columns.COLUMNS if column.key == f"live_{figure}")


def lag(live: LivePass, seconds: float, pace: float = 1.0) -> str:
    """Say how soon the words of one stream were shown, and its final text after the end."""
    language = live.language or "en"
    found = figures(live, spoken((), None, [live], language), seconds, pace, language)
    if found is None:
        return "nothing was heard to its end"
    said = []
    if found.shown:
        said.append(f"words shown {_quantiles(found.shown)} after they were spoken")
        said.append(f"to stay {_quantiles(found.settled)}")
    if found.first_word is not None:
        said.append(f"first word after {units.seconds(found.first_word)} s")
    if found.added:
        said.append(f"{found.removed} of {units.count(found.added, 'shown word')} taken back")
    said.append(f"final text {units.seconds(found.final)} s after the end")
    if found.unheard > KEEPS_UP_SECONDS:
        said.append(f"it does not keep up, {found.unheard:.0f} s were unheard at the end")
    return "; ".join(said)


def _quantiles(lags: Sequence[float]) -> str:
    middle, most = np.quantile(lags, (0.5, 0.95), method="median_unbiased")
    return f"p50 {units.seconds(middle)} s, p95 {units.seconds(most)} s"
