"""Workers that Dask's own command starts: machines of a fleet, or a sentence."""

from pathlib import Path

import pytest
from fake_envs import AddBackend, wait_for
from fleets import Fleet, expect_whole, fleet, make_suite

from orchestrator.fleet import certificates

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
RIGHT = ("--nthreads", "1", "--no-nanny")


def test_a_dask_worker_is_a_machine_as_any(envs: Path, add_backend: AddBackend) -> None:
    """With TLS, beside one that has joined: the same facts, each cell once, nothing to read."""
    add_backend("bob", "something else")
    suite, places = make_suite(envs.parent), envs.parent / "certificates"
    certificates.make(places, [], 1)
    with fleet(envs, "m1-mini", certificates=places) as made:
        made.dask_worker("m3-air", "--name", "m3-air", *RIGHT)
        made.expect("m3-air", f"joins {made.address} as m3-air")
        made.expect("m3-air", "Registered to")
        shown = made.run("fleet", "--at", made.address).stdout
        lines = [line.partition(" ") for line in shown.splitlines()[1:3]]
        assert [name for name, _, _ in lines] == ["m1-mini", "m3-air"]
        assert len({facts.strip() for _, _, facts in lines}) == 1
        done = made.run("run", str(suite), "--fleet", made.address, "--unfit")
        assert done.returncode == 0, done.stderr
        expect_whole(made, "m1-mini", "m3-air")


def test_a_dask_worker_that_is_killed_goes_on_with_its_run(
    envs: Path, add_backend: AddBackend
) -> None:
    """Started again it is the same machine, whatever its port; a second one of it is refused."""
    add_backend("bob", "something else")
    suite = make_suite(envs.parent)
    with fleet(envs) as made:
        made.dask_worker("m3-air", "--name", "m3-air", *RIGHT)
        made.expect("m3-air", "Registered to")
        made.start("run", "run", str(suite), "--fleet", made.address, "--unfit")
        wait_for(lambda: bool(list((made.folder / "results").glob("*/m3-air/rows.jsonl"))))
        made.kill("m3-air")
        made.dask_worker("m3-air", "--name", "m3-air", *RIGHT)
        made.expect("m3-air", "Registered to", 2)
        first = made.running.pop("m3-air")
        made.dask_worker("m3-air", "--name", "other", *RIGHT)
        assert made.running["m3-air"].wait(100) == 2
        assert "error: this machine has joined a fleet already" in made.log("m3-air")
        made.running["m3-air"] = first
        assert made.running["run"].wait(300) == 0, made.log("run")
        expect_whole(made, "m3-air")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--nthreads", "2", "--no-nanny"), "this worker has 2 threads"),
        (("--no-nanny", "--nthreads", "1", "--resources", "gpu=1"), "resources of its own: gpu"),
        (("--nthreads", "1"), "a machine of a fleet has no nanny: add --no-nanny"),
        ((*RIGHT, "--name", "m3 air"), "'m3 air' is no name of a machine"),
        ((*RIGHT, "tcp"), "over tcp:// anyone in the network could run programs"),
    ],
)
def test_a_dask_worker_that_cannot_be_a_machine_says_why(
    envs: Path, words: tuple[str, ...], says: str
) -> None:
    """Before it speaks to anyone: in a sentence, with exit code 2, and nothing is left behind."""
    made = Fleet(envs)
    if words[-1] == "tcp":
        made.address, words = "tcp://10.0.0.5:8786", words[:-1]
    made.dask_worker("m3-air", *words)
    assert made.running["m3-air"].wait(100) == 2
    assert says in made.log("m3-air")
    assert "Traceback" not in made.log("m3-air")
    assert not made.machine("m3-air").exists()
