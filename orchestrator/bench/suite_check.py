"""What is wrong with a suite file, all of it, by its keys; nothing is measured or fetched."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from msgspec.structs import replace as replaced

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.backends.environments import upkeep
from orchestrator.backends.worker import Worker, require_program
from orchestrator.bench import clip_source, preflight, selection
from orchestrator.bench.events import Watcher
from orchestrator.bench.selection import RunOptions
from orchestrator.clips import corpora, languages
from orchestrator.clips.audio import clips as audio
from orchestrator.errors import CleanroomError, ConfigError, Refused, program
from orchestrator.places import decoded_folder
from orchestrator.runs import suite
from orchestrator.runs.schema import Contender, Fault
from orchestrator.runs.suite import Measurement, Suite
from runners.protocol import Options


@dataclass
class Report:
    """Faults by key, each once; what could not be looked at; the contenders, if all have names."""

    faults: dict[Fault, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    contenders: tuple[Contender, ...] = ()

    def fault(self, key: str, error: CleanroomError) -> None:
        """Take in what is wrong with a key, with as much of the advice as goes on a line."""
        advice = error.fix.partition("\n")[0].removesuffix("there are:").strip()
        self.faults[Fault(key, f"{error} ({advice})" if advice else str(error))] = None

    @contextmanager
    def faults_of(self, key: str) -> Iterator[None]:
        """Turn what is raised over a key into its fault."""
        try:
            yield
        except CleanroomError as error:
            self.fault(key, error)


def check(path: Path, watcher: Watcher) -> Report:
    """Look at all that a suite names; raise ConfigError where its keys are wrong already.

    Clips are decoded, of a corpus on this disk every entry is read. Settings, devices and
    precisions are put to the runners whose environment is made.
    """
    whole, report = suite.read(path), Report()
    asked = whole.suite
    with report.faults_of("suite language"):
        languages.chosen(asked.language or languages.AUTO)
    with report.faults_of("suite load"):
        require_program(asked.load or "true")
    lines = _terms(asked, report)
    whole = whole.model_copy(update={"suite": asked.model_copy(update={"terms": lines})})
    named = _entries(whole, report)
    _clips(asked, report)
    if asked.corpus is not None:
        with report.faults_of("suite corpus"):
            _corpus(asked, asked.corpus, report)
    if not report.faults:
        with report.faults_of("all of it"):
            _whole(path, report)
    for backend in backends.discover():
        own = [(key, each) for key, each in named if each.backend == backend.name]
        if backend.supported and any(each.asks for _, each in own):
            _settings(backend, own, whole.suite, report, watcher)
    return report


def _entries(whole: Suite, report: Report) -> list[tuple[str, Contender]]:
    """Return the contenders of every entry by its key, of backends that there are."""
    found: list[tuple[str, Contender]] = []
    known = backends.discover()
    for number, entry in enumerate(whole.contender, 1):
        key, there = f"contender {number}", list[str]()
        for name in entry.backend:
            with report.faults_of(f"{key}, backend"):
                there += [each.name for each in backends.choose([name], known)]
        if not there:
            continue
        with report.faults_of(key):
            wish = replace(entry.wish(), backends=tuple(there))
            own, _ = selection.contenders([wish], local=whole.suite.local)
            found += ((key, contender) for contender in own)
            with report.faults_of(f"{key}, model"):
                selection.candidates(RunOptions(whole.suite.settings(None), own))
    return found


def _terms(asked: Measurement, report: Report) -> tuple[str, ...]:
    """Return the lines of the terms; none where they are at fault, which is told once."""
    try:
        return tuple(map(str, asked.listed_terms))
    except CleanroomError as error:
        report.fault("suite terms", error)
        return ()


def _clips(asked: Measurement, report: Report) -> None:
    """Decode the clips, each by itself."""
    for number, clip in enumerate(asked.clips, 1):
        with report.faults_of(f"suite clips {number}"):
            audio.load_clips([Path(clip)], decoded_folder(), track=asked.track)


def _corpus(asked: Measurement, spec: str, report: Report) -> None:
    """Read what a corpus that is here says of its clips; raise what is wrong with it as a whole."""
    if not corpora.require(spec, asked.language):
        report.notes.append(f"{spec} is fetched by the run: its clips were not looked at")
        return
    corpus = corpora.open_corpus(spec, language=asked.language, references=asked.references)
    clips, faults = 0, list[Fault]()
    for item in corpus.checked(audio=False):
        if isinstance(item, Fault):
            faults.append(item)
        else:
            clips += 1
    first = f"{faults[0].where}: {faults[0].what}" if faults else "it is empty"
    if not clips:
        raise ConfigError(f"{corpus.name} has no clip that can be used: {first}")
    if faults:
        cannot = f"{len(faults):,} of its entries cannot be used"
        report.notes.append(f"{corpus.name}: {cannot}, the first is {first}")


def _whole(path: Path, report: Report) -> None:
    """Look at what one key does not tell: names, and what does not go together."""
    options = selection.suite_options(path)
    clip_source.require(options)
    audio.load_clips(options.clips, decoded_folder(), track=options.settings.track)
    report.contenders = options.contenders
    report.notes += options.notices
    _, skipped = selection.candidates(options)
    report.notes += [f"{row.contender} would be skipped: {row.reason}" for row in skipped]


def _settings(
    backend: Backend,
    own: Sequence[tuple[str, Contender]],
    asked: Measurement,
    report: Report,
    watcher: Watcher,
) -> None:
    """Put what is asked of a backend to its runner, if its environment is there."""
    if not upkeep.is_ready(backend):
        sync = f"{program()} envs sync {backend.name}"
        unmade = "its environment is not made, so its settings were not looked at"
        report.notes.append(f"{backend.name}: {unmade}: {sync}")
        return
    plain = Options(profile="parity" if asked.parity else "recommended")
    with report.faults_of(backend.name), preflight.asked(backend, watcher) as worker:
        for key, contender in own:
            weights = _weights(backend, contender, asked)
            for factor, refusal in _refusals(worker, contender, plain, weights):
                report.fault(f"{key}, {factor}", refusal)


def _weights(backend: Backend, contender: Contender, asked: Measurement) -> Path | None:
    """Return a contender's weights where they are on this disk; the network is left alone."""
    try:
        planned = selection.planned(backend, contender, asked.settings(None), ask=False)
    except CleanroomError:
        return None  # a fault of its own key
    return planned.path if planned.present else None


def _refusals(
    worker: Worker, contender: Contender, plain: Options, weights: Path | None
) -> Iterator[tuple[str, Refused]]:
    """Yield what a runner refuses of a contender, by the key that asks for it."""
    asked = {
        **{f"set, {k}": replaced(plain, extra={k: v}) for k, v in contender.settings.items()},
        "device": (device := replaced(plain, device=contender.device)),
        "precision": replaced(device, precision=contender.precision),
    }
    for key, options in asked.items():
        try:
            worker.describe(options, weights)
        except Refused as refusal:
            yield key, refusal
            if key == "device":
                return  # no precision of a device that is not here
