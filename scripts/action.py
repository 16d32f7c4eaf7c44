"""The steps of the GitHub Action in action.yml: plan, install, run, compare, comment, judge.

`uv run --script scripts/action.py STEP`. All they need comes by environment variables: the Action's
inputs as a JSON object in INPUTS, GitHub's own as GITHUB_* and RUNNER_*. So they run anywhere, and
nothing of a pull request is ever part of a command line in YAML. `judge` alone fails for what was
found: until then caches, artifacts and the comment are still to be made.
"""

# /// script
# requires-python = ">=3.11"
# ///

import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import action_comment
import action_job as job

SOURCE = Path(__file__).resolve().parent.parent
FAIL_ON = ("", "slower", "worse", "any")
STORING = ("push", "schedule", "workflow_dispatch")  # what happens on a branch itself
DIGITS = 16
NOTHING, FIRST = (
    "Nothing was measured: the job's log says why.",
    "Nothing to compare with: no run of this branch, or of the base branch, is stored yet.",
)


def plan() -> None:
    """Check the inputs; say what is cached where, and under which keys."""
    if (condition := job.given("fail-on")) not in FAIL_ON:
        known = ", ".join(FAIL_ON[1:])
        raise job.Fault(f"fail-on is {condition!r}: leave it empty or write {known}")
    system = f"{job.variable('RUNNER_OS')}-{job.variable('RUNNER_ARCH')}"
    suite = _digest([*job.words("run"), *map(_content, job.words("run"))])
    branch = _digest([job.variable("GITHUB_BASE_REF") or job.variable("GITHUB_REF_NAME")])
    own = f"{job.variable('GITHUB_RUN_ID')}-{job.variable('GITHUB_RUN_ATTEMPT')}"
    kept = job.folders()
    weights = kept.pop("WHISPER_CLEANROOM_CACHE")
    locks = _digest(map(_content, _sources("uv.lock", "pyproject.toml", "Package.*")))
    records = _digest(map(_content, _sources("models.toml")))
    for what, paths, prefix, key in (
        ("environments", kept.values(), f"{system}-{locks}-", suite),
        ("weights", [weights], f"{system}-{records}-", suite),
        ("base", [str(job.work() / "base")], f"{system}-{job.name()}-{branch}-", own),
    ):
        whole = f"{job.PRODUCT}-{what}-{prefix}"
        job.output(f"{what}-path", "\n".join(paths))
        job.output(f"{what}-prefix", whole)
        job.output(f"{what}-key", whole + key)


def install() -> None:
    """Install the product that this Action is, as its lock has it, and what goes beside it."""
    job.work().mkdir(parents=True, exist_ok=True)
    locked = job.work() / "constraints.txt"
    what = ("--no-default-groups", "--no-emit-project", "--no-hashes", "--no-header")
    export = ("uv", "export", "--quiet", "--project", str(SOURCE), "--frozen", *what)
    _succeed([*export, "--output-file", str(locked)])
    beside = [word for one in job.words("with") for word in ("--with", one)]
    # A folder's wheel is built anew only if its pyproject.toml is newer, unless uv is told to.
    command = ["uv", "tool", "install", "--force", "--reinstall-package", job.PRODUCT, *beside]
    _succeed([*command, "--constraints", str(locked), "--from", str(SOURCE), job.PRODUCT])


def run() -> None:
    """Measure into a folder of this job's own; say where, and keep the exit code for later."""
    results = job.work() / "results"
    shutil.rmtree(results, ignore_errors=True)
    # Nobody can be asked here, and the output folder is ours: the last one named counts.
    command = [job.program(), "run", *job.words("run"), "--yes", "--output", str(results)]
    with job.no_commands():
        code = subprocess.run(command, check=False, env=job.surroundings()).returncode
    folder = next((str(path.parent) for path in results.glob("*/summary.json")), "")
    job.remember(run=code, folder=folder)
    job.output("folder", folder)


def compare() -> None:
    """Compare with the stored run, if there is one; write the comment and the job's summary.

    On a branch itself a whole run becomes the stored one.
    """
    state, base = job.state(), job.work() / "base"
    stored = next((path.parent for path in sorted(base.glob("*/manifest.json"))), None)
    text, code, report = f"{NOTHING}\n", 0, ""
    if folder := state["folder"]:
        report = _said(["report", folder, "--markdown"])[0]
        text, code = _compared(stored, Path(folder)) if stored else (f"{FIRST}\n\n{report}", 0)
    head = f"### {job.PRODUCT}: {job.name()}\n\n{text}"
    text = action_comment.cut(f"{action_comment.mark()}\n{head}")
    job.work().joinpath("comment.md").write_text(text, encoding="utf-8")
    job.append("GITHUB_STEP_SUMMARY", f"{head}\n{report if stored else ''}\n")
    job.remember(compare=code)
    keep = state["run"] == 0 and job.variable("GITHUB_EVENT_NAME") in STORING
    if keep:
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(folder, base / Path(folder).name)
    job.output("keep", str(keep).lower())


def _compared(old: Path, new: Path) -> tuple[str, int]:
    """Return what `compare` says of two runs as Markdown, and its exit code."""
    options = ["--markdown"]
    for name in ("fail-on", "threshold"):
        options += [f"--{name}", job.given(name)] if job.given(name) else []
    options += [f"--{name}" for name in ("across-machines", "allow-missing") if job.asked(name)]
    shown, complaint, code = _said(["compare", str(old), str(new), *options])
    return shown + (f"\n{action_comment.fenced(complaint)}" if code else ""), code


def comment() -> None:
    """Write the comment on the pull request, or write it anew; one that is refused is a warning."""
    event = json.loads(Path(job.variable("GITHUB_EVENT_PATH") or os.devnull).read_bytes() or "{}")
    number = event.get("pull_request", {}).get("number")
    if number is None:
        print("no pull request: no comment")
        return
    try:
        action_comment.publish(number, job.work().joinpath("comment.md").read_text("utf-8"))
    except urllib.error.HTTPError as error:
        why = "a pull request from a fork, or without `pull-requests: write`?"
        said = f"no comment: GitHub answered {error.code}; {why} See the job's summary"
        job.notice("warning", said)
    except OSError as error:
        job.notice("warning", f"no comment: {error}; see the job's summary")


def judge() -> None:
    """Fail for what was found: a backend that failed, or what `fail-on` names."""
    state, gate = job.state(), job.given("fail-on")
    if state["run"]:
        what = f"`{job.PRODUCT} run` ended with exit code {state['run']}"
        job.notice("error", f"{what}: see its log above")
    if state["compare"]:
        what = f"fail-on {gate}" if state["compare"] == 1 else "the runs cannot be compared"
        job.notice("error" if gate else "warning", f"{what}: see the comment or the job's summary")
    sys.exit(state["run"] or (state["compare"] if gate else 0))


def _sources(*names: str) -> Iterator[Path]:
    """Yield files of these names in the product, and in packages of the user's own beside it."""
    beside = (Path(word) for word in job.words("with"))
    for folder in (SOURCE, *(path for path in beside if path.is_dir())):
        for name in names:
            found = sorted(path.relative_to(folder) for path in folder.rglob(name))
            yield from (folder / p for p in found if not any(q.startswith(".") for q in p.parts))


def _content(path: str | Path) -> str:
    """Return a hash of a file; "" for a word that names none."""
    place = Path(path)
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:DIGITS]


def _succeed(command: Sequence[str]) -> None:
    if code := subprocess.run(command, check=False, env=job.surroundings()).returncode:
        raise job.Fault(f"{' '.join(command[:3])} failed with exit code {code}: see above")


def _said(asked: Sequence[str]) -> tuple[str, str, int]:
    """Return what a command of the product prints, what it complains of, and its exit code."""
    command = [job.program(), *asked]
    done = subprocess.run(
        command, check=False, env=job.surroundings(), capture_output=True, encoding="utf-8"
    )
    with job.no_commands():
        print(done.stderr, end="", flush=True)
    return done.stdout, done.stderr, done.returncode


STEPS: dict[str, Callable[[], None]] = {
    step.__name__: step for step in (plan, install, run, compare, comment, judge)
}


def main() -> NoReturn:
    """Do the step that is named."""
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:  # noqa: PLR2004 - the script and its step
        sys.exit(f"usage: action.py {'|'.join(STEPS)}")
    try:
        STEPS[sys.argv[1]]()
    except job.Fault as fault:
        job.notice("error", str(fault))
        sys.exit(2)
    sys.exit(0)


if __name__ == "__main__":
    main()
