"""Runs over time: a line a backend, drawn small, and each step with what changed then."""

import math
from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator import units
from orchestrator.analysis.history import Series, Step
from orchestrator.reports.terminal import tables
from orchestrator.reports.terminal.compare import change, times
from orchestrator.runs.stored import Run

_TITLES = ("backend", "model", "clips", "runs", "seconds", "newest", "against the previous")
_BARS = "▁▂▃▅▇"
_PLAIN_BARS = "_.-=#"
_MOST = 30  # runs in a line, the newest
_LEAST_SPAN = 1.2  # from the lowest bar to the highest at least: noise is no mountain range
_MOST_SUSPECTS = 4


def render(found: Sequence[Series], console: Console) -> None:
    """Print each machine's backends, those of this one before those of others."""
    ordered = sorted(found, key=lambda s: (s.runs[0].machine[0], str(s.runs[0].machine)))
    for number, (_, group) in enumerate(groupby(ordered, key=lambda s: s.runs[0].machine)):
        own = sorted(group, key=lambda s: (s.backend, s.model))
        console.print("\n" if number else "", end="")
        console.print(Text(_machine(own[0].runs[-1]), "bold"), soft_wrap=True)
        tables.show(_table(own, console), console)
        for line in own:
            for step in filter(None, line.steps):
                console.print(Text(_step(line, step)), soft_wrap=True)


def spark(values: Sequence[float], steps: Sequence[bool], bars: str = _BARS) -> str:
    """Draw values as bars, on a log scale; `|` before one is a step from the value before."""
    low, high = min(values), max(values)
    span = math.log(max(high / low, _LEAST_SPAN))
    drawn = [bars[round(math.log(v / low) / span * (len(bars) - 1))] for v in values]
    marks = ["", *("|" if step else "" for step in steps)]
    return "".join(mark + bar for mark, bar in zip(marks, drawn, strict=True))


def _table(lines: Sequence[Series], console: Console) -> Table:
    simple = console.options.ascii_only or console.is_dumb_terminal
    table = tables.columns(*_TITLES, numbers=("runs", "newest"), prose=("against the previous",))
    for line in lines:
        values, steps = line.seconds[-_MOST:], line.steps[-_MOST + 1 :]
        drawn = spark(values, [bool(s) for s in steps], _PLAIN_BARS if simple else _BARS)
        cells = (line.backend, line.model, _asked(line.runs[-1]), str(len(line.runs)), drawn)
        tables.add(table, *cells, units.seconds(line.seconds[-1]), _latest(line))
    return table


def _machine(run: Run) -> str:
    host = run.manifest.host
    whose = "somebody else's machine (imported)" if run.imported else "this folder's machine"
    memory = units.size(host.memory_bytes)
    return f"{whose}: {host.chip or host.platform}, {memory}, {host.os}"


def _asked(run: Run) -> str:
    settings, corpus = run.manifest.settings, run.manifest.corpus
    parity = ", parity" if settings.profile == "parity" else ""
    return f"{corpus.clips:,} of {corpus.name}{parity}"


def _latest(line: Series) -> str:
    if line.latest is None:
        return units.NONE
    return f"{times(line.latest.ratio)} as fast, {line.latest.outcome or line.latest.reason}"


def _step(line: Series, step: Step) -> str:
    suspects = "; ".join(map(change, step.suspects[:_MOST_SUSPECTS]))
    more = len(step.suspects) - _MOST_SUSPECTS
    why = suspects + (f"; and {more} more" if more > 0 else "")
    ratio = times(step.speed.ratio)
    what = f"{line.backend} {line.model}: {ratio} as fast from {step.to.name} on"
    return f"step  {what}; changed: {why or 'nothing that a run records'}"
