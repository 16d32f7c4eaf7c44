"""A suite: a TOML file that says what a run measures, and which contenders take part."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import tomlkit
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from orchestrator import files
from orchestrator.bench.contenders import MOST, Wish
from orchestrator.errors import ConfigError
from orchestrator.runs.schema.contender import Contender
from orchestrator.runs.schema.record import Scalar


def _listed(value: object) -> object:
    """Take one value for a list of one, as people write it."""
    return tuple(value) if isinstance(value, list) else (value,)


_Word = Annotated[str, Field(pattern=r"\S")]
_Words = Annotated[tuple[_Word, ...], BeforeValidator(_listed), Field(min_length=1)]
_Counts = Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(_listed)]
_Scalars = Annotated[tuple[Scalar, ...], BeforeValidator(_listed), Field(min_length=1)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Measurement(_Table):
    """`[suite]`: what is transcribed, and how long; what is left out is as in `run`."""

    corpus: _Word | None = None
    clips: Annotated[tuple[str, ...], Field(strict=False)] = ()
    robustness: bool = False
    limit: Annotated[int, Field(ge=1)] | None = None
    references: bool = True
    language: _Word | None = None
    parity: bool = False
    weights: Literal["auto", "hub", "wheel"] = "auto"
    profile: Literal["quick", "full"] = "quick"
    blocks: Annotated[int, Field(ge=1)] | None = None
    repeats: Annotated[int, Field(ge=1)] | None = None
    budget: _Word | None = None  # a span of time: "20m"
    region: Annotated[float, Field(ge=0, le=1)] = 0.03
    seed: Annotated[int, Field(ge=0)] = 0


class Entry(_Table):
    """`[[contender]]`: values to try; the product of all lists takes part."""

    name: _Word | None = None
    backend: _Words
    model: _Words = ("tiny.en",)
    device: Annotated[
        tuple[Literal["auto", "cpu", "gpu"], ...], BeforeValidator(_listed), Field(min_length=1)
    ] = ("auto",)
    precision: _Words | None = None
    threads: Annotated[_Counts, Field(min_length=1)] | None = None
    settings: Annotated[dict[str, _Scalars], Field(alias="set")] = {}

    def wish(self, threads: int) -> Wish:
        """Return what is asked for, with so many threads where the file does not say."""
        return Wish(
            backends=self.backend,
            models=self.model,
            devices=self.device,
            precisions=self.precision or (None,),
            threads=self.threads or (threads,),
            settings=self.settings,
            name=self.name,
        )


class Suite(_Table):
    """A whole suite file."""

    suite: Measurement = Measurement()
    contender: Annotated[tuple[Entry, ...], Field(strict=False)] = ()


def read(path: Path) -> Suite:
    """Read a suite file strictly; raise ConfigError that names the file and every wrong key."""
    try:
        suite = Suite.model_validate(tomllib.loads(files.read_text(path, 1 << 20)))
    except ValidationError as error:
        faults = "; ".join(f"{_key(e['loc'])}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{path}: {faults}", f"correct it, then: suite check {path}") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path} cannot be read: {reason}", "name a suite file") from error
    if not suite.contender:
        raise ConfigError(f"{path} has no [[contender]]", "add one, with a backend")
    if (many := len(suite.contender)) > MOST:
        raise ConfigError(f"{path} has {many} contenders: {MOST} are the most", "make it shorter")
    return suite


def written(measurement: Measurement, contenders: Iterable[Contender]) -> str:
    """Return the suite file of a run: every contender by its name, without any product."""
    document = tomlkit.document()
    document["suite"] = measurement.model_dump(exclude_defaults=True, mode="json")
    entries = tomlkit.aot()
    for contender in contenders:
        table = contender.model_dump(exclude_none=True, exclude={"settings"})
        if contender.settings:
            table["set"] = {k: v for k, v in contender.settings.items() if v is not None}
        entries.append(tomlkit.item(table))
    document["contender"] = entries
    return tomlkit.dumps(document)


def _key(location: tuple[int | str, ...]) -> str:
    """Return a key as people count: contender 2, precision."""
    words = [str(part + 1) if isinstance(part, int) else part for part in location]
    return " ".join(words[:2]) + "".join(f", {word}" for word in words[2:]) or "(file)"
