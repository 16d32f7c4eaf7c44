"""The contract: what every runner has to keep, as one list of checks of the real one."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from orchestrator.backends.worker import Machine
from orchestrator.bench import single
from orchestrator.bench.contract import answers, live, process, requests
from orchestrator.bench.contract.proxy import RefusingProxy
from orchestrator.bench.contract.rig import Broken, Inapplicable, Rig
from orchestrator.bench.events import Watcher
from orchestrator.bench.selection import Candidate
from orchestrator.errors import RunnerFailed

State = Literal["passed", "failed", "skipped", "not run"]


@dataclass(frozen=True)
class Check:
    """A promise of every runner, and what puts it to one: returns what was seen, or raises."""

    name: str
    promise: str
    put: Callable[[Rig], str]


CHECKS = (
    Check("start", "it starts, loads, transcribes and ends when asked to", process.starts),
    Check("stdout", "what its library prints never reaches the wire", process.keeps_stdout_apart),
    Check(
        "odd-audio",
        "no samples are refused; 0.2 s and silence are answered",
        answers.answers_odd_clips,
    ),
    Check("segments", "segments are in order and inside the audio", answers.times_segments),
    Check("words", "words, where asked for, are in order and inside", answers.times_words),
    Check("live", "what stands of a stream stays; it changes no later text", live.listens),
    Check("same-text", "the same audio gives the same text", answers.repeats_itself),
    Check("missing-weights", "a path without weights is refused", requests.refuses_missing_weights),
    Check("damaged-weights", "damaged weights are refused", requests.refuses_damaged_weights),
    Check("other-folder", "a folder of something else is refused", requests.refuses_other_folders),
    Check("settings", "a setting that it lacks is refused", requests.refuses_unknown_settings),
    Check("types", "a value of the wrong type is refused", requests.refuses_wrong_types),
    Check("precision", "a precision that it lacks is refused", requests.refuses_unknown_precisions),
    Check("language", "a language that it lacks is refused", requests.refuses_unknown_languages),
    Check("device", "it computes where it is asked to, or refuses", requests.honours_devices),
    Check("resolved", "`resolved` tells what runs and what was set", requests.tells_what_runs),
    Check("memory", "its memory is stable over 50 clips", process.keeps_its_memory),
    Check("end-of-input", "it ends when its stdin ends, at work too", process.ends_with_its_input),
    Check("killed", "SIGTERM ends it at once, and all it started", process.dies_when_killed),
    Check("offline", "it asks for nothing on the network", process.stays_offline),
)
"""In this order; the last judges what all others have seen."""


@dataclass(frozen=True)
class Finding:
    """What came of one check: what was seen, and where it failed what to do."""

    check: Check
    state: State
    seen: str
    fix: str = ""


def examine(candidate: Candidate, watcher: Watcher) -> Generator[Finding, None, None]:
    """Put every check to a backend's runner, in its own environment, on its own weights.

    Where the first finds that it never becomes ready, the others are not run.
    The machine is held meanwhile. Raises MachineBusy, and CleanroomError where environment or
    weights cannot be had.
    """
    with (
        Machine() as machine,
        RefusingProxy() as proxy,
        TemporaryDirectory(prefix="whisper-cleanroom-") as folder,
    ):
        entrant = single.ready(candidate, watcher)
        place = Path(folder).resolve()
        rig = Rig(entrant, machine, place, proxy, watcher)
        for number, check in enumerate(CHECKS, 1):
            watcher.phase(entrant.name, f"{number} of {len(CHECKS)}: {check.promise}")
            yield _put(check, replace(rig, name=check.name))
            if not rig.ready:
                yield from (Finding(rest, "not run", "") for rest in CHECKS[number:])
                return


def _put(check: Check, rig: Rig) -> Finding:
    try:
        return Finding(check, "passed", check.put(rig))
    except Inapplicable as reason:
        return Finding(check, "skipped", str(reason))
    except Broken as error:
        return Finding(check, "failed", str(error), error.fix)
    except RunnerFailed as error:
        return Finding(check, "failed", f"`{error.kind}`: {error}", rig.log_end() or error.fix)


def kept(findings: Sequence[Finding]) -> bool:
    """Whether no check failed."""
    return all(finding.state != "failed" for finding in findings)
