"""The robustness set and its verdicts: exact lengths, golden judgements, hostile answers."""

import io
from pathlib import Path

import numpy as np
import pytest
import stored_runs
from audio_files import tone
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from stored_runs import clip

from orchestrator.analysis.robustness import checks
from orchestrator.analysis.robustness.checks import losses
from orchestrator.analysis.robustness.verdicts import Answer, verdicts
from orchestrator.clips.audio.clips import Utterance
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE
from orchestrator.clips.languages import MULTIPLE
from orchestrator.clips.robustness import cases, recordings
from orchestrator.clips.robustness.cases import CASES, CLEAN, LANGUAGES, RECORDING, Case, talk
from orchestrator.reports.files.markdown import robustness_as_markdown
from orchestrator.reports.terminal import results
from orchestrator.runs.schema import Fault, RobustnessVerdict

BY_NAME = {case.name: case for case in (*CASES, LANGUAGES)}
MINUTE = BY_NAME["minute"]


def answer(case: Case, text: str, **fields: object) -> Answer:
    """Return what a backend made of a case; `fields` are of its clip or of its passes."""
    of_clip = {name: fields.pop(name) for name in ("seconds", "reference") if name in fields}
    known = {"seconds": case.seconds, "reference": case.reference} | of_clip
    return Answer(clip(case.name, **known), stored_runs.passes(case.name, text, **fields))


def judged(case: Case, text: str, **fields: object) -> RobustnessVerdict:
    """Return the verdict on one case, the clean one having been heard without an error."""
    answers = {CLEAN.name: answer(CLEAN, said(CLEAN)), case.name: answer(case, text, **fields)}
    (found,) = (v for v in verdicts("ada", answers) if v.case == case.name)
    return found


def said(case: Case) -> str:
    """Return what is said in a case of speech."""
    assert case.reference
    return case.reference


def without(text: str, first: str, last: str) -> str:
    """Return a text without the words from `first` to `last`."""
    return text[: text.index(first)] + text[text.index(last) + len(last) :]


def test_the_talk_fills_ten_minutes_and_repeats_nothing() -> None:
    """No paragraph twice, no number that could be written in two ways; the whole fits its case."""
    texts = [paragraph.text for paragraph in talk()]
    assert len(set(texts)) == len(texts) == len(BY_NAME["ten-minutes"].paragraphs)
    assert not any(c.isdigit() for text in texts for c in text)
    assert 599 < sum(paragraph.seconds for paragraph in talk()) <= 600


def test_the_recording_of_several_languages_is_as_long_as_its_case(tmp_path: Path) -> None:
    """And says a sentence a language, Russian among them."""
    assert decode(RECORDING, tmp_path).samples / RATE == pytest.approx(LANGUAGES.seconds, abs=0.1)
    lines = RECORDING.with_suffix(".txt").read_text("utf-8").splitlines()
    assert len(lines) == 5
    assert "Проверьте номер" in lines[-1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_has_its_length_and_is_the_same_again(case: Case) -> None:
    """To the sample, within full scale, whatever the voice made of the paragraphs."""
    spoken = {
        number: tone(200, talk()[number].seconds - 0.1, RATE).astype(np.float32)
        for number in (*case.paragraphs, *case.other)
    }
    made = recordings.assembled(case, spoken)
    assert len(made) == round(case.seconds * RATE)
    assert np.abs(made).max() <= 1
    assert np.isfinite(made).all()
    assert np.array_equal(made, recordings.assembled(case, spoken))
    assert (case.reference is None) == (case.words is not None)
    assert bool(made.any()) == (case.name != "silence")


def test_a_telephone_carries_its_band_only() -> None:
    """A hum of 60 Hz and a hiss of 6 kHz are gone, 1 kHz is there."""
    power = {
        hertz: float(np.mean(cases.telephone(tone(hertz, 1, RATE).astype(np.float32)) ** 2))
        for hertz in (60, 1000, 6000)
    }
    assert power[1000] == pytest.approx(0.125, rel=0.1)
    assert max(power[60], power[6000]) < power[1000] / 1000


@pytest.mark.parametrize(
    ("case", "text", "verdict", "evidence"),
    [
        ("silence", "", "pass", ()),
        ("silence", "[BLANK_AUDIO] (wind) ...", "pass", ()),
        ("room", "Thank you.", "weak", ('2 words where nobody speaks: "Thank you."',)),
        ("tones", "And then we went home.", "fail", ("5 words where nobody speaks",)),
        ("short", "The", "pass", ()),
        ("short", "The heart", "weak", ("2 words where",)),
        ("silence", "you " * 40, "fail", ("40 words where", "it loops: ")),
        ("thirty", said(BY_NAME["thirty"]), "pass", ("WER 0.0 %, 0.0 % in clean speech",)),
        ("thirty", "", "fail", ("WER 100.0 %", "97 words lost, 0:00 to 0:30")),
        ("clipped", said(CLEAN).replace("the", "a"), "weak", ("WER 1",)),
        ("levels", said(CLEAN)[::-1], "fail", ("WER 9",)),
    ],
)
def test_answers_are_judged_as_by_hand(
    case: str, text: str, verdict: str, evidence: tuple[str, ...]
) -> None:
    """Each with the sentences that say why."""
    found = judged(BY_NAME[case], text)
    assert found.verdict == verdict
    assert len(found.evidence) == len(evidence)
    for sentence, start in zip(found.evidence, evidence, strict=True):
        assert sentence.startswith(start)


def test_a_sentence_lost_at_a_seam_is_found_and_placed() -> None:
    """The loss is listed with the time it was said at and the seam it lies at, if it does."""
    # The fourth paragraph, "The letters", begins at second 31.1 of the clip.
    text = without(without(said(MINUTE), "each spring", "pruning."), "lowers the", "water.")
    found = judged(MINUTE, text)
    assert found.verdict == "fail"
    _, away, at_the_seam = found.evidence
    assert away.startswith("6 words lost, 0:14 to 0:16: ")
    assert at_the_seam.startswith("8 words lost, 0:28 to 0:30, at the seam at 0:30: ")
    assert at_the_seam.endswith('"each spring somebody sends money for the pruning"')


def test_losses_are_aligned_as_by_hand() -> None:
    """Three missing words are a loss, two are not; a word matched by chance parts no loss."""
    words = list("abcdefghij")
    timed = [(float(10 * n), word) for n, word in enumerate(words)]
    (lost,) = losses(timed, list("abfghij"))
    assert (lost.words, lost.text, lost.start, lost.end) == (3, "c d e", 20.0, 40.0)
    assert losses(timed, list("abcfghij")) == []
    (parted,) = losses(timed, list("abehij"))
    assert (parted.words, parted.text) == (4, "c d e f g")
    assert losses([], ["x"]) == []
    assert [each.words for each in losses(timed, [])] == [10]


@pytest.mark.parametrize(
    ("start", "end", "seam"),
    [(28.5, 31.0, 30), (26.0, 28.5, 30), (14.0, 17.0, None), (59, 63, 60), (0.0, 1.0, None)],
)
def test_a_seam_is_a_multiple_of_the_window(start: float, end: float, seam: float | None) -> None:
    """Within two seconds of what was lost; second 0 is none."""
    timed = [(start, "a"), ((start + end) / 2, "b"), (end, "c"), (end + 9, "z")]
    (lost,) = losses(timed, ["z"])
    assert lost.seam(30.0, 2.0) == seam


@pytest.mark.parametrize(
    ("segments", "verdict", "sentence"),
    [
        (((0, 30, "a"), (30, 61.05, "b")), "pass", None),
        (((0, 30, "a"), (29.95, 61, "b")), "pass", None),
        (((0, 30, "a"), (30, 62.5, "b")), "weak", "the last segment ends 1.50 s after the clip"),
        (((5, 9, "a"), (1, 4, "b")), "fail", '"b" begins at 0:01, before the one it follows'),
        (((9, 5, "a"),), "fail", '"a" ends before it begins, at 0:09'),
        (((float("nan"), 5, "a"),), "fail", '"a" has times that are no numbers'),
    ],
)
def test_timestamps_are_judged(
    segments: tuple[tuple[float, float, str], ...], verdict: str, sentence: str | None
) -> None:
    """A frame's worth of overlap or excess is rounding; more is not."""
    names = ("start", "end", "text")
    timed = [dict(zip(names, segment, strict=True)) for segment in segments]
    found = judged(MINUTE, said(MINUTE), segments=timed)
    assert found.verdict == verdict
    assert (sentence is None) == (len(found.evidence) == 1)
    assert sentence is None or found.evidence[1].startswith(sentence)


def test_no_answer_is_a_verdict_of_its_own() -> None:
    """With the engine's reason, on one line."""
    found = judged(MINUTE, "", failed="too long\nfor me")
    assert (found.verdict, found.evidence) == (
        "no-answer",
        ('it gave no answer: "too long for me"',),
    )


def test_degraded_speech_is_judged_beside_the_clean() -> None:
    """What is missed in clean speech too is not held against the telephone; unless all is."""
    text = said(CLEAN).replace("the", "a")
    both = {name: answer(CLEAN, text, seconds=22.2) for name in ("clean", "telephone")}
    assert [each.verdict for each in verdicts("ada", both)] == ["weak", "pass"]
    deaf = {name: answer(CLEAN, "so " * 3, seconds=22.2) for name in ("clean", "telephone")}
    assert [each.verdict for each in verdicts("ada", deaf)] == ["fail", "fail"]


def test_another_language_is_noticed() -> None:
    """English taken for Welsh is a weakness; named "english" or left unsaid it is none."""
    assert judged(MINUTE, said(MINUTE), language="cy").verdict == "weak"
    assert judged(MINUTE, said(MINUTE), language="english").verdict == "pass"


def test_several_languages_are_judged_by_the_text_of_the_clip() -> None:
    """They are normalised without English rules; without a text only loops are told."""
    text = "Good morning. Bonjour tout le monde. \u0414\u043e\u0431\u0440\u043e\u0435 \u0443."
    assert judged(LANGUAGES, text, seconds=9.0, reference=text, language="fr").verdict == "pass"
    assert judged(LANGUAGES, "Good morning.", seconds=9.0, reference=text).verdict == "fail"
    assert judged(LANGUAGES, "anything", seconds=9.0).evidence == ()


@settings(max_examples=20)
@given(st.text(max_size=200))
def test_a_quotation_is_one_printable_line(text: str) -> None:
    """Whatever an engine answers, nothing in the evidence moves the cursor."""
    shown = checks.quoted(text)
    assert shown.isprintable()
    assert len(shown) <= 83


def test_an_endless_answer_is_judged_in_time() -> None:
    """A hundred thousand words, or one word as long, cost no more than a little."""
    assert judged(MINUTE, "no, " * 100_000).verdict == "fail"
    assert judged(MINUTE, "n" * 1_000_000).verdict == "fail"


def test_the_report_says_each_verdict_in_a_word() -> None:
    """A case a line in fixed order, a dash where a backend was not asked; the evidence as it is."""
    stored = (
        RobustnessVerdict(backend="ada", case="silence", verdict="fail", evidence=("[red]a|b*",)),
        RobustnessVerdict(backend="ada", case="clean", verdict="pass", evidence=("WER 0.0 %",)),
        RobustnessVerdict(backend="bob", case="clean", verdict="no-answer", evidence=("why",)),
    )
    out = io.StringIO()
    results.robustness(stored, Console(file=out, width=60))
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines[:3] == [
        ["case", "ada", "bob"],
        ["clean", "pass", "no-answer"],
        ["silence", "fail", "—"],
    ]
    assert "  [red]a|b*" in out.getvalue()
    assert "WER 0.0" not in out.getvalue()
    document = robustness_as_markdown(stored)
    assert "| clean (speech as it should be) | pass | no-answer |" in document
    assert "- \\[red\\]a\\|b\\*" in document


@pytest.mark.slow
@pytest.mark.engines
def test_the_set_is_made_once_and_asks_languages_of_those_that_know_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two real cases by the voice; the others are there already, so that nothing else is made."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path))
    place = recordings.folder()
    real = ("clean", "short")
    recordings.make([BY_NAME[name] for name in real], place, lambda *_: None)
    whole = {name: decode(place / f"{name}.flac", tmp_path).samples for name in real}
    assert whole == {"clean": 22.2 * RATE, "short": 0.2 * RATE}
    for case in CASES:
        if case.name not in real:
            (place / f"{case.name}.flac").touch()
    told: list[str] = []
    made = list(recordings.corpus(lambda what, _: told.append(what), one_language=False))
    found = [each for each in made if isinstance(each, Utterance)]
    assert [each.name for each in found] == list(BY_NAME)
    assert told == []
    assert found[-1].language == MULTIPLE
    assert {each.name for each in found if each.language} == {
        case.name for case in (*CASES, LANGUAGES) if case.reference or case is LANGUAGES
    }
    *others, left_out = recordings.corpus(lambda *_: None, one_language=True)
    assert others == made[:-1]
    assert isinstance(left_out, Fault)
