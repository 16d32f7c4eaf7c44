"""What a program writes that uses the Python API; `nox -s types` checks it strictly."""

from typing import assert_type

from whisper_cleanroom import (
    Announcement,
    ClipRecord,
    Contenders,
    Event,
    Failed,
    Interrupted,
    Measured,
    PairVerdict,
    Run,
    Skipped,
    Suite,
    open_run,
    reproduce,
    resume,
    run,
)


def hear(event: Event) -> None:
    """Tell events apart."""
    match event:
        case Announcement():
            assert_type(event.estimate_seconds, float | None)
        case Measured():
            assert_type(event.seconds, float)
        case _:
            pass


def measure() -> Run:
    """Build a suite and run it, to its end; then part of it once more."""
    several = Contenders(["ada", "bob"], model="base", threads=[1, 2], settings={"beam_size": 1})
    suite = Suite("cyd", several, clips=["talk.wav"], blocks=6, budget="20m", region=0.03)
    try:
        done = run(suite, on_event=hear, output="results")
    except Interrupted as ending:
        done = resume(ending.run, on_event=hear)
    return reproduce(done, only=["cyd"], decide="5%")


def report(name: str) -> list[str]:
    """Return who was measured in a run, and the first verdict."""
    opened = open_run(name)
    assert_type(opened.rows, tuple[Measured | Failed | Skipped, ...])
    assert_type(opened.clips, tuple[ClipRecord, ...])
    assert_type(opened.verdicts, tuple[PairVerdict, ...])
    names = [line.contender for line in opened.summary.contenders]
    return [*names, *(str(pair.outcome) for pair in opened.verdicts)]
