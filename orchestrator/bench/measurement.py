"""A block's cells become rows: processes take turns, or each has the machine to itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.bench.alone import run_cell
from orchestrator.bench.cell import Attempt, Bench
from orchestrator.bench.exclusions import Exclusions, take_turns
from orchestrator.bench.prepare import Entrant
from orchestrator.bench.rounds import run_rounds
from orchestrator.host.energy import Baseline
from orchestrator.runs.schema import Measured, Row
from orchestrator.runs.schema.plan import Cell


@dataclass(frozen=True)
class Measurement:
    """Measures blocks of a run; energy is counted above the `idle` machine's."""

    bench: Bench
    entrants: Mapping[str, Entrant]
    exclusions: Exclusions
    idle: Baseline | None

    def __call__(self, cells: Sequence[Cell], number: int, why: str = "") -> Iterator[Row]:
        """Yield a row for each of one block's cells; `why` it is the second attempt."""
        block = cells[0].block
        self.bench.watcher.block(block, self.bench.settings.plan)
        if why:
            self.bench.watcher.notice(f"block {block} is measured again: {why}")
        rows = self._rows(cells, number)
        for row in rows:
            self.exclusions.learn(row)
            yield row

    def _rows(self, cells: Sequence[Cell], number: int) -> Iterator[Row]:
        settings, block = self.bench.settings, cells[0].block
        if not take_turns(settings, len(cells), block):
            # Just before the first block of turns: who is idle when there is nothing to do?
            watched = settings.interleave == "auto" and take_turns(settings, len(cells), block + 1)
            for cell in cells:
                yield self._alone(cell, number, watched=watched)
            return
        reasons = self.exclusions.reasons(cells)
        attempts = [
            Attempt.begin(self.bench, cell, self.entrants[cell.contender], number)
            for cell in cells
            if cell.contender not in reasons
        ]
        rows = []
        if attempts:
            rows = run_rounds(self.bench, attempts, list(self.entrants), self.exclusions)
        yield from rows
        done = {row.contender for row in rows}
        for cell in (cell for cell in cells if cell.contender not in done):
            row = self._alone(cell, number)
            reason = reasons.get(cell.contender, "accelerator")
            measured = isinstance(row, Measured)
            yield row.model_copy(update={"alone": reason}) if measured else row

    def _alone(self, cell: Cell, number: int, *, watched: bool = False) -> Row:
        entrant = self.entrants[cell.contender]
        return run_cell(self.bench, cell, entrant, number, self.idle, watched=watched)
