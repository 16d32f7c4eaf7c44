"""Paired ratios: two ways of doing one thing, in turn, so that noise hits both alike."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Pairs = tuple[tuple[float, float], ...]
"""Seconds of ours and of theirs."""


@dataclass(frozen=True)
class Ratio:
    """The median of `ours / theirs` over pairs, against the most it may be."""

    name: str
    pairs: Pairs
    at_most: float

    @property
    def value(self) -> float:
        """The median of the pairs' ratios."""
        return median(ours / theirs for ours, theirs in self.pairs)

    def line(self) -> str:
        """Return one row: the ratio, its bound, and the seconds behind it."""
        ours, theirs = (median(column) for column in zip(*self.pairs, strict=True))
        verdict = "ok" if self.value <= self.at_most else "OVER"
        return (
            f"| {self.name} | {self.value:.3f} | {self.at_most:g} | {verdict} |"
            f" {ours * 1e3:.3f} | {theirs * 1e3:.3f} | {len(self.pairs)} |"
        )


HEADER = (
    "| what, against what | ratio | at most | | ours, ms | theirs, ms | pairs |\n"
    "|---|--:|--:|---|--:|--:|--:|"
)


def in_turn(ours: Callable[[], float], theirs: Callable[[], float], n: int) -> Pairs:
    """Time both in turn, A B A B, `n` times; one uncounted pair warms up.

    `ours` and `theirs` return the seconds they took.
    """
    ours(), theirs()
    return tuple((ours(), theirs()) for _ in range(n))


def paired(
    name: str, ours: Callable[[], float], theirs: Callable[[], float], *, n: int, at_most: float
) -> Ratio:
    """Time both in turn."""
    return Ratio(name, in_turn(ours, theirs, n), at_most)
