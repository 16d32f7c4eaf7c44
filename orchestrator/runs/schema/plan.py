"""What a run consists of: blocks of cells, drawn from a stored seed, and how many of them. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, log2
from statistics import median
from typing import Self

_LONGEST_STEM = 160  # bytes
_DECIDE = "decide"
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
    decides: float | None  # the difference, as a share, that ends it; None never ends it early

    @property
    def ranks(self) -> bool:
        """Whether the run can claim anything beyond medians: an interval takes six blocks."""
        return self.least >= FEWEST_BLOCKS

    @property
    def bounded_by_time(self) -> bool:
        """Whether the run has as many blocks as a difference takes, within its budget."""
        return self.name == _DECIDE

    def wants_more(self, done: int, decidable: float | None) -> bool:
        """Tell whether another block should run, by the interval's width and never by a verdict.

        `decidable` is the smallest difference that the blocks so far decide, None where they decide
        none. Stopping as soon as a difference looks certain would find one where there is none.
        """
        if not self.least <= done < self.most:
            return done < self.least
        return self.decides is None or decidable is None or decidable > self.decides


QUICK = Profile("quick", blocks=3, least=3, most=3, decides=None)
_BEYOND = 0.04  # the region: what intervals of 3 % either way decide
FULL = Profile("full", blocks=10, least=FEWEST_BLOCKS, most=20, decides=0.03 + _BEYOND)
PROFILES = {profile.name: profile for profile in (QUICK, FULL)}
HOUR = 3600.0  # the budget of a run that is to decide a difference, where none is given
_MOST_BLOCKS, _MOST_CELLS = 1_000, 10_000  # of such a run: the manifest has a line for each cell


def beyond(profile: Profile, region: float) -> Profile:
    """Return a profile for another region: intervals of about the same width end it."""
    if profile.decides is None or profile != FULL:
        return profile
    return replace(profile, decides=round(region + _BEYOND, 6))


def exactly(blocks: int) -> Profile:
    """Return what `--blocks` asks for: so many, whatever the intervals are."""
    return Profile("blocks", blocks=blocks, least=blocks, most=blocks, decides=None)


def deciding(difference: float) -> Profile:
    """Return what `--decide` asks for: as many blocks as it takes; its bound is time."""
    return replace(FULL, name=_DECIDE, most=_MOST_BLOCKS, decides=difference)


def fewest_among(contenders: int) -> int:
    """Return how many blocks "fastest here" takes: 6 with two contenders, 9 with nine.

    Each of k - 1 comparisons is made at confidence 1 - .05/(k - 1), and the widest interval of n
    values, their whole range, has 1 - 2^(1 - n).
    """
    return 1 + ceil(log2(max(contenders - 1, 1) / 0.05))


def among(profile: Profile, contenders: int) -> Profile:
    """Return a profile with enough blocks for "fastest here"; a number that was asked for stays."""
    if profile.decides is None:
        return profile
    least = fewest_among(contenders)
    most = min(profile.most, _MOST_CELLS // contenders)
    return replace(profile, least=least, blocks=max(least, profile.blocks), most=max(least, most))


def blocks_within(budget_seconds: float, block_seconds: Sequence[float]) -> int:
    """Count the blocks that fit into a budget, those done included, and always one.

    A block to come is taken to last as long as the median so far. Asked after each block, so that a
    slowing machine overruns by less than one block; before the first there is nothing to go by.
    """
    if not block_seconds:
        return 1
    left = max(budget_seconds - sum(block_seconds), 0.0)
    return len(block_seconds) + int(left / median(block_seconds))
