"""What a run consists of: cells, and how many blocks of them."""

import hashlib
from dataclasses import dataclass
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
