"""A contender: one configuration that takes part in a run, and the key of everything it leaves."""

import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import Annotated, Any

from pydantic import Field, model_validator

from orchestrator.runs.schema.record import Record, Scalar

MOST = 500  # of one run; a block of so many takes hours
_LONGEST = 24  # characters of a value in a name

Values = Mapping[str, tuple[Scalar, ...]]


@dataclass(frozen=True)
class Wish:
    """Values to try of everything that concerns an engine; the product of them is measured."""

    backends: tuple[str, ...]  # none: those of `run --all`
    models: tuple[str, ...] = ()  # none: each backend's usual one
    devices: tuple[str, ...] = ("auto",)
    precisions: tuple[str | None, ...] = (None,)
    threads: tuple[int, ...] = (1,)  # none: as many as there are performance cores
    settings: Values = field(default_factory=dict)  # for every backend
    own: Mapping[str, Values] = field(default_factory=dict)  # by backend, on top of `settings`
    boosts: tuple[bool, ...] = (False,)  # whether terms are given to the engines that can use them
    name: str | None = None  # the user's; without one names are made of what differs
    everything: bool = False  # without backends: also those that --all leaves out


class Contender(Record):
    """A backend with a model and what is asked of both; `name` is unique in a run."""

    name: str
    backend: str
    model: str
    device: str = "auto"  # "auto", "cpu" or "gpu"
    precision: str | None = None  # null: what the backend's project recommends for the device
    threads: int = 1
    # Whether it is given the run's terms to listen for.
    boost: Annotated[bool, Field(exclude_if=operator.not_)] = False
    settings: dict[str, Scalar] = Field(default_factory=dict)  # the engine's own, by its names

    @classmethod
    def of(cls, name: str, backend: str, factors: dict[str, Scalar]) -> "Contender":
        """Return the contender that has these factors."""
        own = {key: value for key, value in factors.items() if key in cls.model_fields}
        settings = {key: value for key, value in factors.items() if key not in own}
        return cls.model_validate({**own, "name": name, "backend": backend, "settings": settings})

    @property
    def asks(self) -> bool:
        """Whether it asks for anything but a model, which its backend may not have."""
        asked = self.device != "auto" or self.precision is not None
        return asked or self.boost or bool(self.settings)

    @property
    def factors(self) -> dict[str, Scalar]:
        """What may differ between two contenders of one backend, by name."""
        return {
            "model": self.model,
            "precision": self.precision,
            "device": self.device,
            "threads": self.threads,
            **({"boost": True} if self.boost else {}),  # older runs know no such factor
            **self.settings,
        }

    def differences(self, other: "Contender") -> Iterator[str]:
        """Name every factor in which the two differ."""
        mine, theirs = self.factors, other.factors
        for factor in dict.fromkeys((*mine, *theirs)):
            absent = factor not in mine or factor not in theirs
            if absent or not _same(mine[factor], theirs[factor]):
                yield factor

    def distinct(self, group: Iterable["Contender"]) -> list[str]:
        """Return, as words of a name, the factors that are not the same in all of a group."""
        # Where all are as this one, no two differ.
        factors = {factor for other in group for factor in self.differences(other)}
        return [_word(f, value) for f, value in self.factors.items() if f in factors]


def alike(wishes: Iterable[tuple[str, dict[str, Scalar]]]) -> bool:
    """Tell whether there are several contenders, by backend and factors, and all are the same."""
    first, *others = [(backend, *map(repr, factors.items())) for backend, factors in wishes] or [()]
    return bool(others) and all(other == first for other in others)


class OfContender(Record):
    """What is stored of one contender: its name, and the backend that it is a configuration of."""

    contender: str
    backend: str

    @model_validator(mode="before")
    @classmethod
    def _named_by_backend(cls, data: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        """Read schema 2, in which a backend was its own one contender, or `backend#1` in an A/A."""
        if isinstance(data, dict) and "contender" not in data and "backend" in data:
            name = str(data["backend"])
            return {"contender": name, **data, "backend": name.split("#", maxsplit=1)[0]}
        return data


def asked_in_schema_2(settings: dict[str, Any], names: list[str]) -> list[dict[str, Any]]:
    """Return the contenders of a run of schema 2, and take what they were asked from `settings`."""
    asked: dict[str, Any] = {}
    asked |= {key: settings.pop(key) for key in ("model", "device", "threads") if key in settings}
    asked["precision"] = settings.pop("precision", None)
    settings.pop("labels", None)
    return [{"name": name, "backend": name.split("#")[0], **asked} for name in names]


def _word(factor: str, value: Scalar) -> str:
    """Return a factor as it stands in a name: "base", "int8", "threads=2", "prompt=Dear ..."."""
    if factor in ("model", "precision"):
        return str(value or "default")
    if factor == "boost":
        return "boosted"
    text = value if isinstance(value, str) else dumps(value)
    whole = " ".join(
        "".join(c if c.isprintable() and c not in "/\\" else " " for c in text).split()
    )
    return f"{factor}={whole if len(whole) <= _LONGEST else f'{whole[:_LONGEST]}...'}"


def _same(one: Scalar, other: Scalar) -> bool:
    """Compare values as settings: `true` is not 1, though Python says so."""
    return type(one) is type(other) and one == other
