"""A machine's side: one run at a time, refused where it would not be the same, pulled in pieces."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_envs import AddBackend, wait_for

from orchestrator.backends.worker import Machine
from orchestrator.bench import doctor
from orchestrator.bench.doctor.checks import Check
from orchestrator.errors import UsageError
from orchestrator.fleet import machine, messages
from orchestrator.fleet.copies import Copy
from orchestrator.fleet.machine import Here
from orchestrator.fleet.messages import (
    Begin,
    Describe,
    Files,
    Inventory,
    Job,
    Lacking,
    News,
    Piece,
    Pull,
    Put,
    Refusal,
    Request,
    Standing,
    State,
    Stop,
)
from orchestrator.fleet.station import Station
from orchestrator.runs.stored import read


@pytest.fixture
def station(tmp_path: Path, envs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    """Return a machine of its own folder and lock, with the backend `ada`."""
    monkeypatch.setenv("_WHISPER_CLEANROOM_OWN_ENVS", str(envs))
    monkeypatch.setenv("WHISPER_CLEANROOM_LOCK", str(tmp_path / "lock"))
    made = Station(Here(tmp_path / "machine", "m3-air"))
    yield made
    made.close()


def asked(station: Station, request: Request) -> messages.Answer:
    """Ask as a controller does: through bytes."""
    return messages.answer(station.answer(messages.encoded(request)))


def job(run: str = "fleet-1-m3-air", **known: object) -> Job:
    """Return a job on the bundled recordings."""
    suite = {"suite": {"blocks": 2, "repeats": 1}, "contender": [{"backend": ["ada"]}]}
    usual = {
        "run": run,
        "suite": json.dumps(suite),
        "source": ("the bundled recordings", "bundled", None),
        "version": machine.version(),
        "code": machine.code(),
        "locks": {offer.name: offer.lock for offer in machine.offers()},
        "unfit": True,
    }
    return Job(**(usual | known))  # type: ignore[arg-type]


def ended(station: Station, begin: Begin) -> State:
    """Wait for the end of a run."""
    wait_for(lambda: bool(getattr(asked(station, begin), "ended", True)))
    found = asked(station, begin)
    assert isinstance(found, State)
    return found


def copied(station: Station, folder: Path, run: str) -> Copy:
    """Pull everything there is of a run, and check it against what is there."""
    copy, more = Copy(folder, run), True
    while more:
        wanted = copy.wanted()
        news = asked(station, wanted)
        assert isinstance(news, News)
        copy.take(wanted, news)
        more = news.more or bool(copy.wanted().lines.keys() - wanted.lines.keys())
    files = asked(station, Inventory(run))
    assert isinstance(files, Files)
    differing = copy.differing(files)
    assert all(name.startswith("logs/") for name in differing)
    request = copy.request(differing)
    rest = asked(station, request)
    assert isinstance(rest, News)
    copy.take(request, rest)
    assert copy.differing(files) == []
    return copy


def _doing(station: Station, begin: Begin) -> str:
    found = asked(station, begin)
    assert isinstance(found, State)
    return found.doing


def test_a_run_is_measured_and_copied_whole(station: Station, tmp_path: Path) -> None:
    """Rows, transcripts, summary and logs are the same on both sides; asked again, none is new."""
    begin = Begin(job(), "somebody")
    assert ended(station, begin) == State(ended="measured")
    copy = copied(station, tmp_path / "copy", begin.job.run)
    run = read(copy.folder)
    assert [row.block for row in run.rows["ada"]] == [1, 2]
    before = (copy.folder / "rows.jsonl").read_bytes()
    assert ended(station, Begin(job(), "somebody else")) == State(ended="measured")
    assert (station.here.runs / begin.job.run / "rows.jsonl").read_bytes() == before


def test_a_run_that_is_stopped_goes_on_for_who_asks_anew(
    station: Station, add_backend: AddBackend
) -> None:
    """Until then its end is what whoever repeats the request is told."""
    add_backend("bob", "hang@transcribe")
    suite = {"suite": {"blocks": 1, "repeats": 1}, "contender": [{"backend": ["bob"]}]}
    begin = Begin(job(suite=json.dumps(suite)), "somebody")
    asked(station, begin)
    wait_for(lambda: "bob: " in _doing(station, begin))
    busy = asked(station, Describe())
    assert isinstance(busy, Standing)
    assert begin.job.run in busy.measuring
    assert not busy.examined
    waiting = asked(station, Begin(job("another"), "somebody"))
    assert isinstance(waiting, State)
    assert waiting.doing == f"waits: it measures run {begin.job.run}"
    asked(station, Stop(begin.job.run))
    assert ended(station, begin).ended == "interrupted"


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"version": "0.0.1"}, "whisper-cleanroom is"),
        ({"code": "0"}, "its code is another"),
        ({"locks": {"ada": "0"}}, "the pins, the models or the runner of ada are others"),
        ({"run": "../up"}, "no id of a run"),
    ],
)
def test_what_would_not_be_the_same_is_refused(
    station: Station, known: dict[str, object], why: str
) -> None:
    """Nothing is begun."""
    found = asked(station, Begin(job(**known), "somebody"))  # type: ignore[arg-type]
    assert isinstance(found, Refusal)
    assert why in found.what
    assert not station.here.jobs.exists()


def test_a_broken_suite_is_refused_by_its_key(station: Station) -> None:
    """The process that measures says it; the machine goes on."""
    found = ended(station, Begin(job(suite='{"suite": {"bloks": 1}}'), "somebody"))
    assert found.ended == "refused"
    assert "bloks" in found.what


def test_a_backend_that_is_not_here_is_skipped(station: Station) -> None:
    """Another machine has it; this one measures the others."""
    suite = {"suite": {"blocks": 1, "repeats": 1}, "contender": [{"backend": ["ada", "far"]}]}
    known = {"suite": json.dumps(suite), "contenders": {"ada": "ada", "far": "far"}}
    assert ended(station, Begin(job(**known), "somebody")).ended == "measured"
    run = read(station.here.runs / job().run)
    assert run.skipped == {"far": "there is no backend far here"}
    assert [row.block for row in run.rows["ada"]] == [1]


@pytest.mark.slow
def test_clips_that_were_sent_are_what_is_measured(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their names and texts as they were listed; one that has changed since is refused."""
    from orchestrator.clips.audio.clips import bundled  # noqa: PLC0415 - it decodes
    from orchestrator.fleet.blobs import name_of  # noqa: PLC0415 - the same

    monkeypatch.chdir(tmp_path)
    clip = bundled(tmp_path / "decoded")[0]
    audio = clip.path.read_bytes()
    known = clip.model_copy(
        update={"name": "greeting", "path": Path(name_of(clip.sha256, clip.path))}
    )
    listing = known.model_dump_json().encode() + b"\n"
    blob = hashlib.sha256(listing).hexdigest()
    names = (str(known.path), blob)
    held = asked(station, Lacking(names))
    assert held == messages.Held(dict.fromkeys(names, 0))
    asked(station, Put(names[0], 0, audio, last=True))
    asked(station, Put(blob, 0, listing, last=True))
    sent = job(listing=blob, source=("files", "files", None))
    assert ended(station, Begin(sent, "a")).ended == "measured"
    run = read(station.here.runs / sent.run)
    assert [c.name for c in run.folder.clips()] == ["greeting"]
    assert run.manifest.corpus.kind == "files"
    (station.here.blobs / names[0]).write_bytes(audio + b"\0")
    changed = ended(station, Begin(job("another", listing=blob, source=sent.source), "a"))
    assert changed.ended == "refused"
    assert "its file has changed since" in changed.what


def test_whatever_is_no_request_is_answered(station: Station) -> None:
    """A message of another version, or of nobody's."""
    for data in (b"", b"\xff", b"\x81\xa4type\xa4boom"):
        assert isinstance(messages.answer(station.answer(data)), Refusal)


@pytest.mark.parametrize("name", ["../../id", "/etc/passwd", "report.html"])
def test_only_files_of_runs_are_handed_out(station: Station, name: str) -> None:
    """By whatever name they are asked for."""
    found = asked(station, Pull("a-run", lines={name: 0}))
    assert isinstance(found, Refusal)


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        (Piece("../evil", 0, b"x", whole=False), "no file of a run"),
        (Piece("rows.jsonl", 0, b'{"status": "measured"}\n', whole=False), "no row"),
    ],
)
def test_a_machine_cannot_write_what_is_no_run(tmp_path: Path, piece: Piece, why: str) -> None:
    """What it sends is checked before it is anywhere."""
    copy = Copy(tmp_path / "copy", "run")
    with pytest.raises(Exception, match=why):
        copy.take(copy.wanted(), News(State(), (piece,), more=False))
    assert not (tmp_path / "evil").exists()


def test_a_machine_joins_once(tmp_path: Path) -> None:
    """Its folder is held for as long."""
    here = Here(tmp_path, "m3-air")
    with here.alone(), pytest.raises(UsageError, match="joined a fleet already"), here.alone():
        time.sleep(0)


@pytest.mark.slow
def test_a_busy_machine_is_waited_for(station: Station) -> None:
    """Whoever holds its lock measures first; without patience it is given up, with the reason."""
    begin = Begin(job(patience_seconds=0.0), "somebody")
    with Machine():
        wait_for(lambda: bool(getattr(asked(station, begin), "ended", "")))
    assert ended(station, begin).what.endswith("another run is measuring on it")
    patient = Begin(job("another"), "somebody")
    with Machine():
        wait_for(lambda: _doing(station, patient) == "waits: another run is measuring on it")
    assert ended(station, patient).ended == "measured"


@pytest.mark.slow
def test_a_machine_that_is_not_fit_is_waited_for(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the doctor says it, before anything is begun."""
    bad = Check("power", "problem", "on battery", "plug it in")
    monkeypatch.setattr(doctor, "glance", lambda: [bad])
    begin = Begin(job(unfit=False), "somebody")
    asked(station, begin)
    wait_for(lambda: _doing(station, begin) == "waits: power: on battery")
    assert not station.here.runs.exists()
    monkeypatch.setattr(doctor, "glance", list)
    assert ended(station, begin).ended == "measured"
