"""A summary as GitHub's Markdown: the verdict, the table, what failed, and folded transcripts."""

from collections.abc import Callable, Iterator, Mapping

from orchestrator import units
from orchestrator.reports import columns
from orchestrator.reports.files.escape import markdown, table
from orchestrator.runs.schema import BackendSummary, PairVerdict, Summary

_COLUMNS: Mapping[str, Callable[[BackendSummary], str]] = {
    "backend": lambda b: b.backend,
    "model": columns.model,
    "runs as": columns.runs_as,
    "seconds": lambda b: columns.interval(b.seconds),
    "RTFx": lambda b: units.factor(b.rtfx),
    "WER": lambda b: units.percent(b.wer),
    "memory": lambda b: units.size(b.peak_memory_bytes),
    "load s": lambda b: units.seconds(b.load_seconds),
}
_NUMBERS = ("seconds", "RTFx", "WER", "memory", "load s")


def as_markdown(summary: Summary) -> str:
    """Return the run as a section of a document, without a heading."""
    measured = [line for line in summary.backends if line.seconds is not None]
    parts = [f"On {markdown(_about(summary))}\n"]
    if summary.verdict:
        parts.append(f"**{markdown(summary.verdict.headline)}**\n")
    if measured:
        cells = [[cell(line) for cell in _COLUMNS.values()] for line in measured]
        parts.append(table(list(_COLUMNS), cells, right=_NUMBERS))
    if summary.verdict and summary.verdict.pairs:
        parts.append(_folded("Every pair", _pairs(summary.verdict.pairs)))
    if summary.differences:
        errors = table(["errors"], [[each.sentence] for each in summary.differences])
        parts.append(_folded("Differences in errors", errors))
    if said := "".join(f"- {markdown(sentence)}\n" for sentence in _sentences(summary)):
        parts.append(said)
    if heard := list(_transcripts(summary)):
        texts = table(["clip", "backend", "WER", "transcript"], heard, right=["WER"])
        parts.append(_folded("Transcripts", texts))
    return "\n".join(parts)


def _about(summary: Summary) -> str:
    host, corpus = summary.host, summary.corpus
    system = f"{host.os} {host.os_version or ''}".rstrip()
    kind = "engines (--parity)" if summary.settings.profile == "parity" else "products"
    clips = f"{units.count(corpus.clips, 'clip')} of {corpus.name}, {corpus.seconds:.1f} s"
    machine = f"{host.chip or host.platform}, {system}"
    return f"{machine}; {clips}; {kind}; run {summary.run_id}"


def _pairs(pairs: tuple[PairVerdict, ...]) -> str:
    titles = ("backend", "times as fast", "as", "verdict")
    rows = ((p.first, _ratio(p), p.second, p.outcome or p.reason or units.NONE) for p in pairs)
    return table(titles, rows, right=["times as fast"])


def _ratio(pair: PairVerdict) -> str:
    if pair.ratio is None:
        return units.NONE
    limits = ""
    if pair.ratio.low is not None and pair.ratio.high is not None:
        limits = f" ({pair.ratio.low:.2f} to {pair.ratio.high:.2f})"
    return f"{pair.ratio.median:.2f}{limits}"


def _sentences(summary: Summary) -> Iterator[str]:
    """Yield what failed, was skipped, or ought to be known."""
    for line in summary.backends:
        if line.status != "measured":
            yield f"{line.status}: {line.backend}: {line.reason or ''}"
        for notice in line.warnings:
            yield f"warning: {line.backend}: {notice.message}"
    for notice in summary.notices:
        yield f"warning: {notice.message}"
    for verdict in summary.robustness:
        yield f"{verdict.case}: {verdict.backend}: {verdict.verdict}"
    for fault in summary.corpus.faults:
        yield f"unusable: {fault.where}: {fault.what}"
    if summary.ended:
        yield f"ended: {summary.ended}"


def _transcripts(summary: Summary) -> Iterator[tuple[str, str, str, str]]:
    for line in summary.backends:
        for heard in line.transcripts:
            text = heard.failed or heard.text or "(no text)"
            yield heard.clip, line.backend, units.percent(heard.wer), text


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"
