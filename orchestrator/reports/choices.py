"""What each choice buys, in words: one factor of a contender at a time."""

from orchestrator import units
from orchestrator.analysis import factors
from orchestrator.reports import wording
from orchestrator.runs.schema import ErrorDifference, Summary

TITLES = ("change", "contender", "times as fast", "verdict", "errors in 100 words", "peak memory")


def rows(summary: Summary) -> list[tuple[str, ...]]:
    """Return what each choice buys: a row of cells a change of one factor, under TITLES."""
    return [_bought(each) for each in factors.bought(summary)]


def what(change: factors.Bought) -> str:
    """Return what was chosen instead of what: precision int8 instead of float32."""
    if change.factor == "boost":
        return "terms given" if change.values[0] else "terms not given"
    value, instead = ("default" if v is None else str(v) for v in change.values)
    return f"{change.factor} {value} instead of {instead}"


def _bought(change: factors.Bought) -> tuple[str, ...]:
    ratio_, verdict_ = units.NONE, units.NONE
    if pair_ := change.speed:
        # Pairs stand in the order of the table, as changes do: within a backend by time.
        ratio_, verdict_ = wording.ratio(pair_.ratio), wording.outcome(pair_)
    return (
        what(change),
        change.chosen.contender,
        ratio_,
        verdict_,
        _fewer(change.errors, change.chosen.contender),
        _less(change.memory),
    )


def _fewer(found: ErrorDifference | None, contender: str) -> str:
    """Return a difference in errors, or its interval: 0.1 fewer to 0.3 more."""
    if found is None:
        return units.NONE
    sign = 1 if found.first == contender else -1
    low, high = found.low, found.high
    known = [found.fewer] if low is None or high is None else [low, high]
    ends = sorted((sign * end for end in known), reverse=True)
    if not any(round(end, 1) for end in ends):
        return "as many"
    return " to ".join(map(_signed, ends))


def _signed(fewer: float) -> str:
    return f"{abs(fewer):.1f} {'fewer' if fewer >= 0 else 'more'}"


def _less(share: float | None) -> str:
    """Return a share of something as how much less or more that is: 40 % less."""
    if share is None:
        return units.NONE
    percent = round(100 * abs(1 - share))
    return f"{percent} % {'less' if share < 1 else 'more'}" if percent else "as much"
