"""Whether a comparison fails a condition, for a build to stop at: only what is decided does.

Undecided is no evidence of harm, and failing on it would fail every noisy day. What was measured
and cannot be judged any more is another matter: a build that lost its backend is not as good as it
was. What never could be decided, for want of blocks or clips, is refused: it would be a gate that
never closes.
"""

from collections.abc import Iterator

from orchestrator.analysis.compare import Compared, Comparison
from orchestrator.analysis.compare.measures import blocks_for
from orchestrator.errors import UsageError

_FEW = "it takes 10 speakers, recordings or clips with a transcript"


def failing(comparison: Comparison, condition: str, *, allow_missing: bool = False) -> list[str]:
    """Return a sentence for each thing that fails the condition; none where nothing does.

    `slower` is speed, `worse` is errors, `any` is either, or more memory, or a slower load. A
    backend that no longer does what it did fails every condition, and so does one that was measured
    then and is missing, or cannot be judged, now; `allow_missing` passes these two. Raises
    UsageError where nothing compared could ever fail it.
    """
    found = [f"{name} was measured and now fails: {why}" for name, why in comparison.broken.items()]
    for line in comparison.backends:
        found += [f"{line.backend} {what}" for what in _failing(line, condition)]
    if not allow_missing:
        found += _missing(comparison, condition)
    if not found and comparison.backends:
        _require_decidable(comparison, condition)
    return found


def _missing(comparison: Comparison, condition: str) -> Iterator[str]:
    """Say of each backend measured then that it is not measured, or not to be judged, now."""
    for name, why in comparison.absent.items():
        if name in comparison.old.rows:
            yield f"{name} was measured then and is missing now: {why}"
    lines = comparison.backends
    speeds, errors = any(x.speed.outcome for x in lines), any(_errors(x) for x in lines)
    for line in lines:
        then, now = (len(run.rows[line.backend]) for run in (comparison.old, comparison.new))
        lost = speeds or now < blocks_for() <= then
        if condition != "worse" and lost and line.speed.outcome is None:
            yield f"{line.backend} cannot be judged by its speed: {line.speed.reason}"
        lost = errors or (line.old_wer is not None and line.new_wer is None)
        if condition != "slower" and lost and not _errors(line):
            yield f"{line.backend} cannot be judged by its errors: {_FEW}"


def _failing(line: Compared, condition: str) -> Iterator[str]:
    if line.fault:
        yield line.fault
    if condition != "worse" and line.speed.outcome == "slower":
        yield "is slower"
    if condition != "slower" and _errors(line) == "more":
        yield "makes more errors"
    if condition == "any" and line.memory.outcome == "more":
        yield "takes more memory"
    if condition == "any" and line.load.outcome == "slower":
        yield "loads more slowly"


def _require_decidable(comparison: Comparison, condition: str) -> None:
    lines = comparison.backends
    if condition != "worse" and any(line.speed.outcome for line in lines):
        return
    if condition != "slower" and any(map(_errors, lines)):
        return
    speed = next((line.speed.reason for line in lines if line.speed.reason), "")
    reasons = {"slower": speed, "worse": f"errors: {_FEW}", "any": f"{speed}; errors: {_FEW}"}
    raise UsageError(
        f"--fail-on {condition} could never fail here: {reasons[condition]}",
        "measure both again: run --all --profile full, and --corpus X for errors",
    )


def _errors(line: Compared) -> str | None:
    return line.errors.outcome if line.errors else None
