"""The verdict on one backend in one case of the robustness set."""

from typing import Literal

from pydantic import AliasChoices, Field

from orchestrator.runs.schema.record import Record

Outcome = Literal["pass", "weak", "fail", "no-answer"]


class RobustnessVerdict(Record):
    """How a backend fared in a case, with a sentence for each thing that was found.

    A pass has evidence too where there is any, such as its word error rate.
    """

    # In schema 2 a backend was its own one contender.
    contender: str = Field(validation_alias=AliasChoices("contender", "backend"))
    case: str
    verdict: Outcome
    evidence: tuple[str, ...] = ()
