"""How far one model is: the bytes that are here, of how many, and how fast they come."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from orchestrator.cache.disk import megabytes

Progress = Callable[[str, float | None], None]
"""Takes what is being done, and which part of it is, 0 to 1: None where nothing is counted."""

_RATE_SECONDS = 5.0


@dataclass(frozen=True)
class Advance:
    """How far one model is: `done` and `total` in bytes, None where nothing is counted."""

    doing: str
    done: int | None = None
    total: int | None = None
    bytes_per_second: float | None = None

    @property
    def fraction(self) -> float | None:
        """0 to 1, None where unknown."""
        return min(self.done / self.total, 1.0) if self.total and self.done is not None else None

    @property
    def words(self) -> str:
        """What is being done, and how fast."""
        rate = self.bytes_per_second
        return self.doing if rate is None else f"{self.doing}, {megabytes(round(rate))}/s"


Listen = Callable[[Advance], None]


@dataclass
class Meter:
    """Turns counts of bytes into Advances, with the rate over the last seconds."""

    doing: str
    listen: Listen
    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def __call__(self, here: int, total: int | None) -> None:
        """Tell the listener; the first count is what was here before and no rate."""
        now = monotonic()
        self._seen.append((now, here))
        while self._seen[0][0] < now - _RATE_SECONDS:
            self._seen.popleft()
        began, before = self._seen[0]
        rate = (here - before) / (now - began) if now > began and here > before else None
        self.listen(Advance(self.doing, here, total, rate))
