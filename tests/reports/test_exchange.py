"""Files for tools of others: against committed ones, and as another library reads and counts."""

import json
import re
from pathlib import Path

import jiwer
import kaldialign
import pytest
import stored_runs
from fake_envs import orchestrator
from hypothesis import given
from hypothesis import strategies as st
from stored_runs import Recipe, clip, measured, passes
from whisper_normalizer.english import EnglishTextNormalizer

from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.recount import recount
from orchestrator.errors import UsageError
from orchestrator.reports.files import exchange
from orchestrator.reports.files.exchange.word_times import timed
from orchestrator.runs import stored
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import CorpusRecord, SegmentText
from orchestrator.runs.stored import Run
from orchestrator.runs.transcripts import Spoken

GOLDEN = Path(__file__).parent / "golden" / "exchange"
CLIPS = (
    clip("talks/a b", reference="Mr. Smith has twenty one cats.", speaker="spk-1"),
    clip("silent", reference=None),
    clip("c (2)", reference="mail {me} @ home / {{now}}", seconds=2.5, language="fr"),
    clip("fails", reference="never heard"),
)
HEARD = {
    "ada": (
        passes(
            "talks/a b",
            "Mister Smith has 21 cats",
            seconds=0.5,
            segments=(
                SegmentText(start=0.5, end=1.5, text="Mister Smith"),
                SegmentText(start=1.5, end=4.5, text="has 21 cats"),
            ),
        ),
        passes("silent", "you"),
        passes("c (2)", "mail } me (x) @ home", seconds=0.25),
        passes("fails", "", failed="it could not", seconds=1.0),
    ),
    "bob #2": (
        passes("talks/a b", "Smith has twenty one cat", seconds=0.75),
        passes("silent", ""),
        passes("c (2)", "", seconds=0.125),
        passes("fails", "never heard", seconds=0.5),
    ),
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of two contenders over clips with odd names, texts and faults."""
    names = tuple(HEARD)
    corpus = CorpusRecord(name="my talks", kind="folder", clips=4, seconds=17.5, languages=("en",))
    asked = tuple(stored_runs.contender(name, model="base") for name in names)
    recipe = Recipe(dict.fromkeys(names, (1.0,)), clips=CLIPS)
    path = stored_runs.make(tmp_path, recipe)
    manifest = stored.RunFiles(path).manifest()
    manifest = manifest.model_copy(update={"corpus": corpus, "contenders": asked})
    cells = [
        (measured(name, 1).model_copy(update={"clips": 4}), heard) for name, heard in HEARD.items()
    ]
    (path / "rows.jsonl").unlink()
    stored_runs.write(path, manifest, CLIPS, cells)
    return stored.read(path)


def written(run: Run, folder: Path, form: str) -> dict[str, str]:
    """Write a form of a run; return the texts of its files by their names."""
    paths = exchange.write(run, folder, form, lambda _: None)
    assert set(paths) == set(folder.iterdir())
    return {path.name: path.read_text("utf-8") for path in paths}


@pytest.mark.parametrize("form", ["trn", "stm", "ctm", "asr-leaderboard"])
def test_the_files_are_those_that_are_committed(run: Run, tmp_path: Path, form: str) -> None:
    """Byte for byte: words as scored, ids that sort, times that rise, nothing that acts there."""
    golden = {path.name: path.read_text("utf-8") for path in (GOLDEN / form).iterdir()}
    assert written(run, tmp_path / form, form) == golden


def test_sclites_words_are_those_that_were_scored(run: Run, tmp_path: Path) -> None:
    """Each line of a trn has an utterance's name at its end, the same in every file."""
    files = written(run, tmp_path / "trn", "trn")
    lines = {name: text.splitlines() for name, text in files.items()}
    keys = {name: [re.findall(r"\((\S+)\)$", line) for line in own] for name, own in lines.items()}
    assert len({json.dumps(own) for own in keys.values()}) == 1
    counted = {}
    for name in ("ada", "bob #2"):
        pairs = zip(lines["reference.trn"], lines[f"{name}.trn"], strict=True)
        edits = [
            text.edits(said.split()[:-1], heard.split()[:-1], merge=False, sclite=True)
            for said, heard in pairs
        ]
        counted[name] = tuple(map(sum, zip(*edits, strict=True)))
    found = {
        each.contender: (each.score.substitutions, each.score.insertions, each.score.deletions)
        for each in recount(run, "sclite-like", "auto")
        if each.rules
    }
    assert counted == found


def read_stm(file: Path) -> dict[str, str]:
    """Return the text of each waveform, read as NIST describes the format."""
    lines = [line.split(maxsplit=5) for line in file.read_text("utf-8").splitlines()]
    return {line[0]: " ".join(line[5:]) for line in lines if line[0] != ";;"}


def read_ctm(file: Path) -> dict[str, str]:
    """Return the words of each waveform, put together in the order of their times."""
    words: dict[str, list[tuple[float, str]]] = {}
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith(";;"):
            key, channel, start, duration, word = line.split()
            assert channel == "A"
            assert float(duration) >= 0
            words.setdefault(key, []).append((float(start), word))
    return {
        key: " ".join(word for _, word in sorted(own, key=lambda w: w[0]))
        for key, own in words.items()
    }


def test_another_count_of_the_files_is_the_same(run: Run, tmp_path: Path) -> None:
    """Errors by jiwer, which knows nothing of kaldialign: of stm and of ctm, rates to 1e-9."""
    written(run, tmp_path / "stm", "stm")
    written(run, tmp_path / "ctm", "ctm")
    said = read_stm(tmp_path / "stm" / "reference.stm")
    assert list(said) == sorted(said)
    for name in HEARD:
        heard = read_stm(tmp_path / "stm" / f"{name}.stm")
        assert list(heard) == list(said)
        words = read_ctm(tmp_path / "ctm" / f"{name}.ctm")
        assert [words.get(key, "") for key in said] == list(heard.values())
        found = jiwer.process_words(list(said.values()), list(heard.values()))
        edits = [
            sum(text.edits(one.split(), other.split(), merge=False))
            for one, other in zip(said.values(), heard.values(), strict=True)
        ]
        length = sum(len(one.split()) for one in said.values())
        assert sum(edits) / length == pytest.approx(found.wer, abs=1e-9)


def test_several_references_are_alternatives(tmp_path: Path) -> None:
    """Sclite takes the better one, which is the one of the manifest and of both counts."""
    clips = [
        clip("one", reference="he has got two", alternatives=("he's got 2 cats", "(uh)")),
        clip("two", reference="@ home"),
    ]
    recipe = Recipe({"ada": (1.0,)}, clips=clips, texts={"ada": "he has got 2 cats"})
    run = stored.read(stored_runs.make(tmp_path, recipe))
    lines = written(run, tmp_path / "trn", "trn")["reference.trn"].splitlines()
    assert lines == [
        "{ he has got 2 / he has got 2 cats / @ } (unknown_000001_one)",
        "at home (unknown_000002_two)",
    ]
    (manifest,) = written(run, tmp_path / "manifests", "asr-leaderboard").values()
    assert json.loads(manifest.splitlines()[0])["text"] == "he's got 2 cats"
    ours, theirs = recount(run, "sclite-like", "auto")
    assert (ours.score.words, ours.score.errors) == (7, 5)
    assert (theirs.score.words, theirs.score.errors) == (7, 5)


def test_words_that_were_timed_apart_have_their_own_times(run: Run, tmp_path: Path) -> None:
    """Of a run with --word-times: also where that pass heard something else than the scored one."""
    words = (
        SegmentText(start=1.0, end=1.25, text="Mister"),
        SegmentText(start=1.25, end=2.0, text="Schmidt"),
        SegmentText(start=2.5, end=3.0, text="has"),
        SegmentText(start=4.0, end=4.5, text="cats"),
    )
    heard = passes("talks/a b", "Mister Schmidt has cats", seconds=0.5, words=words)
    RunFolder(run.folder.path).write_accuracy("words", "ada", [heard])
    lines = written(stored.read(run.folder.path), tmp_path / "ctm", "ctm")["ada.ctm"].splitlines()
    assert [line.split()[2:] for line in lines if line.startswith("000001")] == [
        ["1.000", "0.250", "mister"],
        ["1.250", "0.750", "smith"],
        ["2.500", "0.500", "has"],
        ["3.000", "1.000", "21"],
        ["4.000", "0.500", "cats"],
    ]


def test_the_leaderboards_tools_find_the_wer_that_is_counted_here(
    tmp_path: Path,
) -> None:
    """Their reading: names of a file, keys of a line, their normaliser, kaldialign over all."""
    clips = [clip("one", reference="It's $5, colour Mr. Smith"), clip("two", reference="yes, no")]
    heard = "it is five dollars color mister smyth"
    path = stored_runs.make(tmp_path, Recipe({"ada": (1.0,)}, clips=clips, texts={"ada": heard}))
    run = stored.read(path)
    ((name, content),) = written(run, tmp_path / "manifests", "asr-leaderboard").items()
    assert re.fullmatch(r"MODEL_(?P<model>[^_]+)_DATASET_(?P<data>.+)\.jsonl", name)
    lines = [json.loads(line) for line in content.splitlines()]
    normalise = EnglishTextNormalizer()
    found = kaldialign.batch_error_rate(
        [normalise(line["text"]).split() for line in lines],
        [normalise(line["pred_text"]).split() for line in lines],
        merge_compounds=True,
    )
    _, ours = recount(run, "asr-leaderboard", "auto")
    assert ours.score.wer == pytest.approx(found["err_rate"], abs=1e-9)
    assert sum(line["duration"] for line in lines) / sum(line["time"] for line in lines) == 10.0


@pytest.mark.parametrize(
    ("name", "kind", "limit", "data"),
    [
        (
            "test-clean",
            "hub",
            None,
            "hf-audio-esb-datasets-test-only-sorted_librispeech_test.clean",
        ),
        ("test-clean", "hub", 100, "test-clean-sample-100__test"),
        ("test-clean", "folder", None, "test-clean__test"),
        ("../a/b_c", "folder", None, "a-b_c__test"),
    ],
)
def test_a_data_set_is_theirs_only_where_it_is_the_same(
    tmp_path: Path, name: str, kind: str, limit: int | None, data: str
) -> None:
    """A sample, or a folder of that name, is not the leaderboard's; no name leaves the folder."""
    recipe = Recipe(
        {"ada": (1.0,)},
        settings={"limit": limit},
        manifest={"corpus": CorpusRecord(name=name, kind=kind, clips=1, seconds=5.0)},
    )
    run = stored.read(stored_runs.make(tmp_path, recipe))
    (file,) = written(run, tmp_path / "x", "asr-leaderboard")
    assert file == f"MODEL_cleanroom-ada-tiny.en_DATASET_{data}.jsonl"


PIECES = st.lists(
    st.tuples(
        st.none() | st.floats(-1, 12), st.none() | st.floats(-1, 12), st.text("ab 2", max_size=9)
    ),
    max_size=5,
)


@given(st.text("ab 2", max_size=20), PIECES)
def test_words_have_times_within_the_clip_that_never_run_back(
    whole: str, pieces: list[tuple[float | None, float | None, str]]
) -> None:
    """Whatever an engine says of its segments, and however little they hold of its text."""
    segments = [SegmentText(start=start, end=end, text=said) for start, end, said in pieces]
    words = timed(Spoken(whole, "en", 10.0, segments), str.split)
    assert [word.text for word in words] == whole.split()
    starts = [word.start for word in words]
    assert starts == sorted(starts)
    assert all(0 <= word.start <= word.end <= 10 + 1e-9 for word in words)


def test_a_word_of_the_whole_text_alone_stands_between_its_neighbours() -> None:
    """Two segments' "twenty" and "one" are 21 of the whole; worked by hand."""
    segments = [
        SegmentText(start=0.0, end=2.0, text="he has"),
        SegmentText(start=2.0, end=3.0, text="x"),
        SegmentText(start=4.0, end=6.0, text="old cats"),
    ]
    found = timed(Spoken("he has very y old cats", "en", 10.0, segments), str.split)
    assert [(word.text, word.start, word.end) for word in found] == [
        ("he", 0.0, 1.0),
        ("has", 1.0, 2.0),
        ("very", 2.0, 3.0),
        ("y", 3.0, 4.0),
        ("old", 4.0, 5.0),
        ("cats", 5.0, 6.0),
    ]


def test_the_command_writes_several_at_once_and_says_what_it_left_out(
    envs: Path, run: Run, tmp_path: Path
) -> None:
    """Each file is named on stdout; nothing to score, and two ways at once, exit with 2."""
    named = str(run.folder.path)
    done = orchestrator(envs, "report", named, "--stm", "out", "--ctm", "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n") == [
        "out/reference.stm", "out/ada.stm", "out/bob #2.stm", "out/ada.ctm", "out/bob #2.ctm", "",
    ]  # fmt: skip
    assert "1 of 4 clips are left out: they have no reference" in done.stderr
    both = orchestrator(envs, "report", named, "--trn", "out", "--csv")
    assert (both.returncode, "choose one" in " ".join(both.stderr.split())) == (2, True)
    mute = stored_runs.make(tmp_path / "mute", Recipe({"ada": (1.0,)}, clips=[CLIPS[1]]))
    with pytest.raises(UsageError, match="has no clip with a reference"):
        exchange.write(stored.read(mute), tmp_path / "nothing", "trn", lambda _: None)
    assert not (tmp_path / "nothing").exists()
