"""A contender: one configuration that takes part in a run, and the key of everything it leaves."""

from collections.abc import Iterator

from pydantic import Field

from orchestrator.runs.schema.record import Record, Scalar


class Contender(Record):
    """A backend with a model and what is asked of both; `name` is unique in a run."""

    name: str
    backend: str
    model: str
    device: str = "auto"  # "auto", "cpu" or "gpu"
    precision: str | None = None  # null: what the backend's project recommends for the device
    threads: int = 1
    settings: dict[str, Scalar] = Field(default_factory=dict)  # the engine's own, by its names

    @property
    def factors(self) -> dict[str, Scalar]:
        """What may differ between two contenders of one backend, by name."""
        return {
            "model": self.model,
            "precision": self.precision,
            "device": self.device,
            "threads": self.threads,
            **self.settings,
        }

    def differences(self, other: "Contender") -> Iterator[str]:
        """Name every factor in which the two differ."""
        mine, theirs = self.factors, other.factors
        for factor in dict.fromkeys((*mine, *theirs)):
            absent = factor not in mine or factor not in theirs
            if absent or not _same(mine[factor], theirs[factor]):
                yield factor


def _same(one: Scalar, other: Scalar) -> bool:
    """Compare values as settings: `true` is not 1, though Python says so."""
    return type(one) is type(other) and one == other
