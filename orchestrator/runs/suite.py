"""A suite: a TOML file that says what a run measures, and which contenders take part."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import tomlkit
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from orchestrator import files
from orchestrator.errors import ConfigError, unread
from orchestrator.runs import terms
from orchestrator.runs.quantities import as_seconds, as_share
from orchestrator.runs.schema import Settings, Term
from orchestrator.runs.schema.contender import MOST, Contender, Wish
from orchestrator.runs.schema.plan import FULL, HOUR, PROFILES, Profile, beyond, deciding, exactly
from orchestrator.runs.schema.record import Scalar
from orchestrator.runs.stored import RunFiles
from orchestrator.runs.suite_noise import Names, Noisy, Table, Word, Words, listed

_Lines = Annotated[tuple[Word, ...], Field(strict=False)]
_Counts = Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(listed)]
_ALIKE = (  # in a suite and in a run's settings
    *("corpus", "limit", "robustness", "references", "track", "weights", "local", "substitute"),
    *("repeats", "seed", "region", "load", "pace", "word_times", "rank_remote"),
)
_Scalars = Annotated[tuple[Scalar, ...], BeforeValidator(listed), Field(min_length=1)]


def _usual(plan: Profile, pace: float | None) -> Literal["auto", "off"]:
    """Interleave what makes verdicts, but no speech; medians of three blocks gain nothing of it."""
    return "auto" if plan.ranks and not pace else "off"


class Measurement(Noisy):
    """`[suite]`: what is transcribed, and how long; what is left out is as in `run`."""

    corpus: Word | None = None
    clips: Annotated[tuple[str, ...], Field(strict=False)] = ()
    robustness: bool = False
    track: Annotated[int, Field(ge=1)] | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    references: bool = True
    terms: Word | _Lines = ()  # a file of terms, or its lines
    by: Names = ()  # columns to group by
    language: Word | None = None
    parity: bool = False
    weights: Literal["auto", "hub", "wheel"] = "auto"
    profile: Literal["quick", "full"] = "quick"
    blocks: Annotated[int, Field(ge=1, le=1000)] | None = None
    decide: Annotated[float, BeforeValidator(as_share)] | None = None  # "5%"
    repeats: Annotated[int, Field(ge=1, le=1000)] | None = None
    interleave: Literal["auto", "on", "off"] | None = None  # auto, of three blocks off
    budget: Annotated[float, BeforeValidator(as_seconds)] | None = None  # "20m"
    region: Annotated[float, BeforeValidator(as_share)] = 0.03  # "3%"
    seed: Annotated[int, Field(ge=0)] = 0
    load: Word | None = None
    substitute: bool = False
    pace: Annotated[float, Field(gt=0, le=100)] | None = None  # live too: 1 is the speed of speech
    word_times: bool = False  # how far the times of words are from known ones
    local: dict[str, str] = Field(
        default_factory=dict
    )  # folders of the user's own weights, by model
    rank_remote: bool = False  # servers beside what computes here

    @property
    def plan(self) -> Profile:
        """How many blocks there are: a number, as many as a difference takes, or a profile's."""
        if self.blocks:
            return exactly(self.blocks)
        return deciding(self.decide) if self.decide else beyond(PROFILES[self.profile], self.region)

    @property
    def listed_terms(self) -> tuple[Term, ...]:
        """The terms; raises UsageError or ConfigError for what lists none."""
        if isinstance(self.terms, str):
            return terms.read(Path(self.terms))
        return terms.parsed(self.terms, "terms") if self.terms else ()

    def settings(self, language: str | None) -> Settings:
        """Return the settings of a run, the language by its code."""
        return Settings(
            profile="parity" if self.parity else "recommended",
            language=language,
            plan=self.plan,
            interleave=self.interleave or _usual(self.plan, self.pace),
            budget_seconds=self.budget or (HOUR if self.decide else None),
            terms=self.listed_terms,
            by=tuple(map(str.casefold, self.by)),
            **{name: getattr(self, name) for name in _ALIKE},
            noise=self.conditions,
        )

    @classmethod
    def of(cls, settings: Settings, clips: Iterable[str]) -> Self:
        """Return what a run measured as a suite says it."""
        plan = settings.plan
        usual = _usual(plan, settings.pace)
        return cls(
            clips=tuple(clips),
            terms=tuple(map(str, settings.terms)),
            by=settings.by,
            language=settings.language,
            parity=settings.profile == "parity",
            profile="full" if plan.name == FULL.name else "quick",
            blocks=plan.blocks if plan.decides is None and plan.name not in PROFILES else None,
            decide=plan.decides if plan.bounded_by_time else None,
            interleave=None if settings.interleave == usual else settings.interleave,
            budget=settings.budget_seconds,
            **{name: getattr(settings, name) for name in _ALIKE},
            **Noisy.keys(settings.noise),
        )


class Entry(Table):
    """`[[contender]]`: values to try; the product of all lists takes part."""

    name: Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f\x7f]{1,80}$")] | None = None
    backend: Words
    model: Words | None = None
    device: Annotated[
        tuple[Literal["auto", "cpu", "gpu"], ...], BeforeValidator(listed), Field(min_length=1)
    ] = ("auto",)
    precision: Words | None = None
    threads: Annotated[_Counts, Field(min_length=1)] | None = None
    boost: Annotated[tuple[bool, ...], BeforeValidator(listed), Field(min_length=1)] = (False,)
    settings: dict[str, _Scalars] = Field(default_factory=dict, alias="set")

    def wish(self) -> Wish:
        """Return what is asked for."""
        return Wish(
            backends=self.backend,
            models=self.model or (),
            devices=self.device,
            precisions=self.precision or (None,),
            threads=self.threads or (),
            settings=self.settings,
            boosts=self.boost,
            name=self.name,
        )


class Suite(Table):
    """A whole suite file."""

    suite: Measurement = Measurement()
    contender: Annotated[tuple[Entry, ...], Field(strict=False)] = ()


def read(path: Path) -> Suite:
    """Read a suite file strictly; raise ConfigError that names the file and every wrong key.

    What it names is looked for beside it first.
    """
    try:
        tables = tomllib.loads(files.read_text(path, 1 << 20))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", unread(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} cannot be read: {error}", "name a suite file") from error
    suite = checked(tables, str(path))
    return suite.model_copy(update={"suite": _beside(path.parent, suite.suite)})


def checked(tables: Mapping[str, object], name: str) -> Suite:
    """Return the suite that tables say; raise ConfigError that has its name and every wrong key."""
    try:
        suite = Suite.model_validate(tables)
    except ValidationError as error:
        faults = "; ".join(_fault(one) for one in error.errors())
        raise ConfigError(
            f"{name}: {faults}", "correct it: docs/usage.md lists the keys"
        ) from error
    if not suite.contender:
        raise ConfigError(f"{name} has no [[contender]]", "add one, with a backend")
    if (many := len(suite.contender)) > MOST:
        raise ConfigError(f"{name} has {many} contenders: {MOST} are the most", "make it shorter")
    return suite


def _beside(folder: Path, asked: Measurement) -> Measurement:
    """Return the paths of a suite as they are found from here: beside its file first."""

    def found(path: str) -> str:
        return str(folder / path) if (folder / path).exists() else path

    known = {
        "clips": tuple(map(found, asked.clips)),
        "corpus": asked.corpus and found(asked.corpus),
        "terms": found(asked.terms) if isinstance(asked.terms, str) else asked.terms,
        "noise_kinds": asked.kinds_beside(found),
    }
    return asked.model_copy(update=known)


def of_run(folder: RunFiles) -> str:
    """Return the suite file that a stored run was."""
    stored = folder.manifest()
    clips = folder.clips() if stored.corpus.kind == "files" else ()
    asked = Measurement.of(stored.settings, (str(clip.path) for clip in clips))
    return written(asked, stored.contenders)


def written(measurement: Measurement, contenders: Iterable[Contender]) -> str:
    """Return the suite file of a run: every contender by its name, without any product."""
    document = tomlkit.document()
    known = measurement.model_dump(exclude_defaults=True, mode="json")
    budget = {"budget": f"{measurement.budget:g}s"} if measurement.budget else {}
    document["suite"] = known | budget
    entries = tomlkit.aot()
    for contender in contenders:
        table = contender.model_dump(exclude_none=True, exclude={"settings"})
        if contender.settings:
            table["set"] = {k: v for k, v in contender.settings.items() if v is not None}
        entries.append(tomlkit.item(table))
    document["contender"] = entries
    return tomlkit.dumps(document)


def _fault(error: ErrorDetails) -> str:
    """Say what is wrong with a key; of one that there is not, which there are."""
    key, *_ = location = error["loc"]
    if error["type"] != "extra_forbidden":
        return f"{_key(location)}: {error['msg']}"
    tables: dict[str, type[Table]] = {"suite": Measurement, "contender": Entry}
    table = tables.get(str(key), Suite)
    # What a table shares with others comes first in pydantic, and last for people.
    fields = sorted(table.model_fields.items(), key=lambda field: field[0] in Noisy.model_fields)
    names = [field.alias or name for name, field in fields]
    setting = " (an engine's own setting stands in `set`)" if table is Entry else ""
    return f"{_key(location)}: no such key; there are: {', '.join(names)}{setting}"


def _key(location: tuple[int | str, ...]) -> str:
    """Return a key as people count: contender 2, precision."""
    words = [str(part + 1) if isinstance(part, int) else part for part in location]
    return " ".join(words[:2]) + "".join(f", {word}" for word in words[2:]) or "(file)"
