"""Two runs side by side, and all runs over time."""

import math
from collections.abc import Sequence
from itertools import groupby

from rich.console import Console

from orchestrator import units
from orchestrator.analysis.compare import Comparison
from orchestrator.analysis.history import Series, Step
from orchestrator.reports import comparison
from orchestrator.reports.terminal import tables
from orchestrator.runs.stored import Run

_MOST_CHANGES = 6  # of one backend: an upgrade moves dozens of packages
_NUMBERS = ("then, s", "now, s", "time, s")
_TITLES = ("contender", "model", "clips", "runs", "times", "newest, s", "against the previous")
_BARS = "▁▂▃▅▇"
_PLAIN_BARS = "_.-=#"
_MOST = 30  # runs in a line, the newest
_LEAST_SPAN = 1.2  # from the lowest bar to the highest at least: noise is no mountain range
_MOST_SUSPECTS = 4


def compare(found: Comparison, console: Console) -> None:
    """Print what became of each backend, what is to be known of it, and what changed."""
    runs = {"run": found.new} if found.within else {"then": found.old, "now": found.new}
    for when, run in runs.items():
        tables.say(console, f"{when:<5} {run.name}, {run.manifest.started_at}")
    for titles, rows in comparison.by_table(found):
        console.print()
        tables.show(console, titles, rows, numbers=_NUMBERS, prose=("verdict",))
    console.print()
    for sentence in comparison.notes(found):
        tables.say(console, sentence, "yellow")
    word = "differs" if found.within else "changed"
    for whose, changed in comparison.changes(found):
        more = len(changed) - _MOST_CHANGES
        shown = [comparison.change(each) for each in changed[:_MOST_CHANGES]]
        shown += [f"and {more} more (--markdown has them all)"] if more > 0 else []
        tables.say(console, f"{word}  {whose}: {'; '.join(shown)}")
    if nothing := comparison.unchanged(found):
        tables.say(console, nothing)


def history(found: Sequence[Series], console: Console) -> None:
    """Print each machine's contenders, those of this one before those of others."""
    ordered = sorted(found, key=lambda s: (s.runs[0].machine[0], str(s.runs[0].machine)))
    for number, (_, group) in enumerate(groupby(ordered, key=lambda s: s.runs[0].machine)):
        own = sorted(group, key=lambda s: (s.contender, s.model))
        console.print("\n" if number else "", end="")
        tables.say(console, _machine(own[0].runs[-1]), "bold")
        numbers, prose = ("runs", "newest, s"), ("against the previous",)
        rows = (_row(line, console) for line in own)
        tables.show(console, _TITLES, rows, numbers=numbers, prose=prose)
        for line in own:
            for step in filter(None, line.steps):
                tables.say(console, _step(line, step))


def spark(values: Sequence[float], steps: Sequence[bool], bars: str = _BARS) -> str:
    """Draw values as bars, on a log scale; `|` before one is a step from the value before."""
    low, high = min(values), max(values)
    span = math.log(max(high / low, _LEAST_SPAN))
    drawn = [bars[round(math.log(v / low) / span * (len(bars) - 1))] for v in values]
    marks = ["", *("|" if step else "" for step in steps)]
    return "".join(mark + bar for mark, bar in zip(marks, drawn, strict=True))


def _row(line: Series, console: Console) -> tuple[str, ...]:
    simple = console.options.ascii_only or console.is_dumb_terminal
    values, steps = line.seconds[-_MOST:], line.steps[-_MOST + 1 :]
    drawn = spark(values, [bool(s) for s in steps], _PLAIN_BARS if simple else _BARS)
    cells = (line.contender, line.model, _asked(line.runs[-1]), str(len(line.runs)), drawn)
    return (*cells, units.seconds(line.seconds[-1]), _latest(line))


def _machine(run: Run) -> str:
    host = run.manifest.host
    whose = "another machine (imported)" if run.imported else "this folder's machine"
    memory = units.size(host.memory_bytes)
    return f"{whose}: {host.chip_or_platform}, {memory}, {host.os}"


def _asked(run: Run) -> str:
    settings, corpus = run.manifest.settings, run.manifest.corpus
    parity = ", parity" if settings.profile == "parity" else ""
    return f"{corpus.clips:,} of {corpus.name}{parity}"


def _latest(line: Series) -> str:
    if line.latest is None:
        return units.NONE
    latest = line.latest
    return f"{comparison.times(latest.ratio)} as fast, {latest.outcome or latest.reason}"


def _step(line: Series, step: Step) -> str:
    suspects = "; ".join(map(comparison.change, step.suspects[:_MOST_SUSPECTS]))
    more = len(step.suspects) - _MOST_SUSPECTS
    why = suspects + (f"; and {more} more" if more > 0 else "")
    ratio = comparison.times(step.speed.ratio)
    what = f"{line.contender}, {line.model}: {ratio} as fast from {step.to.name} on"
    return f"step  {what}; changed: {why or 'nothing that a run records'}"
