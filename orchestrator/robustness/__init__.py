"""Robustness: recordings that engines stumble over, and what each made of them."""

from orchestrator.robustness.cases import CASES
from orchestrator.robustness.judging import Heard, verdicts
from orchestrator.robustness.making import corpus

__all__ = ["CASES", "Heard", "corpus", "verdicts"]
