"""`recommend`: the choice in a sentence, then scores, what would change it, and the break-even."""

import json
from collections.abc import Iterator
from itertools import pairwise

from rich.console import Console

from orchestrator import units
from orchestrator.analysis.recommend import Advice
from orchestrator.analysis.recommend.criteria import Reading
from orchestrator.analysis.recommend.standing import Standing
from orchestrator.reports.terminal.tables import say, show

_UNKNOWN = "not known"
_CREDIBLE = 20  # times less: no such change is to be expected; --json has these too


def render(advice: Advice, console: Console) -> None:
    """Print the recommendation; every number that it rests on is under it."""
    say(console, headline(advice), "bold")
    for doubt in advice.doubts:
        say(console, f"  not decided: {doubt}", "yellow")
    console.print()
    _scores(advice, console)
    for name, why in advice.left_out.items():
        say(console, f"left out  {name}: {why}", "yellow")
    for note in advice.notes:
        say(console, f"note      {note}", "dim")
    if len(advice.ranked) > 1:
        console.print()
        for sentence in turning(advice):
            say(console, sentence)
    if advice.steps:
        console.print()
        say(console, break_even(advice))


def headline(advice: Advice) -> str:
    """Return the choice, and whether it is one."""
    first, purpose = advice.ranked[0].contender, advice.request.purpose
    ran = advice.models.get(first, "")
    model = f" ({ran})" if ran and ran not in first.split() else ""
    if len(advice.ranked) == 1:
        return f"for {purpose}: {first}{model}, the only candidate"
    second = advice.ranked[1].contender
    if advice.doubts:
        return f"for {purpose}: {first}{model} or {second}: the choice is not decided"
    return f"for {purpose}: {first}{model}, before {second}"


def _scores(advice: Advice, console: Console) -> None:
    """Print a contender a line: the total, and of each criterion the cost and its score."""
    titles = [f"{each.name} {100 * each.weight:.0f} %" for each in advice.criteria]
    rows = (
        (
            own.contender,
            f"{own.total(advice.weights):.2f}",
            *(cell(own, each.name, each.readings[0]) for each in advice.criteria),
        )
        for own in advice.ranked
    )
    show(console, ("contender", "total", *titles), rows, numbers=("total", *titles))
    meant = "; ".join(f"{each.name}: {each.readings[0].name}" for each in advice.criteria)
    say(console, f"{meant}. In brackets the score: the least cost over one's own.", "dim")


def cell(own: Standing, name: str, reading: Reading) -> str:
    """Return a cost with its score in brackets, or that it is not known."""
    score = own.score(name)
    if score is None:
        return _UNKNOWN
    return f"{cost(own.values[name].value, reading)} ({score:.2f})"


def cost(value: float, reading: Reading) -> str:
    """Return a cost in the words of its unit."""
    match reading.unit:
        case "seconds":
            return f"{units.seconds(value)} s"
        case "seconds an hour":
            return f"RTFx {units.factor(3600 / value) if value else units.NONE}"
        case "share":
            return units.percent(value)
        case "bytes":
            return units.size(value)
        case "joules":
            return f"{value:,.0f} J"
        case "cases":
            return f"{value:g}"


def turning(advice: Advice) -> Iterator[str]:
    """Yield what would put another first: each weight, and each measured cost of the second."""
    first, second = advice.ranked[0].contender, advice.ranked[1].contender
    for flip in advice.weight_flips:
        side = "over" if flip.weight > flip.now else "under"
        limit = f"{100 * flip.weight:.1f} % (now {100 * flip.now:.0f} %)"
        yield f"{flip.first} is first with a weight of {flip.criterion} {side} {limit}"
    if not advice.weight_flips:
        yield f"no single weight puts another before {first}"
    readings = {each.name: each.readings[0] for each in advice.criteria}
    for change in advice.change_flips:
        if change.needed < change.now / _CREDIBLE:
            continue
        now, needed = (cost(x, readings[change.criterion]) for x in (change.now, change.needed))
        yield f"{second} is level with {first} at {change.criterion} {needed} (now {now})"


def break_even(advice: Advice) -> str:
    """Return who takes the least time in all for how many clips a day, after one start a day."""
    parts = [
        f"{step.contender} for {_span(step.clips, then.clips - 1)}"
        for step, then in pairwise(advice.steps)
    ]
    last = advice.steps[-1]
    more = f"{last.contender} from {last.clips:,} on"
    parts.append(more if parts else f"always {last.contender}")
    return f"least time in all after one start a day, by {advice.clip}: {', '.join(parts)}"


def _span(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def as_json(advice: Advice) -> str:
    """Return the recommendation for other programs; null is not known."""
    criteria = [
        {"name": e.name, "weight": e.weight, "of": e.readings[0].name, "unit": e.readings[0].unit}
        for e in advice.criteria
    ]
    document = {
        "run_id": advice.run_id,
        "for": advice.request.purpose,
        "first": advice.ranked[0].contender,
        "decided": len(advice.ranked) == 1 or not advice.doubts,
        "doubts": advice.doubts,
        "criteria": criteria,
        "candidates": [_candidate(own, advice) for own in advice.ranked],
        "left_out": advice.left_out,
        "notes": advice.notes,
        "weight_flips": [vars(flip) for flip in advice.weight_flips],
        "change_flips": [vars(flip) for flip in advice.change_flips],
        "break_even": {
            "of": advice.clip,
            "steps": [{"from": s.clips, "contender": s.contender} for s in advice.steps],
        },
        "memory_bytes": advice.request.memory,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _candidate(own: Standing, advice: Advice) -> dict[str, object]:
    day = advice.days.get(own.contender)
    return {
        "contender": own.contender,
        "model": advice.models.get(own.contender),
        "total": own.total(advice.weights),
        "costs": {
            e.name: own.values[e.name].value if e.name in own.values else None
            for e in advice.criteria
        },
        "scores": {e.name: own.score(e.name) for e in advice.criteria},
        "start_seconds": day.start if day else None,
        "clip_seconds": day.clip if day else None,
    }
