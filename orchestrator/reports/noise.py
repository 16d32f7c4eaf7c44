"""What is said of speech in noise: rates by level, and where they double."""

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from orchestrator import units
from orchestrator.reports.quantities import SHARE, written
from orchestrator.runs.schema import ContenderSummary, Doubling, NoiseCurve, Scalar, Summary
from orchestrator.runs.schema.noise import ROOM


def heading(summary: Summary) -> str:
    """Say what the levels are of."""
    asked = summary.settings.noise
    parts = ["in noise, by how many dB speech is above it"] if asked and asked.kinds else []
    parts += ["in rooms, by the seconds of their echo"] if asked and asked.rooms else []
    return f"Word error rate {'; '.join(parts)}"


def by_kind(summary: Summary) -> Iterator[tuple[str, dict[str, NoiseCurve]]]:
    """Yield each kind of noise with the curve of every contender that heard it."""
    lines = [line for line in summary.contenders if line.noise]
    for number, first in enumerate(lines[0].noise if lines else ()):
        yield first.kind, {line.contender: line.noise[number] for line in lines}


def titles(curve: NoiseCurve) -> tuple[str, ...]:
    """Return the titles of a table of curves of one kind."""
    levels = (level_name(curve.kind, point.level) for point in curve.points)
    return ("contender", "clean", *levels, "WER doubles at")


def kind_name(kind: str) -> str:
    """Return what a noise is called: a file by its name alone."""
    return "Echo of a room" if kind == ROOM else PurePath(kind).name.capitalize()


def level_name(kind: str, level: float) -> str:
    """Return a level with its unit."""
    return f"{level:g} s" if kind == ROOM else f"{level:g} dB"


def row(contender: str, curve: NoiseCurve) -> tuple[str, ...]:
    """Return a contender's line of such a table."""
    rates = (written(point.wer, SHARE) for point in curve.points)
    return (contender, written(curve.clean, SHARE), *rates, doubling(curve))


def doubling(curve: NoiseCurve) -> str:
    """Say where errors double."""
    found = curve.doubles
    if found is None:
        return units.NONE
    if found.level is None:
        easiest, hardest = (
            level_name(curve.kind, point.level) for point in (curve.points[0], curve.points[-1])
        )
        worse, less = ("over", "under") if curve.kind == ROOM else ("under", "over")
        return f"{less} {easiest}" if found.beyond == "easiest" else f"{worse} {hardest}"
    unit = "s" if curve.kind == ROOM else "dB"
    return f"{_between(curve.kind, found.level)} {unit}{_ends(found, curve)}"


def _between(kind: str, level: float) -> str:
    """Return a place between levels: no further than a tenth of a dB, or hundredths of a second."""
    return f"{level:.2f}" if kind == ROOM else f"{level:.1f}"


def _ends(found: Doubling, curve: NoiseCurve) -> str:
    if found.low is None and found.high is None:
        return ""
    low, high = (
        _between(curve.kind, end) if end is not None else f"{word} {point.level:g}"
        for end, word, point in (
            (found.low, "before", curve.points[0]),
            (found.high, "beyond", curve.points[-1]),
        )
    )
    return f" ({low} to {high})"


def sentences(lines: Sequence[ContenderSummary]) -> Iterator[str]:
    """Yield at which level an engine failed at clips."""
    for line in lines:
        for curve in line.noise:
            for point in curve.points:
                if point.failed:
                    at = f"{kind_name(curve.kind).lower()}, {level_name(curve.kind, point.level)}"
                    yield f"{line.contender}: failed at {units.count(point.failed, 'clip')} ({at})"


def rates(line: ContenderSummary) -> Scalar:
    """Return all rates of a contender as JSON, by noise and level, for tables of programs."""
    found = {c.kind: {f"{p.level:g}": round(p.wer.value, 6) for p in c.points} for c in line.noise}
    return json.dumps(found, ensure_ascii=False) if found else None


def doubles(line: ContenderSummary) -> Scalar:
    """Return where errors double as JSON, by noise; null beyond what was tried."""
    found = {curve.kind: curve.doubles and curve.doubles.level for curve in line.noise}
    return json.dumps(found, ensure_ascii=False) if found else None
