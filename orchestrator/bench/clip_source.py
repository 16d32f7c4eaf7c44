"""Which clips a run is about: files, a corpus, the robustness set, or the bundled speech."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from orchestrator import places
from orchestrator.analysis import groups
from orchestrator.bench import clip_list, clip_words
from orchestrator.bench.clip_list import Listing, Playlist, Source
from orchestrator.bench.events import Watcher
from orchestrator.bench.selection import Candidate, RunOptions
from orchestrator.cache.progress import Progress
from orchestrator.clips import corpora
from orchestrator.clips.audio import clips as audio
from orchestrator.clips.audio import decoded_cache
from orchestrator.clips.audio.clips import Clip, Utterance
from orchestrator.clips.languages import MULTIPLE
from orchestrator.clips.noise import Noises
from orchestrator.errors import AudioError, UsageError
from orchestrator.places import decoded_folder
from orchestrator.runs.schema import ClipRecord, Contender, Fault, Settings
from orchestrator.runs.schema.noise import MADE
from orchestrator.runs.terms import merged

_DRAWS = 5  # how often a sample is filled up
_SEVERAL = 3  # clips of which each is timed once
_TELL_EVERY = 500  # clips


def require(options: RunOptions) -> None:
    """Refuse what needs no decoding to be told: raise UsageError, AudioError.

    It is asked before anything waits for the machine.
    """
    settings = options.settings
    if (options.clips != ()) + (settings.corpus is not None) + settings.robustness > 1:
        raise UsageError(
            "clips, --corpus and --robustness are three ways to say one thing", "keep one of them"
        )
    if settings.limit is not None and settings.corpus is None:
        raise UsageError("--limit draws from a corpus", "add --corpus X")
    if settings.terms and (settings.robustness or not settings.references):
        raise UsageError(
            "--terms looks for them in references", "leave --robustness and --no-reference out"
        )
    for kind in settings.noise.kinds if settings.noise else ():
        if kind not in MADE:
            decoded_cache.require_file(Path(kind))
    if settings.noise and not settings.references:
        raise UsageError("--noise measures errors, and --no-reference has none", "leave one out")
    if settings.corpus is not None:
        corpora.require(settings.corpus, _spoken(settings))
    for clip in options.clips:
        decoded_cache.require_file(clip)


def noises(settings: Settings, watcher: Watcher) -> Noises | None:
    """Make or read the noises of a run; raise AudioError for a recording that is none."""
    if settings.noise is None:
        return None
    watcher.phase("clips", "making noise")
    return Noises(settings.noise.kinds)


@contextmanager
def clips(options: RunOptions, watcher: Watcher, chosen: Sequence[Candidate]) -> Iterator[Playlist]:
    """Decode what those chosen are to transcribe and list it in a file that is gone at the end.

    `Playlist.moved` keeps it. Raises UsageError, ConfigError, and AudioError: of a corpus only
    where none of its clips can be used, else what cannot is listed.
    """

    def told(doing: str, fraction: float | None = None) -> None:
        watcher.phase("clips", doing, fraction)

    cache = decoded_folder()
    named, items = _items(options, chosen, cache, told)
    with tempfile.TemporaryDirectory(prefix="whisper-cleanroom-") as folder:
        words = clip_words.Words(Path(folder))
        if options.settings.needs_word_times:
            items = words.kept(items)
        with _room(folder):
            listed = clip_list.write(Path(folder) / "clips.jsonl", cache, named, items)
        if options.settings.word_times:
            words.require()
        yield listed


@contextmanager
def _room(folder: str) -> Iterator[None]:
    """Name the place where the system lets no list of clips, or no samples, be written."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder} cannot be written: {error.strerror}",
            places.elsewhere()
            or f"free some space, or set TMPDIR, or {places.CACHE_VARIABLE}, to another disk",
        ) from error


def require_terms(contenders: Iterable[Contender], settings: Settings) -> None:
    """Refuse to boost what there is not: raise UsageError."""
    if not settings.terms and any(contender.boost for contender in contenders):
        raise UsageError("--boost gives terms to engines, and there are none", "add --terms FILE")


def settled(settings: Settings, clips: Playlist) -> Settings:
    """Fix what the clips decide: the language where they agree on one, the timed passes, terms.

    Detecting a language is extra work for an engine. Over several clips one pass each averages what
    three passes over one clip do. Raises UsageError for a column to group by that no clip has,
    ConfigError where terms contradict each other.
    """
    corpus = clips.corpus
    groups.require(settings.by, clips)
    agreed = len(corpus.languages) == 1 and MULTIPLE not in corpus.languages
    known = settings.language or (corpus.languages[0] if agreed else None)
    many = settings.corpus is not None or settings.robustness or corpus.clips >= _SEVERAL
    repeats = settings.repeats or (1 if many else None)
    listed = merged((*settings.terms, *clips.terms), "terms of the run and of its clips")
    return settings.model_copy(update={"language": known, "repeats": repeats, "terms": listed})


def _items(
    options: RunOptions, chosen: Iterable[Candidate], cache: Path, told: Progress
) -> tuple[Source, Iterator[Clip | Fault]]:
    """Return what is transcribed by its name, and its clips as they are decoded."""
    settings = options.settings
    if options.listing:
        return options.listing.source, _listed(options.listing, cache, told)
    if settings.robustness:
        from orchestrator.clips.robustness import recordings  # noqa: PLC0415 - brings what makes speech

        told("making the robustness set", None)
        one_language = all(candidate.lack((MULTIPLE,)) for candidate in chosen)
        utterances = recordings.corpus(told, one_language=one_language)
        named = Source(name="robustness", kind="robustness")
        return named, _decoded(utterances, cache, told, silence=True)
    spoken = _spoken(settings)
    if settings.corpus is not None:
        corpus = corpora.open_corpus(
            settings.corpus, language=spoken, references=settings.references, progress=told
        )
        named = Source(name=corpus.name, kind=corpus.kind, revision=corpus.revision)
        return named, _sample(corpus, settings, cache, told)
    if not options.clips:
        return Source(name="the bundled recordings", kind="bundled"), iter(audio.bundled(cache))
    given = audio.load_clips(options.clips, cache, language=spoken, track=settings.track)
    if not settings.references:
        given = [clip.model_copy(update={"reference": None}) for clip in given]
    return Source(name="files", kind="files"), iter(given)


def _listed(listing: Listing, cache: Path, told: Progress) -> Iterator[Clip]:
    """Yield the clips of a list, with what it says of each; raise AudioError for any other audio.

    One that cannot be used here is no fault of a corpus: it could where the list was made.
    """
    known = [field for field in Utterance.__slots__ if field in ClipRecord.model_fields]
    for record in listing.records():
        utterance = Utterance(**{field: getattr(record, field) for field in known})
        for clip in _decoded(iter([utterance]), cache, told):
            if isinstance(clip, Clip) and clip.sha256 == record.sha256:
                yield clip
            else:
                why = clip.what if isinstance(clip, Fault) else "its file has changed since"
                raise AudioError(f"{record.name} cannot be used here: {why}", "send it again")


def _spoken(settings: Settings) -> str | None:
    """Return the language of clips that do not say theirs."""
    return None if settings.language == "auto" else settings.language


def _sample(
    corpus: corpora.Corpus, settings: Settings, cache: Path, told: Progress
) -> Iterator[Clip | Fault]:
    """Yield the clips of a corpus; of a sample, others in place of those that cannot be used."""
    missing, drawn = settings.limit, set[str]()
    for again in range(_DRAWS):
        before = len(drawn)
        utterances = corpora.chosen(corpus, missing, settings.seed + again, drawn)
        drawing = _drawn(utterances, drawn, settings.track, again=again > 0)
        for item in _decoded(drawing, cache, told):
            missing = missing and missing - isinstance(item, Clip)
            yield item
        if not missing or len(drawn) == before:
            return


def _drawn(
    items: Iterator[Utterance | Fault], names: set[str], track: int | None, *, again: bool
) -> Iterator[Utterance | Fault]:
    """Pass utterances on with their track, and what is wrong with the corpus once; keep names."""
    for item in items:
        if isinstance(item, Utterance):
            names.add(item.name)
            yield replace(item, track=track)
        elif not again:
            yield item


def _decoded(
    utterances: Iterator[Utterance | Fault],
    cache: Path,
    told: Progress,
    *,
    silence: bool = False,
) -> Iterator[Clip | Fault]:
    """Decode one after the other; samples beyond the cap are dropped as we go."""
    often, fresh = decoded_cache.most_bytes() / 20, 0.0
    for number, item in enumerate(utterances, 1):
        if isinstance(item, Fault):
            yield item
            continue
        try:
            clip = audio.decoded(item, cache, silence=silence)
        except AudioError as error:
            yield Fault(item.name, f"{error}: {error.fix}")
            continue
        yield clip
        fresh += decoded_cache.bytes_of(clip.samples)
        if fresh > often:
            decoded_cache.trim(cache)
            fresh = 0.0
        if number % _TELL_EVERY == 0:
            told(f"decoded {number:,} clips", None)
