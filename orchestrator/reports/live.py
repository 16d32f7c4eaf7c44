"""What a live run says in words: how it was spoken, and what live text costs in accuracy."""

from collections.abc import Iterator, Sequence

from orchestrator.reports import columns
from orchestrator.reports.quantities import Column
from orchestrator.runs.schema import ContenderSummary, Summary


def lines(summary: Summary) -> list[ContenderSummary]:
    """Return who listened, in the order of the table."""
    return [line for line in summary.contenders if line.live is not None]


def table(listening: Sequence[ContenderSummary]) -> list[Column]:
    """Return the columns of the table of live figures, the backend's name first."""
    return columns.at("live", listening)


def heading(summary: Summary) -> str:
    """Say how clips were spoken, and from where lags count."""
    pace = summary.settings.pace or 1.0
    speed = "the speed of speech" if pace == 1 else f"{pace:g} times the speed of speech"
    return (
        f"Live, at {speed}; a word's lag counts from its end, by the engines' own times of words"
        " (their median)"
    )


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
