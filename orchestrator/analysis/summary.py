"""Rows in, one summary out: every number a reader sees is made here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from orchestrator.analysis import imported, live, noise, terms, warnings, word_times
from orchestrator.analysis.disagreement import disagreements
from orchestrator.analysis.imported import Hypotheses
from orchestrator.analysis.live.process import Process
from orchestrator.analysis.robustness.verdicts import judged
from orchestrator.analysis.scoring import accuracy, decidable, ranking, timing
from orchestrator.analysis.scoring.intervals import median_interval, p90
from orchestrator.analysis.scoring.timing import Times
from orchestrator.analysis.totals import Evidence, Totals, joules_an_hour
from orchestrator.runs.schema import (
    Contender,
    ContenderSummary,
    Failed,
    LiveSummary,
    Manifest,
    Measured,
    NoiseCurve,
    Skipped,
    Status,
    Summary,
    WordTimes,
)
from orchestrator.runs.schema.contender import alike
from orchestrator.runs.schema.rows import Row, alone, block_times, comparable_times, counted


def summarise(  # noqa: PLR0913 - a run, how it ended, and what stands beside it
    run: Manifest,
    rows: Sequence[Row],
    evidence: Evidence,
    *,
    ended: str,
    interrupted: bool = False,
    hypotheses: Sequence[Hypotheses] = (),
) -> Summary:
    """Return a run's summary, a line a contender: measured ones, then failed, then skipped.

    Lines of one backend stand together, by their times, where the quickest of them would stand.
    Transcripts are read from the `evidence` one clip at a time; `hypotheses` are those of other
    systems, whose errors are compared with all that is ranked. Raises ConfigError where they are
    not what was stored.
    """
    settings, last = run.settings, counted(rows)
    named = _by_contender(rows)
    own = {name: [row for row in last if row.contender == name] for name in named}
    heard = _heard({name: rows for name, rows in own.items() if rows}, evidence, run)
    lines = [_line(_asked(run, named[n]), named[n], own[n], run, heard.get(n)) for n in own]
    remote = {line.contender for line in lines if line.remote}
    ranked = settings.ranked(heard, remote)
    lines = ranking.ordered(lines, ranked)
    # Whatever lists contenders goes by this order, not by whose turn came first.
    measured = {line.contender: own[line.contender] for line in lines if own[line.contender]}
    others = [imported.scored(each, evidence.clips(), settings, run.corpus) for each in hypotheses]
    beside = {name: rows for name, rows in measured.items() if name in ranked}
    errors = {name: heard[name].totals.errors for name in measured}
    compared = {n: heard[n].totals for n in beside} | {line.contender: own for line, own in others}
    every = (*lines, *(line for line, _ in others))
    shown = {transcript.clip for line in every for transcript in line.transcripts}
    times = comparable_times(beside)
    several = not alike((c.backend, c.factors) for c in run.contenders)
    unscored = not any(map(len, errors.values()))
    apart, disputed = disagreements(measured, evidence, settings) if unscored else ((), ())
    return Summary(
        run_id=run.run_id,
        host=run.host,
        settings=settings,
        corpus=run.corpus,
        clips=tuple(clip for clip in evidence.clips() if clip.name in shown),
        contenders=tuple(lines),
        imported=every[len(lines) :],
        verdict=ranking.verdict(times, settings) if several else None,
        live_verdicts=live.verdicts({n: heard[n].processes for n in beside if several}, settings),
        noise=None if several else decidable.noise(times, settings.region),
        decides=decidable.decidable(times, settings.region) if len(times) > 1 else None,
        **(differences(compared) if several or others else {}),
        front=ranking.front([b for b in lines if b.contender in beside]) if several else (),
        disagreements=apart,
        disputed=disputed,
        robustness=judged(measured, evidence) if settings.robustness else (),
        notices=tuple(warnings.of_run(last, _times_here(rows, remote), run, evidence)),
        ended=ended,
        interrupted=interrupted,
    )


def exit_code(summary: Summary) -> int:
    """Return 130 interrupted, 3 nothing measured, 1 a backend failed, 0 all is well."""
    if summary.interrupted:
        return 130
    if all(b.seconds is None for b in summary.contenders):
        return 3
    return 1 if any(b.status == "failed" for b in summary.contenders) else 0


def _times_here(rows: Sequence[Row], remote: Collection[str]) -> Times:
    """Return the times by block of those that tell of this machine."""
    return {name: own for name, own in block_times(rows).items() if name not in remote}


def _by_contender(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Sort rows by contender, leaving out those of attempts that were repeated."""
    last = {id(row) for row in counted(rows)}
    found: dict[str, list[Row]] = {}
    for row in rows:
        if id(row) in last or not isinstance(row, Measured):
            found.setdefault(row.contender, []).append(row)
    return found


class _Heard(NamedTuple):
    """What a contender made of the clips, and whatever else it was asked."""

    totals: Totals
    live: LiveSummary | None
    processes: Sequence[Process]  # what each showed while clips were spoken
    word_times: WordTimes | None
    noise: tuple[NoiseCurve, ...]


def _heard(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence, run: Manifest
) -> dict[str, _Heard]:
    settings = run.settings
    totals = {name: Totals.of(rows, evidence, settings) for name, rows in measured.items()}
    lives, processes = live.heard(measured, evidence, settings)
    timed = word_times.summaries(totals, evidence, run)
    curves = noise.curves({name: own.errors for name, own in totals.items()}, evidence, settings)
    return {
        n: _Heard(own, lives.get(n), processes.get(n, ()), timed.get(n), curves.get(n, ()))
        for n, own in totals.items()
    }


def differences(totals: Mapping[str, Totals]) -> dict[str, Any]:
    """Return a summary's fields on how every two differ: in errors, and in terms; in this order."""
    terms_of = {name: own.terms for name, own in totals.items() if own.terms}
    return {
        "differences": accuracy.compare_all({name: own.errors for name, own in totals.items()}),
        "term_differences": terms.compare_all(terms_of),
    }


def _asked(run: Manifest, rows: Sequence[Row]) -> Contender:
    """Return the contender of these rows; runs of schema 2 do not know who was skipped."""
    name = rows[0].contender
    known = (contender for contender in run.contenders if contender.name == name)
    return next(known, Contender(name=name, backend=rows[0].backend, model=""))


def _line(
    asked: Contender,
    rows: Sequence[Row],
    measured: Sequence[Measured],
    run: Manifest,
    heard: _Heard | None,
) -> ContenderSummary:
    """Reduce one contender's rows; what was measured before a failure stays visible beside it."""
    prepared = next((p for p in run.preparation if p.contender == asked.name), None)
    status, reason, failed = _state(rows, measured)
    known: dict[str, Any] = {
        "contender": asked.name,
        "backend": asked.backend,
        "asked": asked.factors,
        "remote": any(row.remote for row in rows if not isinstance(row, Skipped)),
        "status": status,
        "reason": reason,
        "fix": failed.fix if failed else None,
        **(prepared.model_dump(exclude={"contender", "backend"}) if prepared else {}),
    }
    if heard is None:
        return ContenderSummary(**known, model=failed.model if failed else None)
    totals, last, cold = heard.totals, measured[-1], alone(measured)
    return ContenderSummary(
        **known,
        model=last.model,
        resolved=last.resolved,
        seconds=median_interval([row.seconds for row in measured]),
        rtfx=timing.rtfx((row.audio_seconds, row.seconds) for row in measured).median,
        p90_seconds=p90(totals.speed.clips),
        costs=timing.costs(totals.speed.lengths, totals.speed.blocks),
        **totals.accuracy(run.corpus.languages),
        languages=totals.detections.languages(measured),
        # A start of the client says nothing of the server's.
        spawn_seconds=_middle(row.spawn_seconds for row in cold if not row.remote),
        import_seconds=_middle(row.import_seconds for row in cold if not row.remote),
        load_seconds=median(row.load_seconds for row in cold),
        first_seconds=median(row.warm_up[0].seconds[0] for row in cold),
        process_seconds=median(map(timing.process_seconds, measured)),
        first_segment_seconds=_middle(totals.speed.first_segments),
        cpu_seconds=_middle(row.resources.cpu_seconds for row in cold),
        peak_memory_bytes=_largest(row.resources.peak_memory_bytes for row in cold),
        joules_an_audio_hour=_energy(measured),
        live=heard.live,
        word_times=heard.word_times,
        noise=heard.noise,
        transcripts=totals.transcripts,
        warnings=tuple(warnings.of_contender(measured, totals.speed, asked)),
    )


def _state(
    rows: Sequence[Row], measured: Sequence[Measured]
) -> tuple[Status, str | None, Failed | None]:
    """Return what became of a backend, why, and its failure that no later attempt made good."""
    # Block 0 is its preparation, which has succeeded where anything was measured.
    done = {row.block for row in measured} | ({0} if measured else set())
    skipped = next((row for row in rows if isinstance(row, Skipped)), None)
    failed = next((r for r in rows if isinstance(r, Failed) and r.block not in done), None)
    if skipped and not measured:
        return "skipped", skipped.reason, None
    if failed:
        return "failed", f"{failed.kind}: {failed.reason}", failed
    if measured:
        return "measured", None, None
    return "skipped", "not reached", None


def _energy(rows: Sequence[Measured]) -> float | None:
    found = ((row.energy, row.audio_seconds * row.passes) for row in rows)
    return joules_an_hour([(one.joules, one.seconds, audio) for one, audio in found if one])


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _largest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
