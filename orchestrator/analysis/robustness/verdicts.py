"""Judges what a backend made of each case; pure, so that stored transcripts can be judged again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.analysis.robustness import checks
from orchestrator.analysis.robustness.checks import Finding
from orchestrator.analysis.scoring import outputs
from orchestrator.analysis.scoring.text import normalise, score
from orchestrator.analysis.totals import Evidence, side_by_side
from orchestrator.clips import languages
from orchestrator.clips.robustness.cases import CASES, CLEAN, ENGLISH, LANGUAGES, Case, Paragraph
from orchestrator.runs.schema import ClipRecord, Measured, Passes, RobustnessVerdict

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
class Answer:
    """What a backend made of one case; `window` is the seconds it cuts long audio into."""

    clip: ClipRecord
    passes: Passes
    window: float = WINDOW_SECONDS


def judged(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence
) -> tuple[RobustnessVerdict, ...]:
    """Judge what every backend's first process made of each case."""
    return tuple(
        verdict
        for name, rows in measured.items()
        for verdict in verdicts(name, _answers(rows[0], evidence))
    )


def _answers(row: Measured, evidence: Evidence) -> dict[str, Answer]:
    window = row.resolved.get("chunk_seconds")
    seconds = float(window) if isinstance(window, int | float) else WINDOW_SECONDS
    read = side_by_side([row], evidence)
    return {clip.name: Answer(clip, passes, seconds) for clip, (passes,) in read}


def verdicts(contender: str, answers: Mapping[str, Answer]) -> tuple[RobustnessVerdict, ...]:
    """Judge a contender in every case it was asked, by the cases' names, in their order."""
    clean = _clean_rate(answers)
    asked = [case for case in (*CASES, LANGUAGES) if case.name in answers]
    return tuple(_verdict(contender, case, answers[case.name], clean) for case in asked)


def _verdict(contender: str, case: Case, answer: Answer, clean: float | None) -> RobustnessVerdict:
    if answer.passes.failed is not None:
        why = f"it gave no answer: {checks.quoted(answer.passes.failed)}"
        return RobustnessVerdict(
            contender=contender, case=case.name, verdict="no-answer", evidence=(why,)
        )
    found = list(_findings(case, answer, None if case is CLEAN else clean))
    return RobustnessVerdict(
        contender=contender,
        case=case.name,
        verdict=max((each.grade for each in found), key=_GRADES.index, default="pass"),
        evidence=tuple(each.sentence for each in found),
    )


def _findings(case: Case, answer: Answer, clean: float | None) -> Iterator[Finding]:
    language = ENGLISH if case is not LANGUAGES else _UNDETERMINED
    text = _shortened(answer)
    words = normalise(text, language).split()
    if case.words is not None:
        yield from checks.inventions(words, case.words, answer.passes.text)
    elif answer.clip.reference:
        rate = score(answer.clip.reference, text, language).wer
        if rate is not None:
            yield checks.recognition(rate, clean)
        yield from checks.lost(_timed(case, answer, language), words, answer.window)
        detected = answer.passes.language
        if case is not LANGUAGES and detected and not languages.agree(detected, ENGLISH):
            yield Finding("weak", f"it took English for {checks.quoted(detected)}")
    if outputs.fault(text, answer.clip.reference, language) == "looping":
        yield Finding("fail", f"it loops: {checks.quoted(text[-_LOOP_CHARACTERS:])}")
    yield from checks.timestamps(answer.passes.segments, answer.clip.seconds)


def _clean_rate(answers: Mapping[str, Answer]) -> float | None:
    """Return the word error rate of the clean case, None where it was not answered."""
    clean = answers.get(CLEAN.name)
    if clean is None or clean.passes.failed is not None or not clean.clip.reference:
        return None
    return score(clean.clip.reference, _shortened(clean), ENGLISH).wer


def _shortened(answer: Answer) -> str:
    """Return the text, cut where it has far more words than were said."""
    most = _MOST_TIMES * len((answer.clip.reference or "").split()) + _SPARE_WORDS
    words = answer.passes.text[: most * _WORD_CHARACTERS].split()
    return " ".join(words[:most])


def _timed(case: Case, answer: Answer, language: str) -> list[tuple[float, str]]:
    """Return each word of the reference, normalised, with the second it was said at.

    Known by paragraph where the reference is the case's own; else spread evenly over the clip.
    """
    whole = ((0.0, Paragraph(answer.clip.seconds, answer.clip.reference or "")),)
    placed = case.placed if answer.clip.reference == case.reference else whole
    timed = []
    for start, paragraph in placed:
        words = normalise(paragraph.text, language).split()
        letters = sum(map(len, words)) + len(words)
        passed = 0
        for word in words:
            timed.append((start + paragraph.seconds * passed / letters, word))
            passed += len(word) + 1
    return timed
