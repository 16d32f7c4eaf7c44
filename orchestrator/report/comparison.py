"""Two runs of the same thing, side by side: each backend's times, block against block."""

from rich.console import Console
from rich.table import Table

from orchestrator.report import words
from orchestrator.scoring.intervals import median_interval
from orchestrator.scoring.timing import Times
from orchestrator.scoring.verdict import Pair, compare


def render(before: Times, after: Times, region: float, console: Console) -> None:
    """Print how fast the second run was against the first, backend by backend."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("backend", "then, s", "now, s", "now is", "verdict"):
        table.add_column(title, header_style="bold")
    for name in before:
        if name not in after:
            table.add_row(name, words.NONE, words.NONE, words.NONE, "not measured again")
            continue
        then, now = (median_interval(list(run[name].values())).median for run in (before, after))
        pair = compare({"now": after[name], "then": before[name]}, "now", "then", region=region)
        verdict = pair.outcome or pair.reason or words.NONE
        table.add_row(name, words.seconds(then), words.seconds(now), _ratio(pair), verdict)
    console.print(table)


def _ratio(pair: Pair) -> str:
    if pair.ratio is None:
        return words.NONE
    limits = ""
    if pair.ratio.low is not None and pair.ratio.high is not None:
        limits = f" ({pair.ratio.low:.2f} to {pair.ratio.high:.2f})"
    return f"{pair.ratio.median:.2f} times as fast{limits}"
