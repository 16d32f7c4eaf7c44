"""Makes a corpus of a text file: a clip and its text for every line and variation."""

import hashlib
import itertools
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Literal, Protocol

from orchestrator import files
from orchestrator.clips.audio.samples import RATE, flac
from orchestrator.clips.speech import lines, process
from orchestrator.clips.speech.lines import Line, Variation
from orchestrator.clips.speech.process import Voice
from orchestrator.clips.words import textgrid
from orchestrator.errors import UsageError, unwritable
from orchestrator.runs.schema import Fault, Term

# Raise it when the same line would become other samples; the lock stands for the voice itself.
_MAKER = 1

_ELSEWHERE = "free some space, or give another folder with --output DIR"
_TIMES = ".TextGrid"

Outcome = Literal["made", "kept", "refused"]  # refused: there is nothing the voice can read
_Result = tuple[Outcome, "SpokenClip", float]  # with the seconds of speech made


@dataclass(frozen=True, slots=True)
class SpokenClip:
    """A clip to be: its FLAC file, what is said in it, and how; `recipe` is all its bytes hang on.

    The FLAC file carries the recipe as its comment.
    """

    path: Path
    text: str
    variation: Variation
    seed: int
    recipe: str
    terms: tuple[Term, ...] = ()  # those in it, listed beside it

    def exists(self) -> bool:
        """Whether just this clip is on the disk already."""
        import av  # noqa: PLC0415 - a tenth of a second, and a run writes clips, but asks for none

        try:
            with av.open(self.path) as container:
                same = container.metadata.get("comment") == self.recipe
            same &= all(path.read_text("utf-8") == text for path, text in self._beside.items())
            return same and self.path.with_suffix(_TIMES).is_file()
        except (OSError, av.FFmpegError, UnicodeDecodeError):
            return False

    def write(self, voice: Voice) -> float:
        """Make the clip; return its seconds, 0 where the voice finds nothing to read.

        Raises UsageError when the folder cannot be written.
        """
        speech = self.variation.spoken(voice, self.text, self.seed)
        seconds = len(speech.samples) / RATE
        if seconds:
            with unwritable(self.path.parent, _ELSEWHERE):
                # A clip whose text is another's must not be seen, whatever happens in between.
                self.path.unlink(missing_ok=True)
                for path, text in self._beside.items():
                    files.write(path, text)
                times = textgrid.written(speech.pieces, seconds)
                files.write(self.path.with_suffix(_TIMES), times)
                files.write(self.path, flac(speech.samples, self.recipe))
        return seconds

    @property
    def _beside(self) -> dict[Path, str]:
        """What stands in each file beside the recording."""
        texts = {self.path.with_suffix(".txt"): f"{self.text}\n"}
        listed = "".join(f"{term}\n" for term in self.terms)
        return texts | ({self.path.with_suffix(".terms"): listed} if listed else {})


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made: which lines of which file, how varied, where, and how many at once."""

    source: Path
    out: Path
    variations: tuple[Variation, ...]
    seed: int = 0
    limit: int | None = None  # the first so many lines
    jobs: int = 1
    terms: tuple[Term, ...] = ()  # what is to be said in them
    name: str = ""  # that clips are numbered under, if not the file's

    @property
    def lines(self) -> Iterator[Line | Fault]:
        """What is read aloud, from the beginning."""
        return lines.lines(self.source, self.terms)


@dataclass(slots=True)
class Tally:
    """What came of it: clips by outcome, and the seconds of speech that were made."""

    clips: Counter[Outcome] = field(default_factory=Counter)
    seconds: float = 0.0


class Watcher(Protocol):
    """Who is told how far it is."""

    def note(self, what: str) -> None:
        """Hear what has to be done first."""

    def begin(self, clips: int) -> None:
        """Hear how many clips there will be."""

    def clip(self) -> None:
        """Hear that one more of them is there."""

    def fault(self, fault: Fault) -> None:
        """Hear that a line cannot be read."""


def make(order: Order, watcher: Watcher) -> Tally:
    """Make every clip of the order that is not there yet, in the order of the lines.

    The file is read through once before anything is made, then a line at a time. Raises UsageError
    for a file or folder that cannot be used, CleanroomError when the voice fails.
    """
    clips = _readable_lines(order) * len(order.variations)
    with unwritable(order.out, _ELSEWHERE):
        order.out.mkdir(parents=True, exist_ok=True)
    process.prepare(watcher.note)
    watcher.begin(clips)
    tally = Tally()
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(order.jobs))
        idle: SimpleQueue[Voice] = SimpleQueue()
        # They end before the pool does, so that no thread of it waits for an answer any longer.
        for _ in range(order.jobs):
            idle.put(stack.enter_context(Voice()))
        begun = (pool.submit(_one, clip, idle) for clip in _clips(order, watcher, tally))
        for outcome, clip, seconds in _results(begun, ahead=2 * order.jobs):
            tally.clips[outcome] += 1
            tally.seconds += seconds
            if outcome == "refused":
                watcher.fault(Fault(clip.path.stem, "the voice can read none of it"))
            watcher.clip()
    return tally


def _readable_lines(order: Order) -> int:
    """Count the lines that become clips; raise UsageError where there are none."""
    found = list(itertools.islice(order.lines, 1))
    read = itertools.islice(order.lines, order.limit)
    count = sum(isinstance(line, Line) for line in read)
    if not count:
        why = "every line is blank"
        if found and isinstance(found[0], Fault):
            why = f"{found[0].where}: {found[0].what}"
        raise UsageError(f"{order.source} has nothing to read aloud: {why}", "write a clip a line")
    return count


def _clips(order: Order, watcher: Watcher, tally: Tally) -> Iterator[SpokenClip]:
    """Yield the clips to be, having told of the lines that cannot become any."""
    lock = hashlib.sha256((process.PROJECT / "uv.lock").read_bytes()).hexdigest()[:12]
    stem = (order.name or order.source.stem).lstrip(".")  # a hidden file is no clip
    for line in itertools.islice(order.lines, order.limit):
        if isinstance(line, Fault):
            tally.clips["refused"] += len(order.variations)
            watcher.fault(line)
            continue
        said = hashlib.sha256(line.text.encode()).hexdigest()[:16]
        for each in order.variations:
            name = f"{stem}-{line.number:04}{each.suffix}"
            recipe = f"speech {_MAKER}{each.suffix or '-plain'} seed {order.seed} {lock} {said}"
            said_in_it = tuple(term for term in order.terms if _says(line.text, term))
            path = order.out / f"{name}.flac"
            yield SpokenClip(path, line.text, each, order.seed, recipe, said_in_it)


def _says(text: str, term: Term) -> bool:
    forms = "|".join(map(re.escape, term.forms))
    return re.search(rf"(?<!\w)(?:{forms})(?!\w)", text, re.IGNORECASE) is not None


def _one(clip: SpokenClip, idle: "SimpleQueue[Voice]") -> _Result:
    """Make one clip with whichever voice is idle, unless it is there."""
    if clip.exists():
        return "kept", clip, 0.0
    voice = idle.get()
    try:
        seconds = clip.write(voice)
    finally:
        idle.put(voice)
    return ("made" if seconds else "refused"), clip, seconds


def _results(begun: Iterable["Future[_Result]"], ahead: int) -> Iterator[_Result]:
    """Yield results in order, with no more than so many begun: a corpus is never in memory."""
    waiting: deque[Future[_Result]] = deque()
    for future in begun:
        waiting.append(future)
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
