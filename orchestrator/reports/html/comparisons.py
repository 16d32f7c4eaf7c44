"""Who is faster, more accurate and sturdier than whom: verdicts and differences as tables."""

from collections.abc import Iterator

from orchestrator import units
from orchestrator.reports.html.tables import Name, Table, table
from orchestrator.reports.terminal import accuracy
from orchestrator.reports.terminal.robustness import case_title
from orchestrator.runs.schema import Estimate, PairVerdict, Summary


def pairs(summary: Summary) -> Table | None:
    """Return the verdict on every two backends."""
    verdict = summary.verdict
    rows = [
        (Name(p.first), _times(p.ratio), Name(p.second), _decided(p))
        for p in (verdict.pairs if verdict else ())
    ]
    head = ("backend", "times as fast as", "backend", "verdict")
    return table("Every pair", head, rows, texts=4)


def errors(summary: Summary) -> Iterator[Table]:
    """Yield what is known of accuracy: the errors, their kinds by layer, languages detected."""
    lines = [b for b in summary.backends if b.accuracy]
    rows = [
        (
            Name(b.backend),
            accuracy.rate(found.wer) + (" of characters" if found.by_character else ""),
            *(f"{n:,}" for n in (found.words, found.substitutions, found.insertions)),
            f"{found.deletions:,}",
            units.percent(found.cer),
            *(f"{n:,}" for n in (found.empty, found.failed, found.looping)),
        )
        for b in lines
        if (found := b.accuracy)
    ]
    kinds = ("words", "wrong", "invented", "missed", "CER", "empty", "failed", "looping")
    yield from _some(table("Errors", ("backend", "WER", *kinds), rows))
    rows = [
        (Name(b.backend), *(units.NONE if v is None else f"{v:.1f}" for v in layers.values()))
        for b in lines
        if b.accuracy and b.accuracy.formatting
        for layers in (b.accuracy.formatting.model_dump(),)
    ]
    layers = ("as written", "words", "numbers", "spelling", "casing", "punctuation")
    yield from _some(table("Errors in 100 words, by what they are in", ("backend", *layers), rows))
    rows = [
        (Name(b.backend), str(n.right), str(n.wrong), str(n.silent), units.seconds(n.seconds))
        for b in summary.backends
        if (n := b.languages)
    ]
    told = ("backend", "right", "wrong", "not told", "adds, s a clip")
    yield from _some(table("Language detected", told, rows))


def differences(summary: Summary) -> Table | None:
    """Return who makes fewer errors than whom over the same clips."""
    rows = [
        (Name(d.first), Name(d.second), f"{d.fewer:+.2f}{_limits(d.low, d.high)}", d.sentence)
        for d in summary.differences
    ]
    head = ("backend", "against", "fewer errors in 100 words", "that is to say")
    return table("Paired differences", head, rows, texts=4)


def disagreements(summary: Summary) -> Table | None:
    """Return how far every two backends differ, where nobody knows the truth."""
    rows = [(Name(d.first), Name(d.second), units.percent(d.rate)) for d in summary.disagreements]
    return table("Disagreement", ("backend", "with", "words heard differently"), rows, texts=2)


def robustness(summary: Summary) -> Table | None:
    """Return a case a line and a backend a column."""
    found = {(v.case, v.backend): v.verdict for v in summary.robustness}
    backends = tuple(dict.fromkeys(v.backend for v in summary.robustness))
    cases = dict.fromkeys(v.case for v in summary.robustness)
    rows = [
        (case_title(case), *(found.get((case, b), units.NONE) for b in backends)) for case in cases
    ]
    return table("Robustness", ("case", *map(Name, backends)), rows, texts=1 + len(backends))


def _some(table: Table | None) -> Iterator[Table]:
    if table is not None:
        yield table


def _times(ratio: Estimate | None) -> str:
    return units.NONE if ratio is None else f"{ratio.median:.2f}{_limits(ratio.low, ratio.high)}"


def _limits(low: float | None, high: float | None) -> str:
    limits = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
    return limits.replace(" ", "\N{NO-BREAK SPACE}")


def _decided(pair: PairVerdict) -> str:
    more = f"; about {units.count(pair.more_blocks, 'more block')}" if pair.more_blocks else ""
    return f"{pair.outcome or pair.reason or units.NONE}{more}"
