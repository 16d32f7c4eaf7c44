"""A fleet of processes on this machine: every cell once, through kills of any of them."""

import http.client
import json
import random
import signal
import socket
import ssl
import time
from pathlib import Path

import psutil
import pytest
from audio_files import tone, write_audio
from fake_envs import AddBackend, wait_for
from fleets import expect_whole, fleet, folder_of, free_port, make_suite

from orchestrator.fleet import certificates
from orchestrator.fleet.names import Address
from orchestrator.runs.schema.fleet import Across, FleetRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_KILLS = 6


@pytest.fixture
def suite(envs: Path, add_backend: AddBackend) -> Path:
    """Return a suite of two backends over a clip of its own."""
    add_backend("bob", "something else")
    return make_suite(envs.parent)


def test_a_suite_is_measured_on_every_machine(envs: Path, suite: Path) -> None:
    """With TLS: each cell once on each, clips sent once, results beside each other."""
    places = envs.parent / "certificates"
    certificates.make(places, [], 1)
    with fleet(envs, "m3-air", "m1-mini", certificates=places) as made:
        shown = made.run("fleet", "--at", made.address)
        assert shown.returncode == 0, shown.stderr
        assert "m3-air" in shown.stdout
        assert "ada, bob" in shown.stdout
        done = made.run("run", str(suite), "--fleet", made.address, "--unfit")
        assert done.returncode == 0, done.stderr
        found = expect_whole(made, "m3-air", "m1-mini")
        assert [a.differing for a in found.accuracy] == [0, 0]
        assert "the same on 2 machines" in done.stdout
        for name in ("m3-air", "m1-mini"):
            assert len(list((made.machine(name) / "clips").iterdir())) == 2  # one, and its list
        again = made.run("fleet", "show", str(folder_of(made)))
        assert again.stdout == done.stdout


def test_only_what_is_asked_for_takes_part(envs: Path, suite: Path) -> None:
    """By name here; where nobody is meant, it is said who is there."""
    with fleet(envs, "m3-air", "m1-mini") as made:
        wrong = made.run("run", str(suite), "--fleet", made.address, "--on", "name=m4*")
        assert wrong.returncode == 2
        assert "m3-air: not asked for" in wrong.stderr
        assert not list((made.folder / "results").iterdir())
        done = made.run("run", str(suite), "--fleet", made.address, "--on", "name=m3*", "--unfit")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("which", ["other", "none", "expired"])
def test_who_has_no_certificate_of_the_fleet_is_kept_out(
    envs: Path, suite: Path, which: str
) -> None:
    """Another authority's, none at all, one that has expired: told before or by the other side."""
    places, others = envs.parent / "certificates", envs.parent / "others"
    certificates.make(places, [], 1)
    with fleet(envs, certificates=places) as made:
        if which == "other":
            certificates.make(others, [], 1)
            made.certificates = others
        elif which == "expired":
            certificates.make(places, ["late"], -1)
            made.certificates = places / "for" / "late"
        else:
            made.certificates = None
            made.address = made.address.replace("tls://", "tcp://")
        refused = made.run("run", str(suite), "--fleet", made.address)
        assert refused.returncode == 2
        assert "error: " in refused.stderr
        assert not list((made.folder / "results").glob("*/*/rows.jsonl"))


def test_what_cannot_be_is_said_in_a_sentence(envs: Path) -> None:
    """A port that is taken; a scheduler that is not there, or not ours: then it is tried again."""
    places, others = envs.parent / "certificates", envs.parent / "others"
    certificates.make(places, [], 1)
    certificates.make(others, [], 1)
    with fleet(envs, certificates=places) as made:
        taken = made.run("fleet", "up", made.address)
        assert taken.returncode == 2
        assert taken.stderr.startswith(f"error: {made.address} cannot be listened on: ")
        made.certificates = others
        made.join("stranger")
        made.expect("stranger", f"{made.address} does not let this machine in: ")
        made.address = f"tls://127.0.0.1:{free_port()}"
        made.join("early")
        made.expect("early", f"{made.address} does not let this machine in: ")
        assert "Traceback" not in made.log("stranger") + made.log("early")


def test_a_scheduler_itself_refuses_a_certificate_that_expired(envs: Path) -> None:
    """Whatever the other side has checked: the handshake fails."""
    places = envs.parent / "certificates"
    certificates.make(places, [], 1)
    (late,) = certificates.make(places, ["late"], -1)
    with fleet(envs, certificates=places) as made:
        at = Address.of(made.address)
        shaken(at, certificates.Identity(places))
        with pytest.raises(ssl.SSLError, match="expired"):
            shaken(at, certificates.Identity(late))


def test_nobody_is_served_pages(envs: Path) -> None:
    """Whatever ports a scheduler and a machine listen on: Dask's own pages know no certificate."""
    paths = ("/", "/health", "/info", "/info/main/workers.html", "/metrics", "/sitemap.json")
    with fleet(envs, "m3-air") as made:
        for name in ("scheduler", "m3-air"):
            ports = listening(made.running[name].pid)
            assert ports
            assert {served(port, path) for port in ports for path in paths} <= {None, 404}


def listening(pid: int) -> set[int]:
    """Return the ports that a process listens on."""
    found = psutil.Process(pid).net_connections("tcp")
    return {each.laddr.port for each in found if each.status == psutil.CONN_LISTEN}


def served(port: int, path: str) -> int | None:
    """Return how a page is answered; None where nobody speaks HTTP."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        asking.request("GET", path)
        return asking.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        asking.close()


def shaken(at: Address, own: certificates.Identity) -> None:
    """Shake hands as a client does; of TLS 1.2, in which both sides know the other at its end."""
    context = ssl.create_default_context(cafile=str(own.ca))
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(own.certificate, own.key)
    with socket.create_connection((at.host, at.port)) as plain, context.wrap_socket(plain):
        pass


def test_an_engine_that_fails_is_a_row_and_not_tried_again(
    envs: Path, suite: Path, add_backend: AddBackend
) -> None:
    """Its failure stands in the summary of the machine; the fleet goes on."""
    add_backend("cyd", "segfault@transcribe")
    suite.write_text(suite.read_text("utf-8").replace('"bob"', '"cyd"'), "utf-8")
    with fleet(envs, "m3-air") as made:
        done = made.run("run", str(suite), "--fleet", made.address, "--unfit")
        assert "cyd failed" in done.stdout, done.stderr
        rows = (folder_of(made) / "m3-air" / "rows.jsonl").read_text("utf-8")
        assert rows.count('"status":"failed"') == 1


def test_machines_and_scheduler_are_killed_and_nothing_is_lost(envs: Path, suite: Path) -> None:
    """At random moments: each goes on where it was, and no cell is measured twice."""
    moments = random.Random(5)  # noqa: S311 - moments, not secrets
    names = ("m3-air", "m1-mini")
    with fleet(envs, *names) as made:
        made.start("run", "run", str(suite), "--fleet", made.address, "--unfit")
        wait_for(lambda: all(name in made.log("run") for name in names))
        for _ in range(_KILLS):
            time.sleep(moments.uniform(0.5, 3))
            victim = moments.choice(["scheduler", *names])
            made.kill(victim)
            if victim == "scheduler":
                made.up()
            else:
                before = made.log(victim).count("joined")
                made.join(victim)
                made.expect(victim, "joined", before + 1)
        assert made.running["run"].wait(300) == 0, made.log("run")
        expect_whole(made, *names)


def test_a_controller_that_is_killed_goes_on(envs: Path, suite: Path) -> None:
    """With --resume: what the machines measured meanwhile is theirs already."""
    with fleet(envs, "m3-air") as made:
        made.start("run", "run", str(suite), "--fleet", made.address, "--unfit")
        wait_for(lambda: bool(list((made.folder / "results").glob("*/m3-air/rows.jsonl"))))
        made.kill("run")
        words = ("run", "--resume", str(folder_of(made)), "--fleet", made.address, "--unfit")
        done = made.run(*words)
        assert done.returncode == 0, done.stderr
        expect_whole(made, "m3-air")


def test_ctrl_c_ends_machines_in_order_and_keeps_what_they_measured(
    envs: Path, suite: Path
) -> None:
    """Exit code 130; the same command goes on, with --resume."""
    suite.write_text(suite.read_text("utf-8").replace("blocks = 6", "blocks = 60"), "utf-8")
    with fleet(envs, "m3-air") as made:
        made.start("run", "run", str(suite), "--fleet", made.address, "--unfit")
        wait_for(lambda: bool(list((made.folder / "results").glob("*/m3-air/rows.jsonl"))))
        made.running["run"].send_signal(signal.SIGINT)
        assert made.running.pop("run").wait(100) == 130
        folder = folder_of(made)
        run = FleetRun.model_validate_json((folder / "fleet.json").read_bytes())
        assert [member.state for member in run.members] == ["interrupted"]
        summary = json.loads((folder / "m3-air" / "summary.json").read_text("utf-8"))
        assert summary["interrupted"]
        assert f"run --resume {folder} --fleet {made.address} --unfit\n" in made.log("run")


def test_a_second_client_is_told_that_it_waits(envs: Path, suite: Path) -> None:
    """Machines have one slot: its run is measured after the first."""
    with fleet(envs, "m3-air") as made:
        made.start("run", "run", str(suite), "--fleet", made.address, "--unfit")
        wait_for(lambda: bool(list((made.folder / "results").glob("*/m3-air/rows.jsonl"))))
        words = ("run", str(suite), "--fleet", made.address, "--unfit", "--output", "second")
        made.start("second", *words)
        made.expect("second", "m3-air: waits: it measures run")
        assert made.running["run"].wait(100) == made.running["second"].wait(100) == 0
        spans = []
        for results in ("results", "second"):
            (rows,) = (made.folder / results).glob("*/m3-air/rows.jsonl")
            started = [json.loads(r)["started_at"] for r in rows.read_text("utf-8").splitlines()]
            spans.append((min(started), max(started)))
        (_, first_end), (second_start, _) = spans
        assert first_end < second_start


def test_two_machines_on_one_computer_take_turns_by_its_lock(envs: Path, suite: Path) -> None:
    """A slot of the scheduler is no lock: ours is."""
    with fleet(envs) as made:
        for name in ("one", "two"):
            made.locks[name] = made.folder / "shared.lock"
            made.join(name)
            made.expect(name, "joined")
        done = made.run("run", str(suite), "--fleet", made.address, "--unfit", timeout=200)
        assert done.returncode == 0, done.stderr
        expect_whole(made, "one", "two")
        times = []
        for name in ("one", "two"):
            rows = (folder_of(made) / name / "rows.jsonl").read_text("utf-8").splitlines()
            started = sorted(json.loads(row)["started_at"] for row in rows)
            times.append((started[0], started[-1]))
        (_, first_end), (second_start, _) = sorted(times)
        assert first_end < second_start


def test_a_corpus_is_shared_out_for_its_transcripts(envs: Path, suite: Path) -> None:
    """Each clip is transcribed once, but for those in common; the WER is one number."""
    for number in range(14):
        name = f"c{number:02d}"
        write_audio(suite.parent / f"{name}.wav", [tone(300 + number, 1, 16_000)], 16_000)
        (suite.parent / f"{name}.txt").write_text("what was said", "utf-8")
    listed = ", ".join(f'"c{number:02d}.wav"' for number in range(14))
    suite.write_text(suite.read_text("utf-8").replace('"talk.wav"', listed), "utf-8")
    with fleet(envs, "m3-air", "m1-mini") as made:
        done = made.run("run", str(suite), "--fleet", made.address, "--accuracy-only")
        assert done.returncode == 0, done.stderr
        found = Across.model_validate_json((folder_of(made) / "across.json").read_bytes())
        ada = next(each for each in found.accuracy if each.contender == "ada")
        assert (ada.clips, ada.common, ada.differing) == (14, 5, 0)
        assert ada.wer is not None
        assert ada.wer.value == 0
        assert "times are left out" in done.stdout
        assert "RTFx" not in done.stdout
