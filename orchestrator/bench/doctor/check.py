"""One thing the doctor looks at: how it is, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "notice", "problem"]


@dataclass(frozen=True)
class Check:
    """`what` is the finding in words, `fix` the act or command that mends it (empty when good).

    A notice may cost something; with a problem the machine is not fit to measure.
    """

    name: str
    state: State
    what: str
    fix: str = ""


def graded(value: float, *, notice: float, problem: float) -> State:
    """Return the state of a value: the higher, the worse."""
    return "problem" if value >= problem else "notice" if value >= notice else "good"
