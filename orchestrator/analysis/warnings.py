"""Warnings: what makes a number mean something else than it seems to, each with advice.

First whole backends and runs, then the checks one by one: pure functions of plain values, each of
which returns None where all is well.
"""

from collections.abc import Collection, Iterator, Sequence
from statistics import median

from orchestrator.analysis import conditions
from orchestrator.analysis.scoring import timing
from orchestrator.analysis.scoring.timing import Times
from orchestrator.analysis.totals import Evidence, Speed
from orchestrator.errors import program
from orchestrator.runs.schema import Contender, Manifest, Measured, Notice
from orchestrator.runs.schema.rows import Alone

LANGUAGE_REFUSED = "language_refused"
"""Under this name a row's `resolved` has why the engine was given no language."""
LANGUAGE_UNKNOWN = "language_unknown"
"""And under this, which languages of the clips its model does not know."""
WARM_UPS = 5
"""How often a runner is warmed up at most, for each length of audio."""
_AGREE = 0.05
_MUCH = 0.10  # what MLPerf's audit TEST04 allows between repeated and fresh samples
_FEWEST_PROCESSES = 3
_FEWEST_CLIPS = 6  # their median must mean something on a machine with 6 % noise
_PAST_END_SECONDS = 0.5  # less is the rounding of frames
_ODD_CLIPS = 5


def of_contender(rows: Sequence[Measured], speed: Speed, asked: Contender) -> list[Notice]:
    """Return one contender's warnings, each said once however many blocks show it."""
    found = [notice for notice in _of_contender(rows, speed, asked) if notice is not None]
    once = {notice.kind: notice for notice in reversed(found)}
    return list(reversed(once.values()))


def _of_contender(
    rows: Sequence[Measured], speed: Speed, asked: Contender
) -> Iterator[Notice | None]:
    if note := rows[-1].model.note:
        yield Notice(kind="model", message=note)
    failed = max(row.failed_clips for row in rows)
    yield clips_failed(failed, rows[-1].clips)
    if speed.unsteady:
        yield texts_differ(*speed.unsteady)
    if speed.past_end:
        yield times_past_end(*speed.past_end)
    warmed = [warm_up for row in rows for warm_up in row.warm_up]
    yield from (not_steady(w.seconds) for w in warmed if len(w.seconds) > 1)
    yield first_pass_slow([row.first_passes for row in rows])
    yield repeats_fast(speed.fresh, speed.again)
    yield precision_differs(asked.precision, rows[-1].resolved.get("compute_type"))
    yield device_differs(asked.device, rows[-1].resolved.get("device"))
    yield reference_blas(rows[-1].backend, rows[-1].resolved.get("blas_missing"))
    yield language_refused(rows[-1].resolved.get(LANGUAGE_REFUSED))
    yield language_unknown(rows[-1].resolved.get(LANGUAGE_UNKNOWN))
    yield measured_alone(rows)
    yield from _outliers(rows)


def _outliers(rows: Sequence[Measured]) -> Iterator[Notice]:
    """Point at blocks far from the median: shown, never dropped."""
    seconds = [row.seconds for row in rows]
    for index in timing.outliers(seconds):
        times = seconds[index] / median(seconds)
        message = f"block {rows[index].block} took {times:.2f} times the median; it is included"
        yield Notice(kind="outlier", message=message)


def of_run(
    rows: Sequence[Measured], times: Times, run: Manifest, evidence: Evidence
) -> Iterator[Notice]:
    """Yield the warnings about a run as a whole: a busy machine, drift, unequal work."""
    yield from conditions.of_rows(rows, run.host, loaded=run.settings.load is not None)
    multilingual = {row.resolved.get("multilingual") for row in rows}
    if unequal := some_detect(run.settings.language, multilingual):
        yield unequal
    trend = timing.drift(times)
    if trend and trend.certain:
        change = f"{abs(trend.change):.0%} {'slower' if trend.change > 0 else 'faster'}"
        message = f"all backends together grew {change} over the run: heat, or other work"
        yield Notice(kind="drift", message=f"{message}; the random order keeps the ranking fair")
    yield from _of_clips(evidence)


def _of_clips(evidence: Evidence) -> Iterator[Notice]:
    """Yield what is odd about the recordings: of the first few, then how many more there are."""
    odd = [f"{clip.name}: {note}" for clip in evidence.clips() for note in clip.notes]
    yield from (Notice(kind="recording", message=note) for note in odd[:_ODD_CLIPS])
    if len(odd) > _ODD_CLIPS:
        more = f"{len(odd) - _ODD_CLIPS} more recordings are odd: see clips.jsonl"
        yield Notice(kind="recording", message=more)


def warm_up_is_steady(times: Sequence[float]) -> bool:
    """Tell whether the last two warm-up times agree within 5 % of the longer: then stop."""
    return len(times) > 1 and abs(times[-1] - times[-2]) <= _AGREE * max(times[-2:])


def not_steady(times: Sequence[float]) -> Notice | None:
    """Warn where the warm-up ended without two times that agree."""
    if warm_up_is_steady(times):
        return None
    shown = ", ".join(f"{seconds:.3g}" for seconds in times)
    message = f"warm-up did not settle within 5 % ({shown} s)"
    advice = "its times may still be falling: close other programs, or run more blocks"
    return Notice(kind="not-steady", message=f"{message}; {advice}")


def texts_differ(clip: str, texts: Sequence[str]) -> Notice | None:
    """Warn where one clip gave several texts, within a process or between blocks."""
    different = len(set(texts))
    if different <= 1:
        return None
    message = f"{clip}: {different} texts in {len(texts)} passes; the work timed is not always"
    advice = "the same. Look at the transcripts, or run --parity (no sampling, no fallback)"
    return Notice(kind="text-differs", message=f"{message} {advice}")


def times_past_end(clip: str, seconds: float, last: float) -> Notice | None:
    """Warn where a transcript has times far past the end of its clip."""
    if last <= seconds + _PAST_END_SECONDS:
        return None
    past = f"a time of {last:.1f} s, {last - seconds:.1f} s past its end"
    message = f"{clip}: {past}; written transcripts end with the clip"
    return Notice(kind="times-past-end", message=message)


def clips_failed(failed: int, clips: int) -> Notice | None:
    """Warn where an engine failed at clips: its time is of less work than that of others."""
    if not failed:
        return None
    missed = f"{failed} of {clips} clips failed: every word of them counts as missed"
    message = f"{missed}, and its time is not compared with others"
    return Notice(kind="clips-failed", message=message)


def first_pass_slow(processes: Sequence[Sequence[float]]) -> Notice | None:
    """Warn where first passes take over 10 % more than the rest: median over 3 or more processes.

    Each holds one process's passes over its first clip, in order.
    """
    ratios = [passes[0] / median(passes[1:]) for passes in processes if len(passes) > 1]
    if len(ratios) < _FEWEST_PROCESSES or (excess := median(ratios) - 1) <= _MUCH:
        return None
    message = f"the first pass takes {excess:.0%} more than the others"
    advice = "warm-up was too short, or later passes are answered from memory: compare new audio"
    return Notice(kind="first-pass-slow", message=f"{message}; {advice}")


def repeats_fast(fresh: Sequence[float], repeated: Sequence[float]) -> Notice | None:
    """Warn where a clip heard before is over 10 % faster than when it was new (MLPerf TEST04).

    `fresh` holds a clip's first pass, `repeated` the median of its later ones, in the same order,
    for every clip but a process's first, whose first pass may still be warm-up. Under 6: None.
    """
    ratios = [new / again for new, again in zip(fresh, repeated, strict=True)]
    if len(ratios) < _FEWEST_CLIPS or (excess := median(ratios) - 1) <= _MUCH:
        return None
    message = f"a clip heard before takes less: new ones take {excess:.0%} more"
    advice = "the engine may keep results; trust --repeats 1 on several clips"
    return Notice(kind="repeats-fast", message=f"{message}; {advice}")


def device_differs(asked: str, used: object) -> Notice | None:
    """Warn where the accelerator was asked for and not used, or the processor and not used.

    `asked` is "auto", "cpu" or "gpu", `used` what the library said ("cpu", "metal", "mps" ...).
    """
    if asked == "auto" or (used is not None and (used == "cpu") == (asked == "cpu")):
        return None
    message = f"asked for {asked}, ran on {used}; its time is not that of the asked device"
    if used is None:
        message = f"asked for {asked}, and the library does not say where it ran"
    return Notice(kind="device-differs", message=f"{message}: see this backend's notes.md")


def precision_differs(asked: str | None, used: object) -> Notice | None:
    """Warn where the library computes in another precision than was asked; None asks for none."""
    # CTranslate2 answers "int8" with "int8_float32": what is not quantised needs a type as well.
    if asked is None or f"{used}_".startswith(f"{asked}_"):
        return None
    message = f"asked for {asked}, computed in {used}; compare it with backends at {used} only"
    if used is None:
        message = f"asked for {asked}, and the library does not say in which precision it computed"
    return Notice(kind="precision-differs", message=message)


def reference_blas(backend: str, reason: object) -> Notice | None:
    """Warn where MLX multiplied with the reference BLAS of its wheel, for want of a better one.

    A sync does not see a file that is missing from a package: the environment is made anew.
    """
    if reason is None:
        return None
    message = f"it computed with the reference BLAS, several times slower than OpenBLAS: {reason}"
    anew = " && ".join(f"{program()} envs {verb} {backend}" for verb in ("remove", "sync"))
    return Notice(kind="reference-blas", message=f"{message}; {anew}")


def language_refused(reason: object) -> Notice | None:
    """Warn where the engine lacks the language asked for, so that it was left to detect one."""
    if reason is None:
        return None
    return Notice(kind="language-refused", message=f"it was given no language: {reason}")


def language_unknown(lack: object) -> Notice | None:
    """Warn where a model heard clips in languages that it does not know, besides those it does."""
    if lack is None:
        return None
    advice = "read its errors by language: score RUN --by language"
    return Notice(kind="language-unknown", message=f"{lack}; {advice}")


def some_detect(told: str | None, multilingual: Collection[object]) -> Notice | None:
    """Warn where only some models had to detect the language, and took time for it."""
    if told not in {None, "auto"} or not {True, False} <= set(multilingual):
        return None
    message = "only models of several languages took time to detect which it is"
    advice = "name it to compare the rest (--language en)"
    return Notice(kind="some-detect", message=f"{message}: {advice}")


def measured_alone(rows: Sequence[Measured]) -> Notice | None:
    """Warn where a contender took no turns in blocks in which others did."""
    found = [row for row in rows if row.alone]
    if not found:
        return None
    last = found[-1]
    busy = max((row.idle_processors or 0.0 for row in rows), default=0.0)
    reasons: dict[Alone | None, str] = {
        "busy-when-idle": f"it kept {busy:.2f} processors busy while it had nothing to do",
        "memory": "beside the others it would have left under a quarter of the free memory",
        "accelerator": "it was slower after another's turn than after its own",
        "no-company": "no other contender could take turns with it",
    }
    message = f"{reasons[last.alone]}: measured by itself in {len(found)} of {len(rows)} blocks"
    advice = "where the machine's speed changes within a block, its ratios vary more"
    return Notice(kind="measured-alone", message=f"{message}; {advice}")
