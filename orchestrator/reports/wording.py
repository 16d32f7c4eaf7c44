"""What is said of a run, worded once: terminal, page, Markdown and scripts take it from here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestrator import units
from orchestrator.clips.robustness.cases import CASES, LANGUAGES
from orchestrator.errors import program, quoted
from orchestrator.reports.quantities import interval
from orchestrator.runs.schema import (
    ContenderSummary,
    Disputed,
    ErrorDifference,
    Estimate,
    Host,
    NoiseCertificate,
    PairVerdict,
    RobustnessVerdict,
    Summary,
)

_MOST_UNDECIDED = 3  # pairs that are named with what would decide them
_CASES = {case.name: case.what for case in (*CASES, LANGUAGES)}


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be known of a run: whom it is about, where it is about a backend, and why."""

    kind: Literal["failed", "skipped", "warning", "unusable", "left out", "open", "ended"]
    text: str
    backends: tuple[str, ...] = ()
    fix: str | None = None

    def __str__(self) -> str:
        """Return the note without its kind: a skip has its reason first, for any number."""
        names = ", ".join(self.backends)
        parts = (self.text, names) if self.kind == "skipped" else (names, self.text)
        return ": ".join(part for part in parts if part)


def notes(summary: Summary) -> Iterator[Note]:
    """Yield what failed, what was skipped (once a reason), and what else ought to be known."""
    for line in summary.contenders:
        if line.status == "failed":
            yield Note("failed", line.reason or "", (line.contender,), line.fix)
    skipped = (line for line in summary.contenders if line.status == "skipped")
    yield from skips((line.contender, line.reason or "") for line in skipped)
    for line in (*summary.contenders, *summary.imported):
        for notice in line.warnings:
            yield Note("warning", notice.message, (line.contender,))
    yield from (Note("warning", notice.message) for notice in summary.notices)
    for fault in summary.corpus.faults:
        yield Note("unusable", f"{fault.where}: {fault.what}")
    if (more := summary.corpus.unusable - len(summary.corpus.faults)) > 0:
        yield Note("unusable", f"{more:,} more")
    if left_out := ", ".join(f"{kind} ({n:,})" for kind, n in summary.corpus.left_out.items()):
        yield Note("left out", f"of references, because nobody said it: {left_out}")
    yield from undecided(summary)
    if summary.ended:
        yield Note("ended", summary.ended)


def skips(skipped: Iterable[tuple[str, str]]) -> Iterator[Note]:
    """Yield a note a reason, with all the backends (given as name, reason) that it skips."""
    found: dict[str, list[str]] = {}
    for name, reason in skipped:
        found.setdefault(reason, []).append(name)
    for reason, names in found.items():
        yield Note("skipped", reason, tuple(names))


def machine(host: Host) -> str:
    """Name a machine: its chip, cores, memory and system."""
    cores = f"{host.cores} cores" if host.cores else ""
    memory = units.size(host.memory_bytes) if host.memory_bytes else ""
    parts = (host.chip_or_platform, host.model, cores, memory, host.system)
    return ", ".join(filter(None, parts))


def remote(summary: Summary) -> str:
    """Say what the times of servers are; empty where nobody asked one."""
    names = ", ".join(b.contender for b in summary.contenders if b.remote and b.seconds)
    apart = " and not ranked beside the others (--rank-remote)" if summary.apart else ""
    return names and f"remote{apart}: {names}; a server computed, and times include the network"


def kind(summary: Summary) -> str:
    """Say what is compared with what."""
    if summary.alike:
        return f"one backend against itself, {len(summary.contenders)} times"
    if summary.settings.profile == "parity":
        return "engines: the same weights for all, greedy decoding (--parity)"
    return "products: each as its own project recommends"


def speech(summary: Summary) -> str:
    """Say what was transcribed: 12 clips of talks, 60.0 s."""
    corpus = summary.corpus
    whose = f" of {corpus.name}" if summary.settings.corpus is not None else ""
    return f"{units.count(corpus.clips, 'clip')}{whose}, {corpus.seconds:.1f} s"


def processes(summary: Summary) -> str:
    """Say how many processes a time is the median of."""
    most = max((b.seconds.n for b in summary.contenders if b.seconds), default=0)
    if most > 1:
        return f"medians over {most} fresh processes each"
    return "one process: no medians yet"


def about(summary: Summary) -> str:
    """Return the run in one line: the machine, the speech, what is compared, over how much."""
    parts = (speech(summary), kind(summary), processes(summary))
    return f"{machine(summary.host)}: {'; '.join(parts)}"


def verdict(summary: Summary) -> str:
    """Return the run in a sentence; a claim of speed only where the verdict makes it."""
    measured = [(b, b.seconds) for b in summary.ranked if b.seconds is not None]
    if summary.verdict and not summary.settings.plan.ranks and len(measured) > 1:
        best, time = measured[0]
        what = "Lowest median" if time.n > 1 else "Least time, of one process each"
        return f"{what}: {best.contender}, {interval(time)}"
    if summary.verdict:
        return summary.verdict.headline
    if summary.noise and summary.noise.resolves is not None:
        smallest = units.percent(summary.noise.resolves)
        return f"Smallest detectable difference on this machine: {smallest}"
    if not measured:
        return "Nothing could be measured"
    if len(measured) > 1:
        return "No ranking"
    line, _ = measured[0]
    wrong = "" if line.wer is None else f", {units.percent(line.wer)} of words wrong"
    return f"{line.contender} is {units.factor(line.rtfx)} times as fast as speech{wrong}"


def noise(found: NoiseCertificate) -> str:
    """Return what a backend against itself says of the machine."""
    smallest = (
        "not known, too few blocks (six are needed)"
        if found.resolves is None
        else f"{units.percent(found.resolves)} on this machine today"
    )
    share = f"{found.false_verdicts} of {found.pairs} pairs of equals judged different"
    return f"smallest detectable difference: {smallest}; {share}"


def ratio(found: Estimate | None) -> str:
    """Return a ratio with its limits, where it has any: 1.04 (1.01 to 1.08)."""
    return units.NONE if found is None else limits(f"{found.median:.2f}", found.low, found.high)


def limits(value: str, low: float | None, high: float | None) -> str:
    """Return a number followed by the ends of its interval, where it has one."""
    return value if low is None or high is None else f"{value} ({low:.2f} to {high:.2f})"


def outcome(pair: PairVerdict) -> str:
    """Return what is decided of a pair."""
    return pair.outcome or pair.reason or units.NONE


def pair(found: PairVerdict) -> str:
    """Return who is how many times as fast as whom."""
    if found.ratio is None:
        return f"{found.first} and {found.second}: {outcome(found)}"
    times = f"{ratio(found.ratio)} times as fast as"
    return f"{found.first} {times} {found.second}: {outcome(found)}"


def undecided(summary: Summary) -> Iterator[Note]:
    """Yield what would decide the pairs that are open, the quickest first, with its command."""
    seconds = {line.contender: line.process_seconds or 0.0 for line in summary.contenders}
    known = []
    for pair in summary.pairs:
        if found := pair.to_decide:
            time = found.blocks * (seconds[pair.first] + seconds[pair.second])
            known.append((found.blocks, time, found.difference, pair))
    for blocks, time, difference, pair in sorted(known, key=lambda one: one[0])[:_MOST_UNDECIDED]:
        wanted = units.share(difference)
        about = f"about {units.count(blocks, 'block')}, {units.duration(time)}"
        text = f"a run of both that decides {wanted} would most likely tell: {about}"
        only = quoted("--only", pair.first, "--only", pair.second)
        again = f"reproduce results/{summary.run_id} {only} --decide {wanted.replace(' ', '')}"
        yield Note("open", text, (pair.first, pair.second), f"{program()} {again}")


def pareto(summary: Summary) -> str:
    """Name the backends that none beats in both speed and accuracy; empty where none is known."""
    if not summary.front:
        return ""
    names = ", ".join(summary.front)
    return f"Pareto-optimal: {names} (no other backend is both as fast and as accurate)"


def decided(summary: Summary) -> list[ErrorDifference]:
    """Choose the differences from the backend with fewest errors that have an interval at all."""
    rates = {b.contender: b.wer for b in (*summary.ranked, *summary.imported) if b.wer is not None}
    best = min(rates, key=rates.__getitem__, default=None)
    return [d for d in summary.differences if best in (d.first, d.second) and d.outcome]


def place(dispute: Disputed) -> str:
    """Name a stretch that backends hear differently."""
    where = ""
    if dispute.start is not None and dispute.end is not None:
        where = f" at {units.seconds(dispute.start)} to {units.seconds(dispute.end)} s"
    return f"{dispute.clip}{where}, {100 * dispute.share:.0f} % disputed"


def case(name: str) -> str:
    """Return a robustness case's name with what it is."""
    return f"{name} ({_CASES[name]})" if name in _CASES else name


def cases(found: Iterable[RobustnessVerdict]) -> tuple[list[str], list[list[str]]]:
    """Return robustness as a table: its titles, then a row of verdicts a case, in their order."""
    listed = list(found)
    there = {each.case for each in listed}
    ordered = [*(name for name in _CASES if name in there), *sorted(there - set(_CASES))]
    backends = list(dict.fromkeys(each.contender for each in listed))
    verdicts = {(each.case, each.contender): each.verdict for each in listed}
    rows = [[name, *(verdicts.get((name, b), units.NONE) for b in backends)] for name in ordered]
    return ["case", *backends], rows


@dataclass(frozen=True, slots=True)
class Heard:
    """A transcript of a clip, and the backends that gave it."""

    clip: str
    backends: tuple[str, ...]
    text: str
    wer: float | None


def transcripts(lines: Sequence[ContenderSummary]) -> list[Heard]:
    """Return what was heard, a clip after the other; equal transcripts stand together."""
    found: dict[str, dict[str, Heard]] = {}
    for line in lines:
        for one in line.transcripts:
            text = f"failed: {one.failed}" if one.failed is not None else one.text or "(no text)"
            same = found.setdefault(one.clip, {})
            before = same[text].backends if text in same else ()
            same[text] = Heard(one.clip, (*before, line.contender), text, one.wer)
    return [heard for same in found.values() for heard in same.values()]
