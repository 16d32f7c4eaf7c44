"""The order of a run's cells: random within each block, drawn from a stored seed."""

from collections.abc import Iterator, Sequence

from orchestrator.runs.schema.plan import Cell


def cells(contenders: Sequence[str], blocks: int, seed: int) -> Iterator[Cell]:
    """Yield the cells of every block: each contender once a block, in random order.

    Random order within blocks is what keeps a drifting machine (heat, background work) from
    favouring whoever always comes first. The same seed gives the same order on every machine, and
    more blocks change nothing about the earlier ones: a run can go on where it stopped.
    """
    from numpy.random import PCG64, Generator  # noqa: PLC0415 - 0.1 s that --help need not pay

    generator = Generator(PCG64(seed))
    for block in range(1, blocks + 1):
        for index in generator.permutation(len(contenders)):
            yield Cell(block=block, contender=contenders[index])
