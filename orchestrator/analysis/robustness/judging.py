"""Judges what a backend made of each case; pure, so that stored transcripts can be judged again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.analysis.robustness import checks
from orchestrator.analysis.robustness.checks import Finding, Span
from orchestrator.analysis.scoring import outputs
from orchestrator.analysis.scoring.text import normalise, score
from orchestrator.clips import languages
from orchestrator.clips.robustness.cases import CASES, CLEAN, ENGLISH, LANGUAGES, Case, Paragraph
from orchestrator.runs.schema import RobustnessVerdict

WINDOW_SECONDS = 30.0  # Whisper's; an engine that cuts elsewhere has seams elsewhere
_UNDETERMINED = "und"  # ISO 639: normalised without any language's own rules
_LOOP_CHARACTERS = 80  # a loop is seen best at the end
_GRADES = ("pass", "weak", "fail")
# More than this many times the words that were said is scored no further: it is wrong anyway, and
# an alignment takes as long as there are pairs of words.
_MOST_TIMES = 3
_SPARE_WORDS = 100
_WORD_CHARACTERS = 20  # about thrice an English word: what has no spaces is cut too


@dataclass(frozen=True, slots=True)
class Heard:
    """What a backend answered to one case, as it was stored with the clip.

    `segments` are None where the library has none, `failed` is why there is no answer, `language`
    the one it detected or was told, `window` the seconds it cuts long audio into.
    """

    text: str
    seconds: float  # of the clip
    reference: str | None = None
    segments: tuple[Span, ...] | None = None
    failed: str | None = None
    language: str | None = None
    window: float = WINDOW_SECONDS


def verdicts(backend: str, heard: Mapping[str, Heard]) -> tuple[RobustnessVerdict, ...]:
    """Judge a backend in every case it was asked, by the case's name, in the order of the cases."""
    clean = _clean_rate(heard)
    asked = [case for case in (*CASES, LANGUAGES) if case.name in heard]
    return tuple(_verdict(backend, case, heard[case.name], clean) for case in asked)


def _verdict(backend: str, case: Case, heard: Heard, clean: float | None) -> RobustnessVerdict:
    if heard.failed is not None:
        why = f"it gave no answer: {checks.quoted(heard.failed)}"
        return RobustnessVerdict(
            backend=backend, case=case.name, verdict="no-answer", evidence=(why,)
        )
    found = list(_findings(case, heard, None if case is CLEAN else clean))
    return RobustnessVerdict(
        backend=backend,
        case=case.name,
        verdict=max((each.grade for each in found), key=_GRADES.index, default="pass"),
        evidence=tuple(each.sentence for each in found),
    )


def _findings(case: Case, heard: Heard, clean: float | None) -> Iterator[Finding]:
    language = ENGLISH if case is not LANGUAGES else _UNDETERMINED
    text = _shortened(heard)
    words = normalise(text, language).split()
    if case.words is not None:
        yield from checks.inventions(words, case.words, heard.text)
    elif heard.reference:
        rate = score(heard.reference, text, language).wer
        if rate is not None:
            yield checks.recognition(rate, clean)
        yield from checks.lost(_timed(case, heard, language), words, heard.window)
        if case is not LANGUAGES and heard.language:
            yield from _other_language(heard.language)
    if outputs.fault(text, heard.reference, language) == "looping":
        yield Finding("fail", f"it loops: {checks.quoted(text[-_LOOP_CHARACTERS:])}")
    yield from checks.timestamps(heard.segments or (), heard.seconds)


def _other_language(told: str) -> Iterator[Finding]:
    if not languages.agree(told, ENGLISH):
        yield Finding("weak", f"it took English for {checks.quoted(told)}")


def _clean_rate(heard: Mapping[str, Heard]) -> float | None:
    """Return the word error rate of the clean case, None where it was not answered."""
    clean = heard.get(CLEAN.name)
    if clean is None or clean.failed is not None or not clean.reference:
        return None
    return score(clean.reference, _shortened(clean), ENGLISH).wer


def _shortened(heard: Heard) -> str:
    """Return the text, cut where it has far more words than were said."""
    most = _MOST_TIMES * len((heard.reference or "").split()) + _SPARE_WORDS
    words = heard.text[: most * _WORD_CHARACTERS].split()
    return " ".join(words[:most])


def _timed(case: Case, heard: Heard, language: str) -> list[tuple[float, str]]:
    """Return each word of the reference, normalised, with the second it was said at.

    Known by paragraph where the reference is the case's own; else spread evenly over the clip.
    """
    whole = ((0.0, Paragraph(heard.seconds, heard.reference or "")),)
    placed = case.placed if heard.reference == case.reference else whole
    timed = []
    for start, paragraph in placed:
        words = normalise(paragraph.text, language).split()
        letters = sum(map(len, words)) + len(words)
        passed = 0
        for word in words:
            timed.append((start + paragraph.seconds * passed / letters, word))
            passed += len(word) + 1
    return timed
