"""Whether a comparison fails a condition, for a build to stop at: only what is decided does.

Undecided is no evidence of harm, and failing on it would fail every noisy day. What cannot be
decided at all, for want of blocks or clips, is refused: it would be a gate that never closes.
"""

from collections.abc import Iterator
from typing import Literal

from orchestrator.analysis.compare import Compared, Comparison
from orchestrator.errors import UsageError

Condition = Literal["slower", "worse", "any"]


def failing(comparison: Comparison, condition: Condition) -> list[str]:
    """Return a sentence for each thing that fails the condition; none where nothing does.

    `slower` is speed, `worse` is errors, `any` is either, or more memory, or a slower load. A
    backend that no longer does what it did fails every condition. Raises UsageError where nothing
    compared could ever fail it.
    """
    found = [f"{name} was measured and now fails: {why}" for name, why in comparison.broken.items()]
    for line in comparison.backends:
        found += [f"{line.backend} {what}" for what in _failing(line, condition)]
    if not found and comparison.backends:
        _require_decidable(comparison, condition)
    return found


def _failing(line: Compared, condition: Condition) -> Iterator[str]:
    if line.fault:
        yield line.fault
    if condition != "worse" and line.speed.outcome == "slower":
        yield "is slower"
    if condition != "slower" and line.errors and line.errors.outcome == "more":
        yield "makes more errors"
    if condition == "any" and line.memory.outcome == "more":
        yield "takes more memory"
    if condition == "any" and line.load.outcome == "slower":
        yield "loads more slowly"


def _require_decidable(comparison: Comparison, condition: Condition) -> None:
    lines = comparison.backends
    if condition != "worse" and any(line.speed.outcome for line in lines):
        return
    if condition != "slower" and any(line.errors and line.errors.outcome for line in lines):
        return
    speed = next((line.speed.reason for line in lines if line.speed.reason), "")
    few = "errors cannot be judged: it takes 10 speakers, recordings or clips with a transcript"
    reasons = {"slower": speed, "worse": few, "any": f"{speed}; {few}"}
    raise UsageError(
        f"--fail-on {condition} could never fail here: {reasons[condition]}",
        "measure both again: run --all --profile full, and --corpus X for errors",
    )
