"""From tallies to what a summary says of accuracy: one record a backend, and differences."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median

from orchestrator.analysis.scoring import paired, pareto
from orchestrator.analysis.scoring.text import is_spaced
from orchestrator.analysis.tally import Tally
from orchestrator.runs.schema import (
    Accuracy,
    BackendSummary,
    ErrorDifference,
    Formatting,
    Languages,
    Measured,
    Rate,
)


def accuracy(tally: Tally, languages: Sequence[str]) -> Accuracy | None:
    """Return one backend's errors over the corpus; None where nothing has a reference."""
    found, rate = tally.accuracy, tally.accuracy.wer()
    if rate is None:
        return None
    counts = found.score
    return Accuracy(
        clips=len(found),
        words=counts.words,
        substitutions=counts.substitutions,
        insertions=counts.insertions,
        deletions=counts.deletions,
        characters=counts.characters,
        character_errors=counts.character_errors,
        wer=Rate(value=rate.value, low=rate.low, high=rate.high, clusters=rate.clusters),
        cer=counts.cer,
        by_character=any(not is_spaced(language) for language in languages),
        empty=found.faults["empty"],
        failed=found.faults["failed"],
        looping=found.faults["looping"],
        formatting=_formatting(tally),
    )


def _formatting(tally: Tally) -> Formatting | None:
    split = tally.formatting.split()
    return Formatting(**asdict(split)) if split else None


def languages(tally: Tally, rows: Sequence[Measured]) -> Languages | None:
    """Return how often the backend detected the language of a clip; None where it was told."""
    found = tally.languages
    if not found.right + found.wrong + found.silent:
        return None
    costs = [
        median(row.detection.detecting_seconds) - median(row.detection.told_seconds)
        for row in rows
        if row.detection
    ]
    return Languages(
        right=found.right,
        wrong=found.wrong,
        silent=found.silent,
        seconds=median(costs) if costs else None,
    )


def differences(tallies: Mapping[str, Tally]) -> tuple[ErrorDifference, ...]:
    """Return every pair of backends, over the same clips."""
    found = paired.compare_all({name: tally.accuracy for name, tally in tallies.items()})
    return tuple(
        ErrorDifference(
            first=one.first,
            second=one.second,
            fewer=one.fewer,
            low=one.low,
            high=one.high,
            clips=one.clips,
            clusters=one.clusters,
            outcome=one.outcome,
            sentence=one.sentence,
        )
        for one in found
    )


def front(lines: Sequence[BackendSummary]) -> tuple[str, ...]:
    """Name those whom nobody beats in both speed and accuracy, of two or more; fastest first."""
    points = {
        line.backend: (line.seconds.median if line.seconds else None, line.wer)
        for line in lines
        if line.status == "measured" and not (line.accuracy and line.accuracy.failed)
    }
    return pareto.front(points) if len(points) > 1 else ()
