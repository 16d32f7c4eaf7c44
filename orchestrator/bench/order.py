"""The order of a run's cells, and of turns within a block: random, drawn from a stored seed."""

from collections.abc import Iterator, Sequence

from orchestrator.runs.schema.plan import Cell, Profile

_MOST_ALONE = 3


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


def turns(contenders: Sequence[str], seed: int, *place: int) -> list[str]:
    """Return the order in which contenders transcribe one clip in one round, drawn for that alone.

    `place` is the block, the clip's number and the round's. Whoever takes no part in it changes
    nothing about the order of the others, if `contenders` are always the same.
    """
    from numpy.random import PCG64, Generator  # noqa: PLC0415 - as above

    drawn = Generator(PCG64([seed, *place])).permutation(len(contenders))
    return [contenders[index] for index in drawn]


def alone_blocks(plan: Profile) -> int:
    """Return how many of the first blocks have one process at a time, whatever comes after.

    They tell how long a start takes and how much memory. A third of the blocks, at most 3.
    """
    return min(_MOST_ALONE, max(1, plan.blocks // 3))
