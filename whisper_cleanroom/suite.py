"""A suite, built in Python or read from its file: what is measured, and who takes part."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Literal, Self, TypedDict, Unpack

from orchestrator.bench import selection
from orchestrator.bench.selection import RunOptions
from orchestrator.runs import suite as stored
from orchestrator.runs.schema import Contender, Scalar

_File = str | PathLike[str]
_Device = Literal["auto", "cpu", "gpu"]


@dataclass(frozen=True)
class Contenders:
    """Backends with values to try: the product of all lists takes part.

    `backend` is one name or several, as `whisper-cleanroom backends` lists them. `model` None
    is each backend's usual one, of a Whisper tiny.en. `precision` None is what each project
    recommends, `threads` None as many as there are performance cores.
    `boost` gives the terms of the measurement to engines that can use them.
    `settings` are the engine's own, by its names. `name` is yours for a single contender; without
    one, names are made of what differs.
    """

    backend: str | Sequence[str]
    _: KW_ONLY
    model: str | Sequence[str] | None = None
    device: _Device | Sequence[_Device] = "auto"
    precision: str | Sequence[str] | None = None
    threads: int | Sequence[int] | None = None
    boost: bool | Sequence[bool] = False
    settings: Mapping[str, Scalar | Sequence[Scalar]] = field(default_factory=dict)
    name: str | None = None


class Measurement(TypedDict, total=False):
    """What is transcribed, and how long: the keys of `[suite]` in a suite file, with its values."""

    corpus: _File  # a folder, a table, a manifest, or the name of a corpus
    clips: Sequence[_File]  # or recordings; a .txt beside one is its reference
    robustness: bool  # or the robustness set; without any of the three, the bundled speech
    track: int
    limit: int
    references: bool
    terms: _File | Sequence[str]  # a file of names and jargon, or its lines
    by: str | Sequence[str]  # columns of the corpus to group errors by
    language: str
    parity: bool
    weights: Literal["auto", "hub", "wheel"]
    profile: Literal["quick", "full"]
    blocks: int
    decide: float | str  # a share, or "5%"
    repeats: int
    interleave: Literal["auto", "on", "off"]
    budget: float | str  # "20m"; a float is in seconds
    region: float | str  # a share, or "3%"
    seed: int
    load: str
    substitute: bool
    pace: float  # clips are spoken too; 1 is the speed of speech
    word_times: bool  # how far the times of words are from known ones
    noise: float | Sequence[float]  # dB below speech, at which clips are heard again
    noise_kinds: str | Sequence[str]  # "babble", "street", "white", or recordings of noise
    reverb: float | Sequence[float]  # rooms in which clips are heard again, by seconds of echo
    local: Mapping[str, _File]  # folders of your own weights, by model
    rank_remote: bool  # servers beside what computes here


class Suite:
    """What a run measures, and which contenders take part.

    `Suite("faster-whisper", Contenders("whisper-cpp", threads=[1, 2]), blocks=6)`: a backend's name
    alone is a contender with Whisper tiny.en; keywords are those of `Measurement`. Paths are
    relative to the working directory. Raises ConfigError with every key that is wrong; backends,
    models and files are looked for by `run`.
    """

    def __init__(self, *contenders: str | Contenders, **measurement: Unpack[Measurement]) -> None:
        entries = [Contenders(each) if isinstance(each, str) else each for each in contenders]
        tables = {"suite": _plain(measurement), "contender": [_entry(each) for each in entries]}
        self._name = "the suite"
        self._asked = stored.checked(tables, self._name)

    @classmethod
    def read(cls, path: _File) -> Self:
        """Read a suite file; what it names is looked for beside it first.

        Raises ConfigError with the file and every key that is wrong.
        """
        made = cls.__new__(cls)
        made._name = fspath(path)  # noqa: SLF001 - made here
        made._asked = stored.read(Path(path))  # noqa: SLF001 - the same
        return made

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """Every contender by its name; raises ConfigError for a backend that there is not."""
        return self.options(None).contenders

    def to_toml(self) -> str:
        """Return the suite file of it, which names every contender."""
        return stored.written(self._asked.suite, self.contenders)

    def options(self, output: Path | None, *, fail_fast: bool = False) -> RunOptions:
        """Return what `orchestrator` is asked; raise ConfigError."""
        return selection.options_of(self._asked, self._name, output, fail_fast=fail_fast)

    def __repr__(self) -> str:
        backends = [name for entry in self._asked.contender for name in entry.backend]
        return f"<Suite of {', '.join(dict.fromkeys(backends))}>"


def _entry(asked: Contenders) -> dict[str, object]:
    """Return `[[contender]]`, where what is left out is None."""
    given = {"set" if name == "settings" else name: value for name, value in vars(asked).items()}
    return {name: _plain(value) for name, value in given.items() if value is not None}


def _plain(value: object) -> object:
    """Return a value as a file has it: paths are texts there, and sequences lists."""
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value
