"""Looks at the machine once a second while something is measured, and tells what changed."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Self

from orchestrator.host.changes import Change, changes
from orchestrator.host.sample import Sample, Span

_PERIOD_SECONDS = 1.0
_KEPT = 4 * 3600  # samples: more than a cell takes, and no more however long a run lasts


@dataclass(frozen=True)
class Changes:
    """What a span of time saw: its samples, the first and the last taken at its ends."""

    samples: tuple[Sample, ...]
    found: tuple[Change, ...]

    @property
    def span(self) -> Span:
        """The time between the first sample and the last."""
        return Span(self.samples[0].instant, self.samples[-1].instant)

    @property
    def interrupted(self) -> bool:
        """Whether something changed that calls for measuring again."""
        return any(change.interrupting for change in self.found)


class Monitor:
    """A context manager around a thread that sleeps, and looks once a period.

    `mark` and `since` look too, so that a span shorter than the period has two ends. Call them
    outside of what is timed.
    """

    def __init__(self, period_seconds: float = _PERIOD_SECONDS) -> None:
        self._period = period_seconds
        self._samples: deque[Sample] = deque(maxlen=_KEPT)
        self._runner: int | None = None
        self._looking = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="monitor", daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def mark(self, runner: int | None = None) -> Sample:
        """Begin a span. The runner's work counts as ours from here on, not as that of others.

        Name a runner that lives already; without one, begin before it starts and end the span
        after it was waited for.
        """
        with self._looking:
            self._runner = runner
        return self._look()

    def since(self, mark: Sample) -> Changes:
        """End a span: compare the machine now, and every second in between, with the mark."""
        self._look()
        with self._looking:
            kept = [s for s in self._samples if s.instant.awake > mark.instant.awake]
        samples = (mark, *kept)
        return Changes(samples, changes(samples, self._period))

    @property
    def latest(self) -> Sample:
        """The sample taken last."""
        return self._samples[-1]

    def _watch(self) -> None:
        while not self._over.wait(self._period):
            self._look()

    def _look(self) -> Sample:
        with self._looking:
            sample = Sample.now(self._runner)
            self._samples.append(sample)
        return sample
