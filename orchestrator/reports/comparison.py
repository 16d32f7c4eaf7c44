"""Two runs compared, in tables and sentences: what terminal and Markdown say of them."""

from collections.abc import Iterator, Sequence

from orchestrator import units
from orchestrator.analysis.compare import Change, Compared, Comparison, Measure
from orchestrator.analysis.scoring.intervals import Interval
from orchestrator.reports import wording

SPEED = ("backend", "then, s", "now, s", "now is", "verdict")
REST = ("backend", "WER", "errors", "memory", "load, s")
OWN = ("contender", "time, s", "load, s", "memory", "WER")


def by_table(found: Comparison) -> Iterator[tuple[Sequence[str], Sequence[Sequence[str]]]]:
    """Yield each table: its titles, then a row of cells a backend; or a contender, of one run."""
    if found.within:
        (line,) = found.backends
        old, new = found.within
        yield OWN, [_own(old, line, 0), _own(new, line, 1)]
        yield (new, f"beside {old}", "verdict"), list(_judgements(line))
    elif found.backends:
        yield SPEED, [_speed(line, found) for line in found.backends]
        yield REST, [_rest(line) for line in found.backends]


def notes(found: Comparison) -> Iterator[str]:
    """Yield what must be known to read the tables: what fails, what is missing or mixed in."""
    for name, why in found.broken.items():
        yield f"{name} was measured then and fails now: {why}"
    for line in found.backends:
        if line.fault:
            yield f"{line.backend} {line.fault}"
    for name, why in found.absent.items():
        yield f"{name} is not compared: {why}"
    if not found.same_clips:
        yield f"the runs differ in clips: compared over the {found.clips:,} that both have"
    if found.across_machines:
        yield "across machines: times reflect the machines as much as the backends"
    for line in found.backends:
        if line.speed.controls:
            own = times(line.speed.as_measured)
            yield (
                f"{line.backend} is judged by its speed relative to {_controls(line.speed)}, where"
                f" nothing changed; by its times alone it is {own} as fast"
            )
    beside = [bool(line.speed.controls) for line in found.backends]
    if not found.within and not found.across_machines and not all(beside):
        advice = "; a backend run in both with nothing changed would take that out"
        mixed = "a time judged alone also has what the machine did between the runs"
        yield f"{mixed} (heat, other work){'' if any(beside) else advice}"


def changes(found: Comparison) -> Iterator[tuple[str, Sequence[Change]]]:
    """Yield what changed, the likeliest suspects first: whose it is, and what; nothing twice."""
    for line in found.backends:
        if own := found.changes.own[line.backend]:
            yield line.backend, own
    if found.changes.shared:
        yield "every backend", found.changes.shared
    if found.changes.condition:
        yield "the machine's condition", found.changes.condition


def unchanged(found: Comparison) -> str:
    """Name the backends of which nothing is known to have changed; empty where there are none."""
    if not (names := ", ".join(sorted(found.changes.controls))):
        return ""
    if found.within:
        return "they differ in nothing that a run records"
    return f"nothing that a run records changed for {names}"


def change(found: Change) -> str:
    """Return one change: what it is, what it was and what it is now."""
    return f"{found.what} {found.old or 'none'} -> {found.new or 'none'}"


def times(ratio: Interval | None) -> str:
    """Return a ratio with its limits, where it has any: 1.04 (1.01 to 1.08) times."""
    if ratio is None:
        return units.NONE
    return f"{wording.limits(f'{ratio.value:.2f}', ratio.low, ratio.high)} times"


def _speed(line: Compared, found: Comparison) -> tuple[str, ...]:
    speed = line.speed
    ratio = f"{times(speed.ratio)} as fast" if speed.ratio else units.NONE
    beside = f", beside {_controls(speed)}" if speed.controls else ""
    machines = ", across machines" if found.across_machines else ""
    verdict = f"{speed.outcome or speed.reason}{beside}{machines}"
    return line.backend, units.seconds(speed.old), units.seconds(speed.new), ratio, verdict


def _own(name: str, line: Compared, side: int) -> tuple[str, ...]:
    """Return what one of two contenders measured: the old one's side is 0, the new one's 1."""
    speed, load, memory = ((m.old, m.new)[side] for m in (line.speed, line.load, line.memory))
    wer = (line.old_wer, line.new_wer)[side]
    return name, units.seconds(speed), units.seconds(load), units.size(memory), units.percent(wer)


def _judgements(line: Compared) -> Iterator[tuple[str, ...]]:
    """Yield how one of two contenders is beside the other, quantity by quantity."""
    quantities = (("time", line.speed, "fast"), ("load", line.load, "fast"))
    for what, found, as_ in (*quantities, ("memory", line.memory, "much")):
        ratio = f"{times(found.ratio)} as {as_}" if found.ratio else units.NONE
        yield what, ratio, found.outcome or found.reason or units.NONE
    outcome = (line.errors and line.errors.outcome) or units.NONE
    yield "errors", _fewer(line) or "the same transcripts", outcome


def _rest(line: Compared) -> tuple[str, ...]:
    wer = f"{units.percent(line.old_wer)} -> {units.percent(line.new_wer)}"
    memory = f"{units.size(line.memory.old)} -> {units.size(line.memory.new)}"
    load = f"{units.seconds(line.load.old)} -> {units.seconds(line.load.new)}"
    return (
        line.backend,
        wer,
        _errors(line),
        memory + _judged(line.memory, "as much"),
        load + _judged(line.load, "as fast"),
    )


def _errors(line: Compared) -> str:
    """Say how errors compare, or without any to count, how many transcripts do."""
    fewer = _fewer(line)
    if line.errors is None or line.errors.outcome is None:
        return fewer or "same transcripts"
    return f"{line.errors.outcome}: {fewer or 'same transcripts'}"


def _fewer(line: Compared) -> str:
    """Say how many errors fewer there are, and how many texts differ; empty where none does."""
    if not line.other_texts:
        return ""
    texts = f"another text for {units.count(line.other_texts, 'clip')}"
    found = line.errors
    if found is None or found.outcome is None:
        return texts
    return f"{found.fewer:+.1f} ({found.low:+.1f} to {found.high:+.1f}) fewer in 100 words, {texts}"


def _judged(found: Measure, what: str) -> str:
    return f": {times(found.ratio)} {what}, {found.outcome}" if found.outcome else ""


def _controls(found: Measure) -> str:
    return " and ".join(found.controls)
