"""Names and jargon that matter to somebody: a list of them, and how well a contender heard them."""

from pydantic import Field

from orchestrator.runs.schema.accuracy import ErrorDifference, Rate
from orchestrator.runs.schema.record import Record


class Term(Record):
    """A term as it should be written, and what else counts as right."""

    name: str = Field(pattern=r"\S")
    variants: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """Everything that counts as this term, its name first."""
        return (self.name, *self.variants)

    def __str__(self) -> str:
        return " | ".join(self.forms)


class TermScore(Record):
    """How often a term was said, heard, and heard where it was said; or all of them together.

    `recall` is of those said, `precision` of those heard, `f` the harmonic mean of the two; null
    where there were none.
    """

    said: int
    heard: int
    found: int
    inserted: int  # heard where it was not said
    recall: Rate | None
    precision: Rate | None
    f: Rate | None


class ScoreOfTerm(TermScore):
    """The same of one term, by its name."""

    term: str


class TermsHeard(Record):
    """How a contender heard the terms of a run, and the words beside them."""

    total: TermScore
    others: Rate | None  # errors in the words that belong to no term
    terms: tuple[ScoreOfTerm, ...]  # those that were said or heard at all


class TermDifference(Record):
    """Two contenders over the same clips: the terms that they miss, invent, and what else is wrong.

    Differences count in 100 terms, and in 100 words that belong to no term.
    """

    missed: ErrorDifference
    others: ErrorDifference | None
    inserted: tuple[int, int]  # of the first, of the second
