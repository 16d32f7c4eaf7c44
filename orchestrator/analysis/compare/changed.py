"""What differs between two runs: the suspects for whatever else does, likeliest first.

What only one backend brought comes before what several share, then what holds for the whole run,
and last the machine's mood, which comes and goes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.analysis.compare import facts
from orchestrator.analysis.compare.facts import Change
from orchestrator.runs.stored import Run


@dataclass(frozen=True)
class Changes:
    """All that differs: each backend's own, the whole run's, and the machine's mood."""

    own: Mapping[str, tuple[Change, ...]]
    shared: tuple[Change, ...]
    mood: tuple[Change, ...]

    def suspects(self, backend: str) -> tuple[Change, ...]:
        """Return what may explain a difference of this backend, likeliest first."""
        return (*self.own[backend], *self.shared, *self.mood)

    @property
    def controls(self) -> frozenset[str]:
        """The backends of which nothing is known to differ but the machine's mood.

        How their times differ is then what the mood does.
        """
        if self.shared:
            return frozenset()
        return frozenset(name for name, own in self.own.items() if not own)


def between(old: Run, new: Run, backends: Sequence[str]) -> Changes:
    """Return what differs between two runs that both measured these backends."""
    own = {
        name: facts.differing(*(facts.own(run, name) for run in (old, new))) for name in backends
    }
    shares = Counter(change for changes in own.values() for change in changes)
    return Changes(
        {name: tuple(sorted(changes, key=shares.__getitem__)) for name, changes in own.items()},
        facts.differing(facts.shared(old), facts.shared(new)),
        facts.differing(facts.mood(old), facts.mood(new)),
    )
