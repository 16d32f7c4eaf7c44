"""The tables under the table: the cold-start ladder, costs by length, and who beats whom."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.reports.terminal import tables
from orchestrator.runs.schema import BackendSummary, NoiseCertificate, PairVerdict, Verdict

_Cell = Callable[[BackendSummary], float | None]

_LADDER: dict[str, _Cell] = {
    "environment": lambda b: b.environment_seconds,
    "weights": lambda b: b.weights_seconds,
    "first compile": lambda b: b.compile_seconds,
    "spawn": lambda b: b.spawn_seconds,
    "import": lambda b: b.import_seconds,
    "load": lambda b: b.load_seconds,
    "first": lambda b: b.first_seconds,
    "warm": lambda b: b.seconds.median if b.seconds else None,
}
_BY_LENGTH: dict[str, _Cell] = {
    "first segment": lambda b: b.first_segment_seconds,
    "p90 of clips": lambda b: b.p90_seconds,
    "a clip, fixed": lambda b: b.costs.fixed.median if b.costs else None,
    "a minute of audio": lambda b: b.costs.a_minute.median if b.costs else None,
    "joules an audio hour": lambda b: b.joules_an_audio_hour,
}


def ladder(lines: Sequence[BackendSummary], console: Console) -> None:
    """Print the rungs of a cold start apart, and what is known by length; seconds."""
    _seconds("cold start, s", _LADDER, lines, console)
    if any(cell(line) is not None for line in lines for cell in _BY_LENGTH.values()):
        console.print()
        _seconds("more, s", _BY_LENGTH, lines, console)


def verdict(found: Verdict, console: Console, *, pairs: bool) -> None:
    """Print who is fastest here, and the pairs that nothing decides; with `pairs` all of them."""
    console.print(Text(found.headline, style="bold"), soft_wrap=True)
    for outcome in ("tie", "undecided"):
        named = [p for p in found.pairs if p.outcome == outcome]
        if named and not pairs:
            console.print(f"{outcome}: " + "; ".join(map(_pair, named)), soft_wrap=True)
    if pairs:
        for pair in found.pairs:
            console.print(f"  {_pair(pair)}: {pair.outcome or pair.reason}", soft_wrap=True)


def noise(found: NoiseCertificate, console: Console) -> None:
    """Print what a backend against itself says of the machine."""
    resolves = (
        "too few blocks to say what this machine can resolve (six are needed)"
        if found.resolves is None
        else f"this machine can resolve differences from {units.percent(found.resolves)} on today"
    )
    share = f"{found.false_verdicts} of {found.pairs} pairs of equals judged different"
    console.print(Text(f"noise certificate: {resolves}; {share}", style="bold"), soft_wrap=True)


def _pair(pair: PairVerdict) -> str:
    if pair.ratio is None:
        return f"{pair.first} and {pair.second}"
    limits = ""
    if pair.ratio.low is not None and pair.ratio.high is not None:
        limits = f" ({pair.ratio.low:.2f} to {pair.ratio.high:.2f})"
    more = f", about {units.count(pair.more_blocks, 'more block')}" if pair.more_blocks else ""
    return f"{pair.first} {pair.ratio.median:.2f}{limits} times as fast as {pair.second}{more}"


def _seconds(
    title: str, columns: dict[str, _Cell], lines: Sequence[BackendSummary], console: Console
) -> None:
    """Print those columns in which at least one backend has a value."""
    shown = {
        name: cell for name, cell in columns.items() if any(cell(b) is not None for b in lines)
    }
    table = tables.columns(title, *shown, numbers=shown)
    for line in lines:
        values = (units.seconds(cell(line)) for cell in shown.values())
        tables.add(table, line.backend, *values)
    tables.show(table, console)
