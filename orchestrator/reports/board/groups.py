"""Lines of one chip, engine, model and speech put together: medians and ranges over runs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from orchestrator import units
from orchestrator.reports.board.lines import Line
from orchestrator.reports.columns import asked_for, runs_as
from orchestrator.runs.schema import ContenderSummary, Manifest

_NOT_ENGINES_OWN = {"model", "precision", "device", "threads"}
_DAY = 10  # characters of a date


class Key(NamedTuple):
    """What lines have in common that are put together."""

    chip: str
    engine: str
    model: str
    runs_as: str
    speech: str
    digest: str  # of the speech's clips: two corpora may have one name


@dataclass(slots=True)
class Group:
    """What runs say of one key; nothing is known of what none of them measured."""

    key: Key
    rtfx: list[float] = field(default_factory=list)
    wer: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    failed: int = 0
    newest: str = ""

    def add(self, line: Line) -> None:
        """Take in one run's line."""
        one = line.contender
        self.newest = max(self.newest, line.run.started_at[:_DAY])
        if one.status == "failed" or one.rtfx is None:
            self.failed += 1
            return
        self.rtfx.append(one.rtfx)
        self.wer += [] if one.wer is None else [one.wer]
        self.memory += [] if one.peak_memory_bytes is None else [one.peak_memory_bytes]
        self.load += [] if one.load_seconds is None else [one.load_seconds]


class Groups:
    """Groups as lines are added to them, run by run; of a line its few numbers are kept."""

    def __init__(self) -> None:
        self._groups: dict[Key, Group] = {}

    def add(self, found: Iterable[Line]) -> None:
        """Take in the lines of one run; servers are not of a chip."""
        for line in found:
            if not line.contender.remote:
                key = _key(line.run, line.contender)
                self._groups.setdefault(key, Group(key)).add(line)

    def listed(self) -> list[Group]:
        """Return the groups by speech, the most heard first, chip, and speed, the fastest first."""
        heard = Counter(
            speech for g in self._groups.values() for speech in [g.key.speech] * len(g.rtfx)
        )
        return sorted(
            self._groups.values(),
            key=lambda g: (
                -heard[g.key.speech], g.key.speech, g.key.digest, g.key.chip.casefold(),
                -median(g.rtfx) if g.rtfx else 0.0, g.key,
            ),
        )  # fmt: skip


def _key(run: Manifest, line: ContenderSummary) -> Key:
    corpus = run.corpus
    length = units.duration(corpus.seconds)
    own = {name: value for name, value in line.asked.items() if name not in _NOT_ENGINES_OWN}
    return Key(
        chip=run.host.chip_or_platform,
        engine=line.backend,
        model=str(line.model.name if line.model else line.asked.get("model", units.NONE)),
        runs_as=" ".join(filter(None, (runs_as(line), asked_for(own)))) or units.NONE,
        speech=f"{corpus.name}: {units.count(corpus.clips, 'clip')}, {length}",
        digest=corpus.digest,
    )
