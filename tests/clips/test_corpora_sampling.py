"""Samples of a corpus: seeded, over all lengths, in the corpus's order, at any size."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from corpus_files import place
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.clips.audio.clips import Utterance
from orchestrator.clips.corpora import Corpus, chosen, open_corpus
from orchestrator.clips.corpora.corpus import stratified
from orchestrator.clips.corpora.entry import Entry
from orchestrator.errors import UsageError
from orchestrator.runs.schema import Fault

_PATH = Path("clip.wav")


@dataclass(frozen=True)
class Sorted:
    """A corpus of `size` clips, the longest first, with a fault in front.

    `alive` gets how many entries were in memory at the end of each reading.
    """

    size: int
    alive: list[int] | None = None

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:  # noqa: ARG002 - no parquet
        """Yield the fault and the clips."""
        yield Fault("readme.txt", "a reference without audio")
        for number in range(self.size):
            seconds = float(self.size - number)
            yield Entry("", f"{number:06d}", _PATH, "spoken", seconds=seconds)
        if self.alive is not None:
            self.alive.append(sum(isinstance(each, Entry) for each in gc.get_objects()))


def corpus(reader: Sorted) -> Corpus:
    """Return a corpus that nobody waits for."""
    return Corpus("sorted", "folder", reader, lambda _doing, _fraction: None)


def drawn(size: int, limit: int | None, seed: int = 0) -> list[int]:
    """Return the numbers of the clips that are chosen."""
    items = chosen(corpus(Sorted(size)), limit, seed)
    return [int(item.name) for item in items if isinstance(item, Utterance)]


def test_a_seed_draws_one_sample() -> None:
    """The same again, another with another seed, and never simply the first clips."""
    first = drawn(1_000, 20, seed=1)
    assert first == drawn(1_000, 20, seed=1)
    assert first == sorted(first)
    assert len({tuple(drawn(1_000, 20, seed)) for seed in range(5)}) == 5
    assert list(range(20)) not in [drawn(1_000, 20, seed) for seed in range(5)]


def test_a_sample_of_everything_is_everything() -> None:
    """Without a limit, or with one beyond the corpus; every fault is told, also with a sample."""
    assert drawn(7, None) == drawn(7, 7) == drawn(7, 99) == list(range(7))
    assert [item.where for item in chosen(corpus(Sorted(7)), 2, 0) if isinstance(item, Fault)]
    with pytest.raises(UsageError, match="a clip or more, not 0"):
        drawn(7, 0)


def test_what_is_too_short_is_not_drawn(tmp_path: Path) -> None:
    """Engines take 0.1 s at least: a sample is of clips that can run, none that was tried."""
    lengths = {f"{n:02}": 0.05 if n % 2 else 0.2 for n in range(20)}
    place(tmp_path, {f"{name}.wav": seconds for name, seconds in lengths.items()})
    folder = open_corpus(str(tmp_path), references=False)
    first = [clip.name for clip in chosen(folder, 6, 0) if isinstance(clip, Utterance)]
    assert len(first) == 6
    assert {lengths[name] for name in first} == {0.2}
    rest = [clip.name for clip in chosen(folder, 6, 1, first) if isinstance(clip, Utterance)]
    assert sorted([*first, *rest]) == [name for name in lengths if lengths[name] == 0.2]


@settings(max_examples=50)
@given(
    st.lists(st.floats(0.1, 1e4) | st.just(float("nan")), min_size=1, max_size=40),
    st.integers(1, 50),
    st.integers(0, 9),
)
def test_one_of_each_stratum(lengths: list[float], limit: int, seed: int) -> None:
    """Cut by length into near-equal parts, each part has exactly one clip in the sample."""
    array = np.array(lengths)
    sample = stratified(array, limit, seed)
    assert len(sample) == min(limit, len(lengths))
    assert (np.diff(sample) > 0).all()
    strata = np.array_split(np.argsort(array, kind="stable"), len(sample))
    assert [len(np.intersect1d(stratum, sample)) for stratum in strata] == [1] * len(sample)


@pytest.mark.slow
def test_a_large_corpus_is_never_in_memory() -> None:
    """Of 100,000 clips one is held at a time, and the sample is right to the last stratum."""
    alive: list[int] = []
    reader = Sorted(100_000, alive)
    found = [int(u.name) for u in chosen(corpus(reader), 100, 0) if isinstance(u, Utterance)]
    assert [number // 1_000 for number in found] == list(range(100))
    assert [count <= 2 for count in alive] == [True, True]
