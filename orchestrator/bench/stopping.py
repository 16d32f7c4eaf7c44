"""Whether another block is worth running: by intervals' widths and the clock, not by verdicts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Self

from orchestrator.analysis.scoring import decidable, precision
from orchestrator.analysis.scoring.timing import Times
from orchestrator.bench.events import Forecast
from orchestrator.errors import UsageError
from orchestrator.runs.schema import Failed, Measured, Row, Settings, Skipped, plan
from orchestrator.runs.schema.rows import block_times
from orchestrator.units import count, duration, share

# Both the spread and the interval have to say so: spikes in one cell of five widen a spread, and an
# interval of few blocks. docs/records/simulation.md counts what is given up by mistake.
_SURE_AFTER = 30  # blocks
_HOPELESS = 4  # times the blocks that there is time for


def require_decidable(difference: float, region: float) -> None:
    """Raise UsageError for a difference that the threshold calls a tie."""
    if difference <= region:
        raise UsageError(
            f"--decide {share(difference)} is within --threshold {share(region)}: "
            "ratios that close to 1 are a tie",
            "ask for a larger difference, or lower the threshold",
        )


@dataclass
class Progress:
    """What is known after some blocks: who has failed, everybody's times, how long blocks last."""

    failed: set[str] = field(default_factory=set)
    remote: set[str] = field(default_factory=set)
    times: dict[str, dict[int, float]] = field(default_factory=dict)
    lasted: list[float] = field(default_factory=list)
    repeated: int = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Take in the rows of whole blocks.

        A sleeping machine is no failure of a contender, nor is a preparation (block 0) that failed
        before it was repeated. What it cannot do in one block it cannot do in another.
        """
        self.failed |= {row.contender for row in rows if isinstance(row, Skipped)}
        failed = [r for r in rows if isinstance(r, Failed) and r.block and r.kind != "slept"]
        self.failed |= {row.contender for row in failed}
        self.remote |= {r.contender for r in rows if isinstance(r, Measured) and r.remote}
        for name, blocks in block_times(rows).items():
            self.times.setdefault(name, {}).update(blocks)


@dataclass(frozen=True)
class Outlook:
    """What some blocks decide, how many more there is time for, and how many more it would take."""

    settings: Settings
    block: int  # the last one done
    names: int  # of contenders that the run began with
    running: Times  # of those that are ranked
    lasted: Sequence[float]  # seconds of each block of this session

    @classmethod
    def of(cls, settings: Settings, names: Sequence[str], block: int, progress: Progress) -> Self:
        """Return what is known after a block."""
        left = [name for name in names if name not in progress.failed]
        ranked = settings.ranked(left, progress.remote)
        running = {name: progress.times.get(name, {}) for name in ranked}
        return cls(settings, block, len(names), running, tuple(progress.lasted))

    def end(self) -> str:
        """Say why no further block is needed, or wanted; empty when one is."""
        return self._nobody_left() or self._enough() or self._out_of_time() or self._hopeless()

    def forecast(self) -> Forecast | None:
        """Return how many more blocks are expected, once there are intervals."""
        asked = self._plan.decides
        if asked is None or self._deviation is None:
            return None
        needed = self._needed(self._in_time)
        more = None if needed is None else max(needed, self._plan.least) - self.block
        lasts = median(self.lasted) if self.lasted else None
        seconds = more * lasts if more is not None and lasts is not None else None
        return Forecast(asked, self._reached, more, seconds)

    @property
    def _plan(self) -> plan.Profile:
        return self.settings.plan

    @cached_property
    def _reached(self) -> float | None:
        if self._plan.decides is None:
            return None
        last = range(self.block - decidable.RUNNING + 1, self.block + 1)
        return decidable.lasting([self._decided_by(block) for block in last])

    def _decided_by(self, block: int) -> float | None:
        known = {
            name: {b: seconds for b, seconds in own.items() if b <= block}
            for name, own in self.running.items()
        }
        return decidable.decidable(known, self.settings.region)

    @cached_property
    def _deviation(self) -> float | None:
        """The widest spread of neighbours in rank; None before all have an interval."""
        if self._reached is None:
            return None
        return max(map(decidable.spread, decidable.neighbours(self.running)))

    @cached_property
    def _in_time(self) -> int:
        """How many blocks there will be at most, those done included."""
        most, budget = self._plan.most, self.settings.budget_seconds
        if budget is None or not self.lasted:
            return most
        more = plan.blocks_within(budget, self.lasted) - len(self.lasted)
        return min(self.block + more, most)

    def _needed(self, most: int) -> int | None:
        """Return after how many blocks the difference asked for should be decided."""
        asked, region = self._plan.decides, self.settings.region
        if asked is None or self._deviation is None:
            return None
        return precision.blocks_for(asked, region, self._deviation, self.block + 1, most)

    def _nobody_left(self) -> str:
        if not self.running:
            return "no backend is left"
        if self._plan.bounded_by_time and len(self.running) == 1 < self.names:
            return f"only {next(iter(self.running))} is left: there is no difference to decide"
        return ""

    def _enough(self) -> str:
        if self._plan.wants_more(self.block, self._reached):
            return ""
        done, asked = count(self.block, "block"), self._plan.decides
        if asked is None:
            return f"{done}, as planned"
        if self._reached is not None and self._reached <= asked:
            return f"decides {share(asked)} after {done}"
        return f"{done}, as planned; decides {share(self._reached)}, not {share(asked)}"

    def _out_of_time(self) -> str:
        if not self.lasted or self._in_time > self.block:
            return ""
        done, span = count(self.block, "block"), duration(self.settings.budget_seconds or 0.0)
        if self._plan.bounded_by_time:
            return self._cannot(span, "")
        found = f"; decides {share(self._reached)} after {done}" if self._reached else ""
        return f"the budget of {span} allows no further block{found}"

    def _hopeless(self) -> str:
        """Say that not even all the time there is would do; empty where it might."""
        asked, reached = self._plan.decides, self._reached
        if not self._plan.bounded_by_time or self.block < _SURE_AFTER or not (asked and reached):
            return ""
        region, most = math.log1p(self.settings.region), _HOPELESS * self._in_time
        # An interval shrinks with the square root of the blocks.
        shrinks = (math.log1p(reached) - region) / (math.log1p(asked) - region)
        if self._deviation is None or self.block * shrinks**2 <= most or self._needed(most):
            return ""
        best = precision.expected(self.settings.region, self._deviation, self._in_time)
        span = duration(self.settings.budget_seconds or 0.0)
        return self._cannot(span, f", but about {share(best)}")

    def _cannot(self, span: str, instead: str) -> str:
        """Say that the machine is not steady enough for what was asked, and what it can do."""
        done = count(self.block, "block")
        reached = f"{share(self._reached)} after {done}"
        if self._reached is None:
            reached = f"there was time for {done}, and an interval takes {plan.FEWEST_BLOCKS}"
        return (
            f"this machine cannot decide {share(self._plan.decides)} in {span}{instead}; {reached}"
        )
