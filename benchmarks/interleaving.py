"""`python -m benchmarks.interleaving [quiet|load|equals ...]`: what taking turns does to ratios.

Each part keeps what it measured in docs/records/interleaving.json; docs/records/interleaving.md is
written from all of them. Exit code 1 where a promise is broken.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory

from scipy import stats

from orchestrator.analysis.scoring.pairs import compare_all, log_ratios
from orchestrator.backends.worker import Machine
from orchestrator.bench import clip_source, order, prepare, selection
from orchestrator.bench.alone import run_cell
from orchestrator.bench.cell import Attempt, Bench
from orchestrator.bench.events import Watcher
from orchestrator.bench.exclusions import Exclusions, free_bytes
from orchestrator.bench.prepare import Entrant
from orchestrator.bench.rounds import run_rounds
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.clips.audio.warm_up import warm_ups
from orchestrator.host.monitor import Monitor
from orchestrator.places import ROOT, cache_folder
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Measured, Row
from orchestrator.runs.schema.contender import Wish
from orchestrator.runs.schema.plan import Cell
from orchestrator.runs.schema.rows import BlockSeconds
from orchestrator.runs.suite import Measurement

RECORDS = ROOT / "docs" / "records"
KEPT, PAGE = RECORDS / "interleaving.json", RECORDS / "interleaving.md"
SPREAD_AT_MOST, BIAS_AT_MOST, EQUALS_AT_LEAST = 0.65, 0.01, 30
DIFFERENT = ("faster", "slower")
BLOCKS = {"quiet": 12, "load": 12, "equals": 8}
LABELS = 9  # of one engine against itself: 36 pairs
ENGINES = (
    Wish(("faster-whisper",), precisions=("int8", "float32")),
    Wish(("whisper-cpp",)),
)
PAIRS = (
    ("faster-whisper int8", "faster-whisper float32"),
    ("faster-whisper int8", "whisper-cpp"),
)

Design = str  # "alone" or "turns"
Kept = dict[str, dict[Design, dict[str, dict[int, float]]]]  # by part, contender and block
BOTH: tuple[Design, ...] = ("alone", "turns")
PARTS = {
    "quiet": (ENGINES, 1, BOTH),
    "load": (ENGINES[:1], 1, BOTH),
    "equals": ((Wish(("faster-whisper",)),), LABELS, BOTH[1:]),
}


@contextmanager
def engines(wishes: Sequence[Wish], labels: int = 1) -> Iterator[tuple[Bench, dict[str, Entrant]]]:
    """Prepare real engines; yield what measures them on a short clip, and them by name."""
    asked = Measurement(weights="wheel", language="en", repeats=3, interleave="on")
    clips = [BUNDLED / "clean-room.flac"]
    options = selection.options(asked, wishes, clips, labels=labels)
    chosen, _ = selection.candidates(options)
    watcher = Watcher()
    with Machine() as machine, clip_source.clips(options, watcher, chosen) as gathered:
        warm = warm_ups(gathered, cache_folder() / "decoded")
        with TemporaryDirectory() as made, RunFolder(Path(made)) as folder, Monitor() as monitor:
            moved = gathered.moved(folder.clips_file)
            settings = clip_source.settled(options.settings, moved)
            bench = Bench(machine, folder, watcher, monitor, settings, moved, warm)
            yield bench, {e.name: e for e in prepare.ready(chosen, watcher).entrants}


def measure(part: str, kept: Kept) -> None:
    """Measure the blocks of a part that are not kept yet; each is kept when it is done.

    A block is measured in every design, in alternating order, so that both see one machine.
    """
    wishes, labels, designs = PARTS[part]
    with engines(wishes, labels) as (bench, entrants), ExitStack() as meanwhile:
        if part == "load":
            load = subprocess.Popen([sys.executable, "-m", "benchmarks.coming_and_going"], cwd=ROOT)
            meanwhile.callback(load.kill)
        own = kept.setdefault(part, {d: {name: {} for name in entrants} for d in designs})
        drawn = order.cells(list(entrants), BLOCKS[part], seed=1)
        for block, cells in groupby(drawn, key=lambda cell: cell.block):
            here = list(cells)
            if all(block in times for design in own.values() for times in design.values()):
                continue
            for design in designs if block % 2 else designs[::-1]:
                for row in _rows(bench, entrants, here, design):
                    if not isinstance(row, Measured):
                        raise SystemExit(f"{row.contender}: {row.reason}")
                    own[design][row.contender][block] = row.time
            KEPT.write_text(stored(kept), "utf-8")
            print(f"{part}, block {block}", file=sys.stderr, flush=True)


def _rows(
    bench: Bench, entrants: Mapping[str, Entrant], cells: Sequence[Cell], design: Design
) -> Iterator[Row]:
    if design == "alone":
        yield from (run_cell(bench, cell, entrants[cell.contender]) for cell in cells)
        return
    attempts = [Attempt.begin(bench, cell, entrants[cell.contender], 2) for cell in cells]
    exclusions = Exclusions(bench.settings, free_bytes())
    yield from run_rounds(bench, attempts, list(entrants), exclusions)


@dataclass(frozen=True)
class Compared:
    """A pair's log ratios, one process after the other and in turns."""

    title: str
    alone: tuple[float, ...]
    turns: tuple[float, ...]

    @property
    def spread(self) -> float:
        """The standard deviation in turns by that alone."""
        return stdev(self.turns) / stdev(self.alone)

    @property
    def bias(self) -> tuple[float, float, float]:
        """The mean difference of the log ratios, with its 95 % interval by Student's t."""
        apart = [turns - alone for turns, alone in zip(self.turns, self.alone, strict=True)]
        interval = stats.ttest_1samp(apart, 0.0).confidence_interval()
        return fmean(apart), float(interval.low), float(interval.high)

    @property
    def unbiased(self) -> bool:
        """Whether turns change a ratio by under 1 %, or by nothing as far as is known."""
        mean, low, high = self.bias
        return abs(mean) <= BIAS_AT_MOST or low <= 0 <= high

    def line(self) -> str:
        """Return a line of the table."""
        mean, low, high = self.bias
        return (
            f"| {self.title} | {len(self.turns)} | {stdev(self.alone):.4f} |"
            f" {stdev(self.turns):.4f} | {self.spread:.2f} |"
            f" {100 * mean:+.2f} ({100 * low:+.2f} to {100 * high:+.2f}) |"
        )


def compared(kept: Kept) -> Iterator[Compared]:
    """Yield each pair on the quiet machine and beside the load, over the blocks that are there."""
    places = (("quiet", "quiet"), ("load", "beside a load"))
    for part, where in (place for place in places if place[0] in kept):
        for first, second in PAIRS if part == "quiet" else PAIRS[:1]:
            logs = [
                tuple(log_ratios(own[first], own[second]))
                for own in (kept[part]["alone"], kept[part]["turns"])
            ]
            yield Compared(f"{first} against {second}, {where}", *logs)


def loaded(text: str) -> Kept:
    """Return what is kept: seconds and those of the rounds, by part, design, contender, block."""
    kept = json.loads(text)
    return {
        part: {
            design: {
                name: {
                    int(block): BlockSeconds(total, tuple(rounds))
                    for block, (total, *rounds) in own.items()
                }
                for name, own in times.items()
            }
            for design, times in designs.items()
        }
        for part, designs in kept.items()
    }


def stored(kept: Kept) -> str:
    """Return the same as a text."""
    plain = {
        part: {
            design: {
                name: {
                    block: [round(x, 5) for x in (seconds, *getattr(seconds, "rounds", ()))]
                    for block, seconds in own.items()
                }
                for name, own in times.items()
            }
            for design, times in designs.items()
        }
        for part, designs in kept.items()
    }
    return json.dumps(plain, indent=None, separators=(",", ":")) + "\n"


def page(kept: Kept) -> tuple[str, list[str]]:
    """Return the page, and what breaks a promise; a part that was not measured is said to be."""
    lines = list(compared(kept))
    spreads = [line for line in lines if "whisper-cpp" not in line.title]
    over = [line for line in spreads if line.spread > SPREAD_AT_MOST]
    faults = [f"{line.title}: {line.spread:.2f} of the spread" for line in over]
    faults += [f"{line.title}: bias {line.bias[0]:+.3f}" for line in lines if not line.unbiased]
    equals, wrong = _equals(kept)
    faults += wrong + [f"{part}: not measured" for part in PARTS if part not in kept]
    text = Path(__file__).with_name("interleaving.md.in").read_text("utf-8")
    shown = "\n".join(f"- {fault}" for fault in faults) or "All are kept."
    table = "\n".join(line.line() for line in lines)
    return text.format(table=table, equals=equals, faults=shown), faults


def _equals(kept: Kept) -> tuple[str, list[str]]:
    """Judge one engine against itself; return what is said of it, and what is wrong with it."""
    if "equals" not in kept:
        return "Not measured yet.", []
    times = kept["equals"]["turns"]
    verdicts = compare_all(times)
    wrong = [f"{p.first}, {p.second}: {p.outcome}" for p in verdicts if p.outcome in DIFFERENT]
    ties = sum(pair.outcome == "tie" for pair in verdicts)
    blocks = len(next(iter(times.values())))
    text = (
        f"One engine under {len(times)} names, {blocks} blocks in turns: of {len(verdicts)} pairs"
    )
    few = [f"{len(verdicts)} pairs of equals"] if len(verdicts) < EQUALS_AT_LEAST else []
    return f"{text} {len(wrong)} are called different, {ties} a tie.", wrong + few


def main() -> None:
    """Measure what is named, all by default; write the page of what is there."""
    kept = loaded(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    for part in sys.argv[1:] or PARTS:
        measure(part, kept)
    text, faults = page(kept)
    PAGE.write_text(text, "utf-8")
    print("\n".join([f"{PAGE} written", *faults]))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
