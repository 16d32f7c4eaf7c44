"""What every stored record shares."""

import operator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Scalar = str | int | float | bool | None
Status = Literal["measured", "failed", "skipped", "imported"]
Remote = Annotated[bool, Field(exclude_if=operator.not_)]
"""Whether a server computed: the time has the network in it, and nothing is known of its memory."""


class Record(BaseModel):
    """Whatever is stored: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Notice(Record):
    """A warning as a value: what kind, and what it means for the reader."""

    kind: str
    message: str


class SegmentText(Record):
    """A stretch of a transcript; seconds from the clip's start, null where the engine has none."""

    start: float | None
    end: float | None
    text: str
