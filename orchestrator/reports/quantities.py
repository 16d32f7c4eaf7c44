"""What a table's cells are: quantities and columns with their names, units and intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from orchestrator import units
from orchestrator.runs.schema import ContenderSummary, Estimate, Rate, Scalar


@dataclass(frozen=True, slots=True)
class Unit:
    """How a number is written; `name` is its unit where the title has it, not the cell."""

    show: Callable[[float], str]
    name: str = ""
    kind: type[bool | int | float] = float


@dataclass(frozen=True, slots=True)
class Quantity:
    """What has a name: `key` for programs (empty: none), `title` for people; text has no unit."""

    key: str
    title: str
    unit: Unit | None

    @property
    def head(self) -> str:
        """Return the title with its unit."""
        return f"{self.title}, {self.unit.name}" if self.unit and self.unit.name else self.title


SECONDS = Unit(units.seconds, "s")
OFFSET = Unit("{:+.3f}".format, "s")
JOULES = Unit("{:,.0f}".format, "J")
SIZE = Unit(units.size, kind=int)
SHARE = Unit(units.percent)
FACTOR = Unit(units.factor)
COUNT = Unit("{:,.0f}".format, kind=int)
PERCENT = Unit("{:.1f} %".format)

Place = Literal[
    "markdown",
    "readme",
    "results",
    "cold",
    "costs",
    "errors",
    "formatting",
    "languages",
    "live",
    "terms",
    "word_times",
    "segment_times",
]
"""Where a column stands, beside the terminal and CSV; from "results" on, tables of the page."""

Value: TypeAlias = Scalar | Estimate | Rate


@dataclass(frozen=True, slots=True)
class Column(Quantity):
    """One thing that is known of a backend.

    `source` is where the line has it, or what reads it; `words` are what people read where that is
    more. Where there is no room the highest `priority` goes first, 0 stays.
    """

    source: str | Callable[[ContenderSummary], Value]
    places: tuple[Place, ...] = ()
    priority: int = 9
    words: Callable[[ContenderSummary], str] | None = None
    interval: bool = False  # in CSV its ends are columns too

    def value(self, line: ContenderSummary) -> Value:
        """Return what the line has; of a part that is absent, None."""
        if not isinstance(self.source, str):
            return self.source(line)
        found: Any = line
        for name in self.source.split("."):
            found = None if found is None else getattr(found, name)
        return cast("Value", found)

    def cell(self, line: ContenderSummary) -> str:
        """Return the value as people read it."""
        return self.words(line) if self.words else written(self.value(line), self.unit)

    def plain(self, line: ContenderSummary) -> dict[str, Scalar]:
        """Return the value as programs read it, with the ends of its interval."""
        value, low, high = _parts(self.value(line))
        limits = {f"{self.key}_low": low, f"{self.key}_high": high} if self.interval else {}
        return {self.key: value} | limits


def written(value: Value, unit: Unit | None) -> str:
    """Return a value with its 95 % interval, where there is one: 1.04 (1.01 to 1.08)."""
    middle, low, high = _parts(value)
    if middle is None:
        return units.NONE
    if unit is None or isinstance(middle, str):
        return str(middle)
    if low is None or high is None:
        return unit.show(middle)
    ends = (unit.show(end).removesuffix(" %") for end in (low, high))
    return f"{unit.show(middle)} ({' to '.join(ends)})"


def interval(found: Estimate) -> str:
    """Return a time with its interval and its unit: 1.04 (1.01 to 1.08) s."""
    return f"{written(found, SECONDS)} s"


def _parts(value: Value) -> tuple[Scalar, float | None, float | None]:
    match value:
        case Estimate():
            return value.median, value.low, value.high
        case Rate():
            return value.value, value.low, value.high
        case _:
            return value, None, None
