"""One backend: what `[tool.bench]` of its folder says, and what follows from that."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator import places
from orchestrator.host import platform_tag
from orchestrator.host.probe import has_nvidia_card

DEFAULT_MODEL = "tiny.en"  # of every backend that has not only models of its own

_Word = Annotated[str, Field(pattern=r"\S")]
_Words = Annotated[tuple[_Word, ...], Field(strict=False)]  # TOML has lists, no tuples


class Backend(BaseModel):
    """One engine: `[tool.bench]` of envs/<name>/pyproject.toml, plus the folder it stands in."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: _Word
    folder: Annotated[Path, "absolute"]
    origin: places.Origin | None = None  # None: it is ours
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
    detects: bool = True  # where it is given none, it detects the language
    boost: str = ""  # what it can be given terms as, such as "hotwords"
    parity: bool  # it can run OpenAI's one checkpoint, or its publisher's conversion of it
    # Where its engine's times of words come from: the schema of runs says what each is.
    word_times: Literal["native", "attention", "tokens"] | None = None
    remote: bool = False  # audio goes to one of the user's servers, which computes
    own_model: _Word | None = None  # it has models of its own only, and this is the usual one
    variant: _Word | None = None  # another backend: the same library, built for more
    all: bool = True  # part of a run that names no backend; else asked for by name or --everything
    default: bool = False  # what `transcribe` takes where no run says which is fastest
    coreml: bool = False  # its models come with an encoder for the Neural Engine
    compiled_for: _Words = ()  # settings that choose what a first load compiles the model for
    # NAME=VALUE variables for a package that is built from its source at sync.
    build: Annotated[tuple[Annotated[str, Field(pattern=r"^\w+=")], ...], Field(strict=False)] = ()
    after_sync: _Words = ()  # modules that the environment's Python runs once it is made
    card_packages: _Words = ()  # which only an NVIDIA card uses: left out where there is none

    @model_validator(mode="after")
    def _agrees(self) -> "Backend":
        if (self.runner is None) == (self.executable is None):
            raise ValueError("exactly one of `runner` and `executable` must be given")
        if self.parity and self.own_model:
            raise ValueError("with an `own_model` it takes no part in --parity: `parity = false`")
        if self.remote and (self.parity or self.own_model):
            raise ValueError("`remote` has its models elsewhere: no `own_model`, `parity = false`")
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
    def runners(self) -> Path | None:
        """The folder whose modules are in `runners` besides ours; None where there is none."""
        return self.origin.runners if self.origin and self.origin.runners.is_dir() else None

    @property
    def runner_file(self) -> Path | None:
        """Its runner; None of a program, and of a module that only its environment knows."""
        if self.runner is None or "." in self.runner:
            return None
        own = places.ROOT / "runners" / f"{self.runner}.py"
        beside = own if self.origin is None else self.origin.runners / own.name
        # A backend from outside may be other pins, or other models, for a runner of ours.
        return beside if beside.is_file() else own

    @property
    def default_model(self) -> str:
        """The model that it runs where none is asked for."""
        return self.own_model or DEFAULT_MODEL

    @property
    def supported(self) -> bool:
        """Whether this machine's platform is one the backend names."""
        return platform_tag() in self.platforms

    @property
    def why_unsupported(self) -> str:
        """One plain sentence for the skipped row."""
        return f"needs {self.requires or ' or '.join(self.platforms)}"
