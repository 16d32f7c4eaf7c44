"""A machine that lies: what it says acts on nobody's terminal, disk or summary."""

import asyncio
import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from stored_runs import HOST, Recipe, make

from orchestrator.analysis.across import across
from orchestrator.analysis.rescore import summary_of
from orchestrator.fleet import choice
from orchestrator.fleet.copies import Copy
from orchestrator.fleet.follower import Follower
from orchestrator.fleet.messages import (
    Answer,
    Begin,
    Files,
    Finding,
    Held,
    Job,
    News,
    Offer,
    Piece,
    Request,
    Standing,
    State,
)
from orchestrator.reports.files.markdown import across_as_markdown
from orchestrator.reports.terminal import SafeConsole
from orchestrator.reports.terminal import fleet as report
from orchestrator.runs.schema.fleet import FleetRun, Member
from orchestrator.runs.stored import RunFiles

ID = "0123456789ab"
EVIL = "\x1b]0;owned\x07\x1b[2J<script>alert(1)</script>[red]"


class Liar:
    """A machine that answers what it likes."""

    faults: Mapping[str, str] = {}

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers

    async def present(self) -> Mapping[str, str]:
        """Be there."""
        return {ID: "somewhere"}

    async def ask(self, machine: str, request: Request) -> Answer:
        """Answer by the name of what is asked."""
        del machine
        return self.answers[type(request).__name__]

    async def see_through(self, machine: str, begin: Begin) -> Answer:
        """Be done at once."""
        del machine, begin
        return State(ended="measured")


def standing(**known: object) -> Standing:
    """Return what a machine with evil names says of itself."""
    host = HOST.model_copy(update={"chip": EVIL, "os": EVIL})
    usual = {"id": ID, "name": EVIL, "version": EVIL, "code": EVIL, "measuring": EVIL}
    offers = (Offer(EVIL, "x"), Offer(EVIL, "x", EVIL))
    findings = (Finding(EVIL, "problem", EVIL),)
    found = usual | {"host": host.model_dump_json(), "offers": offers, "findings": findings}
    return Standing(**(found | known))  # type: ignore[arg-type]


def shown(found: list[choice.Found], faults: Mapping[str, str]) -> str:
    """Return what a terminal is sent."""
    text = io.StringIO()
    report.machines(found, faults, SafeConsole(text, stderr=False, width=120))
    return text.getvalue()


def test_names_that_act_do_nothing_on_a_terminal() -> None:
    """Its folder has a harmless name; what it says is shown with its escapes made visible."""
    found, faults = asyncio.run(choice.there(Liar(Describe=standing()), examine=True))
    assert [each.name for each in found] == ["machine"]
    text = shown(found, faults)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]" in text


@pytest.mark.parametrize("known", [{"id": "another"}, {"host": "{}"}, {"host": EVIL}])
def test_what_is_no_description_is_no_machine(known: dict[str, object]) -> None:
    """It is listed with what is wrong, and the others go on."""
    found, faults = asyncio.run(choice.there(Liar(Describe=standing(**known)), examine=False))
    assert found == []
    assert list(faults) == [f"machine {ID}"]
    assert "\x1b" not in shown(found, faults)


def test_two_machines_of_one_name_have_two_folders() -> None:
    """Also where a file system takes both for one."""
    names = [choice.name_of(standing(name=name), ["m3-air"]) for name in ("M3-AIR", "other")]
    assert names == [f"M3-AIR-{ID}", "other"]


def followed(tmp_path: Path, **answers: Answer) -> State:
    """Follow a machine that answers so; return how its run ended."""
    known: dict[str, Answer] = {
        "Lacking": Held({}),
        "Pull": News(State(), (), more=False),
        "Inventory": Files({}),
    }
    job = Job("run", "{}", ("bundled", "bundled", None))
    copy = Copy(tmp_path / "copy", "run")
    link = Liar(**(known | answers))

    async def follow() -> State:
        stopping = asyncio.Event()
        clips = {"0" * 64: tmp_path / "copy"}
        return await Follower(link, ID, job, copy, clips, lambda _: None, stopping).follow()

    return asyncio.run(follow())


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"Lacking": Held({"../../etc/passwd": 0})}, "which nobody asked it for"),
        ({"Lacking": State()}, "which was not asked"),
        ({"Inventory": Files({"../evil": (1, "x")})}, "no file of a run"),
        ({"Inventory": Files({"rows.jsonl": (10**12, "x")})}, "larger than any can be"),
        ({"Pull": News(State(), (Piece("logs/x.sh", 0, b"x", False),), False)}, "no file of a run"),
        ({"Pull": News(State(), (Piece("rows.jsonl", 0, b"{}\n", False),), False)}, "no row"),
    ],
)
def test_a_lie_ends_its_run_and_nothing_else(
    tmp_path: Path, answers: dict[str, Answer], why: str
) -> None:
    """It is refused with the reason, and writes nothing outside its folder."""
    state = followed(tmp_path, **answers)
    assert state.ended == "refused"
    assert why in state.what
    assert {path.name for path in tmp_path.iterdir()} <= {"copy"}


def test_rows_that_act_do_nothing_in_a_summary(tmp_path: Path) -> None:
    """Reasons, names and texts of others are shown as they are, in Markdown too."""
    path = make(tmp_path, Recipe({"ada": [1.0] * 6, "bob": [2.0] * 6}, texts={"bob": EVIL}))
    member = Member(id=ID, name="m3-air", host=HOST.model_copy(update={"chip": EVIL}), why=EVIL)
    run = FleetRun(
        id="fleet-1", version="1", code="c", suite="{}", source=("files", "files", None),
        digest="", members=(member,),
    )  # fmt: skip
    text = io.StringIO()
    found = across(run, {"m3-air": (RunFiles(path), summary_of(path))})
    report.summary(found, SafeConsole(text, stderr=False, width=120))
    assert "\x1b" not in text.getvalue()
    assert "<script>" in text.getvalue()
    written = across_as_markdown(found)
    assert "&lt;script>" in written
    assert not [each for each in ("\x1b", "\x07", "<script>") if each in written]
