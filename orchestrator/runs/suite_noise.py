"""The keys of a suite that say how clips are made hard to hear; and what its tables share."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from orchestrator.runs.schema import ListeningConditions
from orchestrator.runs.schema.noise import MADE


def listed(value: object) -> object:
    """Take one value for a list of one, as people write it."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Word = Annotated[str, Field(pattern=r"\S")]
Names = Annotated[tuple[Word, ...], BeforeValidator(listed)]
Words = Annotated[Names, Field(min_length=1)]
_Decibels = Annotated[float, Field(ge=-20, le=60)]
_EchoSeconds = Annotated[float, Field(ge=0.1, le=10)]


class Table(BaseModel):
    """A table of a suite: strict, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Noisy(Table):
    """Clips once more in noise, so many dB below speech, and in rooms, by seconds of echo."""

    noise: Annotated[tuple[_Decibels, ...], BeforeValidator(listed)] = ()
    noise_kinds: Names = ()  # what is made here, or files; none: all that is made here
    reverb: Annotated[tuple[_EchoSeconds, ...], BeforeValidator(listed)] = ()

    @property
    def conditions(self) -> ListeningConditions | None:
        """What is asked, as a run's settings have it."""
        return ListeningConditions.asked(self.noise, self.noise_kinds, self.reverb)

    @staticmethod
    def keys(conditions: ListeningConditions | None) -> dict[str, Any]:
        """Return the keys that ask for these conditions."""
        asked = conditions or ListeningConditions()
        kinds = () if asked.kinds == MADE else asked.kinds
        return {"noise": asked.levels, "noise_kinds": kinds, "reverb": asked.rooms}

    def kinds_beside(self, found: Callable[[str], str]) -> tuple[str, ...]:
        """Return the kinds of noise, of which files are where they are `found`."""
        return tuple(kind if kind in MADE else found(kind) for kind in self.noise_kinds)
