"""Texts that other systems made of a corpus, scored without a run: errors, and no times."""

from collections.abc import Mapping
from pathlib import Path

from orchestrator.analysis import groups, imported
from orchestrator.analysis.scoring.text import Normalizer
from orchestrator.analysis.summary import differences
from orchestrator.cache.progress import Progress
from orchestrator.clips.audio.clips import Utterance
from orchestrator.clips.corpora import Corpus, open_corpus
from orchestrator.clips.corpora.tally import Tally
from orchestrator.errors import AudioError
from orchestrator.host import Host
from orchestrator.runs.schema import Settings, Summary, Term
from orchestrator.runs.schema.plan import exactly
from orchestrator.runs.terms import merged


def score(  # noqa: PLR0913 - each is one choice of the user
    corpus: str,
    hypotheses: Mapping[str, Path],
    normalizer: Normalizer = "auto",
    terms: tuple[Term, ...] = (),
    by: tuple[str, ...] = (),
    *,
    language: str | None = None,
    progress: Progress = lambda _doing, _fraction: None,
) -> Summary:
    """Return the errors of systems, by their names, in a file of texts each, as a summary has them.

    It has no contender, as nothing was measured; what is asked is of the corpus, as in `rescore`.
    `language` is of clips that do not say theirs. Raises what `open_corpus` and `imported.read`
    raise; AudioError where no clip has a reference, UsageError for a column that no clip has,
    ConfigError for terms that contradict each other.
    """
    opened = open_corpus(corpus, language=language, progress=progress)
    clips, tally = _read(opened)
    by = tuple(map(str.casefold, by))
    groups.require(by, clips)
    read = [imported.read(file, name, clips) for name, file in hypotheses.items()]
    settings = Settings(
        weights="auto",
        profile="recommended",
        language=language,
        plan=exactly(0),
        repeats=None,
        seed=0,
        corpus=corpus,
        normalizer=normalizer,
        terms=merged((*terms, *tally.terms), "terms of the file and of the corpus"),
        by=by,
    )
    record = tally.record()
    found = [imported.scored(each, clips, settings, record) for each in read]
    return Summary(
        run_id="",
        host=Host.here(),
        settings=settings,
        corpus=record,
        imported=tuple(line for line, _ in found),
        **differences({line.contender: own for line, own in found}),
    )


def _read(corpus: Corpus) -> tuple[list[Utterance], Tally]:
    """Return the clips that can be scored, and what they come to."""
    clips: list[Utterance] = []
    tally = Tally(corpus.name, corpus.kind, corpus.revision)
    for item in corpus.texts():
        if isinstance(item, Utterance):
            clips.append(item)
            tally.add(item)
        else:
            tally.fault(item)
    if tally.nothing:
        raise AudioError(tally.nothing, "give recordings with a .txt beside each, or a table")
    return clips, tally
