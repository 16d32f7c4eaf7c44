"""Texts of other systems: read, scored beside a run's own, marked, and refused by file and line."""

import json
import re
from pathlib import Path

import jiwer
import pytest
import stored_runs
from fake_envs import orchestrator
from stored_runs import Recipe, clip

from orchestrator.analysis import imported
from orchestrator.analysis.rescore import rescore
from orchestrator.analysis.scoring.text import normalise
from orchestrator.errors import ConfigError, UsageError
from orchestrator.reports.files import as_csv
from orchestrator.reports.files.markdown import as_markdown
from orchestrator.reports.html import page
from orchestrator.runs.stored import RunFiles

SAID = [f"this is sentence number {number} of the talk" for number in range(12)]
CLIPS = [clip(f"talks/{number:02}", reference=said) for number, said in enumerate(SAID)]


def written(path: Path, *lines: object) -> Path:
    """Write a file of these records, or of lines as they are."""
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def run(tmp_path: Path) -> Path:
    """Return a run whose one contender heard the first sentence in every clip."""
    return stored_runs.make(
        tmp_path, Recipe({"ada": (1.0, 1.0, 1.0)}, clips=CLIPS, texts={"ada": SAID[0]})
    )


def test_texts_are_scored_beside_a_runs_own(tmp_path: Path) -> None:
    """Their errors are what another tool counts; the difference to ours is judged in pairs."""
    texts = [f"{said.replace('sentence', 'sentences')} uh" for said in SAID]
    file = written(
        tmp_path / "cloud.jsonl",
        *({"clip": one.name, "text": text} for one, text in zip(CLIPS, texts, strict=True)),
    )
    summary = rescore(run(tmp_path / "results"), "auto", hypotheses={"cloud (imported)": file})
    (line,) = summary.imported
    assert (line.contender, line.backend, line.status) == (
        "cloud (imported)", "cloud.jsonl", "imported",
    )  # fmt: skip
    assert line.seconds is None
    expected = jiwer.process_words(list(map(normalise, SAID)), list(map(normalise, texts)))
    assert line.wer == pytest.approx(expected.wer, abs=1e-9)
    assert line.accuracy
    assert (line.accuracy.clips, line.accuracy.substitutions) == (12, 12)
    (difference,) = summary.differences
    assert {difference.first, difference.second} == {"ada", "cloud (imported)"}
    assert difference.clips == 12


def test_the_summary_keeps_them_until_it_is_scored_again(tmp_path: Path) -> None:
    """And every report lists them, marked; one scored without them is what it always was."""
    path = run(tmp_path / "results")
    before = (path / "summary.json").read_bytes()
    file = written(tmp_path / "<b>.jsonl", *({"clip": c.name, "text": "=1+1"} for c in CLIPS))
    rescore(path, "auto", hypotheses={"<b> (imported)": file})
    stored = RunFiles(path).summary()
    assert stored
    assert [line.contender for line in stored.imported] == ["<b> (imported)"]
    rows = as_csv(stored).splitlines()
    assert len(rows) == 3
    assert "<b> (imported),<b>.jsonl" in rows[2]
    assert "| &lt;b> (imported) | 100.0 % " in as_markdown(stored)
    html = page([path])
    assert "&lt;b&gt; (imported)" in html
    assert "<b> (imported)" not in html
    rescore(path, "auto")
    assert (path / "summary.json").read_bytes() == before


@pytest.mark.parametrize(
    "called",
    ["talks/03", "talks/03.flac", "/corpora/talks/03.wav", "03", "03.mp3", "C:\\corpora\\03.wav"],
)
def test_a_clip_is_known_by_its_name_its_path_or_its_file(tmp_path: Path, called: str) -> None:
    """As other tools write it; manifests have the reference as `text`, and then `pred_text`."""
    record = {"audio_filepath": called, "text": SAID[3], "pred_text": "heard", "duration": 1.5}
    found = imported.read(written(tmp_path / "x.jsonl", record), "x", CLIPS)
    assert found.texts == {"talks/03": "heard"}


def test_what_is_missing_and_what_is_too_much_is_counted(tmp_path: Path) -> None:
    """A clip without text is all missed, as a failed one; lines of other clips are left out."""
    file = written(
        tmp_path / "x.jsonl",
        *({"clip": one.name, "text": said} for one, said in zip(CLIPS, SAID[:-2], strict=False)),
        {"clip": "elsewhere", "text": "other words"},
    )
    summary = rescore(run(tmp_path / "results"), "auto", hypotheses={"x (imported)": file})
    (line,) = summary.imported
    assert line.accuracy
    assert (line.accuracy.failed, line.accuracy.deletions) == (2, 16)
    assert [notice.message for notice in line.warnings] == [
        "x.jsonl has no text for 2 clips (talks/10, talks/11): all of their words count as missing",
        "1 line of x.jsonl left out, for clips that are not here: line 11 ('elsewhere')",
    ]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (['{"clip": "talks/01", "text": "a"}', "{"], "line 2: it is no JSON object"),
        (['["talks/01", "a"]'], "line 1: it is no JSON object"),
        (['{"clip": "talks/01"}'], "line 1: it has no text and no pred_text"),
        (['{"text": "a"}'], "line 1: it has no audio_filepath and no clip"),
        (['{"clip": "talks/01", "text": null}'], "line 1: it has no text and no pred_text"),
        (['{"clip": "talks/01", "text": "\\ud800"}'], "line 1: it is no JSON object"),
        (
            ['{"clip": "talks/01", "text": "a"}', "", '{"clip": "01.wav", "text": "b"}'],
            "line 3: a second text for talks/01, after line 1",
        ),
        (
            ['{"clip": "elsewhere", "text": "a"}'],
            "no text for a clip of these, but for others: line 1",
        ),
        ([], "no text for a clip of these: it is empty"),
    ],
)
def test_a_broken_file_is_refused_by_its_line(tmp_path: Path, lines: list[str], fault: str) -> None:
    """Nothing is guessed, and the run's summary stays what it was."""
    path = run(tmp_path / "results")
    before = (path / "summary.json").read_bytes()
    file = written(tmp_path / "x.jsonl", *lines)
    with pytest.raises(ConfigError, match=fault) as refused:
        rescore(path, "auto", hypotheses={"x (imported)": file})
    assert str(file) in str(refused.value)
    assert (path / "summary.json").read_bytes() == before


def test_other_refusals(tmp_path: Path) -> None:
    """A file that is not there or no UTF-8; a run without references."""
    path = run(tmp_path / "results")
    with pytest.raises(ConfigError, match=r"gone\.jsonl cannot be read"):
        rescore(path, "auto", hypotheses={"gone": tmp_path / "gone.jsonl"})
    (tmp_path / "latin.jsonl").write_bytes(b'{"clip": "talks/01", "text": "\xe9"}\n')
    with pytest.raises(ConfigError, match="line 1: it is not UTF-8"):
        rescore(path, "auto", hypotheses={"latin": tmp_path / "latin.jsonl"})
    with pytest.raises(UsageError, match="no clip has a reference"):
        imported.read(tmp_path / "gone.jsonl", "gone", [clip(reference=None)])


def test_the_command_lists_them_and_names_two_alike(envs: Path, tmp_path: Path) -> None:
    """Beside the run's contenders; a broken file exits with 2 and no traceback."""
    path = run(tmp_path / "results")
    lines = [{"clip": one.name, "text": said} for one, said in zip(CLIPS, SAID, strict=True)]
    good = written(tmp_path / "good.jsonl", *lines)
    shown = orchestrator(envs, "score", str(path), "--hypotheses", f"cloud={good}")
    assert shown.returncode == 0, shown.stderr
    assert "imported: texts that other systems made" in shown.stdout
    assert re.search(r"cloud \(imported\) +0\.0 % ", shown.stdout)
    twice = orchestrator(envs, "score", str(path), *["--hypotheses", str(good)] * 2)
    assert (twice.returncode, "two files are called" in twice.stderr) == (2, True)
    bad = written(tmp_path / "bad.jsonl", *lines, "{")
    refused = orchestrator(envs, "score", str(path), "--hypotheses", str(bad))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{bad}, line 13: it is no JSON object" in refused.stderr
    assert "Traceback" not in refused.stderr
