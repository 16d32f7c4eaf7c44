"""What runs, in which order: blocks of cells, drawn from a stored seed. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One runner process's work: every clip, by one backend, in one block (numbered from 1)."""

    block: int
    backend: str

    @property
    def key(self) -> str:
        """The cell's name in logs and rows, unique within a run."""
        return f"{self.block:03d}-{self.backend}"


def cells(backends: Sequence[str], blocks: int, seed: int) -> Iterator[Cell]:
    """Yield the cells of every block: each backend once a block, in random order.

    Random order within blocks is what keeps a drifting machine (heat, background work) from
    favouring whoever always comes first. The same seed gives the same order on every machine.
    """
    from numpy.random import PCG64, Generator  # noqa: PLC0415 - 0.1 s that --help need not pay

    generator = Generator(PCG64(seed))
    for block in range(1, blocks + 1):
        for index in generator.permutation(len(backends)):
            yield Cell(block=block, backend=backends[index])
