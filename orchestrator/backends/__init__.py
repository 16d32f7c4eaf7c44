"""Backends, discovered from envs/: what each is, where it runs, how it is started."""

import os
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestrator import places
from orchestrator.errors import ConfigError, UsageError, did_you_mean, in_words, program
from orchestrator.host import Host, platform_tag
from orchestrator.host.probe import has_nvidia_card

ENVS = places.envs()

_Word = Annotated[str, Field(pattern=r"\S")]
_Words = Annotated[tuple[_Word, ...], Field(strict=False)]  # TOML has lists, no tuples


class Backend(BaseModel):
    """One engine: `[tool.bench]` of envs/<name>/pyproject.toml, plus the folder it stands in."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: _Word
    folder: Annotated[Path, "absolute"]
    runner: _Word | None = None
    executable: _Word | None = None
    library: _Word
    homepage: _Word
    engine: str = ""  # what computes, and on what hardware: for the pages people read
    hardware: str = ""
    family: _Word  # the kind of model it runs, in the words of its field: whisper, parakeet, ...
    format: _Word
    # What `models/convert/` does not say of a format, because it is not made there.
    weights: str = ""  # in words, such as "an MLX folder"
    file: Annotated[str, Field(pattern=r"\{\}")] | None = None  # one file's name, {} the model's
    needs: _Words = ()  # patterns that a folder must match
    platforms: _Words
    requires: str = ""
    language: bool  # it can be given the language to transcribe
    detects: bool = True  # such a one can do without, too, and finds out by itself
    parity: bool  # it can run OpenAI's one checkpoint, or its publisher's conversion of it
    own_model: _Word | None = None  # the model it always runs, whatever is asked of the others
    variant: _Word | None = None  # another backend: the same library, built for more
    default: bool = False  # what `transcribe` takes where no run says which is fastest
    coreml: bool = False  # its models come with an encoder for the Neural Engine
    compiled_for: _Words = ()  # settings that choose what a first load compiles the model for
    # NAME=VALUE variables for a package that is built from its source at sync.
    build: Annotated[tuple[Annotated[str, Field(pattern=r"^\w+=")], ...], Field(strict=False)] = ()
    after_sync: _Words = ()  # modules that the environment's Python runs once it is made
    card_packages: _Words = ()  # which only an NVIDIA card uses: left out where there is none

    @model_validator(mode="after")
    def _one_way_to_start(self) -> "Backend":
        if (self.runner is None) == (self.executable is None):
            raise ValueError("exactly one of `runner` and `executable` must be given")
        return self

    @model_validator(mode="after")
    def _one_model_for_all(self) -> "Backend":
        if self.parity and self.own_model:
            raise ValueError("with an `own_model` it takes no part in --parity: `parity = false`")
        return self

    @property
    def python(self) -> Path:
        """The interpreter of the backend's environment; it exists once that is synced."""
        return places.environment(self.folder) / "bin" / "python"

    @property
    def compiles(self) -> bool:
        """Whether the first load of a model compiles it for the machine, for minutes."""
        return self.coreml or self.executable is not None

    @property
    def build_variables(self) -> dict[str, str]:
        """The variables of `build`, by name."""
        return dict(pair.split("=", 1) for pair in self.build)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Packages of the lock that are not installed on this machine."""
        return () if has_nvidia_card() else self.card_packages

    @property
    def module(self) -> str:
        """The runner's module: a bare name is one of runners/, a dotted one is taken as it is."""
        name = self.runner or ""
        return name if "." in name else f"runners.{name}"

    @property
    def supported(self) -> bool:
        """Whether this machine's platform is one the backend names."""
        return platform_tag() in self.platforms

    @property
    def why_unsupported(self) -> str:
        """One plain sentence for the skipped row."""
        return f"needs {self.requires or ' or '.join(self.platforms)}"


def discover(envs: Path | None = None) -> list[Backend]:
    """Return every backend under `envs`, by name.

    Raises ConfigError naming the files and keys, also where there is none at all.
    """
    envs = envs or places.envs()
    found: list[Backend] = []
    faults: list[str] = []
    for path in sorted(envs.glob("*/pyproject.toml")):
        try:
            found += filter(None, [_read(path)])
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults), f"correct it, then: {program()} backends")
    if not found:
        unset = f"unset {places.ENVS_VARIABLE}, or have it name a folder that holds backends"
        again = "install whisper-cleanroom again: a part of it is missing"
        fix = unset if places.ENVS_VARIABLE in os.environ else again
        raise ConfigError(f"there are no backends in {envs.absolute()}", fix)
    return found


def _read(path: Path) -> Backend | None:
    """Read one folder; None where there is no `[tool.bench]` (a project that is no backend)."""
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("bench")
        if table is None:
            return None
        backend = Backend(name=path.parent.name, folder=path.parent.resolve(), **table)
    except ValidationError as error:
        raise ConfigError(f"{path}: {in_words(error, '[tool.bench] ')}") from error
    except (TypeError, AttributeError) as error:  # no table, or it has a `name` of its own
        raise ConfigError(f"{path}: [tool.bench] {error}") from error
    except (ValueError, OSError) as error:  # broken TOML, broken UTF-8, unreadable
        raise ConfigError(f"{path}: {error}") from error
    # A module by its full name may be one of the environment's: that is known when it starts.
    runner = places.ROOT / "runners" / f"{backend.runner}.py"
    if backend.runner and "." not in backend.runner and not runner.is_file():
        raise ConfigError(f"{path}: [tool.bench] runner: there is no {runner}")
    return backend


def chip() -> str:
    """Return this machine's processor by name, such as "Apple M1 Pro"; "" where it has none."""
    return Host.here().chip or ""


def choose(names: Iterable[str], among: Sequence[Backend]) -> list[Backend]:
    """Return the backends of these names, as ordered; raise UsageError with the nearest names."""
    by_name = {b.name: b for b in among}
    chosen = []
    for name in dict.fromkeys(names):
        if name not in by_name:
            there_are = f"{did_you_mean(name, by_name)}there are: {', '.join(by_name)}"
            raise UsageError(f"there is no backend {name!r}", there_are)
        chosen.append(by_name[name])
    return chosen
