"""Speech from text: what is read, how it is varied, and clips that are made once, whole."""

import shutil
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from audio_files import tone

from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE, flac
from orchestrator.clips.speech import corpus as making
from orchestrator.clips.speech import lines, process
from orchestrator.clips.speech.edges import cut_out, edges
from orchestrator.clips.speech.lines import PLAIN, Variation, mixed, pink, variations
from orchestrator.clips.speech.process import Voice
from orchestrator.clips.words import textgrid
from orchestrator.errors import CleanroomError, UsageError
from orchestrator.runs.schema import Fault, Term, TimedWord


class Listener:
    """Keeps what a maker tells."""

    def __init__(self) -> None:
        self.clips = self.total = 0
        self.faults: list[Fault] = []

    def note(self, what: str) -> None:
        """Take a sentence; how the environment stands is no matter here."""

    def begin(self, clips: int) -> None:
        """Keep the number."""
        self.total = clips

    def clip(self) -> None:
        """Count it."""
        self.clips += 1

    def fault(self, fault: Fault) -> None:
        """Keep it."""
        self.faults.append(fault)


def read(tmp_path: Path, data: bytes) -> list[lines.Line | Fault]:
    """Return what a file of these bytes has to be read."""
    (tmp_path / "talk.txt").write_bytes(data)
    return list(lines.lines(tmp_path / "talk.txt"))


def test_a_line_is_a_clip_and_keeps_its_number(tmp_path: Path) -> None:
    """Blank lines count but make nothing; a BOM, old line ends and spaces are no text."""
    found = read(tmp_path, b"\xef\xbb\xbfOne.\r\n\n \t\nTwo   words.\n")
    assert found == [lines.Line(1, "One."), lines.Line(4, "Two words.")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("He (late) came [in].", "He late came in."),
        ("[Monday](next)", "Monday next"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\x00b\x1b[31m", "a b 31m"),
        ("It cost 20 \u20ac.", "It cost 20 \u20ac."),
    ],
)
def test_what_is_read_is_what_is_scored(tmp_path: Path, line: str, said: str) -> None:
    """Brackets, which normalisers delete with what they hold, and control characters are gone."""
    assert read(tmp_path, line.encode()) == [lines.Line(1, said)]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            "\u041c\u0438\u0440 and peace",
            "the voice reads English and knows no '\u041c\u0438\u0440'",
        ),
        ("\u4f60\u597d", "the voice reads English and knows no"),
        ("\u0663 apples", "the voice reads English and knows no '\u0663'"),
        ("...", "it holds no word that can be read aloud"),
        ("word " * 20_000, "it has 99,999 characters, a clip 60,000 at most: cut it"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str, what: str) -> None:
    """Other scripts, no word at all, hours in one line: the line's number, and the good goes on."""
    fault, good = read(tmp_path, f"{line}\nGood.\n".encode())
    assert isinstance(fault, Fault)
    assert fault.where == "talk.txt, line 1"
    assert fault.what.startswith(what)
    assert good == lines.Line(2, "Good.")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "every line is blank"),
        (b"\n \n", "every line is blank"),
        (b"Fine.\n\xff\xfe", "is not UTF-8 text"),
        ("\u4f60\n".encode(), "talk.txt, line 1: the voice reads English"),
        (None, "does not exist"),
    ],
)
def test_a_file_without_speech_is_refused_before_anything_is_made(
    tmp_path: Path, data: bytes | None, what: str
) -> None:
    """The sentence names the file and what is wrong; no folder appears."""
    source, out = tmp_path / "talk.txt", tmp_path / "out"
    if data is not None:
        source.write_bytes(data)
    with pytest.raises(UsageError, match=what):
        making.make(making.Order(source, out, (PLAIN,)), Listener())
    assert not out.exists()


def test_a_folder_is_no_text(tmp_path: Path) -> None:
    """Nor is anything else that cannot be read twice."""
    with pytest.raises(UsageError, match="no regular file"):
        list(lines.lines(tmp_path))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file stands where the corpus is to be."""
    source = tmp_path / "talk.txt"
    source.write_text("Hello.", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        making.make(making.Order(source, source, (PLAIN,)), Listener())


def test_variations_have_names_of_their_own() -> None:
    """The plain clip comes first; what is asked twice, or is the plain one, is made once."""
    asked = variations([0.9, 1.0, 1.5, 0.9], [20, -5])
    suffixes = [each.suffix for each in asked]
    assert suffixes == ["", "-speed0.9", "-speed1.5", "-noise20", "-noise-5"]


@pytest.mark.parametrize(
    ("speeds", "noises"), [([0.1], []), ([float("nan")], []), ([], [99]), ([], [float("inf")])]
)
def test_a_variation_out_of_range_is_refused(speeds: list[float], noises: list[float]) -> None:
    """Not a number is out of every range."""
    with pytest.raises(UsageError, match="out of range"):
        variations(speeds, noises)


@pytest.mark.parametrize("decibels", [20.0, 0.0, -10.0])
def test_noise_is_as_far_under_the_speech_as_asked(decibels: float) -> None:
    """The ratio of powers is the asked one, also where the sum had to be turned down to fit."""
    speech = tone(300, 2, RATE, level=0.9).astype(np.float32)
    under = pink(len(speech), 7)
    noisy = mixed(speech, under, decibels)
    assert np.abs(noisy).max() <= 1
    share, left = np.linalg.lstsq(np.stack([speech, under], 1), noisy, rcond=None)[0]
    ratio = np.mean((share * speech) ** 2) / np.mean((left * under) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(decibels, abs=0.01)


def test_pink_noise_has_the_same_energy_in_every_octave() -> None:
    """Power falls by half where the frequency doubles; another seed is another noise."""
    made = pink(1 << 19, 3)
    power = np.abs(np.fft.rfft(made)) ** 2
    octaves = [power[1 << k : 2 << k].sum() for k in range(10, 18)]
    assert max(octaves) < 1.2 * min(octaves)
    assert np.array_equal(made, pink(1 << 19, 3))
    assert not np.array_equal(made, pink(1 << 19, 4))


def test_a_flac_file_holds_the_samples_and_nothing_of_who_wrote_it(tmp_path: Path) -> None:
    """A bundled clip that is decoded and encoded again has the same bytes."""
    clip = BUNDLED / "warm-up.flac"
    samples = np.fromfile(decode(clip, tmp_path).pcm, np.float32)
    assert flac(samples) == clip.read_bytes()


def test_a_voice_that_dies_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without the voice's library ends at once; the error holds its last words."""
    monkeypatch.setattr(process, "_python", lambda: Path(sys.executable))
    with Voice() as voice, pytest.raises(CleanroomError, match="No module named 'hibari'"):
        voice.say("Hello.")


@pytest.mark.slow
@pytest.mark.engines
def test_a_corpus_is_made_once_and_the_same_again(tmp_path: Path) -> None:
    """Same bytes anywhere; what is there stays, what is cut or of another text is made again."""
    source = tmp_path / "talk.txt"
    source.write_text("Good morning.\n\u4f60\u597d\nGood night (all).\n", "utf-8")
    wanted = variations([1.5], [10])
    one, two = tmp_path / "one", tmp_path / "two"
    listener = Listener()
    tally = making.make(making.Order(source, one, wanted, jobs=2), listener)
    assert (tally.clips["made"], tally.clips["kept"], tally.clips["refused"]) == (6, 0, 3)
    assert (listener.clips, listener.total) == (6, 6)
    assert [fault.where for fault in listener.faults] == ["talk.txt, line 2"]
    names = {path.name: path.read_bytes() for path in one.iterdir()}
    assert names["talk-0003-noise10.txt"] == b"Good night all.\n"
    assert len(names) == 18
    lengths = {n: decode(one / f"{n}.flac", tmp_path).samples for n in ("talk-0001", "talk-0003")}
    fast = decode(one / "talk-0001-speed1.5.flac", tmp_path).samples
    assert 0.5 < fast / lengths["talk-0001"] < 0.9
    assert tally.seconds > sum(lengths.values()) / RATE

    shutil.copytree(one, two)
    (two / "talk-0001.flac").write_bytes(names["talk-0001.flac"][:5000])
    (two / "talk-0003.txt").write_text("Good night, moon.\n", encoding="utf-8")
    (two / "talk-0003-noise10.flac").unlink()
    again = making.make(making.Order(source, two, wanted), Listener())
    assert (again.clips["made"], again.clips["kept"]) == (3, 3)
    assert {path.name: path.read_bytes() for path in two.iterdir()} == names


def test_what_makes_a_clip_differ_is_in_its_name(tmp_path: Path) -> None:
    """Another speed and another noise never share a file."""
    suffixes = {Variation(speed=s).suffix for s in (0.5, 0.55, 2.0)}
    suffixes |= {Variation(noise=n).suffix for n in (5, 5.5, -5)}
    assert len(suffixes) == 6
    assert all(Path(tmp_path / f"a{s}.flac").with_suffix(".txt").stem == f"a{s}" for s in suffixes)


def test_terms_are_read_in_sentences(tmp_path: Path) -> None:
    """Each three times, in turn and each time elsewhere; a line without room stays, once."""
    text = tmp_path / "talk.txt"
    text.write_text("I know {term}.\nNo name.\nAsk {term} now.\n", encoding="utf-8")
    terms = [Term(name="Ada"), Term(name="Bob", variants=("B",)), Term(name="Cyd")]
    found = [line.text for line in lines.lines(text, terms) if isinstance(line, lines.Line)]
    assert found[:4] == ["I know Ada.", "No name.", "Ask Bob now.", "I know Cyd."]
    assert found.count("No name.") == 1
    said = [term.name for line in found for term in terms if term.name in line]
    assert {name: said.count(name) for name in said} == {"Ada": 3, "Bob": 3, "Cyd": 3}
    assert len(set(found)) > len(found) / 2  # not always in the same sentence
    ours = [line for line in lines.lines(lines.CARRIERS, terms) if isinstance(line, lines.Line)]
    assert all(any(term.name in line.text for term in terms) for line in ours)


def test_speech_begins_and_ends_where_it_is_loud() -> None:
    """Within the 5 ms over which its level is taken; a hiss far below it is none of it."""
    hiss = np.random.default_rng(0).normal(0, 0.0005, RATE).astype(np.float32)
    speech = hiss.copy()
    speech[4000:9000] += tone(300, 5000 / RATE, RATE, level=0.5).astype(np.float32)
    found = edges(speech, RATE)
    assert found is not None
    assert np.abs(np.array(found) - (4000, 9000)).max() <= 0.005 * RATE
    cut = cut_out(speech, RATE)
    assert len(cut) == found[1] - found[0]
    assert (cut[0], cut[-1]) == (0, 0)
    assert edges(np.zeros(RATE, np.float32), RATE) is None
    assert not len(cut_out(np.zeros(RATE, np.float32), RATE))


@pytest.mark.engines
def test_the_times_of_speech_are_where_it_is(tmp_path: Path) -> None:
    """Of fluent speech each sentence has them, word by word each word; between is silence."""
    source, out = tmp_path / "talk.txt", tmp_path / "out"
    source.write_text('Good morning, "all". It costs $5 - maybe.\n', "utf-8")
    making.make(making.Order(source, out, variations([], [], [0.2])), Listener())
    said: dict[str, list[TimedWord]] = {}
    for name in ("talk-0001", "talk-0001-apart0.2"):
        said[name] = textgrid.words((out / f"{name}.TextGrid").read_text("utf-8"))
        heard = np.fromfile(decode(out / f"{name}.flac", tmp_path / "cache").pcm, "<f4")
        loud = np.abs(heard).max()
        inside = np.zeros(len(heard), bool)
        for word in said[name]:
            inside[round(word.start * RATE) - 100 : round(word.end * RATE) + 100] = True
        assert np.abs(heard[~inside]).max() < 0.02 * loud
        assert all(
            np.abs(heard[round(w.start * RATE) : round(w.end * RATE)]).max() > 0.1 * loud
            for w in said[name]
        )
    assert [w.text for w in said["talk-0001"]] == ['Good morning, "all".', "It costs $5 - maybe."]
    apart = said["talk-0001-apart0.2"]
    assert [w.text for w in apart] == ["Good", "morning", "all", "It", "costs", "$5", "maybe"]
    gaps = [later.start - word.end for word, later in pairwise(apart)]
    assert gaps == pytest.approx([0.2] * 6, abs=0.001)
