"""Who takes no turns with the others, and why: rules that go by stored rows and free memory."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

from orchestrator.bench import order
from orchestrator.host.resources import cpu_seconds
from orchestrator.runs.schema import Measured, Row, Settings
from orchestrator.runs.schema.plan import Cell
from orchestrator.runs.schema.rows import Alone

BUSY = 0.05  # of a processor, while idle; Whisper on CTranslate2, ggml, MLX and PyTorch: 0 to 0.01
_WATCHED_SECONDS = 0.5
_LEAST_IDLE_SECONDS = 0.5  # processor time comes in ticks of 10 ms: less says nothing
_KEPT_FREE = 0.25  # of the memory that was free when the run began


def free_bytes() -> int:
    """Return how much memory processes can have without pushing anything out."""
    return int(psutil.virtual_memory().available)


def take_turns(settings: Settings, contenders: int, block: int) -> bool:
    """Tell whether a block's processes take turns, as far as they can."""
    return (
        settings.interleave != "off"
        and settings.pace is None  # speech takes its time, of each by itself
        and not settings.robustness  # a case may end its runner
        and contenders > 1
        and order.alone_blocks(settings.plan) < block <= settings.plan.most
    )


def disturber(settings: Settings, rows: Sequence[Row]) -> str:
    """Name who took turns with the others and was busy between its own; empty where nobody was."""
    found = (r for r in rows if isinstance(r, Measured) and r.round_seconds and _busy(settings, r))
    return next((row.contender for row in found), "")


def _busy(settings: Settings, row: Measured) -> bool:
    return settings.interleave == "auto" and (row.idle_processors or 0.0) > BUSY


@dataclass
class Exclusions:
    """What is known of a run's contenders after some rows; `free` is memory when it began."""

    settings: Settings
    free: int
    available: Callable[[], int] = free_bytes
    _lasting: dict[str, Alone] = field(default_factory=dict)
    _agreed: set[str] = field(default_factory=set)
    _needs: dict[str, int] = field(default_factory=dict)

    def learn(self, row: Row) -> None:
        """Take in a row, of this run or of what is resumed."""
        if not isinstance(row, Measured):
            return
        if row.alone in ("busy-when-idle", "accelerator"):
            self._lasting[row.contender] = row.alone
        if _busy(self.settings, row):
            self._lasting[row.contender] = "busy-when-idle"
        if row.round_seconds:
            self._agreed.add(row.contender)
        elif peak := row.resources.peak_memory_bytes:
            self._needs[row.contender] = max(peak, self._needs.get(row.contender, 0))

    def reasons(self, cells: Sequence[Cell]) -> dict[str, Alone]:
        """Return who of a block's contenders is measured alone, and why.

        Memory goes to those that come first in the drawn order.
        """
        found: dict[str, Alone] = {}
        left = self.available() - _KEPT_FREE * self.free
        for name in (cell.contender for cell in cells):
            need = self._needs.get(name, 0)
            if name in self._lasting:
                found[name] = self._lasting[name]
            elif need > left:
                found[name] = "memory"
            else:
                left -= need
        if len(found) == len(cells) - 1:
            found |= {c.contender: "no-company" for c in cells if c.contender not in found}
        return found

    def unproven(self, name: str, device: object) -> bool:
        """Tell whether it is still to be seen that others' turns do not slow an accelerator."""
        return self.settings.interleave == "auto" and device != "cpu" and name not in self._agreed

    def exclude(self, name: str) -> None:
        """Leave out whom another's turn slows."""
        self._lasting[name] = "accelerator"


@dataclass
class Idleness:
    """Counts the processor time of a process between its turns.

    It is read when a turn ends and when the next begins, so that no work is among it, and nothing
    is read beside a timed pass.
    """

    pid: int
    seconds: float = 0.0
    worked: float = 0.0
    _began: tuple[float, float | None] | None = None

    def begin(self) -> None:
        """Count from here on."""
        self._began = time.monotonic(), cpu_seconds(self.pid)

    def end(self) -> None:
        """Count until here."""
        if self._began is None:
            return
        (began, before), after = self._began, cpu_seconds(self.pid)
        self._began = None
        if before is not None and after is not None:
            self.seconds += time.monotonic() - began
            self.worked += after - before

    @property
    def processors(self) -> float | None:
        """How many processors it kept busy; None where it was idle for too short."""
        return self.worked / self.seconds if self.seconds >= _LEAST_IDLE_SECONDS else None


def idle_processors(pid: int) -> float | None:
    """Watch a process that has nothing to do for a moment; return what it kept busy."""
    idleness = Idleness(pid)
    idleness.begin()
    time.sleep(_WATCHED_SECONDS)
    idleness.end()
    return idleness.processors
