"""`recommend`: a weighted choice over what a run measured, with all that it rests on.

Everything counted is a cost, the less the better: seconds, wrong words, bytes, joules. The score of
a contender in a criterion is the least cost among the candidates over its own; its total the
weighted geometric mean of its scores. So only ratios count ("twice as fast" is worth the same
everywhere, in any unit), and a third one that joins or leaves never turns two others around.
Source: Fleming and Wallace, "How not to lie with statistics: the correct way to summarize
benchmark results" (1986).

- evidence.py: what is read of a run: costs with their intervals
- criteria.py: what counts for which purpose, and with which weight
- standing.py: scores and totals, and whether the first is shown to be before the second
- flips.py: what would change the order
- budget.py: what fits into a memory, and from how many clips a day on a slow start pays
- advice.py: all of it together
"""

from orchestrator.analysis.recommend.advice import Advice, Request, recommend

__all__ = ["Advice", "Request", "recommend"]
