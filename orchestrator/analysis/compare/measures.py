"""Times and memory of one backend in two runs: from their blocks to faster, slower, tie, undecided.

Where another backend ran in both runs with nothing changed, it is a control: its times show what
the machine did. Within each block a backend's time is then taken relative to the controls' (their
geometric mean), which also leaves out the drift within either run, and the two runs' relative times
are compared. That costs the controls' own noise, and assumes that the machine slows all alike.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from orchestrator.analysis.compare.independent import Place, Ratio, blocks_for, ratio, shift
from orchestrator.analysis.scoring.timing import Times
from orchestrator.runs.schema import Measured


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity in both runs, by its medians; `outcome` is None where `reason` says why.

    `ratio` is what is judged; `as_measured` is what the medians show, if it was judged beside
    `controls`.
    """

    old: float | None
    new: float | None
    ratio: Ratio | None
    outcome: str | None
    reason: str | None = None
    controls: tuple[str, ...] = ()
    as_measured: Ratio | None = None


SPEED: Mapping[Place, str] = {
    "above": "faster",
    "below": "slower",
    "within": "tie",
    "open": "undecided",
}
AMOUNT: Mapping[Place, str] = {
    "above": "more",
    "below": "less",
    "within": "tie",
    "open": "undecided",
}


def speed(
    backend: str, runs: tuple[Times, Times], region: float, controls: Collection[str] = ()
) -> Measure:
    """Judge how many times as fast the new run is; `runs` are all backends' seconds, old and new.

    A backend that is not in both has failed at clips: its seconds are of less work.
    """
    old, new = runs
    if backend not in old or backend not in new:
        return Measure(None, None, None, None, "clips failed: the times are not of the same work")
    then, now = list(old[backend].values()), list(new[backend].values())
    plain = ratio(then, now)
    used = tuple(name for name in sorted(controls) if name in old and name in new)
    before, after = (_beside(backend, used, run) for run in runs)
    if backend in used or not before or not after:
        return _judged((then, now), plain, SPEED, region)
    judged = _judged((then, now), shift(after, before), SPEED, region)
    return replace(judged, controls=used, as_measured=plain)


def memory(old: Sequence[Measured], new: Sequence[Measured], region: float) -> Measure:
    """Judge how many times the peak memory the new run takes."""
    then, now = (
        [float(b) for row in rows if (b := row.resources.peak_memory_bytes) is not None]
        for rows in (old, new)
    )
    return _judged((then, now), ratio(now, then), AMOUNT, region)


def _beside(backend: str, controls: Sequence[str], run: Times) -> list[float]:
    """Return for each block that all finished the log of how fast a backend is to the controls."""
    if not controls:
        return []
    blocks = set.intersection(*(set(run[name]) for name in (backend, *controls)))
    return [
        fmean(math.log(run[name][block]) for name in controls) - math.log(run[backend][block])
        for block in sorted(blocks)
    ]


def _judged(
    samples: tuple[Sequence[float], Sequence[float]],
    found: Ratio | None,
    outcomes: Mapping[Place, str],
    region: float,
) -> Measure:
    """Place a ratio, or say why it has no place."""
    old, new = (median(values) if values else None for values in samples)
    if found is None:
        return Measure(old, new, None, None, "not measured in both runs")
    if place := found.place(region):
        return Measure(old, new, found, outcomes[place])
    there, needed = " and ".join(str(len(values)) for values in samples), blocks_for()
    reason = f"too few blocks for a verdict: {there}, and it takes {needed} (--blocks {needed})"
    return Measure(old, new, found, None, reason)
