"""Recommendations: scores, what would turn them, when they are not decided, what was left out."""

import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import live_runs
import pytest
from fake_envs import orchestrator
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.console import Console
from stored_runs import CONDITION, Recipe, contender, measured, passes, provenance
from stored_runs import settings as asked

from orchestrator.analysis.recommend import Advice, Request, budget, flips, recommend
from orchestrator.analysis.recommend.budget import Daily
from orchestrator.analysis.recommend.criteria import Criterion, Reading, weighted
from orchestrator.analysis.recommend.evidence import exact
from orchestrator.analysis.recommend.standing import Standing, standings
from orchestrator.analysis.summary import summarise
from orchestrator.errors import UsageError
from orchestrator.host import Host
from orchestrator.host.resources import Resources
from orchestrator.reports.terminal import recommendation as report
from orchestrator.reports.terminal import tables
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import (
    ClipRecord,
    ContenderSummary,
    CorpusRecord,
    Estimate,
    Manifest,
    Notice,
    RobustnessVerdict,
)
from orchestrator.runs.schema.plan import Cell, exactly

NAMES = ("a", "b", "c", "d")
COSTS = st.floats(0.01, 100.0)
Costs = Mapping[str, Sequence[float | None]]


def criteria(weights: Sequence[float], costs: Costs) -> list[Criterion]:
    """Return criteria k0, k1, ... of those weights, read from the costs of each backend."""

    def reading(at: int) -> Reading:
        return Reading("", "seconds", lambda b: exact(costs[b.backend][at]))

    return [
        Criterion(f"k{at}", weight / sum(weights), (reading(at),), free=0.01 * (at % 2))
        for at, weight in enumerate(weights)
    ]


def ranked(weights: Sequence[float], costs: Costs) -> tuple[list[Criterion], list[Standing]]:
    """Return criteria and standings of those costs."""
    counted = criteria(weights, costs)
    lines = [ContenderSummary(backend=name, status="measured") for name in costs]
    return counted, standings(lines, counted)


@st.composite
def fields(draw: st.DrawFn, *, whole: bool = False) -> tuple[list[float], Costs]:
    """Draw weights and costs of two to four backends; some costs are not known."""
    size = draw(st.integers(2, 4))
    weights = draw(st.lists(st.floats(0.05, 1.0), min_size=size, max_size=size))
    cost = COSTS if whole else st.none() | COSTS
    many = draw(st.integers(2, 4))
    rows = st.lists(cost, min_size=size, max_size=size).filter(lambda r: any(x for x in r))
    return weights, {name: draw(rows) for name in NAMES[:many]}


@settings(max_examples=20)
@given(fields(whole=True), COSTS)
def test_a_third_backend_turns_nobody_around(field: tuple[list[float], Costs], cost: float) -> None:
    """Where all is known, the ratio of two totals is the same whoever else takes part."""
    weights, costs = field
    counted, found = ranked(weights, costs)
    _, more = ranked(weights, {**costs, "z": [cost] * len(weights)})
    shares = {each.name: each.weight for each in counted}
    before = {each.contender: each.log_total(shares) for each in found}
    after = {each.contender: each.log_total(shares) for each in more}
    assert before["a"] - before["b"] == pytest.approx(after["a"] - after["b"], abs=1e-9)


def test_scores_and_total_by_hand() -> None:
    """Twice the cost is half the score; what is not known leaves its weight to the others."""
    counted, (first, second) = ranked([1, 2, 1], {"a": [1, 0.03, 2], "b": [2, 0.01, None]})
    assert (first.contender, second.contender) == ("b", "a")
    shares = {each.name: each.weight for each in counted}
    assert [second.score(name) for name in shares] == [1.0, pytest.approx(0.5), 1.0]
    assert first.score("k2") is None
    assert second.total(shares) == pytest.approx(0.5**0.5)
    assert first.total(shares) == pytest.approx(0.5 ** (1 / 3))


@settings(max_examples=40)
@given(fields())
def test_weights_turn_the_choice_where_it_is_said(field: tuple[list[float], Costs]) -> None:
    """Just within the weight the first is first, just beyond it the other one is."""
    counted, found = ranked(*field)
    shares = {each.name: each.weight for each in counted}
    totals = sorted((each.log_total(shares) for each in found), reverse=True)
    assume(totals[0] - totals[1] > 1e-3)
    for flip in flips.by_weight(found, shares):
        step = 1e-6 * (1 if flip.weight > flip.now else -1)
        for weight, first in ((flip.weight - step, found[0].contender), (flip.weight, flip.first)):
            moved = weighted(counted, {flip.criterion: weight})
            now = {each.name: each.weight for each in moved}
            by_name = {each.contender: each.log_total(now) for each in found}
            assert by_name[first] == pytest.approx(max(by_name.values()), abs=1e-4)


@settings(max_examples=40)
@given(fields())
def test_a_change_brings_the_second_level(field: tuple[list[float], Costs]) -> None:
    """With the cost that is said to be needed, the first two have the same total."""
    weights, costs = field
    counted, found = ranked(weights, costs)
    shares = {each.name: each.weight for each in counted}
    first, second = found[:2]
    for change in flips.by_change(first, second, counted):
        at = int(change.criterion[1:])
        own = [*costs[second.contender]]
        assert change.now == own[at]
        assert change.needed <= change.now * (1 + 1e-9)
        own[at] = change.needed
        if change.needed:
            _, again = ranked(weights, {**costs, second.contender: own})
            totals = {each.contender: each.log_total(shares) for each in again}
            assert totals[first.contender] == pytest.approx(totals[second.contender], abs=1e-6)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), min_size=1, max_size=4, unique=True)
)
def test_break_even_is_what_counting_finds(days: list[tuple[int, int]]) -> None:
    """For every number of clips the one named takes as little as anybody."""
    known = {f"b{at}": Daily(float(start), float(clip)) for at, (start, clip) in enumerate(days)}
    steps = budget.steps(known)
    assert steps[0].clips == 1
    for clips in range(1, 60):
        named = [step.contender for step in steps if step.clips <= clips][-1]
        least = min(day.seconds(clips) for day in known.values())
        assert known[named].seconds(clips) == least


def test_break_even_by_hand() -> None:
    """10 s later and 3 s faster a clip: level after 3.3 clips, so from the fourth on."""
    steps = budget.steps({"quick": Daily(1.0, 5.0), "slow": Daily(11.0, 2.0)})
    assert [(step.clips, step.contender) for step in steps] == [(1, "quick"), (4, "slow")]


@pytest.mark.parametrize(
    ("text", "size"), [("8GB", 8e9), ("8 gb", 8e9), ("512M", 5.12e8), ("1.5GiB", 1.5 * 2**30)]
)
def test_sizes_of_memory(text: str, size: float) -> None:
    """Decimal as everywhere here, binary where it is written so."""
    assert budget.memory(text) == size


@pytest.mark.parametrize("text", ["", "8 gold", "-1GB", "0GB"])
def test_no_size_of_memory(text: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(UsageError, match="no size") as refused:
        budget.memory(text)
    assert "8GB" in refused.value.fix


def test_headroom_is_a_quarter_and_two_gigabytes() -> None:
    """Of 8 GB 6 can be given away, of 16 GB 12, of 3 GB one."""
    assert [budget.usable(size * 1e9) for size in (8, 16, 3, 1)] == [6e9, 12e9, 1e9, 0.0]
    assert budget.fits(ContenderSummary(backend="a", status="measured"), 8e9) is None


def a_run(tmp_path: Path, times: Mapping[str, Sequence[float]], **changes: object) -> Path:
    """Store a run of a clip of 5 s and one of 100 s: seconds by backend and block, as if timed.

    The longer clip takes ten times what the shorter takes.
    """
    folder = RunFolder(tmp_path / "run")
    clips = [_clip("short", 5.0), _clip("long", 100.0)]
    rows = []
    with folder:
        folder.clips_file.write_text(
            "".join(c.model_dump_json() + "\n" for c in clips), encoding="utf-8"
        )
        for name, seconds in times.items():
            for block, value in enumerate(seconds, 1):
                one = measured(name, block, value)
                used = Resources(peak_memory_bytes=10**9, peak_neural_bytes=None, cpu_seconds=value)
                row = one.model_copy(update={"audio_seconds": 105.0, "clips": 2, "resources": used})
                with folder.keeping(Cell(block, name).key, 1) as keep:
                    keep([passes("short", seconds=value / 11), passes("long", seconds=value / 1.1)])
                rows.append(row)
                folder.append(row)
    corpus = CorpusRecord(name="two", kind="folder", clips=2, seconds=105.0, languages=("en",))
    blocks = exactly(max(map(len, times.values())))
    manifest = Manifest(
        run_id="run",
        version="0",
        started_at="2026-11-22T12:00:00+00:00",
        host=Host.here(),
        condition=CONDITION,
        uv="",
        settings=asked(blocks),
        contenders=tuple(map(contender, times)),
        order=(),
        corpus=corpus,
        warm_ups=(),
        backends=tuple(provenance(Recipe({}), name) for name in times),
    )
    folder.write(manifest)
    folder.write(summarise(manifest, rows, folder, ended="").model_copy(update=changes))
    return folder.path


def _clip(name: str, seconds: float) -> ClipRecord:
    samples = round(seconds * 16_000)
    return ClipRecord(
        name=name,
        path=f"{name}.flac",
        sha256="0" * 64,
        seconds=seconds,
        samples=samples,
        reference="what was said",
        language="en",
    )


STEADY = [1.0, 1.01, 0.99, 1.02, 0.98, 1.0]


def test_purposes_read_what_was_measured(tmp_path: Path) -> None:
    """Short clips for dictation, long ones for meetings, all for batch, CPU where no joules are."""
    run = a_run(tmp_path, {"ada": STEADY, "bob": [2 * each for each in STEADY]})
    found = {
        purpose: recommend(run, Request(purpose))
        for purpose in ("dictation", "meetings", "batch", "battery")
    }
    costs = {
        purpose: advice.ranked[0].values[advice.criteria[0].name].value
        for purpose, advice in found.items()
    }
    assert costs["dictation"] == pytest.approx(1 / 11)
    assert costs["meetings"] == pytest.approx(36 * 10 / 11)
    assert costs["batch"] == pytest.approx(3600 / 105)
    assert costs["battery"] == pytest.approx(3600 / 115)  # with two warm-ups of 5 s
    assert all(advice.ranked[0].contender == "ada" for advice in found.values())
    assert [each.name for each in found["meetings"].criteria] == ["speed", "accuracy", "memory"]
    assert "robustness is not known of any contender: its 15 % are shared" in " ".join(
        found["meetings"].notes
    )
    assert "processor time" in " ".join(found["battery"].notes)


def test_captions_go_by_live_figures_alone(tmp_path: Path) -> None:
    """Words that come and settle sooner, and stay, weigh more than fast batches and less errors.

    Of a run that spoke no clip there is nothing to go by: it says how it would be measured.
    """
    run = a_run(tmp_path, {"ada": STEADY, "bob": [2 * each for each in STEADY]})
    with pytest.raises(UsageError, match="captions go by live figures") as refused:
        recommend(run, Request("captions"))
    assert refused.value.fix.endswith("run --live")
    folder = RunFolder(run)
    summary = folder.summary()
    assert summary is not None
    later = {
        name: Estimate(median=3.0, low=2.9, high=3.1, n=6)
        for name in ("shown_p95_seconds", "settled_p50_seconds")
    }
    spoken = {"ada": live_runs.figures(**later), "bob": live_runs.figures()}
    lines = tuple(b.model_copy(update={"live": spoken[b.backend]}) for b in summary.contenders)
    folder.write(summary.model_copy(update={"contenders": lines}))
    advice = recommend(run, Request("captions"))
    assert [each.contender for each in advice.ranked] == ["bob", "ada"]
    assert [each.name for each in advice.criteria] == ["shown", "settled", "taken back", "accuracy"]
    assert advice.ranked[1].values["shown"].value == 3.0
    assert recommend(run, Request("batch")).ranked[0].contender == "ada"


def test_choice_is_decided_by_intervals_alone(tmp_path: Path) -> None:
    """Twice as fast in six blocks decides; three blocks never do; level times leave it open."""
    slower = [2 * each for each in STEADY]
    fast = Request("batch", weights={"accuracy": 0.0})  # of two clips no interval of errors exists
    clear = a_run(tmp_path / "clear", {"ada": STEADY, "bob": slower})
    assert recommend(clear, fast).doubts == ()
    assert recommend(clear, Request("dictation", weights=fast.weights)).doubts == ()
    assert "too few clips" in recommend(clear, Request("batch")).doubts[0]
    few = a_run(tmp_path / "few", {"ada": STEADY[:3], "bob": slower[:3]})
    assert "too few blocks" in recommend(few, fast).doubts[0]
    level = a_run(tmp_path / "level", {"ada": STEADY, "bob": STEADY[::-1]})
    advice = recommend(level, fast)
    assert advice.doubts == ("their intervals leave it open",)
    assert report.headline(advice).endswith("the choice is not decided")


def test_what_is_unknown_of_one_can_undo_the_choice(tmp_path: Path) -> None:
    """Nobody knows the second's first text: were it the best there is, the second were first."""
    times = {name: [k * s for s in STEADY] for name, k in (("ada", 1), ("bob", 1.2), ("cyd", 40))}
    run = a_run(tmp_path, times)
    folder = RunFolder(run)
    summary = folder.summary()
    assert summary is not None
    request = Request("dictation", weights={"accuracy": 0.0})

    def with_first_texts(**seconds: float | None) -> Advice:
        lines = tuple(
            line.model_copy(update={"first_segment_seconds": seconds[line.backend]})
            for line in summary.contenders
        )
        folder.write(summary.model_copy(update={"contenders": lines}))
        return recommend(run, request)

    level = with_first_texts(ada=0.5, bob=None, cyd=0.5)
    assert [each.contender for each in level.ranked] == ["ada", "bob", "cyd"]
    assert "first text is not known of bob: there its weight is the others'" in level.notes
    assert level.doubts == ()
    better = with_first_texts(ada=0.5, bob=None, cyd=0.3)
    assert [each.contender for each in better.ranked][:2] == ["ada", "bob"]
    assert better.doubts == ("first text is not known of bob, and could reverse it",)


def test_who_cannot_be_chosen_is_said(tmp_path: Path) -> None:
    """Too large, failed at clips, failed: each is out with its reason; none left is an error."""
    run = a_run(tmp_path, {"ada": STEADY, "bob": STEADY, "cyd": STEADY})
    folder = RunFolder(run)
    summary = folder.summary()
    assert summary is not None
    ada, bob, cyd = sorted(summary.contenders, key=lambda line: line.backend)
    notice = Notice(kind="clips-failed", message="1 of 2 clips failed")
    dan = ContenderSummary(backend="dan", status="skipped", reason="needs macos-arm64")
    lines = (
        ada,
        bob.model_copy(update={"peak_memory_bytes": 7 * 10**9}),
        cyd.model_copy(update={"warnings": (notice,)}),
        dan,
    )
    folder.write(summary.model_copy(update={"contenders": lines}))
    advice = recommend(run, Request("batch", memory=8e9))
    assert [each.contender for each in advice.ranked] == ["ada"]
    assert "7.0 GB at its peak, 6.0 GB of 8.0 GB" in advice.left_out["bob"]
    assert "failed at some of the clips" in advice.left_out["cyd"]
    assert advice.left_out["dan"] == "skipped: needs macos-arm64"
    assert budget.HEADROOM in advice.notes
    assert "the only candidate" in report.headline(advice)
    with pytest.raises(UsageError, match="no contender to choose: ada: does not fit"):
        recommend(run, Request("batch", memory=2e9))


def test_robustness_counts_where_it_was_measured(tmp_path: Path) -> None:
    """A case failed costs one, a weak one half; the rest is as fast and as right as the other."""
    cases = [("ada", "silence", "fail"), ("ada", "room", "weak"), ("bob", "silence", "pass")]
    verdicts = tuple(
        RobustnessVerdict.model_validate({"backend": b, "case": c, "verdict": v})
        for b, c, v in cases
    )
    run = a_run(tmp_path, {"ada": STEADY, "bob": STEADY}, robustness=verdicts)
    bob, ada = recommend(run, Request("meetings")).ranked
    assert bob.contender == "bob"
    assert ada.values["robustness"].value == 1.5
    assert ada.score("robustness") == pytest.approx(1 / 2.5)


def test_bad_requests_are_told(tmp_path: Path) -> None:
    """An unknown purpose, a weight of nothing, over the whole, no run, a run cut off, an A/A."""
    run = a_run(tmp_path, {"ada": STEADY[:1]})
    for request, says in (
        (Request("singing"), "dictation|captions|meetings|batch|battery"),
        (Request("batch", weights={"beauty": 0.5}), "speed, accuracy, memory"),
        (Request("batch", weights={"speed": 1.5}), "--weight accuracy=0.6"),
        (Request("batch", weights={"speed": -0.5}), "--weight accuracy=0.6"),
    ):
        with pytest.raises(UsageError) as refused:
            recommend(run, request)
        assert says in refused.value.fix
    with pytest.raises(UsageError, match="is no run"):
        recommend(tmp_path, Request("batch"))
    folder = RunFolder(run)
    summary = folder.summary()
    assert summary is not None
    (line,) = summary.contenders
    twin = line.model_copy(update={"contender": "ada#2"})
    folder.write(summary.model_copy(update={"contenders": (line, twin)}))
    with pytest.raises(UsageError, match="against itself"):
        recommend(run, Request("batch"))
    (run / "summary.json").unlink()
    with pytest.raises(UsageError, match="cut off") as cut:
        recommend(run, Request("batch"))
    assert "--resume" in cut.value.fix


def test_weights_asked_for_leave_the_rest_in_proportion() -> None:
    """0.6 for one leaves 0.4 for the others, as they stood to each other."""
    counted = criteria([1, 2, 1], {})
    moved = weighted(counted, {"k0": 0.6})
    assert [each.weight for each in moved] == pytest.approx([0.6, 0.8 / 3, 0.4 / 3])
    assert sum(each.weight for each in weighted(counted, {"k0": 0.5, "k2": 0.5})) == 1.0


def test_long_audio_that_was_not_measured_is_said(tmp_path: Path) -> None:
    """Without transcripts' times, and without long clips, the whole run stands for it."""
    run = a_run(tmp_path, {"ada": STEADY, "bob": STEADY})
    for path in (run / "passes").iterdir():
        path.unlink()
    (run / "passes").rmdir()
    advice = recommend(run, Request("meetings"))
    assert advice.criteria[0].readings[0].name == "clips of 52.5 s"
    assert "not measured here" in advice.notes[1]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_terminals_of_every_width(tmp_path: Path, width: int) -> None:
    """Numbers and names stay whole; where the table has no room, each backend is a block."""
    run = a_run(tmp_path, {"ada": STEADY, "bob": [2 * each for each in STEADY]})
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, no_color=True, highlight=False)
    titles = ("contender", "total", "accuracy 35 %")
    row = ("insanely-fast-whisper", "0.92", "[b]2.4 % (0.89)")
    tables.show(console, titles, [row], numbers=titles[1:])
    plain = _plain(screen.getvalue())
    assert all(len(line.rstrip()) <= width for line in plain.splitlines())
    assert ("accuracy 35 %: [b]2.4 % (0.89)" in plain) == (width < 50)
    report.render(recommend(run, Request("dictation")), console)
    assert "latency 47 %" in _plain(screen.getvalue())
    assert "\x1b[3" not in screen.getvalue()  # NO_COLOR


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def test_command_prints_text_and_json(tmp_path: Path) -> None:
    """The same numbers twice: a table for people, a document for programs."""
    run = a_run(tmp_path, {"ada": STEADY[:2], "bob": [2 * each for each in STEADY[:2]]})
    screen = io.StringIO()
    report.render(recommend(run, Request("batch")), Console(file=screen, width=120))
    assert screen.getvalue().startswith("for batch: ada (tiny.en) or bob: the choice is not decid")
    assert "speed 70 %" in screen.getvalue()
    assert "always ada" in screen.getvalue()
    asked = ("--for", "batch", "--json", "--weight", "accuracy=50%")
    done = orchestrator(tmp_path / "envs", "recommend", str(run), *asked)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["first"], document["decided"]) == ("ada", False)
    assert document["candidates"][1]["scores"]["speed"] == pytest.approx(0.5)
    assert [each["weight"] for each in document["criteria"]] == pytest.approx(
        [7 / 16, 1 / 2, 1 / 16]
    )
    assert document["break_even"]["steps"] == [{"from": 1, "contender": "ada"}]


def test_one_contender_of_a_run_is_looked_at_alone(tmp_path: Path) -> None:
    """Its costs stay what they were; a name that there is not is answered with those there are."""
    run = a_run(tmp_path, {"ada": STEADY, "bob": [2 * each for each in STEADY]})
    whole = {each.contender: each for each in recommend(run, Request("batch")).ranked}
    (bob,) = (alone := recommend(run, Request("batch", only="bob"))).ranked
    assert bob.values == whole["bob"].values
    assert report.headline(alone) == "for batch: bob (tiny.en), the only candidate"
    with pytest.raises(UsageError, match="'bop' was not measured in run") as caught:
        recommend(run, Request("batch", only="bop"))
    assert caught.value.fix == "did you mean bob? there are: ada, bob"
