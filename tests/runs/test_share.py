"""Sharing a run without a word about who made it, and taking in whatever others may send."""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
import stored_runs
from fake_envs import ROOT
from stored_runs import Recipe, clip, make, provenance

from orchestrator.errors import ConfigError, UsageError
from orchestrator.runs import sharing
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Origin
from orchestrator.runs.sharing.scrubber import Scrubber
from orchestrator.runs.stored import read

RUN = "20261122-120000-aaaa"
SHARE = "from pathlib import Path; from orchestrator.runs.sharing import share; share(Path({!r}))"
Entries = dict[str, bytes]
"""Files of a zip by name."""


def recipe(**fields: object) -> Recipe:
    """Return a run of one backend and two clips."""
    known = {"times": {"ada": (1.0, 1.1)}, "clips": (clip("one"), clip("two"))}
    return Recipe(**(known | fields))  # type: ignore[arg-type]


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    """Return a shared run."""
    return sharing.share(make(tmp_path / "results", recipe()), tmp_path / "run.zip")


def test_nothing_private_is_in_the_bytes(tmp_path: Path) -> None:
    """User, home, host, folders, a token: planted in paths and sentences, and all gone."""
    home = tmp_path / "Users" / "mallory finch"
    here = home / "secret project"
    audio = here / "client recordings" / "one.wav"
    where = f"{home}/.cache/x: {audio}, /opt/acme/lib.py"
    seen = f"{where}, mallory finch@{os.uname().nodename} tok-en-123"
    fault = stored_runs.failed("bob", 1).model_copy(
        update={"reason": f"no {audio}", "fix": seen, "detail": seen, "log_tail": seen}
    )
    model = stored_runs.MODEL.model_copy(
        update={"path": Path(f"{home}/models/tiny.en"), "note": seen}
    )
    asked = {
        "load": f"'{home}/bin/burn' --key tok-en-123",
        "local": {"tiny.en": f"{home}/models/tiny.en"},
        "corpus": f"{here}/talks",
        "noise": {"levels": (10.0,), "kinds": (f"{here}/hiss.wav",)},
    }
    made = recipe(
        clips=(clip("one", path=str(audio)),),
        model=model,
        more_rows=(fault,),
        settings=asked,
        resolved={"ada": {"engine": f"{home}/engine/libx.so"}},
    )
    origin = Origin(path=home / "client" / "envs")
    own = provenance(made, "ada").model_copy(update={"origin": origin})
    made.manifest = {"backends": (own,)}
    run = make(here / "results", made)
    (run / "logs" / "001-ada.log").write_text(seen, encoding="utf-8")
    environment = os.environ | {
        "HOME": str(home),
        "USER": "mallory finch",
        "LOGNAME": "mallory finch",
        "CODEWORD": "tok-en-123",
        "PYTHONPATH": str(ROOT),
    }
    script = SHARE.format(str(run))
    subprocess.run([sys.executable, "-c", script], env=environment, cwd=here, check=True)
    with ZipFile(here / f"{RUN}.zip") as pack:
        data = b"".join(name.encode() + pack.read(name) for name in pack.namelist())
    text = data.decode().lower()
    for private in ("mallory", "finch", "secret", "client", "acme", "tok-en", str(tmp_path)):
        assert private not in text
    assert os.uname().nodename.lower() not in text
    assert "a log" not in text
    for kept in ("one.wav", "lib.py", "<codeword>", "libx.so", "[burn]", "what was said"):
        assert kept in text


def test_the_same_run_is_the_same_bytes(tmp_path: Path, zipped: Path) -> None:
    """Shared again from a copy made later: no time, no order of a file system is in it."""
    copy = tmp_path / "copied" / RUN
    shutil.copytree(tmp_path / "results" / RUN, copy)
    again = sharing.share(copy, tmp_path / "again.zip")
    assert again.read_bytes() == zipped.read_bytes()


def test_a_shared_run_comes_in_as_another_machines(tmp_path: Path, zipped: Path) -> None:
    """With all rows and texts, under its new name, no path of it leading out of its folder."""
    folder = sharing.receive(zipped, tmp_path / "theirs")
    assert folder == tmp_path / "theirs" / f"imported-{RUN}"
    run = read(folder)
    assert run.imported
    assert [row.seconds for row in run.rows["ada"]] == [1.0, 1.1]
    assert [p.text for p in run.folder.passes(run.rows["ada"][0])] == ["what was said"] * 2
    assert [c.path for c in run.folder.clips()] == [
        folder / "audio" / "one.wav",
        folder / "audio" / "two.wav",
    ]
    summary = run.folder.summary()
    assert summary
    assert summary.run_id == folder.name
    with pytest.raises(UsageError, match="was imported before"):
        sharing.receive(zipped, tmp_path / "theirs")


def test_audio_travels_only_when_asked(tmp_path: Path) -> None:
    """Then its bytes arrive; what was changed since the run is refused."""
    audio = tmp_path / "talk.wav"
    audio.write_bytes(b"RIFF")
    bad = recipe(clips=(clip("talk", path=str(audio)),), run_id="bad")
    with pytest.raises(UsageError, match="changed since"):
        sharing.share(make(tmp_path, bad), tmp_path / "bad.zip", with_audio=True)
    digest = hashlib.sha256(b"RIFF").hexdigest()
    good = recipe(clips=(clip("talk", path=str(audio), sha256=digest),))
    pack = sharing.share(make(tmp_path, good), tmp_path / "good.zip", with_audio=True)
    folder = sharing.receive(pack, tmp_path / "theirs")
    (one,) = RunFolder(folder).clips()
    assert Path(one.path).read_bytes() == b"RIFF"
    audio.unlink()
    with pytest.raises(UsageError, match="is gone"):
        sharing.share(tmp_path / RUN, tmp_path / "gone.zip", with_audio=True)


def test_what_is_no_finished_run_is_not_shared(tmp_path: Path) -> None:
    """No run, one without a summary, and a file that exists already."""
    with pytest.raises(UsageError, match="is no run"):
        sharing.share(tmp_path, tmp_path / "x.zip")
    run = make(tmp_path, recipe())
    with pytest.raises(UsageError, match="exists already"):
        sharing.share(run, run / "rows.jsonl")
    (run / "summary.json").unlink()
    with pytest.raises(UsageError, match="cut off"):
        sharing.share(run, tmp_path / "x.zip")
    assert not list(tmp_path.glob("*.zip"))


def entries(path: Path) -> Entries:
    """Return the files in a zip."""
    with ZipFile(path) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def edited(name: str, old: str, new: str) -> Callable[[Entries], None]:
    """Return what replaces text in one file, which is there."""

    def edit(files: Entries) -> None:
        assert old.encode() in files[name]
        files[name] = files[name].replace(old.encode(), new.encode())

    return edit


def added(name: str, data: bytes = b"{}\n") -> Callable[[Entries], None]:
    """Return what adds a file."""
    return lambda files: files.update({name: data})


REFUSED: dict[str, tuple[Callable[[Entries], object], str]] = {
    "escape": (added("passes/../../x.jsonl"), "leads out of its folder"),
    "backslash": (added("passes\\..\\x.jsonl"), "leads out of its folder"),
    "absolute": (added("/etc/x.jsonl"), "has an absolute name"),
    "drive": (added("C:/x.jsonl"), "has an absolute name"),
    "unknown": (added("run.sh"), "is no file of a run"),
    "hidden": (added("passes/.x.jsonl"), "is no file of a run"),
    "nested": (added("audio/a/b.wav"), "is no file of a run"),
    "bomb": (added("audio/a.wav", bytes(30_000_000)), "would unpack from"),
    "same on some systems": (added("ROWS.jsonl"), "is in it twice"),
    "no rows": (lambda files: files.pop("rows.jsonl"), "it has no rows.jsonl"),
    "older": (edited("manifest.json", '"schema_version": 3', '"schema_version": 1'), "schema 1"),
    "no manifest": (added("manifest.json", b"[]"), "manifest.json"),
    "named": (edited("manifest.json", RUN, "../x"), "its run has the name '../x'"),
    "load": (edited("manifest.json", '"load": null', '"load": "touch x"'), "a command line"),
    "program": (edited("manifest.json", '"load": null', '"load": "touch"'), "a command line"),
    "corpus": (edited("manifest.json", '"corpus": null', '"corpus": "/etc"'), "a path on another"),
    "home": (edited("manifest.json", '"corpus": null', '"corpus": "~"'), "a path on another"),
    "noise": (
        edited("manifest.json", '"robustness"', '"noise": {"kinds": ["/etc/x"]}, "robustness"'),
        "a path on another",
    ),
    "times": (added("word_times.jsonl", b"{}"), "word_times.jsonl, line 1"),
    "backend": (edited("rows.jsonl", '"contender": "ada"', '"contender": "../ada"'), "no name of"),
    "row": (edited("rows.jsonl", '"seconds": 1.1', '"seconds": "x"'), "rows.jsonl, line 2"),
    "no time": (edited("rows.jsonl", '"seconds": 1.1', '"seconds": -1'), "took no time"),
    "texts": (added("passes/001-ada.jsonl", b""), "has 0 transcripts"),
    "timeline": (added("timeline.jsonl", b"[1]\n"), "no look at a machine"),
    "deep": (added("manifest.json", b"[" * 200_000), "not imported"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_share_would_not_have_written_is_refused(
    tmp_path: Path, zipped: Path, case: str
) -> None:
    """One sentence on what is wrong; nothing of the zip stays, and no path of ours is told."""
    change, says = REFUSED[case]
    files = entries(zipped)
    change(files)
    bad = tmp_path / "bad.zip"
    with ZipFile(bad, "w", ZIP_DEFLATED) as pack:
        for name, data in files.items():
            pack.writestr(name, data)
    with pytest.raises(ConfigError, match=says) as found:
        sharing.receive(bad, tmp_path / "theirs")
    assert str(found.value).startswith(f"{bad} is not imported: ")
    assert ".importing-" not in str(found.value)
    assert not list(tmp_path.glob("theirs/*"))
    assert not list(tmp_path.glob("theirs/.*"))


def test_zips_as_file_managers_make_them_are_read(tmp_path: Path, zipped: Path) -> None:
    """Finder's: all in one folder, entries for folders, litter beside it; and the same unpacked."""
    files = {f"run of ours/{name}": data for name, data in entries(zipped).items()}
    litter = ("__MACOSX/run of ours/._rows.jsonl", "run of ours/.DS_Store", "run of ours/._x")
    folders = ("run of ours/", "run of ours/passes/", "__MACOSX/")
    finder = tmp_path / "finder.zip"
    with ZipFile(finder, "w") as pack:
        for name in (*folders, *litter, *files):
            pack.writestr(name, files.get(name, b""))
    where = sharing.receive(finder, tmp_path / "theirs")
    assert [row.seconds for row in read(where).rows["ada"]] == [1.0, 1.1]
    with ZipFile(finder) as pack:
        pack.extractall(tmp_path / "unpacked")
    again = sharing.receive(tmp_path / "unpacked" / "run of ours", tmp_path / "again")
    assert (again / "rows.jsonl").read_bytes() == (where / "rows.jsonl").read_bytes()
    (tmp_path / "unpacked" / "run of ours" / "passes" / "link.jsonl").symlink_to("/etc/passwd")
    with pytest.raises(ConfigError, match="is a link"):
        sharing.receive(tmp_path / "unpacked" / "run of ours", tmp_path / "third")


@pytest.mark.parametrize("name", ["rows.jsonl", "clips.jsonl", "passes/001-ada.jsonl"])
def test_what_import_would_refuse_is_not_shared(tmp_path: Path, name: str) -> None:
    """The sentence names what is missing, and no zip is left."""
    run = make(tmp_path, recipe())
    (run / name).unlink()
    with pytest.raises(ConfigError, match=name):
        sharing.share(run, tmp_path / "x.zip")
    (run / name).write_text('{"at": 1}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=name):
        sharing.share(run, tmp_path / "x.zip")
    assert not list(tmp_path.glob("*.zip"))
    assert not list(tmp_path.glob(".*"))


def test_only_files_that_end_are_imported(tmp_path: Path) -> None:
    """A device would fill the memory."""
    with pytest.raises(UsageError, match="not a regular file"):
        sharing.receive(Path("/dev/zero"), tmp_path / "theirs")


def test_links_and_doubles_are_refused(tmp_path: Path, zipped: Path) -> None:
    """A link to somewhere else, and a second file of one name."""
    for name, mode, says in (
        ("audio/x", stat.S_IFLNK | 0o777, "is a link"),
        ("rows.jsonl", stat.S_IFREG | 0o644, "is in it twice"),
    ):
        bad = tmp_path / "bad.zip"
        shutil.copy(zipped, bad)
        entry = ZipInfo(name)
        entry.external_attr = mode << 16
        with warnings.catch_warnings(), ZipFile(bad, "a") as pack:
            warnings.simplefilter("ignore")  # zipfile's, of the very thing
            pack.writestr(entry, "/etc/passwd")
        with pytest.raises(ConfigError, match=says):
            sharing.receive(bad, tmp_path / "theirs")


def test_what_is_no_zip_is_one_sentence(tmp_path: Path, zipped: Path) -> None:
    """Text, half a zip, one with a flipped byte, a folder, nothing at all."""
    whole = zipped.read_bytes()
    flipped = bytearray(whole)
    flipped[200] ^= 255
    for name, data in (("text", b"hello"), ("half", whole[:2000]), ("flipped", bytes(flipped))):
        bad = tmp_path / name
        bad.write_bytes(data)
        with pytest.raises(ConfigError, match="no whole zip"):
            sharing.receive(bad, tmp_path / "theirs")
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(UsageError):
            sharing.receive(path, tmp_path / "theirs")


def test_transcripts_and_names_stay_as_they_are(tmp_path: Path) -> None:
    """Only paths and sentences are searched: a user called `what` would change every text."""
    scrubber = Scrubber(RunFolder(make(tmp_path, recipe())))
    record = {
        "text": f"in {Path.home()} he said",
        "contender": "ada",
        "backend": "ada",
        "heard": {"ada": "/x/y"},
    }
    assert scrubber.record(record) == record
    assert scrubber.sentence("see https://example.org/a/b and and/or 1/2") == (
        "see https://example.org/a/b and and/or 1/2"
    )
    assert scrubber.sentence('File "/srv/x/y.py", C:\\Users\\Joe Doe\\z') == 'File "y.py", ~\\z'
    assert scrubber.record({"path": "C:\\Users\\Joe\\talk.wav"}) == {"path": "talk.wav"}
