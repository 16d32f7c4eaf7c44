"""What a recommendation reads of a run: its summary, and its times of short and of long clips."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from orchestrator.analysis.scoring.intervals import Interval, median_interval
from orchestrator.errors import UsageError, program, quoted
from orchestrator.runs import stored
from orchestrator.runs.schema import Estimate, Measured, Rate, Summary
from orchestrator.runs.stored import RunFiles

SHORT = 10.0  # seconds: a sentence or two, as they are dictated
LONG = 60.0  # two of Whisper's windows: in less there is hardly a seam
HOUR = 3600.0


def exact(value: float | None) -> Interval | None:
    """Return a cost that is taken as it is: a maximum, or what has no stored interval."""
    return None if value is None else Interval(value, value, value)


def estimated(value: Estimate | None, scale: float) -> Interval | None:
    """Return an estimate over blocks, times a positive number."""
    if value is None:
        return None
    scaled = value.mapped(lambda x: x * scale)
    return Interval(scaled.median, scaled.low, scaled.high)


def over_blocks(values: Sequence[float]) -> Interval:
    """Return the median over blocks with its interval."""
    found = median_interval(values)
    return Interval(found.median, found.low, found.high)


def rate(value: Rate) -> Interval:
    """Return a share with its interval over recordings."""
    return Interval(value.value, value.low, value.high)


@dataclass(frozen=True)
class CostsByLength:
    """What clips of one kind take by contender, in seconds: one of the mean `length`, an hour."""

    length: float
    clip: Mapping[str, Interval]
    hour: Mapping[str, Interval]


@dataclass(frozen=True)
class Evidence:
    """A run's summary; its longest clip in seconds; costs by length; CPU seconds an audio hour.

    `short` (up to 10 s) and `long` (a minute and more) are None where the run has no such clip.
    """

    summary: Summary
    longest: float
    short: CostsByLength | None
    long: CostsByLength | None
    cpu: Mapping[str, Interval]

    @property
    def clips(self) -> int:
        """How many clips there are, 1 at least."""
        return max(self.summary.corpus.clips, 1)

    @property
    def mean(self) -> float:
        """Seconds of the mean clip."""
        return self.summary.corpus.seconds / self.clips


def read(folder: Path, only: str | None = None) -> Evidence:
    """Read a run, or one contender of it.

    Raises UsageError where it has nothing to choose from, ConfigError if it is broken.
    """
    run = stored.read(folder)
    summary = run.folder.summary()
    if summary is None:
        raise UsageError(
            f"run {run.name} was cut off: it has no summary.json",
            f"{program()} run --resume {quoted(folder)}",
        )
    if only is not None:
        name = stored.contender(run, only).name
        lines = tuple(line for line in summary.contenders if line.contender == name)
        summary = summary.model_copy(update={"contenders": lines})
    if summary.alike:
        raise UsageError(
            f"run {run.name} measured one backend against itself",
            f"name a run of several backends: {program()} run --all",
        )
    cpu = {name: [x for x in map(_cpu, own) if x is not None] for name, own in run.rows.items()}
    return Evidence(
        summary,
        longest=max((clip.seconds for clip in run.folder.clips()), default=0.0),
        short=_costs(run.folder, run.rows, lambda seconds: seconds <= SHORT),
        long=_costs(run.folder, run.rows, lambda seconds: seconds >= LONG),
        cpu={name: over_blocks(values) for name, values in cpu.items() if values},
    )


def _costs(
    run: RunFiles, rows: Mapping[str, Sequence[Measured]], kind: Callable[[float], bool]
) -> CostsByLength | None:
    """Return what clips of one kind took; None without any, or where their times are not here."""
    lengths = [clip.seconds for clip in run.clips() if kind(clip.seconds)]
    if not lengths or not (run.path / "passes").is_dir():
        return None

    def seconds(row: Measured) -> float:
        pairs = zip(run.clips(), run.passes(row), strict=True)
        return sum(median(p.seconds) for clip, p in pairs if kind(clip.seconds) and p.seconds)

    sums = {name: [seconds(row) for row in own] for name, own in rows.items()}

    def each(audio: float) -> dict[str, Interval]:
        return {name: over_blocks([s / audio for s in own]) for name, own in sums.items()}

    return CostsByLength(fmean(lengths), clip=each(len(lengths)), hour=each(sum(lengths) / HOUR))


def _cpu(row: Measured) -> float | None:
    """Return CPU seconds an audio hour: all that a process took, by all the audio it heard.

    How often a clip was timed, and how long the warm-up took, differs between engines.
    """
    heard = row.audio_seconds * row.passes
    heard += sum(each.audio_seconds * len(each.seconds) for each in row.warm_up)
    spent = row.resources.cpu_seconds
    return HOUR * spent / heard if spent and heard else None
