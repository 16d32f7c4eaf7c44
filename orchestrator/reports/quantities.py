"""What a table's cells are: quantities with their names for people and programs, and units."""

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator import units


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
JOULES = Unit("{:,.0f}".format, "J")
SIZE = Unit(units.size, kind=int)
SHARE = Unit(units.percent)
FACTOR = Unit(units.factor)
COUNT = Unit("{:,.0f}".format, kind=int)
PERCENT = Unit("{:.1f} %".format)
