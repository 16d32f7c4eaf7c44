"""What the charts draw, as rows of plain values; `says` is what a mark tells when pointed at."""

from collections.abc import Callable, Sequence

from orchestrator import units
from orchestrator.reports.columns import interval
from orchestrator.reports.html.drawing import Values, drawable
from orchestrator.reports.html.run_data import Story
from orchestrator.runs.schema import BackendSummary
from orchestrator.runs.schema.reduce import block_times

STEPS: dict[str, Callable[[BackendSummary], float | None]] = {
    "start": lambda b: b.spawn_seconds,
    "import": lambda b: b.import_seconds,
    "load": lambda b: b.load_seconds,
    "first speech": lambda b: b.first_seconds,
}
"""What every start takes. Making the environment and fetching weights happen once: in the table."""


def measured(story: Story) -> list[BackendSummary]:
    """Return the backends that have times, fastest first."""
    return [b for b in story.summary.backends if b.seconds is not None]


def blocks(story: Story) -> Values:
    """Return the seconds of every block that counts."""
    return [
        {
            "name": drawable(name),
            "seconds": seconds,
            "says": f"{drawable(name)}, block {block}: {units.seconds(seconds)} s",
        }
        for name, times in block_times(story.rows).items()
        for block, seconds in times.items()
    ]


def medians(story: Story) -> Values:
    """Return each backend's median; where there is no interval its ends are the median."""
    return [
        {
            "name": drawable(b.backend),
            "seconds": b.seconds.median,
            "low": b.seconds.median if b.seconds.low is None else b.seconds.low,
            "high": b.seconds.median if b.seconds.high is None else b.seconds.high,
            "says": f"{drawable(b.backend)}, median: {interval(b.seconds)}",
        }
        for b in measured(story)
        if b.seconds is not None
    ]


def accuracy(story: Story) -> Values:
    """Return speed with word error rate, in percent, where both are known."""
    return [
        {
            "name": drawable(b.backend),
            "seconds": b.seconds.median,
            "wer": 100 * b.wer,
            "low": None if rate is None or rate.low is None else 100 * rate.low,
            "high": None if rate is None or rate.high is None else 100 * rate.high,
            "best": b.backend in story.summary.front,
            "says": f"{drawable(b.backend)}: {units.seconds(b.seconds.median)} s,"
            f" WER {units.percent(b.wer)}",
        }
        for b in measured(story)
        if b.seconds is not None and b.wer is not None
        for rate in (b.accuracy.wer if b.accuracy else None,)
    ]


def memory(story: Story) -> Values:
    """Return peak memory."""
    return [
        {
            "name": drawable(b.backend),
            "gigabytes": b.peak_memory_bytes / 1e9,
            "size": units.size(b.peak_memory_bytes),
            "says": f"{drawable(b.backend)}: {units.size(b.peak_memory_bytes)}",
        }
        for b in measured(story)
        if b.peak_memory_bytes is not None
    ]


def steps(story: Story) -> Values:
    """Return the steps of a cold start, numbered in their order."""
    return [
        {
            "name": drawable(b.backend),
            "step": step,
            "place": place,
            "seconds": seconds,
            "says": f"{drawable(b.backend)}, {step}: {units.seconds(seconds)} s",
        }
        for b in measured(story)
        for place, (step, cell) in enumerate(STEPS.items())
        if (seconds := cell(b)) is not None
    ]


def lengths(story: Story) -> Values:
    """Return times of clips by their length."""
    return [
        {
            "name": drawable(name),
            "audio": audio,
            "seconds": seconds,
            "says": f"{drawable(name)}: {units.seconds(seconds)} s for {audio:.1f} s of audio",
        }
        for name, own in story.lengths.items()
        for audio, seconds in own
    ]


def fits(story: Story) -> Values:
    """Return the two ends of each backend's line: what a clip costs, and what a minute adds."""
    longest = max((audio for own in story.lengths.values() for audio, _ in own), default=0.0)
    return [
        {
            "name": drawable(b.backend),
            "audio": audio,
            "seconds": b.costs.fixed.median + audio / 60 * b.costs.a_minute.median,
        }
        for b in measured(story)
        if b.costs is not None
        for audio in (0.0, longest)
    ]


def said(rows: Sequence[dict[str, object]]) -> str:
    """Return what all marks tell, as one sentence for those who do not see them."""
    return "; ".join(str(row["says"]) for row in rows)
