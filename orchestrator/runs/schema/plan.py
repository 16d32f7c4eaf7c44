"""What a run consists of: blocks of cells, drawn from a stored seed, and how many of them. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, log2
from statistics import median
from typing import Self

_LONGEST_STEM = 160  # bytes
FEWEST_BLOCKS = 6  # the exact 95 % interval of a median does not exist for fewer


def file_stem(key: str) -> str:
    """Return a cell's key as every file system takes it."""
    if len(key.encode()) <= _LONGEST_STEM:
        return key
    return f"{key[: _LONGEST_STEM // 4]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Cell:
    """One runner process's work: every clip, by one contender, in one block (numbered from 1)."""

    block: int
    contender: str

    @property
    def key(self) -> str:
        """The cell's name in logs and rows, unique within a run."""
        return f"{self.block:03d}-{self.contender}"

    @classmethod
    def of(cls, key: str) -> Self:
        """Return the cell of this name."""
        block, contender = key.split("-", 1)
        return cls(int(block), contender)


@dataclass(frozen=True)
class Profile:
    """How many blocks a run has: `least` and `most`, and the interval that ends it in between."""

    name: str
    blocks: int  # what is announced and what an estimate of the time goes by
    least: int
    most: int
    narrow: float | None  # half the widest interval, as a share; None never ends a run early

    @property
    def ranks(self) -> bool:
        """Whether the run can claim anything beyond medians: an interval takes six blocks."""
        return self.least >= FEWEST_BLOCKS

    def wants_more(self, done: int, half_width: float | None) -> bool:
        """Tell whether another block should run, by the interval's width and never by a verdict.

        Stopping as soon as a difference looks certain would find one where there is none.
        """
        if not self.least <= done < self.most:
            return done < self.least
        return self.narrow is None or half_width is None or half_width > self.narrow


QUICK = Profile("quick", blocks=3, least=3, most=3, narrow=None)
FULL = Profile("full", blocks=10, least=FEWEST_BLOCKS, most=20, narrow=0.03)
PROFILES = {profile.name: profile for profile in (QUICK, FULL)}


def full(backends: int) -> Profile:
    """Return FULL with as many blocks at least as "fastest here" takes: 9 of nine backends.

    Each of k - 1 comparisons is made at confidence 1 - .05/(k - 1), and the widest interval of n
    values, their whole range, has 1 - 2^(1 - n).
    """
    least = 1 + ceil(log2(max(backends - 1, 1) / 0.05))
    return replace(FULL, least=least, blocks=max(least, FULL.blocks), most=max(least, FULL.most))


def exactly(blocks: int) -> Profile:
    """Return what `--blocks` asks for: so many, whatever the intervals are."""
    return Profile("blocks", blocks=blocks, least=blocks, most=blocks, narrow=None)


def blocks_within(budget_seconds: float, block_seconds: Sequence[float]) -> int:
    """Count the blocks that fit into a budget, those done included, and always one.

    A block to come is taken to last as long as the median so far. Asked after each block, so that a
    slowing machine overruns by less than one block; before the first there is nothing to go by.
    """
    if not block_seconds:
        return 1
    left = max(budget_seconds - sum(block_seconds), 0.0)
    return len(block_seconds) + int(left / median(block_seconds))
