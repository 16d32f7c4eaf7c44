"""The GitHub Action and the workflows: what their YAML may do, and the Action's steps, run here."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import action
import action_comment
import pytest
import yaml
from fake_envs import ROOT, of_a_clone, surroundings

SCRIPT = ROOT / "scripts" / "action.py"
STEP = re.compile(r'uv run --script "\$GITHUB_ACTION_PATH/scripts/action\.py" (\w+)')
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def steps_of_the_action() -> list[dict[str, Any]]:
    """Return the steps of action.yml."""
    return yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]


def test_the_action_only_calls_the_script() -> None:
    """In its order, with the inputs in a variable; the token is for the comment alone."""
    called = []
    for step in steps_of_the_action():
        if "run" in step:
            found = STEP.fullmatch(step["run"])
            assert found, step["run"]
            called.append(name := found[1])
            token = {"GITHUB_TOKEN": "${{ github.token }}"} if name == "comment" else {}
            assert step["env"] == {"INPUTS": "${{ toJSON(inputs) }}"} | token
            assert step["id"] == name
    assert called == [*action.STEPS]


def test_the_action_passes_on_what_the_script_says() -> None:
    """Every output of a step that is used is one that the script sets, and so is every input."""
    text = (ROOT / "action.yml").read_text("utf-8")
    source = "".join(path.read_text("utf-8") for path in SCRIPT.parent.glob("action*.py"))
    planned = {
        f"{what}-{key}"
        for what in ("environments", "weights", "base")
        for key in ("path", "prefix", "key")
    }
    assert {*re.findall(r"steps\.plan\.outputs\.([\w-]+)", text)} == planned
    for name in re.findall(r"steps\.(?:run|compare)\.outputs\.([\w-]+)", text):
        assert f'output("{name}"' in source
    inputs = yaml.safe_load(text)["inputs"].keys()
    documented = (ROOT / "docs" / "action.md").read_text("utf-8")
    for name in inputs:
        assert f"| `{name}` |" in documented
        assert f'"{name}"' in source or f"inputs.{name} ==" in text


@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_nothing_foreign_runs(path: Path) -> None:
    """Actions are pinned by commit; no shell sees what an expression is replaced by."""
    text = path.read_text("utf-8")
    for line in text.splitlines():
        if "uses:" in line:
            assert PINNED.search(line), line
    document = yaml.safe_load(text)
    jobs = document.get("jobs", {"action": document.get("runs")})
    for step in (step for job in jobs.values() for step in job["steps"]):
        assert "${{" not in step.get("run", "")
    if "jobs" in document:
        assert "permissions" in document
        assert "pull_request_target" not in text


class Job:
    """One job of GitHub's: its folders, its variables, and the steps run in it as processes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.work = folder, folder / "temp" / "whisper-cleanroom" / "bench"
        self.inputs = {"run": "-b ada", "name": "bench", "fail-on": "", "threshold": "3%"}
        self.variables = {
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(folder / "temp"),
            "RUNNER_TOOL_CACHE": str(folder / "tools"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_RUN_ID": "7",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_REF_NAME": "main",
            "GITHUB_EVENT_NAME": "push",
        }

    def step(self, name: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a step to its end."""
        self.folder.joinpath("output").unlink(missing_ok=True)
        files = {
            f"GITHUB_{file.upper()}": str(self.folder / file) for file in ("output", "step_summary")
        }
        return subprocess.run(
            [sys.executable, SCRIPT, name],
            env=os.environ
            | self.variables
            | files
            | {"INPUTS": json.dumps(self.inputs)}
            | variables,
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def outputs(self) -> dict[str, str]:
        """What the last step set."""
        text = (self.folder / "output").read_text("utf-8")
        found = re.findall(r"^([\w-]+)<<(\w+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
        return {name: value for name, _, value in found}

    @property
    def comment(self) -> str:
        """What is to be the comment."""
        return (self.work / "comment.md").read_text("utf-8")


@pytest.mark.slow
def test_keys_of_caches_go_by_what_is_in_them(tmp_path: Path) -> None:
    """By suite, locks and branch; a name of a branch is no part of a key."""
    job = Job(tmp_path)
    suite = tmp_path / "engines.toml"
    suite.write_text("[suite]\n", encoding="utf-8")
    job.inputs["run"] = "engines.toml"
    assert job.step("plan", GITHUB_REF_NAME="a,b\nc").returncode == 0
    first = job.outputs
    assert not set(",\n") & {*first["base-key"]}
    assert first["environments-path"].splitlines()[0].endswith("/whisper_cleanroom_data")
    suite.write_text("[suite]\nseed = 1\n", encoding="utf-8")
    job.step("plan", GITHUB_BASE_REF="main", WHISPER_CLEANROOM_CACHE="/mine")
    second = job.outputs
    same = {name for name in first if first[name] == second[name]}
    assert same == {*("environments-path", "environments-prefix", "weights-prefix", "base-path")}
    assert second["weights-path"] == "/mine"
    job.inputs["fail-on"] = "bigger"
    refused = job.step("plan")
    assert refused.returncode == 2
    assert "::error::fail-on is 'bigger'" in refused.stdout


class GitHub(BaseHTTPRequestHandler):
    """Answers for one pull request's comments; whoever sends no token is refused."""

    comments: list[dict[str, Any]]
    status: int

    def do_GET(self) -> None:
        """List comments, by page."""
        first = self.path.endswith("&page=1")
        self._answer(self.comments if first else [])

    def do_POST(self) -> None:
        """Add one."""
        self.comments.append({"id": len(self.comments) + 1, "user": {"type": "Bot"}} | self._sent())
        self._answer(self.comments[-1])

    def do_PATCH(self) -> None:
        """Change one."""
        (one,) = (one for one in self.comments if self.path.endswith(f"/comments/{one['id']}"))
        one |= self._sent()
        self._answer(one)

    def _sent(self) -> dict[str, Any]:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, content: object) -> None:
        known = self.headers["Authorization"] == "Bearer secret"
        status = self.status if known and self.path.startswith("/repos/o/r/issues/") else 401
        text = json.dumps(content if status < 300 else {}).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def github(status: int = 200) -> Iterator[tuple[dict[str, str], list[dict[str, Any]]]]:
    """Serve a pull request in which a person has quoted our mark; give variables and comments."""
    quoted = {"id": 1, "user": {"type": "User"}, "body": "<!-- whisper-cleanroom: bench -->"}
    comments: list[dict[str, Any]] = [quoted, {"id": 2, "user": None, "body": None}]
    handler = type("Handler", (GitHub,), {"comments": comments, "status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield {"GITHUB_API_URL": url, "GITHUB_TOKEN": "secret"}, comments
        server.shutdown()


def pull_request(job: Job, text: str) -> None:
    """Let the job be of pull request 5, and have a comment ready."""
    event = job.folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5}}), encoding="utf-8")
    job.variables["GITHUB_EVENT_PATH"] = str(event)
    job.work.mkdir(parents=True, exist_ok=True)
    (job.work / "comment.md").write_text(f"<!-- whisper-cleanroom: bench -->\n{text}", "utf-8")


def test_there_is_one_comment_and_it_is_renewed(tmp_path: Path) -> None:
    """Ours is a bot's that begins with our mark: nobody else's is touched."""
    job = Job(tmp_path)
    with github() as (variables, comments):
        for text in ("first", "second"):
            pull_request(job, text)
            done = job.step("comment", **variables)
            assert (done.returncode, done.stdout) == (0, ""), done.stderr
            assert [one["body"] for one in comments[2:]] == [
                f"<!-- whisper-cleanroom: bench -->\n{text}"
            ]
    assert comments[0]["body"] == "<!-- whisper-cleanroom: bench -->"


@pytest.mark.parametrize(("status", "token"), [(200, "other"), (302, "secret")])
def test_a_refused_comment_is_a_warning(tmp_path: Path, status: int, token: str) -> None:
    """As to a pull request from a fork; and the token goes to no other host."""
    job = Job(tmp_path)
    pull_request(job, "text")
    with github(status) as (variables, comments):
        done = job.step("comment", **variables | {"GITHUB_TOKEN": token})
    assert done.returncode == 0
    assert done.stdout.startswith("::warning::no comment: GitHub answered")
    assert len(comments) == 2


def test_what_is_shown_cannot_break_out() -> None:
    """A fence is longer than any in its text; a long comment is cut in whole lines, and closed."""
    assert action_comment.fenced("a\n````\n@b").startswith("`````text\n")
    long = "<details>\n" + "line\n" * 20_000
    cut = action_comment.cut(long)
    assert len(cut) < 65_536
    assert "line\n</details>" in cut
    assert action_comment.cut("short") == "short"


@of_a_clone
@pytest.mark.slow
def test_a_slower_engine_fails_the_job(tmp_path: Path, envs: Path) -> None:
    """First without a stored run, then as fast, then slower: the comment says which.

    The environment is made in the job's folder, from where only a clone's runner finds `tests`.
    """
    job = Job(tmp_path / "job")
    job.variables |= surroundings(envs)
    program = job.work / "tool" / "bin" / "whisper-cleanroom"
    program.parent.mkdir(parents=True)
    program.symlink_to(Path(sys.executable).with_name("whisper-cleanroom"))
    job.inputs["fail-on"] = "slower"

    def ran(milliseconds: int) -> int:
        asked = f"-b ada --blocks 6 --set sleep_seconds={milliseconds / 1000}"
        job.inputs["run"] = f"{asked} --no-page"
        for name in ("run", "compare"):
            done = job.step(name)
            assert done.returncode == 0, done.stderr
        return job.step("judge").returncode

    assert ran(50) == 0
    assert "Nothing to compare with" in job.comment
    job.variables |= {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"}
    assert ran(50) == 0
    assert "Nothing to compare with" not in job.comment
    assert ran(80) == 1
    assert "ada is slower" in job.comment
