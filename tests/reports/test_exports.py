"""Exports of a fixed run against committed files, and what hostile names come to in them."""

import csv
import io
import json
from pathlib import Path

import live_runs
import pytest
import stored_runs
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from stored_runs import HOST

from orchestrator.reports import columns
from orchestrator.reports.files import arrow, as_csv, as_json
from orchestrator.reports.files.markdown import as_markdown, markdown, plain, spreadsheet
from orchestrator.runs import stored
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import (
    Accuracy,
    Breakdown,
    ClipScore,
    ContenderSummary,
    CorpusRecord,
    Costs,
    Doubling,
    Estimate,
    Fault,
    Formatting,
    GroupScore,
    Languages,
    ListeningConditions,
    NoiseCurve,
    NoisePoint,
    Notice,
    PairVerdict,
    Rate,
    Summary,
    TermScore,
    TermsHeard,
    TimeErrors,
    Verdict,
    WordTimes,
)

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "table": "a|b\n| --- |\n`code`",
    "turned": "abc\u202egpj.exe\u2066",
    "formula": '=HYPERLINK("http://example.org","click")',
    "link": "[x](javascript:1) www.example.org @everyone",
    "long": "10,000 " * 1500,
}
SHEETS = {"run.md": as_markdown, "run.csv": as_csv, "run.json": as_json}


def summary(*names: str, run: str = "20261122-120000-aaaa") -> Summary:
    """Return a run of three backends: measured, failed and skipped, whose names can be chosen."""
    fast, broken, absent = names or ("ada", "bob", "cyd")
    rate = Rate(value=0.05, low=0.02, high=0.09, clusters=12)
    errors = Accuracy(
        clips=12,
        words=200,
        substitutions=6,
        insertions=1,
        deletions=3,
        characters=900,
        character_errors=20,
        wer=rate,
        cer=20 / 900,
        by_character=False,
        empty=0,
        failed=1,
        looping=0,
    )
    measured = ContenderSummary(
        backend=fast,
        asked={"model": "tiny.en", "precision": "int8", "threads": 2},
        status="measured",
        model=stored_runs.MODEL,
        resolved={"device": "cpu", "compute_type": "int8", "library": "1.2.3"},
        seconds=Estimate(median=1.25, low=1.2, high=1.3, n=6),
        rtfx=48.0,
        wer=0.05,
        cer=20 / 900,
        accuracy=errors,
        load_seconds=0.4,
        peak_memory_bytes=281_000_000,
        transcripts=(ClipScore(clip="talk", text=fast, wer=0.05),),
        warnings=(Notice(kind="not-steady", message=f"{fast} did not settle"),),
    )
    pair = PairVerdict(
        first=fast,
        second=broken,
        ratio=Estimate(median=1.5, low=1.4, high=1.6, n=6),
        outcome="faster",
        reason=None,
    )
    fault = Fault(f"{absent}.wav", "it is empty")
    return Summary(
        run_id=run,
        host=HOST,
        settings=stored_runs.settings(),
        corpus=CorpusRecord(
            name="talks", kind="folder", clips=12, seconds=60.0, faults=(fault,), unusable=1
        ),
        contenders=(
            measured,
            ContenderSummary(backend=broken, status="failed", reason="signal: it crashed"),
            ContenderSummary(
                backend=absent, status="skipped", reason=f"{absent} needs macos-arm64"
            ),
        ),
        verdict=Verdict(headline=f"fastest here: {fast}", pairs=(pair,)),
        ended="6 blocks, as planned",
    )


@pytest.mark.parametrize("name", SHEETS)
def test_a_fixed_run_is_exported_as_committed(name: str) -> None:
    """Markdown, CSV and JSON, byte for byte."""
    assert SHEETS[name](summary()) == (GOLDEN / name).read_text("utf-8")


def test_several_runs_are_one_document() -> None:
    """One table under one line of titles, one list, one document with a section a run."""
    runs = summary(), summary(run="20261123-120000-bbbb")
    titles, *rows = csv.reader(io.StringIO(as_csv(*runs)))
    assert titles[0] == "run"
    assert [row[0][:8] for row in rows] == ["20261122"] * 3 + ["20261123"] * 3
    assert [run["run_id"] for run in json.loads(as_json(*runs))] == [run.run_id for run in runs]
    first, second = as_markdown(*runs).split("\n---\n\n")
    assert (first, second) == tuple(map(as_markdown, runs))


def timed() -> WordTimes:
    """Return errors of times in which nothing is lacking."""
    rate = Rate(value=0.5, low=0.4, high=0.6, clusters=12)
    numbers: dict[str, object] = dict.fromkeys(TimeErrors.model_fields, 0.25)
    numbers |= {name: rate for name in TimeErrors.model_fields if name.startswith("within")}
    errors = TimeErrors.model_validate(numbers | {"starts": 90, "ends": 80})
    return WordTimes(
        kind="attention",
        clips=12,
        failed=1,
        words=100,
        heard=90,
        of_words=errors,
        of_segments=errors,
        backwards=2,
    )


def curve() -> NoiseCurve:
    """Return how a contender hears babble: twice as many errors at 7.5 dB."""
    rates = [Rate(value=v, low=v / 2, high=2 * v, clusters=12) for v in (0.1, 0.15, 0.25)]
    return NoiseCurve(
        kind="babble",
        clean=rates[0],
        points=(
            NoisePoint(level=10, wer=rates[1]),
            NoisePoint(level=5, wer=rates[2], failed=2),
        ),
        doubles=Doubling(level=7.5, low=9.0, high=None),
    )


def complete() -> ContenderSummary:
    """Return a line in which nothing is lacking."""
    time = Estimate(median=1.25, low=1.2, high=1.3, n=6)
    line = summary().contenders[0]
    assert line.accuracy
    layers = Formatting(
        written=9.1, lexical=5.0, numbers=0.5, spelling=0.6, casing=1.0, punctuation=2.0
    )
    rate = Rate(value=0.75, low=0.5, high=0.9, clusters=12)
    terms = TermScore(said=8, heard=7, found=6, inserted=1, recall=rate, precision=rate, f=rate)
    score = GroupScore(name="us", clips=9, words=99, wer=rate, by_character=False)
    seconds = {name: 0.5 for name in ContenderSummary.model_fields if name.endswith("_seconds")}
    found = {
        "reason": "why",
        "model": stored_runs.MODEL.model_copy(update={"revision": "1f2e"}),
        "accuracy": line.accuracy.model_copy(update={"formatting": layers}),
        "groups": [Breakdown(by="accent", groups=(score,), without=1, gap=None)],
        "terms": TermsHeard(total=terms, others=rate, terms=()),
        "costs": Costs(fixed=time, a_minute=time),
        "languages": Languages(right=9, wrong=2, silent=1, seconds=0.2),
        "joules_an_audio_hour": 5400.0,
        "live": live_runs.figures(),
        "word_times": timed(),
        "noise": (curve(),),
    }
    return line.model_copy(update=seconds | found)


def test_a_live_run_has_a_table_of_its_own_and_what_it_costs() -> None:
    """Markdown says at which pace clips were spoken, who listened how, and what it broke."""
    listened = summary().model_copy(update={"contenders": (complete(),)})
    paced = listened.settings.model_copy(update={"pace": 2.0})
    text = as_markdown(listened.model_copy(update={"settings": paced}))
    assert "Live, at 2 times the speed of speech" in text
    assert "| local-agreement | 0.750 (0.500 to 1.00) |" in text
    assert "live makes 1.0 more errors in 100 words than batch" in text
    assert "took back 2 words that it had said would stand" in text


def test_a_run_of_word_times_has_tables_of_its_own_and_what_they_say() -> None:
    """Markdown says how an engine times words, how late it is, and what runs backwards."""
    text = as_markdown(summary().model_copy(update={"contenders": (complete(),)}))
    assert "100 words in 12 clips" in text
    assert text.count("| 0.250 | 0.250 | 0.250 | 0.250 | 50.0 % (40.0 to 60.0) |") == 2
    assert "aligning its decoder's attention with the audio" in text
    assert "starts are 0.250 s late (median)" in text
    assert "2 words out of order: times run backwards" in text
    assert "failed at 1 clip" in text


def test_a_run_in_noise_has_a_table_a_kind_and_says_where_errors_double() -> None:
    """A limit beyond the levels is said to be; so is what an engine failed at."""
    lines = summary().model_copy(update={"contenders": (complete(),)})
    asked = ListeningConditions(levels=(10, 5), kinds=("babble",), rooms=(0.6,))
    heard = lines.settings.model_copy(update={"noise": asked})
    text = as_markdown(lines.model_copy(update={"settings": heard}))
    noises, rooms = "by how many dB speech is above it", "in rooms, by the seconds of their echo"
    assert f"Word error rate in noise, {noises}; {rooms}:" in text
    alone = heard.model_copy(update={"noise": ListeningConditions(rooms=(0.6,))})
    assert f"Word error rate {rooms}:" in as_markdown(lines.model_copy(update={"settings": alone}))
    assert "| contender | clean | 10 dB | 5 dB | WER doubles at |" in text
    assert "| 25.0 % (12.5 to 50.0) | 7.5 dB (9.0 to beyond 5) |" in text
    assert "failed at 2 clips (babble, 5 dB)" in text


def test_every_column_reads_a_line() -> None:
    """Each has a value in CSV and a cell for people, and no column of what is absent is made up."""
    (row,) = csv.DictReader(
        io.StringIO(as_csv(summary().model_copy(update={"contenders": (complete(),)})))
    )
    assert not [name for name, value in row.items() if not value]
    empty = ContenderSummary(backend="ada", status="failed")
    for column in columns.COLUMNS:
        assert column.cell(complete()) != "—", column
        assert column.cell(empty) in {"—", "", "ada", "failed", "no"}, column
    heads = [column.head for column in columns.filled([complete()])]
    assert {"time, s", "load, s", "energy an hour of audio, J", "peak memory"} < set(heads)


def test_passes_have_word_times_and_noise_as_csv_has_them(tmp_path: Path) -> None:
    """The same names and values, in every row of the contender; empty where a run has neither."""
    path = stored_runs.make(tmp_path, stored_runs.Recipe({"ada": (1.0, 1.0)}))
    plain_run = arrow.table(stored.read(path)).to_pylist()
    names = arrow.SCHEMA.names[arrow.SCHEMA.names.index("terms_found") + 1 :]
    assert {row[name] for row in plain_run for name in names} == {None}
    with RunFolder(path) as folder:
        known = folder.summary()
        assert known
        told = {"word_times": timed(), "noise": (curve(),)}
        line = known.contenders[0].model_copy(update=told)
        found = known.model_copy(update={"contenders": (line,)})
        folder.write(found)
    (cells,) = csv.DictReader(io.StringIO(as_csv(found)))
    rows = arrow.table(stored.read(path)).to_pylist()
    assert len(rows) == 2
    for row in rows:
        assert {name: str(row[name]) for name in names} == {name: cells[name] for name in names}
    assert {name for name in cells if name.startswith(("word", "segment_", "noise_"))} - {
        "words"
    } == {*names}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_do_nothing_in_markdown(name: str) -> None:
    """No HTML, no code, no link, no mention; tables keep their cells, and no line is endless."""
    text = as_markdown(summary(name, f"{name}2", f"{name}3"))
    assert "<script" not in text
    assert "www.example" not in text
    assert "http://" not in text
    assert "@everyone" not in text
    assert "](" not in text.replace("\\]", "")
    assert not set("\u202e\u2066") & set(text)
    (row,) = [line for line in text.splitlines() if line.endswith("| 0.400 |")]
    assert row.replace("\\|", "").count("|") == 9
    assert max(map(len, text.splitlines())) < 1_300


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_do_nothing_in_a_spreadsheet(name: str) -> None:
    """A line a backend, as many cells as titles, and none begins like a formula."""
    text = as_csv(summary(name, f"{name}2", f"{name}3", run=f"-{name}"))
    assert len(text.splitlines()) == 4
    titles, *rows = csv.reader(io.StringIO(text))
    for row in rows:
        assert len(row) == len(titles)
        assert not [cell for cell in row if cell[:1] in set("=+-@\t\r")]
    assert plain(name) in rows[0][titles.index("backend")]


def test_hostile_names_are_whole_in_json() -> None:
    """Programs get every character."""
    text = as_json(summary(*list(HOSTILE.values())[:3]))
    assert [b["backend"] for b in json.loads(text)["contenders"]] == list(HOSTILE.values())[:3]


@given(st.text(max_size=40))
@examples(max_examples=60)
def test_any_text_is_one_cell(text: str) -> None:
    """Whatever it is: one line, no bare pipe, no tag, and nothing a spreadsheet would compute."""
    cell = markdown(text)
    assert len(cell.splitlines()) <= 1
    bare = cell.replace("\\\\", "").replace("\\|", "").replace("<!-- -->", "")
    assert not set("|<") & set(bare)
    assert spreadsheet(text)[:1] not in set("=+-@\t\r\n")
    assert len(spreadsheet(text).splitlines()) <= 1


def test_a_leading_tab_or_wide_sign_is_text_too() -> None:
    """Spreadsheets skip what comes before a formula, and know its wide signs."""
    assert spreadsheet("\t=1+1") == "'=1+1"
    assert spreadsheet("\uff1d1+1").startswith("'")
    assert spreadsheet("a=1") == "a=1"
    assert not spreadsheet("")
