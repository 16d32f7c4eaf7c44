"""The verdict on one backend in one case of the robustness set."""

from typing import Literal

from orchestrator.runs.schema.record import Record

Outcome = Literal["pass", "weak", "fail", "no-answer"]


class RobustnessVerdict(Record):
    """How a backend fared in a case, with a sentence for each thing that was found.

    A pass has evidence too where there is any, such as its word error rate.
    """

    contender: str
    case: str
    verdict: Outcome
    evidence: tuple[str, ...] = ()
